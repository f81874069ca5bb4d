// SPDX-License-Identifier: Apache-2.0
// What the source files of this folder share; nobody else includes it.
#ifndef KINSTILE_GATEWAY_CRYPTO_INTERNAL_H_
#define KINSTILE_GATEWAY_CRYPTO_INTERNAL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace kinstile::crypto::internal {

inline const unsigned char* Data(absl::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}
inline unsigned char* MutableData(std::string& s) {
  return reinterpret_cast<unsigned char*>(s.data());
}

// sodium_init, once; aborts when the library cannot start. Cheap to repeat.
void EnsureInit();

// Ends the process naming `what`, which is a constant: for what only a bug in
// this program, or an event of probability 2^-250, can cause. Going on would
// mean using a key or a point that is not one.
[[noreturn]] void Die(const char* what);
inline void Must(bool ok, const char* what) {
  if (!ok) Die(what);
}

// A literal with its zero bytes: the length is the compiler's to count.
template <size_t N>
constexpr absl::string_view Literal(const char (&text)[N]) {
  return {text, N - 1};
}

// I2OSP(v, 2) of RFC 8017, as RFC 9180, 9380 and 9497 use it.
inline void AppendU16(uint16_t v, std::string& out) {
  out.push_back(static_cast<char>(v >> 8));
  out.push_back(static_cast<char>(v & 0xff));
}

// u32(len(label)): the front of every labelled message.
inline std::string LabelLength(absl::string_view label) {
  const uint32_t n = static_cast<uint32_t>(label.size());
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16),
          static_cast<char>(n >> 8), static_cast<char>(n)};
}

}  // namespace kinstile::crypto::internal

#endif  // KINSTILE_GATEWAY_CRYPTO_INTERNAL_H_
