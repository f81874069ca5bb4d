// SPDX-License-Identifier: Apache-2.0
// The operating system's random bytes, and libsodium's start.
#include "gateway/crypto/random.h"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

#include "gateway/crypto/internal.h"

namespace kinstile::crypto {
namespace internal {

void EnsureInit() {
  // sodium_init picks the fastest code for this processor and opens the random
  // source; it is safe to call from any thread and any number of times.
  static const bool started = sodium_init() >= 0;
  Must(started, "libsodium: cannot start");
}

void Die(const char* what) {
  std::fprintf(stderr, "fatal: gateway/crypto: %s\n", what);
  std::abort();
}

}  // namespace internal

absl::Status Init() {
  if (sodium_init() < 0)
    return absl::InternalError("libsodium: cannot start (no random source?)");
  // Same major: same ABI. Older minor: ristretto255 may be missing pieces.
  if (sodium_library_version_major() != SODIUM_LIBRARY_VERSION_MAJOR ||
      sodium_library_version_minor() < SODIUM_LIBRARY_VERSION_MINOR)
    return absl::FailedPreconditionError(
        "libsodium: the installed library is older than the one built against");
  return absl::OkStatus();
}

void RandomBytes(uint8_t* out, size_t size) {
  internal::EnsureInit();
  randombytes_buf(out, size);
}

std::string RandomString(size_t size) {
  std::string out(size, '\0');
  RandomBytes(internal::MutableData(out), size);
  return out;
}

uint32_t RandomBelow(uint32_t bound) {
  internal::EnsureInit();
  return randombytes_uniform(bound);
}

}  // namespace kinstile::crypto
