// SPDX-License-Identifier: Apache-2.0
// Reads published test vectors (JSON) from beside the source tree, if present.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_VECTORS_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_VECTORS_H_

#include <google/protobuf/struct.pb.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace kinstile {

using Json = google::protobuf::Value;

// `path` below vectors/ of $KINSTILE_SHARED or ../shared. NOT_FOUND when the
// files are not on this machine: the caller says so and relies on the values
// that its test transcribes.
absl::StatusOr<Json> LoadVectors(absl::string_view path);

// A member by name; null when absent.
const Json& At(const Json& object, const std::string& name);
const google::protobuf::RepeatedPtrField<Json>& ListAt(const Json& object,
                                                       const std::string& name);
std::string TextAt(const Json& object, const std::string& name);
uint64_t NumberAt(const Json& object, const std::string& name);
bool BoolAt(const Json& object, const std::string& name);
// Base64; aborts the test program on anything else.
std::string FromBase64(const std::string& text);

}  // namespace kinstile

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_VECTORS_H_
