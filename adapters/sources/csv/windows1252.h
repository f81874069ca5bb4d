// SPDX-License-Identifier: Apache-2.0
// Windows-1252 text, as spreadsheets save it, to UTF-8.
#ifndef KINSTILE_ADAPTERS_SOURCES_CSV_WINDOWS1252_H_
#define KINSTILE_ADAPTERS_SOURCES_CSV_WINDOWS1252_H_

#include <string>

#include "absl/strings/string_view.h"

namespace kinstile::sources {

// The five bytes that mean nothing become U+FFFD (WHATWG would make them
// control characters; neither is a letter).
std::string Windows1252ToUtf8(absl::string_view bytes);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_CSV_WINDOWS1252_H_
