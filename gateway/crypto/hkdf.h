// SPDX-License-Identifier: Apache-2.0
// HKDF with SHA-256 (RFC 5869).
#ifndef KINSTILE_GATEWAY_CRYPTO_HKDF_H_
#define KINSTILE_GATEWAY_CRYPTO_HKDF_H_

#include <string>

#include "absl/strings/string_view.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

struct PrkTag {
  static constexpr char kWhat[] = "HKDF pseudorandom key";
};
using Prk = Secret<32, PrkTag>;

// RFC 5869 section 2.2. `ikm` may be secret; the caller wipes it.
Prk HkdfExtract(absl::string_view salt, absl::string_view ikm);

// RFC 5869 section 2.3, into `out` (1 to 8160 bytes; anything else aborts: the
// sizes are constants of the caller). `info` is the label of this use.
void HkdfExpand(const Prk& prk, absl::string_view info, uint8_t* out,
                size_t out_size);

// One key of type Secret<N, Tag> from `prk` for `info`.
template <class Key>
Key HkdfKey(const Prk& prk, absl::string_view info) {
  Key key{SecretAccess()};
  HkdfExpand(prk, info, key.mutable_data(SecretAccess()), Key::kSize);
  return key;
}

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_HKDF_H_
