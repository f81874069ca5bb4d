// SPDX-License-Identifier: Apache-2.0
// Wiping that the compiler may not remove.
#include <sodium.h>

#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

void Wipe(void* data, size_t size) { sodium_memzero(data, size); }

void Wipe(std::string& text) {
  // The whole capacity: a moved-from or shortened string still holds its old
  // bytes behind its end. Growing to the capacity never reallocates.
  text.resize(text.capacity());
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace kinstile::crypto
