// SPDX-License-Identifier: Apache-2.0
// The rules of the first scoring, one named case each, and their properties.
#include "gateway/linkage/linkage.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "gateway/base/match_keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::linkage {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// The n-th key of a tier, whatever the table holds today.
KeyId KeyOf(KeyTier tier, size_t n) {
  for (const MatchKeyInfo& info : kMatchKeys)
    if (info.tier == tier && n-- == 0) return info.id;
  ADD_FAILURE() << "the table has too few keys of a tier";
  return 0;
}
KeyId Identifier(size_t n = 0) { return KeyOf(KeyTier::kIdentifier, n); }
KeyId Strong(size_t n = 0) { return KeyOf(KeyTier::kStrong, n); }
KeyId Weak(size_t n = 0) { return KeyOf(KeyTier::kWeak, n); }
std::string NameOf(KeyId key) { return std::string(FindMatchKey(key)->name); }

Handle Record(uint8_t n) { return Handle{{n}}; }
FamilyHandle Family(uint8_t n) { return FamilyHandle{{n}}; }

using Keys = std::vector<KeyId>;
CandidateEvidence Shares(uint8_t record, Keys agreed, Keys conflicting = {},
                         uint8_t family = 1) {
  return {Record(record), Family(family), std::move(agreed),
          std::move(conflicting)};
}

struct Expected {
  Grade grade;
  uint8_t record;  // 0: none named
  std::string why;
};

struct Case {
  std::string name;
  std::vector<MemberCandidates> members;
  std::vector<Expected> expected;
};

const Grade kNo = Grade::kNoMatch;
const Grade kMaybe = Grade::kPossible;
const Grade kYes = Grade::kMatch;

std::vector<Case> Levels() {
  return {
      {"nobody", {{}}, {{kNo, 0, ""}}},
      {"strong",
       {{{Shares(1, {Strong()})}, {}}},
       {{kYes, 1, NameOf(Strong())}}},
      {"identifier and strong",
       {{{Shares(1, {Identifier(), Strong()})}, {}}},
       {{kYes, 1, ""}}},
      {"identifier and weak",
       {{{Shares(1, {Identifier(), Weak()})}, {}}},
       {{kYes, 1, ""}}},
      {"somebody else's NHS number, all else different",
       {{{Shares(1, {Identifier()})}, {}}},
       {{kMaybe, 1, "identifier alone"}}},
      {"two identifiers and nothing else",
       {{{Shares(1, {Identifier(0), Identifier(1)})}, {}}},
       {{kMaybe, 1, "identifier alone"}}},
      {"weak", {{{Shares(1, {Weak()})}, {}}}, {{kMaybe, 1, "weak keys alone"}}},
      {"a wrong NHS number against strong agreement",
       {{{Shares(1, {Strong(0), Strong(1), Weak()}, {Identifier()})}, {}}},
       {{kNo, 0, "vetoed by " + NameOf(Identifier())}}},
      {"NINO agrees, NHS number conflicts",
       {{{Shares(1, {Identifier(1), Strong()}, {Identifier(0)})}, {}}},
       {{kNo, 0, "vetoed by " + NameOf(Identifier(0))}}},
      {"a vetoed namesake does not stand in the way",
       {{{Shares(1, {Strong()}, {Identifier()}), Shares(2, {Strong(1)})}, {}}},
       {{kYes, 2, ""}}},
      {"a conflict of a key that is no identifier is no veto",
       {{{Shares(1, {Strong()}, {Weak()})}, {}}},
       {{kYes, 1, ""}}},
      {"a hostel: only tokens that a hundred people share",
       {{{}, {Weak()}}},
       {{kNo, 0, "too many: " + NameOf(Weak())}}},
      {"a key that nobody knows", {{{Shares(1, {250})}, {}}}, {{kNo, 0, ""}}},
  };
}

std::vector<Case> Ties() {
  return {
      {"twins with similar names: two records on strong keys",
       {{{Shares(1, {Strong()}), Shares(2, {Strong()})}, {}}},
       {{kMaybe, 0, "ambiguous: 2 candidates"}}},
      {"more strong keys do not break a tie",
       {{{Shares(1, {Strong(0), Strong(1), Strong(2), Weak()}),
          Shares(2, {Strong()})},
         {}}},
       {{kMaybe, 0, "ambiguous: 2 candidates"}}},
      {"one more identifier does",
       {{{Shares(1, {Identifier(), Strong()}), Shares(2, {Strong()})}, {}}},
       {{kYes, 1, ""}}},
      {"a strong key beats any number of weak ones",
       {{{Shares(1, {Weak(0), Weak(1)}), Shares(2, {Strong()})}, {}}},
       {{kYes, 2, ""}}},
      {"same record listed twice is one record",
       {{{Shares(1, {Weak()}), Shares(1, {Strong()})}, {}}},
       {{kYes, 1, ""}}},
      {"weak ties name nobody",
       {{{Shares(1, {Weak()}), Shares(2, {Weak()}), Shares(3, {Weak()})}, {}}},
       {{kMaybe, 0, "ambiguous: 3 candidates"}}},
  };
}

std::vector<Case> Families() {
  return {
      {"twins, each with an NHS number of their own",
       {{{Shares(1, {Identifier(), Strong()}),
          Shares(2, {Strong()}, {Identifier()})},
         {}},
        {{Shares(2, {Identifier(), Strong()}),
          Shares(1, {Strong()}, {Identifier()})},
         {}}},
       {{kYes, 1, ""}, {kYes, 2, ""}}},
      {"father and son of one name in one house, one of them enrolled",
       {{{Shares(1, {Strong()})}, {}}, {{Shares(1, {Strong()})}, {}}},
       {{kMaybe, 0, "claimed by 2 members"},
        {kMaybe, 0, "claimed by 2 members"}}},
      {"father and son of one name, the number says which",
       {{{Shares(1, {Identifier(), Strong()})}, {}},
        {{Shares(1, {Strong()})}, {}}},
       {{kYes, 1, ""}, {kMaybe, 0, "claimed by 2 members"}}},
      {"a brother found by the address is not the brother who is matched",
       {{{Shares(1, {Strong()})}, {}},
        {{Shares(1, {Weak()}), Shares(2, {Weak()})}, {}}},
       {{kYes, 1, ""}, {kMaybe, 2, "weak keys alone"}}},
      {"nobody is left for the second member",
       {{{Shares(1, {Strong()})}, {}}, {{Shares(1, {Weak()})}, {}}},
       {{kYes, 1, ""}, {kNo, 0, "matched to another member"}}},
      {"one member named twice in a query",
       {{{Shares(1, {Identifier(), Strong()})}, {}},
        {{Shares(1, {Identifier(), Strong()})}, {}}},
       {{kMaybe, 0, "claimed by 2 members"},
        {kMaybe, 0, "claimed by 2 members"}}},
      {"name order swapped: found by the key that sorts the letters",
       {{{Shares(1, {Strong(2)})}, {}}},
       {{kYes, 1, NameOf(Strong(2))}}},
  };
}

class Rules : public ::testing::TestWithParam<Case> {};

TEST_P(Rules, GradesAndSaysWhy) {
  const Case& c = GetParam();
  const FamilyLink link = Link(c.members);
  ASSERT_EQ(link.members.size(), c.expected.size()) << c.name;
  for (size_t i = 0; i < c.expected.size(); ++i) {
    const Expected& want = c.expected[i];
    const MemberLink& got = link.members[i];
    EXPECT_EQ(GradeName(got.grade), GradeName(want.grade)) << c.name;
    EXPECT_EQ(got.handle, want.record == 0 ? std::nullopt
                                           : std::optional(Record(want.record)))
        << c.name;
    EXPECT_EQ(got.handle.has_value(), got.family.has_value()) << c.name;
    if (!want.why.empty()) {
      EXPECT_THAT(got.why, Contains(want.why)) << c.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, Rules, ::testing::ValuesIn(Levels()));
INSTANTIATE_TEST_SUITE_P(Ties, Rules, ::testing::ValuesIn(Ties()));
INSTANTIATE_TEST_SUITE_P(Families, Rules, ::testing::ValuesIn(Families()));

TEST(Link, NamesTheKeysThatAgreedAndNothingElse) {
  const MemberCandidates member = {{Shares(1, {Strong(1), Strong(0), Weak()})},
                                   {}};
  const FamilyLink link = Link({member});
  EXPECT_THAT(
      link.members[0].why,
      ElementsAre(NameOf(Strong(0)), NameOf(Strong(1)), NameOf(Weak())));
}

TEST(Link, AnswersTwoFamiliesForAChildWithTwoHomes) {
  const std::vector<MemberCandidates> query = {
      {{Shares(1, {Strong()}, {}, 7)}, {}},  // the mother's household
      {{Shares(2, {Strong()}, {}, 8)}, {}},  // the child, filed at the father's
  };
  EXPECT_THAT(Link(query).families, ElementsAre(Family(7), Family(8)));
}

TEST(Link, CountsAFamilyOnceAndOnlyForMatches) {
  const std::vector<MemberCandidates> query = {
      {{Shares(1, {Strong()}, {}, 7)}, {}},
      {{Shares(2, {Strong()}, {}, 7)}, {}},
      {{Shares(3, {Weak()}, {}, 9)}, {}},
  };
  EXPECT_THAT(Link(query).families, ElementsAre(Family(7)));
}

TEST(Link, RefusesMoreCandidatesThanAnyoneCouldReview) {
  MemberCandidates member;
  for (size_t i = 0; i <= kMaxCandidates; ++i)
    member.candidates.push_back(
        Shares(static_cast<uint8_t>(i + 1), {i == 0 ? Strong() : Weak()}));
  const MemberLink got = Link({member}).members[0];
  EXPECT_EQ(got.grade, Grade::kNoMatch);
  EXPECT_FALSE(got.handle.has_value());
  EXPECT_THAT(got.why, ElementsAre("too many candidates"));
  member.candidates.pop_back();
  EXPECT_EQ(Link({member}).members[0].grade, Grade::kMatch);
}

TEST(Link, OfNobodyIsNobody) {
  const FamilyLink link = Link({});
  EXPECT_THAT(link.members, IsEmpty());
  EXPECT_THAT(link.families, IsEmpty());
}

// Random families over few records, so that every rule is met.
std::vector<MemberCandidates> RandomQuery(std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % n); };
  std::vector<MemberCandidates> query(below(6));
  for (MemberCandidates& member : query) {
    std::set<uint8_t> records;
    for (int n = below(5); n > 0; --n) records.insert(1 + below(6));
    for (uint8_t record : records) {
      std::set<KeyId> agreed;
      for (int n = 1 + below(3); n > 0; --n)
        agreed.insert(below(kMatchKeys.size()));
      Keys conflicting;
      if (below(5) == 0 && !agreed.contains(Identifier()))
        conflicting.push_back(Identifier());
      member.candidates.push_back(Shares(record, {agreed.begin(), agreed.end()},
                                         conflicting, record / 3));
    }
  }
  return query;
}

TEST(Link, DoesNotDependOnAnyOrder) {
  std::mt19937 random(20);
  for (int round = 0; round < 3000; ++round) {
    const std::vector<MemberCandidates> query = RandomQuery(random);
    const FamilyLink want = Link(query);
    std::vector<size_t> order(query.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    std::vector<MemberCandidates> shuffled;
    for (size_t i : order) {
      shuffled.push_back(query[i]);
      auto& candidates = shuffled.back().candidates;
      std::shuffle(candidates.begin(), candidates.end(), random);
      for (auto& c : candidates)
        std::shuffle(c.agreed.begin(), c.agreed.end(), random);
    }
    const FamilyLink got = Link(shuffled);
    ASSERT_EQ(got.families, want.families);
    for (size_t i = 0; i < order.size(); ++i) {
      ASSERT_EQ(got.members[i].grade, want.members[order[i]].grade);
      ASSERT_EQ(got.members[i].handle, want.members[order[i]].handle);
      ASSERT_EQ(got.members[i].family, want.members[order[i]].family);
      ASSERT_EQ(got.members[i].why, want.members[order[i]].why);
    }
  }
}

// What must hold of every answer, whatever the input.
TEST(Link, NeverMatchesARecordTwiceNorAgainstAVetoNorWithoutStrongEvidence) {
  std::mt19937 random(21);
  int matches = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::vector<MemberCandidates> query = RandomQuery(random);
    const FamilyLink link = Link(query);
    std::set<Handle> seen;
    for (size_t i = 0; i < query.size(); ++i) {
      const MemberLink& member = link.members[i];
      if (member.grade != Grade::kMatch) continue;
      ++matches;
      ASSERT_TRUE(member.handle.has_value());
      ASSERT_TRUE(seen.insert(*member.handle).second);
      const auto pair = std::find_if(
          query[i].candidates.begin(), query[i].candidates.end(),
          [&](const auto& c) { return c.handle == *member.handle; });
      ASSERT_NE(pair, query[i].candidates.end());
      ASSERT_THAT(pair->conflicting, IsEmpty());
      std::map<KeyTier, int> tiers;
      for (KeyId key : pair->agreed) ++tiers[FindMatchKey(key)->tier];
      ASSERT_TRUE(
          tiers[KeyTier::kStrong] > 0 ||
          (tiers[KeyTier::kIdentifier] > 0 && tiers[KeyTier::kWeak] > 0));
    }
  }
  EXPECT_GT(matches, 100);
}

}  // namespace
}  // namespace kinstile::linkage
