// SPDX-License-Identifier: Apache-2.0
// Look-up: agreements, conflicts, too many, shields; against a naive double.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/unit/gateway/index/register.h"

namespace kinstile::index {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using FindTest = RegisterTest;

TEST_F(FindTest, ReportsWhichKeysAgree) {
  Enrol(council_, {Person(1, 1, {Carries(kNames, 5), Carries(kAddress, 6)}),
                   Person(2, 1, {Carries(kNames, 7), Carries(kAddress, 6)}),
                   Person(3, 2, {Carries(kNames, 8), Carries(kAddress, 9)})});
  const MemberResult found =
      FindOne(council_, {Carries(kAddress, 6), Carries(kNames, 5)});
  ASSERT_EQ(found.candidates.size(), 2u);
  EXPECT_EQ(found.candidates[0].handle, Record(1));
  EXPECT_EQ(found.candidates[0].family, Family(1));
  EXPECT_THAT(found.candidates[0].agreed, ElementsAre(kNames, kAddress));
  EXPECT_EQ(found.candidates[1].handle, Record(2));
  EXPECT_THAT(found.candidates[1].agreed, ElementsAre(kAddress));
  EXPECT_THAT(found.too_many, IsEmpty());
}

TEST_F(FindTest, OneValueUnderTwoKeysIsTwoTokens) {
  Enrol(council_, {Person(1, 1, {Carries(kNames, 5)})});
  EXPECT_THAT(HandlesOf(council_, {Carries(kAddress, 5)}), IsEmpty());
}

TEST_F(FindTest, AnyOfSeveralFormsOfAKeyAgrees) {
  // Name order swapped, or a previous surname: the key has two forms.
  Enrol(council_, {Person(1, 1, {Carries(kNames, 5), Carries(kNames, 6)})});
  EXPECT_THAT(FindOne(council_, {Carries(kNames, 6), Carries(kNames, 7)})
                  .candidates.at(0)
                  .agreed,
              ElementsAre(kNames));
}

TEST_F(FindTest, AnotherIdentifierOfTheSameKindConflicts) {
  Enrol(council_, {Person(1, 1, {Carries(kNumber, 1), Carries(kNames, 5)})});
  const auto conflicting = [&](std::vector<KeyedToken> query) {
    return FindOne(council_, std::move(query)).candidates.at(0).conflicting;
  };
  EXPECT_THAT(conflicting({Carries(kNumber, 2), Carries(kNames, 5)}),
              ElementsAre(kNumber));
  EXPECT_THAT(conflicting({Carries(kNumber, 1), Carries(kNames, 5)}),
              IsEmpty());
  EXPECT_THAT(conflicting({Carries(kNino, 2), Carries(kNames, 5)}), IsEmpty());
  EXPECT_THAT(conflicting({Carries(kNames, 5)}), IsEmpty());
}

TEST_F(FindTest, OtherKeysNeverConflict) {
  Enrol(council_, {Person(1, 1, {Carries(kNames, 5), Carries(kAddress, 6)})});
  EXPECT_THAT(FindOne(council_, {Carries(kNames, 5), Carries(kAddress, 7)})
                  .candidates.at(0)
                  .conflicting,
              IsEmpty());
}

std::vector<EnrolledRecord> Residents(size_t n, KeyId key) {
  std::vector<EnrolledRecord> out;
  for (uint32_t i = 0; i < n; ++i)
    out.push_back(Person(i, i, {Carries(key, 6), Carries(kNames, 1000 + i)}));
  return out;
}

TEST_F(FindTest, AHostelsAddressSaysNothing) {
  Enrol(council_, Residents(kTooMany, kAddress));
  EXPECT_EQ(FindOne(council_, {Carries(kAddress, 6)}).candidates.size(),
            kTooMany);
  Enrol(council_, Residents(kTooMany + 1, kAddress));
  MemberResult found = FindOne(council_, {Carries(kAddress, 6)});
  EXPECT_THAT(found.candidates, IsEmpty());
  EXPECT_THAT(found.too_many, ElementsAre(kAddress));
  // Who lives there is found by other keys, and the address is no agreement.
  found = FindOne(council_, {Carries(kAddress, 6), Carries(kNames, 1004)});
  ASSERT_EQ(found.candidates.size(), 1u);
  EXPECT_THAT(found.candidates[0].agreed, ElementsAre(kNames));
}

TEST_F(FindTest, ANumberThatHundredsHaveIsNoConflictEither) {
  Enrol(council_, Residents(kTooMany + 1, kNumber));
  const MemberResult found =
      FindOne(council_, {Carries(kNumber, 7), Carries(kNames, 1004)});
  ASSERT_EQ(found.candidates.size(), 1u);
  EXPECT_THAT(found.candidates[0].conflicting, IsEmpty());
}

TEST_F(FindTest, KeepsAgenciesApart) {
  Enrol(council_, {Person(1, 1, {Carries(kNames, 5)})});
  Enrol(health_, {Person(2, 2, {Carries(kNames, 5)})});
  EXPECT_THAT(HandlesOf(council_, {Carries(kNames, 5)}),
              ElementsAre(Record(1)));
  EXPECT_THAT(HandlesOf(health_, {Carries(kNames, 5)}), ElementsAre(Record(2)));
  EXPECT_TRUE(absl::IsNotFound(index_->Find(Agency("police"), {}).status()));
}

TEST_F(FindTest, SaysWhatWasSearched) {
  Enrol(council_, {});
  const FindResult found = index_->Find(council_, {}).value();
  EXPECT_EQ(found.generation, 1);
  EXPECT_EQ(found.spec_version, kIdentitySpecVersion);
  EXPECT_EQ(found.key_epoch, 3u);
}

TEST_F(FindTest, UnderAnotherIndexKeyIsRefusedAndNeverMatches) {
  Enrol(council_, {Person(1, 1, {Carries(kNames, 5)})});
  Reopen(/*key=*/2);
  const std::vector<QueryMember> query = {{{Carries(kNames, 5)}}};
  EXPECT_TRUE(
      absl::IsFailedPrecondition(index_->Find(council_, query).status()));
  Enrol(council_, {Person(1, 1, {Carries(kNames, 5)})});
  EXPECT_EQ(HandlesOf(council_, {Carries(kNames, 5)}).size(), 1u);
  Reopen(/*key=*/1);
  EXPECT_TRUE(
      absl::IsFailedPrecondition(index_->Find(council_, query).status()));
}

TEST_F(FindTest, RefusesOversizedQueries) {
  Enrol(council_, {});
  std::vector<QueryMember> family(kMaxMembersPerFind);
  KS_EXPECT_OK(index_->Find(council_, family).status());
  family.emplace_back();
  EXPECT_TRUE(absl::IsInvalidArgument(index_->Find(council_, family).status()));
  family = {{{Carries(200, 1)}}};
  EXPECT_TRUE(absl::IsInvalidArgument(index_->Find(council_, family).status()));
}

// The slow honest double: compares every pair, straight from the header.
class NaiveIndex {
 public:
  explicit NaiveIndex(std::vector<EnrolledRecord> records)
      : records_(std::move(records)) {
    std::sort(records_.begin(), records_.end(),
              [](const auto& a, const auto& b) { return a.handle < b.handle; });
    for (const EnrolledRecord& r : records_) {
      for (const auto& t : Set(r.tokens)) ++carriers_[t];
      if (r.shielded) shielded_families_.insert(r.family);
    }
  }

  MemberResult Find(const QueryMember& query) const {
    MemberResult out;
    std::set<KeyId> too_many;
    for (const auto& t : Set(query.tokens))
      if (TooMany(t)) too_many.insert(t.first);
    out.too_many.assign(too_many.begin(), too_many.end());
    for (const EnrolledRecord& r : records_) {
      Candidate c{r.handle, r.family, r.shielded, false, {}, {}};
      c.family_shielded = shielded_families_.contains(r.family);
      for (const MatchKeyInfo& key : kMatchKeys) {
        const bool agrees = Agree(query, r, key.id);
        if (agrees) c.agreed.push_back(key.id);
        if (!agrees && key.tier == KeyTier::kIdentifier &&
            Conflict(query, r, key.id))
          c.conflicting.push_back(key.id);
      }
      if (!c.agreed.empty()) out.candidates.push_back(c);
    }
    return out;
  }

 private:
  using Pair = std::pair<KeyId, Token>;
  static std::set<Pair> Set(const std::vector<KeyedToken>& tokens) {
    std::set<Pair> out;
    for (const KeyedToken& t : tokens) out.insert({t.key, t.token});
    return out;
  }
  bool TooMany(const Pair& t) const {
    const auto it = carriers_.find(t);
    return it != carriers_.end() && it->second > kTooMany;
  }
  bool Agree(const QueryMember& q, const EnrolledRecord& r, KeyId key) const {
    for (const auto& t : Set(q.tokens))
      if (t.first == key && !TooMany(t) && Set(r.tokens).contains(t))
        return true;
    return false;
  }
  bool Conflict(const QueryMember& q, const EnrolledRecord& r,
                KeyId key) const {
    bool asked = false, held = false, common = false;
    for (const auto& t : Set(q.tokens))
      if (t.first == key && !TooMany(t)) asked = true;
    for (const auto& t : Set(r.tokens))
      if (t.first == key) held = true, common = common || TooMany(t);
    return asked && held && !common;
  }

  std::vector<EnrolledRecord> records_;
  std::map<Pair, size_t> carriers_;
  std::set<FamilyHandle> shielded_families_;
};

bool Same(const MemberResult& a, const MemberResult& b) {
  return a.too_many == b.too_many &&
         std::equal(
             a.candidates.begin(), a.candidates.end(), b.candidates.begin(),
             b.candidates.end(), [](const Candidate& x, const Candidate& y) {
               return x.handle == y.handle && x.family == y.family &&
                      x.shielded == y.shielded &&
                      x.family_shielded == y.family_shielded &&
                      x.agreed == y.agreed && x.conflicting == y.conflicting;
             });
}

// Few values per key, some very common, several forms, missing keys.
std::vector<KeyedToken> RandomTokens(std::mt19937& random) {
  std::vector<KeyedToken> out;
  for (const MatchKeyInfo& key : kMatchKeys) {
    if (random() % 3 == 0) continue;
    const size_t forms = 1 + (random() % 5 == 0);
    for (size_t n = 0; n < forms; ++n)
      out.push_back(Carries(key.id, random() % 2 == 0 ? 0 : random() % 300));
  }
  std::shuffle(out.begin(), out.end(), random);
  return out;
}

TEST_F(FindTest, AgreesWithTheNaiveDoubleOnRandomRegisters) {
  std::mt19937 random(4);
  bool met_too_many = false;
  bool met_conflict = false;
  for (size_t size : {0u, 1u, 30u, 700u}) {
    std::vector<EnrolledRecord> records;
    for (uint32_t i = 0; i < size; ++i)
      records.push_back(
          Person(i, i / 3, RandomTokens(random), random() % 10 == 0));
    std::shuffle(records.begin(), records.end(), random);
    Enrol(council_, records);
    ASSERT_GT(index_->memory_used(), 0u);
    const auto by_store =
        Index::Open(*database_, TestKey(1), clock_, /*memory=*/0).value();
    const NaiveIndex naive(records);
    for (int round = 0; round < 25; ++round) {
      std::vector<QueryMember> family(1 + random() % 5);
      for (QueryMember& m : family) m.tokens = RandomTokens(random);
      const FindResult found = index_->Find(council_, family).value();
      const FindResult stored = by_store->Find(council_, family).value();
      ASSERT_EQ(found.members.size(), family.size());
      ASSERT_EQ(stored.members.size(), family.size());
      for (size_t i = 0; i < family.size(); ++i) {
        const MemberResult expected = naive.Find(family[i]);
        ASSERT_TRUE(Same(found.members[i], expected));
        ASSERT_TRUE(Same(stored.members[i], expected));
        met_too_many |= !found.members[i].too_many.empty();
        for (const Candidate& c : found.members[i].candidates)
          met_conflict |= !c.conflicting.empty();
      }
    }
  }
  EXPECT_TRUE(met_too_many);
  EXPECT_TRUE(met_conflict);
}

}  // namespace
}  // namespace kinstile::index
