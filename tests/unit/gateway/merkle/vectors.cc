// SPDX-License-Identifier: Apache-2.0
// JSON by way of protobuf's Value, which every build has anyway.
#include "tests/unit/gateway/merkle/vectors.h"

#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace kinstile {

absl::StatusOr<Json> LoadVectors(absl::string_view path) {
  const char* env = std::getenv("KINSTILE_SHARED");
  std::string root = env != nullptr ? env : SOURCE_DIR "/../shared";
  std::ifstream in(absl::StrCat(root, "/vectors/", path));
  if (!in) return absl::NotFoundError("published vectors: not on this machine");
  std::stringstream text;
  text << in.rdbuf();
  Json json;
  if (!google::protobuf::util::JsonStringToMessage(text.str(), &json).ok())
    return absl::InvalidArgumentError("published vectors: not JSON");
  return json;
}

const Json& At(const Json& object, const std::string& name) {
  const auto& fields = object.struct_value().fields();
  auto it = fields.find(name);
  return it == fields.end() ? Json::default_instance() : it->second;
}

const google::protobuf::RepeatedPtrField<Json>& ListAt(
    const Json& object, const std::string& name) {
  return At(object, name).list_value().values();
}

std::string TextAt(const Json& object, const std::string& name) {
  return At(object, name).string_value();
}

uint64_t NumberAt(const Json& object, const std::string& name) {
  // A JSON number is a double here: 2^64 - 1 is read as 2^64.
  double v = At(object, name).number_value();
  return v >= 0x1p64 ? UINT64_MAX : static_cast<uint64_t>(v);
}

bool BoolAt(const Json& object, const std::string& name) {
  return At(object, name).bool_value();
}

std::string FromBase64(const std::string& text) {
  std::string out;
  if (!absl::Base64Unescape(text, &out)) std::abort();
  return out;
}

}  // namespace kinstile
