// SPDX-License-Identifier: Apache-2.0
// Protobuf text with the four guards, every mistake reported in one pass.
#ifndef KINSTILE_POLICY_LOADER_TEXT_H_
#define KINSTILE_POLICY_LOADER_TEXT_H_

#include <google/protobuf/message.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "policy/did_you_mean.h"
#include "policy/loader_report.h"

namespace kinstile::policy::internal {

inline constexpr size_t kMaxFileBytes = 256 * 1024;
inline constexpr int kMaxDepth = 20;

// Parses `text` into `message`. Returns the places of its fields, or null
// after reporting at least one error. Wrong names do not end the search for
// mistakes: what they say is left out, the messages that they stand in are
// marked as disturbed in `report`, and the places come back all the same. So
// the caller looks at `report->has_errors()` before it believes the message.
std::unique_ptr<Node::Tree> ParseText(absl::string_view text,
                                      google::protobuf::Message* message,
                                      Report* report);

// UTF-8, and characters that could show a signatory something other than what
// is signed. False if the text cannot be read at all.
bool CheckCharacters(absl::string_view text, Report* report);

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_LOADER_TEXT_H_
