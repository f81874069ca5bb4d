// SPDX-License-Identifier: Apache-2.0
// Fuzzes the text of ODBC: what comes out is UTF-8, and comes back the same.
#include "adapters/sources/sql/utf16.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

std::vector<std::string> FuzzSeeds() {
  return {std::string("A\0n\0\x3D\xD8\x42\xDE", 8), "Zo\xC3\xAB"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using kinstile::sources::Utf16ToUtf8;
  using kinstile::sources::Utf8ToUtf16;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string utf8 = Utf16ToUtf8(bytes);
  if (Utf16ToUtf8(Utf8ToUtf16(utf8)) != utf8) std::abort();
  const std::string utf16 = Utf8ToUtf16(bytes);
  if (utf16.size() % 2 != 0) std::abort();
  if (Utf8ToUtf16(Utf16ToUtf8(utf16)) != utf16) std::abort();
  return 0;
}
