// SPDX-License-Identifier: Apache-2.0
// Strict protobuf text: configuration files and the manifest.
#ifndef KINSTILE_GATEWAY_WIRE_TEXT_H_
#define KINSTILE_GATEWAY_WIRE_TEXT_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace kinstile::wire {

// Fields that may stay unset, as "Message.field". Every other field without
// presence, and every sub-message, must be set: a setting that nobody chose is
// a refusal to start, never a default.
using OptionalFields = std::set<std::string>;

// Parses `text` into `message`. INVALID_ARGUMENT listing every mistake as
// "file:line:column: what": syntax, an unknown field, a field given twice, an
// unset field that is not in `optional`. The texts name fields, never values.
absl::Status ParseStrictText(absl::string_view text, absl::string_view file,
                             const OptionalFields& optional,
                             google::protobuf::Message* message);

// Reads a whole file. NOT_FOUND, PERMISSION_DENIED or RESOURCE_EXHAUSTED (over
// `limit` bytes) naming the path.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t limit = 16 << 20);

// `path` relative to the folder of `base_file`, unless it is absolute.
std::string ResolvePath(const std::string& base_file, const std::string& path);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_TEXT_H_
