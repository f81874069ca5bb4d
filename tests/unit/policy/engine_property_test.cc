// SPDX-License-Identifier: Apache-2.0
// Laws of the engine on random policies, beside a slow honest double.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "policy/engine.h"

namespace kinstile::policy {
namespace {

using Grants = std::map<std::string, Granularity>;

const char* const kParties[] = {"p0", "p1", "p2"};
const Purpose kPurposes[] = {Purpose::kReferral, Purpose::kAssessment};
const Mode kModes[] = {Mode::kAskOnePerson, Mode::kMatchList};
const char* const kRoles[] = {"r0", "r1"};
const ConditionKind kConditions[] = {
    ConditionKind::kCaseIsOpen, ConditionKind::kConsentRecorded,
    ConditionKind::kAgeFrom, ConditionKind::kNoSafeAddressFlag};
const Granularity kGrains[] = {Granularity::kExact, Granularity::kMonthOnly,
                               Granularity::kYearOnly};
const DataCategory kCategories[] = {DataCategory::kHealth,
                                    DataCategory::kHousing};
constexpr int kItems = 5;

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % n); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <class T, size_t N>
  T Pick(const T (&list)[N]) {
    return list[Below(N)];
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

std::string ItemName(int i) { return absl::StrCat("i", i); }

Flow RandomFlow(Random& r, int number) {
  Flow flow;
  flow.id = absl::StrCat("f", number);
  flow.from = r.Pick(kParties);
  flow.to = r.Pick(kParties);
  flow.roles = {r.Pick(kRoles)};
  flow.purposes = {r.Pick(kPurposes)};
  flow.mode = r.Pick(kModes);
  for (int i = 0; i < kItems; ++i) {
    if (r.OneIn(2)) {
      flow.items.push_back(
          {ItemName(i), kCategories[i % 2], r.Pick(kGrains), {}, ""});
    }
  }
  for (ConditionKind kind : kConditions) {
    if (!r.OneIn(3)) continue;
    Condition condition{kind, {}, "", r.OneIn(3), Layer::kCondition};
    if (kind == ConditionKind::kAgeFrom) condition.number = 16;
    flow.conditions.push_back(condition);
  }
  flow.keep_days = 1 + r.Below(100);
  flow.max_people = 1 + r.Below(4);
  return flow;
}

Prohibition RandomProhibition(Random& r, int number) {
  Prohibition never;
  never.id = absl::StrCat("n", number);
  if (r.OneIn(2)) never.to = {r.Pick(kParties)};
  if (r.OneIn(2)) never.purposes = {r.Pick(kPurposes)};
  if (r.OneIn(3)) {
    never.categories = {r.Pick(kCategories)};
  } else {
    never.items = {ItemName(r.Below(kItems))};
  }
  never.layer = Layer::kConfidence;
  return never;
}

Agreement RandomAgreement(Random& r) {
  Agreement agreement;
  agreement.id = "a";
  agreement.version = 1;
  agreement.effective_from = absl::CivilDay(2026, 1, 1);
  agreement.expires = absl::CivilDay(2026, 12, 31);
  for (const char* party : kParties) {
    Party body;
    body.id = body.name = party;
    body.type = AgencyType::kPolice;
    body.public_authority = true;
    agreement.parties.push_back(std::move(body));
  }
  const int flows = 3 + r.Below(12);
  for (int i = 0; i < flows; ++i) agreement.flows.push_back(RandomFlow(r, i));
  const int prohibitions = r.Below(3);
  for (int i = 0; i < prohibitions; ++i) {
    agreement.prohibitions.push_back(RandomProhibition(r, i));
  }
  return agreement;
}

Fact RandomFact(Random& r) {
  const Truth truths[] = {Truth::kUnknown, Truth::kYes, Truth::kYes,
                          Truth::kNo};
  Fact fact{r.Pick(truths), {}};
  if (r.OneIn(2)) fact.number = 14 + r.Below(4);
  return fact;
}

Ask RandomAsk(Random& r) {
  Ask ask;
  ask.from = r.Pick(kParties);
  ask.to = r.Pick(kParties);
  ask.role = r.Pick(kRoles);
  ask.purpose = r.Pick(kPurposes);
  ask.mode = r.Pick(kModes);
  for (int i = 0; i < kItems; ++i) ask.items.push_back(ItemName(i));
  for (ConditionKind kind : kConditions) ask.facts.Set(kind, RandomFact(r));
  ask.people = 1 + r.Below(3);
  ask.today = absl::CivilDay(2026, 6, 1) + (r.OneIn(10) ? 400 : 0);
  return ask;
}

ActiveSet Of(Agreement agreement) {
  return ActiveSet({std::move(agreement)}, {}, "");
}

Grants GrantsOf(const ActiveSet& set, const Ask& ask,
                Deciding deciding = Deciding::kGateway) {
  Grants grants;
  const Decision decision = Decide(set, ask, deciding);
  if (const auto* permit = std::get_if<Permit>(&decision)) {
    EXPECT_FALSE(permit->granted().empty());
    for (const auto& each : permit->granted()) {
      EXPECT_TRUE(grants.emplace(each.item, each.granularity).second);
    }
    // Every item asked for is either granted or withheld with a reason.
    EXPECT_EQ(permit->granted().size() + permit->withheld().size(),
              ask.items.size());
    for (const auto& each : permit->withheld()) {
      EXPECT_FALSE(each.reason_for_asker.empty());
      EXPECT_FALSE(each.reason_for_record.empty());
    }
  } else {
    const Refusal& refusal = std::get<Refusal>(decision);
    EXPECT_FALSE(refusal.reason_for_asker.empty());
    EXPECT_FALSE(refusal.reason_for_record.empty());
  }
  return grants;
}

// ---- the double: the model read aloud, without index or explanation

bool Holds(const Condition& c, const Facts& facts, bool at_source) {
  if (c.decided_by_source && !at_source) return true;
  const Fact& fact = facts.Get(c.kind);
  if (fact.truth != Truth::kYes) return false;
  return !c.number || (fact.number && *fact.number >= *c.number);
}

bool AllHold(const Flow& flow, const Ask& ask, bool at_source) {
  return ask.people <= flow.max_people &&
         std::all_of(flow.conditions.begin(), flow.conditions.end(),
                     [&](const Condition& c) {
                       return Holds(c, ask.facts, at_source);
                     });
}

bool Forbids(const Prohibition& never, const Ask& ask, int item) {
  auto in = [](const auto& list, const auto& value) {
    return list.empty() ||
           std::find(list.begin(), list.end(), value) != list.end();
  };
  const bool what = never.items.empty()
                        ? never.categories[0] == kCategories[item % 2]
                        : never.items[0] == ItemName(item);
  return in(never.to, ask.to) && in(never.purposes, ask.purpose) && what;
}

Grants Reference(const Agreement& agreement, const Ask& ask, bool at_source) {
  Grants grants;
  if (ask.today < agreement.effective_from || ask.today > agreement.expires) {
    return grants;
  }
  for (int i = 0; i < kItems; ++i) {
    bool forbidden = false, passes = false;
    int coarsest = 0;
    for (const Prohibition& never : agreement.prohibitions) {
      // A category is known from flows only.
      bool named = !never.items.empty();
      for (const Flow& flow : agreement.flows) {
        named |= flow.FindItem(ItemName(i)) != nullptr;
      }
      forbidden |= named && Forbids(never, ask, i);
    }
    for (const Flow& flow : agreement.flows) {
      const FlowItem* item = flow.FindItem(ItemName(i));
      if (item == nullptr || flow.from != ask.from || flow.to != ask.to ||
          flow.roles[0] != ask.role || flow.purposes[0] != ask.purpose ||
          flow.mode != ask.mode || !AllHold(flow, ask, false)) {
        continue;
      }
      coarsest = std::max(coarsest, static_cast<int>(item->granularity));
      passes |= AllHold(flow, ask, at_source);
    }
    // Exact, month and year are nested, so any flow that passes will do as
    // long as it is no coarser: at the source the coarsest may have failed.
    if (!forbidden && passes) {
      for (const Flow& flow : agreement.flows) {
        const FlowItem* item = flow.FindItem(ItemName(i));
        if (item != nullptr && flow.from == ask.from && flow.to == ask.to &&
            flow.roles[0] == ask.role && flow.purposes[0] == ask.purpose &&
            flow.mode == ask.mode && AllHold(flow, ask, false) &&
            AllHold(flow, ask, at_source)) {
          grants[ItemName(i)] = static_cast<Granularity>(coarsest);
        }
      }
    }
  }
  return grants;
}

constexpr int kPolicies = 400;
constexpr int kAsks = 50;

// Runs `check` on random policies and asks; a failure names its seed.
template <class Check>
void ForRandom(Check check) {
  for (int p = 0; p < kPolicies; ++p) {
    SCOPED_TRACE(absl::StrCat("policy ", p));
    Random r(1000 + p);
    const Agreement agreement = RandomAgreement(r);
    const ActiveSet set = Of(agreement);
    for (int a = 0; a < kAsks && !::testing::Test::HasFailure(); ++a) {
      check(agreement, set, RandomAsk(r), r);
    }
  }
}

bool ItemsWithin(const Grants& few, const Grants& many) {
  return std::all_of(few.begin(), few.end(), [&](const auto& each) {
    return many.count(each.first) > 0;
  });
}

TEST(EngineProperty, AgreesWithTheSlowDouble) {
  int shared = 0;
  ForRandom([&](const Agreement& agreement, const ActiveSet& set,
                const Ask& ask, Random&) {
    const Grants got = GrantsOf(set, ask);
    shared += !got.empty();
    EXPECT_EQ(got, Reference(agreement, ask, false));
    EXPECT_EQ(GrantsOf(set, ask, Deciding::kSource),
              Reference(agreement, ask, true));
  });
  EXPECT_GT(shared, 500);  // or the test looked at nothing
}

TEST(EngineProperty, DoesNotDependOnTheOrderOfRulesOrItems) {
  ForRandom(
      [](const Agreement& agreement, const ActiveSet& set, Ask ask, Random& r) {
        Agreement shuffled = agreement;
        std::shuffle(shuffled.flows.begin(), shuffled.flows.end(), r.engine());
        std::shuffle(shuffled.prohibitions.begin(), shuffled.prohibitions.end(),
                     r.engine());
        const Grants before = GrantsOf(set, ask);
        std::shuffle(ask.items.begin(), ask.items.end(), r.engine());
        EXPECT_EQ(before, GrantsOf(Of(std::move(shuffled)), ask));
      });
}

TEST(EngineProperty, MoreEvidenceNeverNarrows) {
  ForRandom([](const Agreement&, const ActiveSet& set, Ask ask, Random& r) {
    for (Deciding deciding : {Deciding::kGateway, Deciding::kSource}) {
      Ask more = ask;
      const Grants before = GrantsOf(set, ask, deciding);
      for (ConditionKind kind : kConditions) {
        if (ask.facts.Get(kind).truth == Truth::kUnknown && r.OneIn(2)) {
          more.facts.Set(kind, {Truth::kYes, 16 + r.Below(50)});
        }
      }
      EXPECT_TRUE(ItemsWithin(before, GrantsOf(set, more, deciding)));
    }
  });
}

TEST(EngineProperty, AddingAProhibitionNeverWidens) {
  ForRandom([](const Agreement& agreement, const ActiveSet& set, const Ask& ask,
               Random& r) {
    Agreement stricter = agreement;
    stricter.prohibitions.push_back(RandomProhibition(r, 99));
    const Grants after = GrantsOf(Of(std::move(stricter)), ask);
    const Grants before = GrantsOf(set, ask);
    EXPECT_TRUE(ItemsWithin(after, before));
    for (const auto& [item, grain] : after) EXPECT_EQ(before.at(item), grain);
  });
}

TEST(EngineProperty, AddingAFlowNeverTakesAnItemAway) {
  ForRandom([](const Agreement& agreement, const ActiveSet& set, const Ask& ask,
               Random& r) {
    Agreement wider = agreement;
    wider.flows.push_back(RandomFlow(r, 99));
    // A new flow may name an item's category for the first time, and so wake
    // a prohibition; that item was in no flow before.
    EXPECT_TRUE(
        ItemsWithin(GrantsOf(set, ask), GrantsOf(Of(std::move(wider)), ask)));
  });
}

TEST(EngineProperty, TheSourceOnlyNarrows) {
  ForRandom(
      [](const Agreement&, const ActiveSet& set, const Ask& ask, Random&) {
        const Grants gateway = GrantsOf(set, ask);
        const Grants source = GrantsOf(set, ask, Deciding::kSource);
        for (const auto& [item, grain] : source) {
          ASSERT_TRUE(gateway.count(item));
          EXPECT_EQ(gateway.at(item), grain);
        }
      });
}

TEST(EngineProperty, RefusesByDefault) {
  ForRandom(
      [](const Agreement&, const ActiveSet& set, const Ask& ask, Random&) {
        Ask other = ask;
        other.role = "nobody";
        EXPECT_TRUE(GrantsOf(set, other).empty());
        other = ask;
        other.purpose = Purpose::kDirectCare;
        EXPECT_TRUE(GrantsOf(set, other).empty());
        other = ask;
        other.agreement = "b";
        EXPECT_TRUE(GrantsOf(set, other).empty());
      });
}

}  // namespace
}  // namespace kinstile::policy
