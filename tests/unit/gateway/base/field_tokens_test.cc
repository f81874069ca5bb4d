// SPDX-License-Identifier: Apache-2.0
// One encoding of field tokens, and every other one refused by name.
#include "gateway/base/field_tokens.h"

#include "gateway/base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile {
namespace {

using ::testing::HasSubstr;

FieldTokens Some() {
  FieldTokens t;
  t[Field::kForename] = 7;
  t[Field::kIdentifierKind] = ~FieldToken{0};
  t[NearField::kForename] = {1, 2, 9};
  t[NearField::kIdentifier] = {5};
  return t;
}

TEST(FieldTokens, ComeBackTheSame) {
  for (const FieldTokens& t : {Some(), FieldTokens()}) {
    const auto back = DecodeFieldTokens(Encode(t));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, t);
  }
}

TEST(FieldTokens, BadOnesAreRefused) {
  const std::string good = Encode(Some());
  const size_t mask = 4 + 24;  // after the label
  const auto with = [&](size_t at, char byte) {
    std::string out = good;
    out[at] = byte;
    return out;
  };
  FieldTokens unordered = Some();
  unordered[NearField::kForename] = {2, 1};
  FieldTokens twice = Some();
  twice[NearField::kForename] = {2, 2};
  FieldTokens many;
  for (FieldToken i = 1; i <= kMaxNearTokens + 1; ++i)
    many[NearField::kHouse].push_back(i);
  const struct {
    const char* name;
    std::string bytes;
    const char* says;
  } cases[] = {
      {"nothing", "", ""},
      {"cut off", good.substr(0, good.size() - 1), ""},
      {"something behind", good + "x", ""},
      {"an unknown field", with(mask, '\x80'), "unknown field"},
      {"a token of zero", with(mask + 8 + 7, 0), "zero"},
      {"not ascending", Encode(unordered), "ascending"},
      {"a token twice", Encode(twice), "ascending"},
      {"too long a set", Encode(many), "too long"},
  };
  for (const auto& c : cases) {
    const auto t = DecodeFieldTokens(c.bytes);
    EXPECT_TRUE(absl::IsInvalidArgument(t.status())) << c.name;
    EXPECT_THAT(std::string(t.status().message()), HasSubstr(c.says)) << c.name;
  }
}

}  // namespace
}  // namespace kinstile
