// SPDX-License-Identifier: Apache-2.0
// HKDF's two steps from libsodium's HMAC-SHA-256.
#include "gateway/crypto/hkdf.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "gateway/crypto/internal.h"

namespace kinstile::crypto {
namespace {

using internal::Data;
constexpr size_t kHashSize = crypto_auth_hmacsha256_BYTES;

}  // namespace

Prk HkdfExtract(absl::string_view salt, absl::string_view ikm) {
  // An absent salt is HashLen zeros, which HMAC's key padding makes the same
  // as an empty key.
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, Data(salt), salt.size());
  crypto_auth_hmacsha256_update(&state, Data(ikm), ikm.size());
  Prk prk{SecretAccess()};
  crypto_auth_hmacsha256_final(&state, prk.mutable_data(SecretAccess()));
  Wipe(&state, sizeof state);
  return prk;
}

void HkdfExpand(const Prk& prk, absl::string_view info, uint8_t* out,
                size_t out_size) {
  internal::Must(out_size >= 1 && out_size <= 255 * kHashSize,
                 "HKDF: output size");
  std::array<uint8_t, kHashSize> block;  // T(i)
  crypto_auth_hmacsha256_state state;
  uint8_t counter = 0;
  for (size_t done = 0; done < out_size;) {
    crypto_auth_hmacsha256_init(&state, prk.data(SecretAccess()), Prk::kSize);
    if (counter > 0)
      crypto_auth_hmacsha256_update(&state, block.data(), block.size());
    crypto_auth_hmacsha256_update(&state, Data(info), info.size());
    ++counter;
    crypto_auth_hmacsha256_update(&state, &counter, 1);
    crypto_auth_hmacsha256_final(&state, block.data());
    const size_t take = std::min(block.size(), out_size - done);
    std::copy_n(block.begin(), take, out + done);
    done += take;
  }
  Wipe(block.data(), block.size());
  Wipe(&state, sizeof state);
}

}  // namespace kinstile::crypto
