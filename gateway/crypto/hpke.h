// SPDX-License-Identifier: Apache-2.0
// Sealing to a public key: HPKE (RFC 9180) base mode, single shot.
#ifndef KINSTILE_GATEWAY_CRYPTO_HPKE_H_
#define KINSTILE_GATEWAY_CRYPTO_HPKE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

struct BoxPublicKeyTag {
  static constexpr char kWhat[] = "X25519 public key";
};
struct BoxSecretKeyTag {
  static constexpr char kWhat[] = "X25519 secret key";
};
using BoxPublicKey = FixedBytes<32, BoxPublicKeyTag>;
using BoxSecretKey = Secret<32, BoxSecretKeyTag>;

BoxPublicKey PublicKeyOf(const BoxSecretKey& secret);

struct DhSecretTag {
  static constexpr char kWhat[] = "X25519 shared secret";
};
using DhSecret = Secret<32, DhSecretTag>;

// X25519 (RFC 7748 section 5). Not a key: it goes through HkdfExtract with
// both public keys in the transcript. INVALID_ARGUMENT for a low-order public
// key, whose shared secret would not depend on `secret`.
absl::StatusOr<DhSecret> DiffieHellman(const BoxSecretKey& secret,
                                       const BoxPublicKey& peer);

// Suite DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001,
// ChaCha20Poly1305 0x0003. Chosen over crypto_box_seal because it has `info`
// and `aad`, and published vectors (RFC 9180 appendix A.2).
// Result: enc (32) || ciphertext || tag (16).
//
// Security: IND-CCA2 for the recipient's key (RFC 9180 section 9); it does not
// authenticate the sender, so whatever is sealed is also signed (gateway/share)
// or hashed into a signed tree (gateway/audit). `info` is the label of the use
// and binds context; opening under another info or aad fails. Low-order
// recipient or ephemeral points are refused (all-zero shared secret, RFC 9180
// section 7.1.4): INVALID_ARGUMENT.
absl::StatusOr<std::string> HpkeSeal(const BoxPublicKey& recipient,
                                     absl::string_view info,
                                     absl::string_view aad,
                                     absl::string_view plaintext);
// INVALID_ARGUMENT for anything not sealed to this key, info and aad.
absl::StatusOr<std::string> HpkeOpen(const BoxSecretKey& secret,
                                     absl::string_view info,
                                     absl::string_view aad,
                                     absl::string_view sealed);

// With a given ephemeral key, for the published test vectors only.
absl::StatusOr<std::string> HpkeSealWithEphemeralForTest(
    const BoxSecretKey& ephemeral, const BoxPublicKey& recipient,
    absl::string_view info, absl::string_view aad, absl::string_view plaintext);

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_HPKE_H_
