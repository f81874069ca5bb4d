// SPDX-License-Identifier: Apache-2.0
// Ed25519 signatures (RFC 8032), with a label for every use.
#ifndef KINSTILE_GATEWAY_CRYPTO_SIGN_H_
#define KINSTILE_GATEWAY_CRYPTO_SIGN_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

struct VerifyKeyTag {
  static constexpr char kWhat[] = "Ed25519 public key";
};
struct SignatureTag {
  static constexpr char kWhat[] = "Ed25519 signature";
};
struct SigningSeedTag {
  static constexpr char kWhat[] = "Ed25519 seed";
};
using VerifyKey = FixedBytes<32, VerifyKeyTag>;
using Signature = FixedBytes<64, SignatureTag>;
// The 32-byte seed of RFC 8032 section 5.1.5: what a key file holds.
using SigningSeed = Secret<32, SigningSeedTag>;

// Immutable, thread-safe.
class SigningKey {
 public:
  static SigningKey FromSeed(const SigningSeed& seed);
  SigningKey Clone() const;

  // Signs u32(len(label)) || label || message: a signature for one purpose
  // means nothing for another.
  Signature Sign(absl::string_view label, absl::string_view message) const;
  // Signs `note` itself. Only for C2SP signed notes (gateway/audit), whose own
  // first line is their domain separation.
  Signature SignNote(absl::string_view note) const;

  const VerifyKey& verify_key() const { return verify_key_; }

 private:
  struct ExpandedTag {
    static constexpr char kWhat[] = "Ed25519 secret key";
  };
  SigningKey() : secret_(SecretAccess()) {}
  Secret<64, ExpandedTag> secret_;
  VerifyKey verify_key_;
};

// UNAUTHENTICATED unless `signature` is `key`'s over label and message. The
// accept set is libsodium's (small-order keys and non-canonical S refused).
absl::Status Verify(const VerifyKey& key, absl::string_view label,
                    absl::string_view message, const Signature& signature);
absl::Status VerifyNote(const VerifyKey& key, absl::string_view note,
                        const Signature& signature);

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_SIGN_H_
