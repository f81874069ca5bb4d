// SPDX-License-Identifier: Apache-2.0
// Assignments against a naive double; properties of grades.
#include "gateway/linkage/linkage.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "gateway/linkage/assignment.h"
#include "gateway/linkage/estimate.h"
#include "gateway/wire/weights.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::linkage {
namespace {

const Model& Shipped() {
  static const auto* const kModel = new Model(*wire::LoadWeights(""));
  return *kModel;
}

Handle HandleOf(uint32_t n) {
  Handle h;
  h.bytes[0] = static_cast<uint8_t>(n);
  h.bytes[1] = static_cast<uint8_t>(n >> 8);
  return h;
}
FamilyHandle FamilyOf(uint32_t n) {
  FamilyHandle h;
  h.bytes[0] = static_cast<uint8_t>(n);
  return h;
}

// Sums over every subset of the pairs that is one to one.
std::vector<double> NaiveTotals(const std::vector<ScoredPair>& pairs,
                                const std::vector<double>& odds, size_t rows) {
  std::vector<double> total(rows + 1, 0);
  for (uint32_t set = 0; set < 1u << pairs.size(); ++set) {
    double product = 1;
    size_t k = 0;
    bool one_to_one = true;
    for (size_t a = 0; a < pairs.size(); ++a) {
      if ((set >> a & 1) == 0) continue;
      ++k;
      product *= odds[a];
      for (size_t b = 0; b < a; ++b)
        if ((set >> b & 1) != 0 && (pairs[a].left == pairs[b].left ||
                                    pairs[a].right == pairs[b].right))
          one_to_one = false;
    }
    if (one_to_one) total[k] += product;
  }
  return total;
}

TEST(Assignment, SumsWhatANaiveDoubleSums) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<ScoredPair> pairs;
    for (uint32_t l = 0; l < 3; ++l)
      for (uint32_t r = 0; r < 3; ++r)
        if (random() % 4 != 0)
          pairs.push_back({l, r, random() % 20 - 10.0, random() % 15 - 7.0,
                           random() % 6 - 3.0, random() % 9 == 0});
    if (pairs.empty()) continue;
    const FamilyEvidence e = Weigh(pairs, 3, 3);
    std::vector<ScoredPair> kept;
    std::vector<double> odds;
    for (size_t p : e.pairs) {
      kept.push_back(pairs[p]);
      double other = 0;
      for (const ScoredPair& q : pairs)
        if (q.left == pairs[p].left)
          other = std::max(other, q.random - q.shared - q.household);
      odds.push_back(std::exp2(pairs[p].random - pairs[p].shared - other) / 3);
      EXPECT_FALSE(pairs[p].vetoed);
    }
    const auto naive = NaiveTotals(kept, odds, e.total.size() - 1);
    for (size_t k = 0; k < e.total.size(); ++k)
      EXPECT_NEAR(e.total[k] / std::max(naive[k], 1e-300), naive[k] > 0 ? 1 : 0,
                  1e-9);
    for (const auto& with : e.with)
      for (size_t k = 0; k < with.size(); ++k)
        EXPECT_LE(with[k], e.total[k] * (1 + 1e-9));
  }
}

TEST(Assignment, WideFamiliesAreCutToTheLimit) {
  std::vector<ScoredPair> pairs;
  for (uint32_t l = 0; l < 12; ++l)
    for (uint32_t r = 0; r < 12; ++r)
      pairs.push_back({l, r, 5.0 - std::abs(int(l) - int(r)),
                       4.0 - std::abs(int(l) - int(r)), 0, false});
  const FamilyEvidence e = Weigh(pairs, 12, 12);
  double product = 1;
  std::vector<int> row(12, 1);
  for (size_t p : e.pairs) ++row[pairs[p].left];
  for (int n : row) product *= n;
  EXPECT_LE(product, double{kMaxAssignments});
  // The best of every row is kept.
  for (uint32_t l = 0; l < 12; ++l)
    EXPECT_TRUE(std::any_of(e.pairs.begin(), e.pairs.end(), [&](size_t p) {
      return pairs[p].left == l && pairs[p].right == l;
    }));
}

TEST(Assignment, PosteriorsAreProbabilities) {
  std::mt19937 random(9);
  for (int round = 0; round < 200; ++round) {
    std::vector<ScoredPair> pairs;
    for (uint32_t l = 0; l < 4; ++l)
      for (uint32_t r = 0; r < 4; ++r)
        pairs.push_back({l, r, random() % 120 - 60.0, random() % 60 - 30.0,
                         random() % 40 - 20.0, false});
    const FamilyPosterior p =
        Judge(Weigh(pairs, 4, 4), -17, Shipped().weights().presence);
    EXPECT_GE(p.linked, 0);
    EXPECT_LE(p.linked, 1);
    for (double m : p.match) {
      EXPECT_GE(m, 0);
      EXPECT_LE(m, p.linked + 1e-9);
    }
  }
}

// Random tokens of few values, so that everything happens.
FieldTokens RandomTokens(std::mt19937& random) {
  FieldTokens t;
  for (FieldToken& token : t.single) token = random() % 4;
  for (auto& set : t.near) {
    for (int i = 0; i < 3; ++i) set.push_back(1 + random() % 9);
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  return t;
}

Problem RandomProblem(std::mt19937& random) {
  Problem p;
  for (uint32_t i = 0; i < 1 + random() % 4; ++i)
    p.members.push_back(RandomTokens(random));
  const uint32_t n = 1 + random() % 6;
  std::vector<uint32_t> sizes(3, 0);
  for (uint32_t c = 0; c < n; ++c) {
    const uint32_t family = random() % 3;
    ++sizes[family];
    p.candidates.push_back(
        {HandleOf(c), FamilyOf(family), 1, RandomTokens(random)});
  }
  for (CandidateRecord& c : p.candidates)
    c.family_size = sizes[c.family.bytes[0]];
  for (uint32_t i = 0; i < p.members.size(); ++i)
    for (uint32_t c = 0; c < n; ++c)
      if (random() % 2 == 0) p.hits.push_back({i, c, {3}});
  p.register_records = 5000;
  p.register_families = 2000;
  return p;
}

TEST(Comparison, IsSymmetric) {
  std::mt19937 random(3);
  for (int i = 0; i < 5000; ++i) {
    const FieldTokens a = RandomTokens(random), b = RandomTokens(random);
    EXPECT_EQ(Compare(a, b), Compare(b, a));
  }
}

TEST(Linkage, MatchesOneToOneAndOrderChangesNothing) {
  std::mt19937 random(5);
  size_t matches = 0;
  for (int round = 0; round < 3000; ++round) {
    Problem p = RandomProblem(random);
    const FamilyLink link = Link(p, Shipped());
    ASSERT_EQ(link.members.size(), p.members.size());
    std::vector<Handle> matched;
    for (const MemberLink& m : link.members)
      if (m.grade == Grade::kMatch) matched.push_back(*m.handle);
    matches += matched.size();
    std::sort(matched.begin(), matched.end());
    EXPECT_EQ(std::adjacent_find(matched.begin(), matched.end()),
              matched.end());
    std::shuffle(p.hits.begin(), p.hits.end(), random);
    const FamilyLink again = Link(p, Shipped());
    for (size_t i = 0; i < link.members.size(); ++i) {
      EXPECT_EQ(link.members[i].grade, again.members[i].grade);
      EXPECT_EQ(link.members[i].handle, again.members[i].handle);
    }
  }
  EXPECT_GT(matches, 0u);
}

// Whatever is compared: who was refused is nobody, who was confirmed is found
// unless another confirmed pair is in the way.
TEST(Linkage, ReviewersWordStandsAboveEveryScore) {
  std::mt19937 random(11);
  size_t confirmed = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    Problem p = RandomProblem(random);
    if (p.candidates.empty()) continue;
    const auto member = static_cast<uint32_t>(random() % p.members.size());
    const auto candidate =
        static_cast<uint32_t>(random() % p.candidates.size());
    const bool same = random() % 2 == 0;
    p.rulings = {{member, candidate, same}};
    const FamilyLink link = Link(p, Shipped());
    const MemberLink& m = link.members[member];
    const bool is_it = m.handle == p.candidates[candidate].handle;
    if (same) {
      ASSERT_EQ(m.grade, Grade::kMatch);
      ASSERT_TRUE(is_it);
      ASSERT_THAT(m.why, testing::Contains("confirmed by a reviewer"));
      ++confirmed;
    } else {
      ASSERT_FALSE(is_it && m.grade != Grade::kNoMatch);
      ++refused;
    }
  }
  EXPECT_GT(confirmed, 100u);
  EXPECT_GT(refused, 100u);
}

// Pairs drawn by known tables: what is estimated is near them, far from a
// start that is wrong.
TEST(Estimate, FindsFromCountsAloneWhatPairsWereDrawnBy) {
  Weights truth = Shipped().weights();
  const size_t forename = Index(Comparator::kForename);
  const size_t exact = LevelNames(Comparator::kForename).size() - 1;
  std::mt19937 random(3);
  const auto draw = [&](const LevelTable& table) {
    Levels v;
    for (Comparator c : {Comparator::kForename, Comparator::kSurname,
                         Comparator::kBirth, Comparator::kAddress}) {
      const auto& p = table[Index(c)];
      v[c] = static_cast<int8_t>(
          std::discrete_distribution<int>(p.begin(), p.end())(random));
    }
    return v;
  };
  PatternCounts counts;
  for (int i = 0; i < 4000; ++i) ++counts.pairs[draw(truth.m).level];
  for (int i = 0; i < 4000; ++i) ++counts.pairs[draw(truth.u).level];
  counts.people = 8000;
  counts.space = 8000ull * 50'000;
  Weights start = truth;
  start.m[forename].fill(0);
  for (size_t l = 0; l <= exact; ++l) start.m[forename][l] = .02;
  start.m[forename][exact] = 1 - .02 * static_cast<double>(exact);
  const auto estimated = EstimateFromPatterns(start, counts);
  ASSERT_TRUE(estimated.ok()) << estimated.status();
  EXPECT_TRUE(CheckWeights(*estimated).ok());
  EXPECT_NEAR(estimated->m[forename][exact], truth.m[forename][exact], .03);
  EXPECT_EQ(estimated->u, start.u);
  EXPECT_NEAR(estimated->match_rate, .5, .05);
}

TEST(Estimate, NeedsEnoughPairs) {
  PatternCounts few;
  few.people = 10;
  few.space = 1000;
  ++few.pairs[Levels().level];
  EXPECT_TRUE(absl::IsFailedPrecondition(
      EstimateFromPatterns(Shipped().weights(), few).status()));
}

}  // namespace
}  // namespace kinstile::linkage
