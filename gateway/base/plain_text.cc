// SPDX-License-Identifier: Apache-2.0
// One character after the other.
#include "gateway/base/plain_text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace kinstile {
namespace {

struct Character {
  uint32_t point;
  size_t bytes;
  bool plain;
};

bool Shows(uint32_t c) {
  return !(c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e ||
           c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff);
}

// The first character of a text that is not empty; a byte that is none.
Character First(absl::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t bytes = first < 0x80   ? 1
                       : first < 0xc2 ? 0
                       : first < 0xe0 ? 2
                       : first < 0xf0 ? 3
                       : first < 0xf5 ? 4
                                      : 0;
  if (bytes == 0 || bytes > text.size()) return {first, 1, false};
  uint32_t c = bytes == 1 ? first : first & (0x7f >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) return {first, 1, false};
    c = c << 6 | (next & 0x3f);
  }
  const bool well_formed = !((bytes == 3 && c < 0x800) ||
                             (bytes == 4 && (c < 0x10000 || c > 0x10ffff)) ||
                             (c >= 0xd800 && c < 0xe000));
  if (!well_formed) return {first, 1, false};
  return {c, bytes, Shows(c)};
}

}  // namespace

bool IsPlain(absl::string_view text) {
  while (!text.empty()) {
    const Character c = First(text);
    if (!c.plain) return false;
    text.remove_prefix(c.bytes);
  }
  return true;
}

std::string Plain(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character c = First(text);
    if (c.plain)
      absl::StrAppend(&out, text.substr(0, c.bytes));
    else
      absl::StrAppendFormat(&out, "<U+%04X>", c.point);
    text.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace kinstile
