// SPDX-License-Identifier: Apache-2.0
// Text between UTF-8 and the UTF-16 of ODBC (in the machine's byte order).
#ifndef KINSTILE_ADAPTERS_SOURCES_SQL_UTF16_H_
#define KINSTILE_ADAPTERS_SOURCES_SQL_UTF16_H_

#include <string>

#include "absl/strings/string_view.h"

namespace kinstile::sources {

// `bytes` holds whole units of two bytes; half a pair becomes U+FFFD.
std::string Utf16ToUtf8(absl::string_view bytes);

// As bytes; a part that is no UTF-8 becomes U+FFFD.
std::string Utf8ToUtf16(absl::string_view text);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_SQL_UTF16_H_
