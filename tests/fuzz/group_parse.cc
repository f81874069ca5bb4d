// SPDX-License-Identifier: Apache-2.0
// Fuzzes parsing of points, scalars and proofs from hostile bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/crypto/oprf.h"

namespace {

using namespace kinstile::crypto;

const OprfKey& Key() {
  static const OprfKey key = *OprfKey::Derive(std::string(32, 's'), "fuzz key");
  return key;
}

void Require(bool holds) {
  if (!holds) std::abort();
}

// A point parses to its own bytes, and the same way through every door.
void ParsePoint(absl::string_view bytes) {
  const auto element = Element::Parse(bytes);
  // What parsed can be computed with: an operation on it would abort if not.
  if (element.ok()) (void)Scalar::FromUint(2).Times(*element);
  Require(!element.ok() || element->bytes() == bytes);
  Require(BlindedPoint::Parse(bytes).ok() == element.ok());
  Require(Key().EvaluateEncoded({bytes}).ok() == element.ok());
}

void ParseScalar(absl::string_view bytes) {
  const auto scalar = Scalar::Parse(SecretAccess(), bytes);
  Require(!scalar.ok() || scalar->bytes(SecretAccess()) == bytes);
}

// point || evaluation || proof: only the true evaluation is ever accepted.
void CheckProof(absl::string_view input) {
  if (input.size() != 128) return;
  const auto point = BlindedPoint::Parse(input.substr(0, 32));
  const auto evaluated = EvaluatedPoint::Parse(input.substr(32, 32));
  if (!point.ok() || !evaluated.ok()) return;
  const auto proof = DleqProof::FromBytes(input.substr(64));
  const absl::Status verified =
      VerifyEvaluation(Key().public_key(), {*point}, {*evaluated}, *proof);
  Require(!verified.ok() || Key().Evaluate({*point})[0] == *evaluated);
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const auto point =
      BlindedPoint::Parse(Element::HashToGroup("seed", "fuzz").bytes());
  const auto evaluated = Key().Evaluate({*point});
  const auto proof =
      Key().ProveForTest({*point}, evaluated, Scalar::FromUint(7));
  return {std::string(point->bytes()), std::string(32, '\1'),
          std::string(31, '\0') + '\x80',  // libsodium's other identity
          absl::StrCat(point->bytes(), evaluated[0].bytes(), proof->view())};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  ParsePoint(input);
  ParsePoint(input.substr(0, 32));
  ParseScalar(input);
  ParseScalar(input.substr(0, 32));
  CheckProof(input);
  return 0;
}
