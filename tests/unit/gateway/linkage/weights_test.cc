// SPDX-License-Identifier: Apache-2.0
// Weights load whole and unchanged, or not at all.
#include "gateway/linkage/weights.h"

#include <cmath>

#include "absl/strings/str_replace.h"
#include "gateway/wire/weights.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::linkage {
namespace {

using ::testing::HasSubstr;

TEST(Weights, ShippedOnesLoadAndComeBackTheSame) {
  const auto weights = wire::LoadWeights("");
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_FALSE(weights->origin.empty());
  const auto again = wire::ParseWeights(wire::WeightsText(*weights), "again");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(wire::WeightsDigest(*again), wire::WeightsDigest(*weights));
  EXPECT_EQ(again->m, weights->m);
}

TEST(Weights, TamperedOnesAreRefused) {
  const std::string text(wire::ShippedWeightsText());
  const struct {
    const char *name, *from, *to, *says;
  } cases[] = {
      {"a probability", "match_rate: 0.2", "match_rate: 0.3", "digest"},
      {"the version", "version: \"shipped", "version: \"shopped", "digest"},
      {"a level's name", "name: \"soundex\"", "name: \"sounds\"", "soundex"},
      {"another comparator", "name: \"surname\"", "name: \"forename\"",
       "surname"},
      {"an unknown field", "reach:", "breach:", "breach"},
      {"a rule", "strict_names: true", "strict_names: false", "digest"},
      {"nothing of a field", "reach: 0.29999999999999999\n", "", "reach"},
  };
  for (const auto& c : cases) {
    const std::string changed = absl::StrReplaceAll(text, {{c.from, c.to}});
    ASSERT_NE(changed, text) << c.name;
    const auto weights = wire::ParseWeights(changed, "w");
    EXPECT_FALSE(weights.ok()) << c.name;
    EXPECT_THAT(std::string(weights.status().message()), HasSubstr(c.says))
        << c.name;
  }
}

TEST(Weights, ThatDoNotFitAreRefusedWithARightDigest) {
  const Weights good = *wire::LoadWeights("");
  const struct {
    const char* name;
    void (*edit)(Weights&);
    const char* says;
  } cases[] = {
      {"another specification", [](Weights& w) { ++w.spec_version; },
       "identity_spec_version"},
      {"no probability", [](Weights& w) { w.m[0][0] = 1.5; },
       "m.forename.none"},
      {"not a number", [](Weights& w) { w.u[1][0] = std::nan(""); },
       "u.surname"},
      {"a sum of two", [](Weights& w) { w.within[3][0] = 1; }, "within.year"},
      {"ties that match", [](Weights& w) { w.match_at = .5; }, "match_at"},
      {"presence", [](Weights& w) { w.presence[0] += .5; }, "presence"},
      {"a negative rate", [](Weights& w) { w.reach = -1; }, "reach"},
  };
  for (const auto& c : cases) {
    Weights bad = good;
    c.edit(bad);
    const auto weights = wire::ParseWeights(wire::WeightsText(bad), "w");
    EXPECT_FALSE(weights.ok()) << c.name;
    EXPECT_THAT(std::string(weights.status().message()), HasSubstr(c.says))
        << c.name;
  }
}

TEST(Weights, HouseholdSharesWhatItShares) {
  const Weights w = *wire::LoadWeights("");
  const LevelTable h = HouseholdTable(w.within, w.m);
  for (size_t c = 0; c < kComparators; ++c) {
    double sum = 0;
    for (double p : h[c]) sum += p;
    EXPECT_NEAR(sum, 1, 1e-9) << ComparatorName(static_cast<Comparator>(c));
  }
  // Two people of one household: one surname as in a match, another forename.
  const size_t surname = Index(Comparator::kSurname);
  EXPECT_GT(h[surname][LevelNames(Comparator::kSurname).size() - 1], .4);
  const size_t forename = Index(Comparator::kForename);
  EXPECT_LT(h[forename][LevelNames(Comparator::kForename).size() - 1], .02);
}

}  // namespace
}  // namespace kinstile::linkage
