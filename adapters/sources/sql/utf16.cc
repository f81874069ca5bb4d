// SPDX-License-Identifier: Apache-2.0
// ICU's conversions, straight into strings that their callers wipe.
#include "adapters/sources/sql/utf16.h"

#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <cstring>

namespace kinstile::sources {

std::string Utf16ToUtf8(absl::string_view bytes) {
  const size_t units = bytes.size() / 2;
  auto unit = [&](size_t k) {
    char16_t u;
    std::memcpy(&u, bytes.data() + 2 * k, 2);
    return u;
  };
  std::string out;
  out.reserve(3 * units);  // never moved, so that no copy is left behind
  for (size_t k = 0; k < units; ++k) {
    UChar32 c = unit(k);
    if (U16_IS_LEAD(c) && k + 1 < units && U16_IS_TRAIL(unit(k + 1)))
      c = U16_GET_SUPPLEMENTARY(c, unit(++k));
    else if (U16_IS_SURROGATE(c))
      c = 0xFFFD;
    uint8_t utf8[4];
    size_t n = 0;
    U8_APPEND_UNSAFE(utf8, n, c);
    out.append(reinterpret_cast<const char*>(utf8), n);
  }
  return out;
}

std::string Utf8ToUtf16(absl::string_view text) {
  std::string out;
  out.reserve(2 * text.size() + 2);
  const int32_t size = static_cast<int32_t>(text.size());
  for (int32_t k = 0; k < size;) {
    UChar32 c;
    U8_NEXT_OR_FFFD(text.data(), k, size, c);
    char16_t units[2];
    size_t n = 0;
    U16_APPEND_UNSAFE(units, n, c);
    out.append(reinterpret_cast<const char*>(units), 2 * n);
  }
  return out;
}

}  // namespace kinstile::sources
