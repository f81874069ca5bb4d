// SPDX-License-Identifier: Apache-2.0
// Reads hex and published vector files by protobuf's JSON parser.
#include "vectors.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace kinstile::crypto {
namespace {

std::string Folder() {
  const char* env = std::getenv("KINSTILE_SHARED");
  return env != nullptr ? env : KINSTILE_SOURCE_DIR "/../shared";
}

}  // namespace

std::optional<Json> VectorFile(absl::string_view name) {
  const std::string path = Folder() + "/vectors/" + std::string(name);
  std::ifstream file(path);
  if (!file) {
    std::printf("no %s: the transcribed values alone are checked\n",
                path.c_str());
    return std::nullopt;
  }
  std::stringstream text;
  text << file.rdbuf();
  Json json;
  const auto status =
      google::protobuf::util::JsonStringToMessage(text.str(), &json);
  EXPECT_TRUE(status.ok()) << path << ": not JSON";
  return json;
}

const Json& At(const Json& object, const std::string& key) {
  return object.struct_value().fields().at(key);
}

bool Has(const Json& object, const std::string& key) {
  return object.struct_value().fields().contains(key);
}

std::string Text(const Json& object, const std::string& key) {
  return At(object, key).string_value();
}

std::vector<Json> Items(const Json& object, const std::string& key) {
  const auto& values = At(object, key).list_value().values();
  return {values.begin(), values.end()};
}

std::string Hex(absl::string_view hex) {
  EXPECT_EQ(hex.size() % 2, 0u) << "odd hex";
  return absl::HexStringToBytes(hex);
}

std::string HexAt(const Json& object, const std::string& key) {
  return Hex(Text(object, key));
}

std::string ToHex(absl::string_view bytes) {
  return absl::BytesToHexString(bytes);
}

std::vector<std::string> HexList(absl::string_view comma_separated) {
  std::vector<std::string> out;
  for (absl::string_view part : absl::StrSplit(comma_separated, ','))
    out.push_back(Hex(part));
  return out;
}

}  // namespace kinstile::crypto
