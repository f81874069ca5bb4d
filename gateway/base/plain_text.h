// SPDX-License-Identifier: Apache-2.0
// Text that somebody else wrote, to be shown to people.
#ifndef KINSTILE_GATEWAY_BASE_PLAIN_TEXT_H_
#define KINSTILE_GATEWAY_BASE_PLAIN_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace kinstile {

// Nothing in it moves the cursor, colours, hides or turns around what stands
// beside it: no control character (C0, DEL, C1; no newline or tab either), no
// line or paragraph separator, no mark that sets the direction of text (UAX 9).
// What is not well-formed UTF-8 is not plain.
bool IsPlain(absl::string_view text);
// The same text with each such character, or byte, as <U+001B>.
std::string Plain(absl::string_view text);

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_PLAIN_TEXT_H_
