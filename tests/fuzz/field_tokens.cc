// SPDX-License-Identifier: Apache-2.0
// Field tokens from a peer: one encoding each, and compared without harm.
#include "gateway/base/field_tokens.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/linkage/compare.h"

using namespace kinstile;  // NOLINT: a test program

namespace {

FieldTokens Some() {
  FieldTokens t;
  t[Field::kForename] = 7;
  t[Field::kIdentifierKind] = ~FieldToken{0};
  t[NearField::kForename] = {1, 2, 9};
  t[NearField::kIdentifier] = {5};
  return t;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {Encode(Some()), Encode(FieldTokens())};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto t = DecodeFieldTokens(bytes);
  if (!t.ok()) return 0;
  if (Encode(*t) != bytes) std::abort();
  if (linkage::Compare(*t, Some()) != linkage::Compare(Some(), *t))
    std::abort();
  return 0;
}
