// SPDX-License-Identifier: Apache-2.0
// Reads hex and published vector files (JSON) for the tests of this folder.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_CRYPTO_VECTORS_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_CRYPTO_VECTORS_H_

#include <google/protobuf/struct.pb.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

using Json = google::protobuf::Value;

// The file `name` of the vectors folder of KINSTILE_SHARED (default: ../shared
// beside the source tree), or nothing where there is no such file: it then
// says so, and the caller's transcribed values are the test.
std::optional<Json> VectorFile(absl::string_view name);

// Members and elements; a missing member fails loudly.
const Json& At(const Json& object, const std::string& key);
bool Has(const Json& object, const std::string& key);
std::string Text(const Json& object, const std::string& key);
std::vector<Json> Items(const Json& object, const std::string& key);

// Hex to bytes; bytes to hex.
std::string Hex(absl::string_view hex);
std::string HexAt(const Json& object, const std::string& key);
std::string ToHex(absl::string_view bytes);
// "aa,bb" to two byte strings.
std::vector<std::string> HexList(absl::string_view comma_separated);

template <class Key>
Key SecretFromHex(absl::string_view hex) {
  return *Key::FromBytes(SecretAccess(), Hex(hex));
}

}  // namespace kinstile::crypto

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_CRYPTO_VECTORS_H_
