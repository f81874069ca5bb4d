// SPDX-License-Identifier: Apache-2.0
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce.
#ifndef KINSTILE_GATEWAY_CRYPTO_AEAD_H_
#define KINSTILE_GATEWAY_CRYPTO_AEAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

struct AeadKeyTag {
  static constexpr char kWhat[] = "AEAD key";
};
using AeadKey = Secret<32, AeadKeyTag>;

// nonce (24) || ciphertext || tag (16). 24 random bytes do not repeat in
// practice, so one key may seal 2^64 messages. The AEAD does not commit to its
// key: where two readers must see one plaintext (gateway/audit), the caller
// adds a key commitment.
std::string AeadSeal(const AeadKey& key, absl::string_view aad,
                     absl::string_view plaintext);
// INVALID_ARGUMENT for anything that AeadSeal did not make with this key and
// `aad`; the message says nothing of why.
absl::StatusOr<std::string> AeadOpen(const AeadKey& key, absl::string_view aad,
                                     absl::string_view sealed);

// The inner function with a given nonce, for the published test vectors only.
std::string AeadSealWithNonceForTest(const AeadKey& key,
                                     absl::string_view nonce,
                                     absl::string_view aad,
                                     absl::string_view plaintext);

// ISO/IEC 7816-4 padding (as sodium_pad) to a multiple of `block`, so that
// sizes say little. Unpad gives INVALID_ARGUMENT for malformed padding.
std::string Pad(absl::string_view text, size_t block);
absl::StatusOr<std::string> Unpad(absl::string_view padded, size_t block);

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_AEAD_H_
