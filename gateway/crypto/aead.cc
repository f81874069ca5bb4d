// SPDX-License-Identifier: Apache-2.0
// Sealing with a shared key, and padding, by libsodium.
#include "gateway/crypto/aead.h"

#include <sodium.h>

#include "gateway/crypto/internal.h"
#include "gateway/crypto/random.h"

namespace kinstile::crypto {
namespace {

using internal::Data;
using internal::MutableData;
constexpr size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;

}  // namespace

std::string AeadSeal(const AeadKey& key, absl::string_view aad,
                     absl::string_view plaintext) {
  return AeadSealWithNonceForTest(key, RandomString(kNonceSize), aad,
                                  plaintext);
}

std::string AeadSealWithNonceForTest(const AeadKey& key,
                                     absl::string_view nonce,
                                     absl::string_view aad,
                                     absl::string_view plaintext) {
  internal::EnsureInit();
  internal::Must(nonce.size() == kNonceSize, "AEAD: nonce size");
  std::string out(nonce);
  out.resize(kNonceSize + plaintext.size() + kTagSize);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      MutableData(out) + kNonceSize, nullptr, Data(plaintext), plaintext.size(),
      Data(aad), aad.size(), nullptr, Data(nonce), key.data(SecretAccess()));
  return out;
}

absl::StatusOr<std::string> AeadOpen(const AeadKey& key, absl::string_view aad,
                                     absl::string_view sealed) {
  internal::EnsureInit();
  const absl::Status refused =
      absl::InvalidArgumentError("sealed text: does not open");
  if (sealed.size() < kNonceSize + kTagSize) return refused;
  const absl::string_view body = sealed.substr(kNonceSize);
  std::string out(body.size() - kTagSize, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          MutableData(out), nullptr, nullptr, Data(body), body.size(),
          Data(aad), aad.size(), Data(sealed), key.data(SecretAccess())) != 0)
    return refused;
  return out;
}

// sodium_pad goes through the last block byte by byte, to take as long for any
// length in it. What is padded here was copied just before, which takes longer
// for a longer text anyway; and blocks of the audit are thousands of bytes.
std::string Pad(absl::string_view text, size_t block) {
  internal::Must(block > 0, "padding: block size");
  const size_t size = (text.size() / block + 1) * block;
  std::string out;
  out.reserve(size);  // no second copy of the text is left behind
  out.append(text.data(), text.size());
  out.push_back('\x80');
  out.resize(size, '\0');
  return out;
}

absl::StatusOr<std::string> Unpad(absl::string_view padded, size_t block) {
  size_t size = 0;
  // sodium_unpad reads only the last block: the length is ours to check.
  if (block == 0 || padded.empty() || padded.size() % block != 0 ||
      sodium_unpad(&size, Data(padded), padded.size(), block) != 0)
    return absl::InvalidArgumentError("padding: malformed");
  return std::string(padded.substr(0, size));
}

}  // namespace kinstile::crypto
