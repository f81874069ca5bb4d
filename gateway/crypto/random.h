// SPDX-License-Identifier: Apache-2.0
// Random bytes from the operating system, through libsodium.
#ifndef KINSTILE_GATEWAY_CRYPTO_RANDOM_H_
#define KINSTILE_GATEWAY_CRYPTO_RANDOM_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

// Must succeed once before any other call of gateway/crypto: sodium_init, and
// a check of the library version. Safe to repeat, from any thread. Every other
// function here calls it for itself where it must.
absl::Status Init();

void RandomBytes(uint8_t* out, size_t size);
// `size` random bytes; public values only (ids, nonces), not keys.
std::string RandomString(size_t size);
// Uniform in [0, bound), without modulo bias; 0 when bound < 2.
uint32_t RandomBelow(uint32_t bound);

template <class Key>
Key RandomKey() {
  Key key{SecretAccess()};
  RandomBytes(key.mutable_data(SecretAccess()), Key::kSize);
  return key;
}

// A random public id of a FixedBytes type (RequestId, Handle ...).
template <class Id>
Id RandomId() {
  Id id;
  RandomBytes(id.bytes.data(), Id::kSize);
  return id;
}

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_RANDOM_H_
