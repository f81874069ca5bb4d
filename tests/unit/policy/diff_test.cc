// SPDX-License-Identifier: Apache-2.0
// SAME, NARROWER, WIDER or MIXED: named changes, and random pairs held against
// what the engine decides.
#include "policy/diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/granularity.h"
#include "tests/unit/policy/random_policy.h"

namespace kinstile::policy {
namespace {

using testing::Of;
using testing::Random;

// One rule that says something on every count.
Agreement Base() {
  Agreement agreement;
  agreement.id = "a";
  agreement.version = 1;
  agreement.nations = {Jurisdiction::kEngland};
  agreement.effective_from = absl::CivilDay(2026, 1, 1);
  agreement.expires = absl::CivilDay(2026, 12, 31);
  for (const char* id : {"police", "council", "school"}) {
    Party party;
    party.id = id;
    party.type = AgencyType::kPolice;
    party.carries_out = ObligationKinds::All();
    party.nations = {Jurisdiction::kEngland};
    agreement.parties.push_back(party);
  }
  Flow flow;
  flow.id = "f1";
  flow.from = "police";
  flow.to = "council";
  flow.roles = {"triage officer"};
  flow.purposes = {Purpose::kTargetingHousehold};
  flow.mode = Mode::kMatchList;
  flow.items = {{"antisocial_behaviour_count",
                 DataCategory::kAntisocialBehaviour, Granularity::kMonthOnly,
                 365, "x"}};
  flow.conditions = {
      {ConditionKind::kCaseIsOpen, {}, "", false, Layer::kCondition},
      {ConditionKind::kAgeFrom, 16, "", false, Layer::kCondition},
      {ConditionKind::kLivesInArea, {}, "", true, Layer::kCondition}};
  flow.obligations = {{ObligationKind::kRecordDecision, {}, ""},
                      {ObligationKind::kTellPersonWithinDays, 30, ""},
                      {ObligationKind::kSuppressCountsBelow, 5, ""}};
  flow.keep_days = 90;
  flow.max_people = 10;
  flow.max_requests_per_day = 20;
  agreement.flows = {flow};
  return agreement;
}

struct DiffRow {
  const char* name;
  std::function<void(Agreement&)> change;
  Effect effect;
};

const std::vector<DiffRow>& DiffRows() {
  static const auto* const kRows = new std::vector<DiffRow>{
      {"nothing", [](Agreement&) {}, Effect::kSame},
      {"another name for the rule", [](Agreement& a) { a.flows[0].id = "z"; },
       Effect::kSame},
      {"words", [](Agreement& a) { a.flows[0].plain = "other"; },
       Effect::kSame},
      {"another lawful basis",
       [](Agreement& a) {
         a.flows[0].basis.article9 = Article9::kExplicitConsent;
       },
       Effect::kMixed},
      {"about other people",
       [](Agreement& a) { a.flows[0].about = "neighbours"; }, Effect::kMixed},
      {"a duty in other words",
       [](Agreement& a) { a.flows[0].obligations[0].text = "except friends"; },
       Effect::kMixed},
      {"another kind of body",
       [](Agreement& a) { a.parties[0].type = AgencyType::kProbation; },
       Effect::kMixed},
      {"small numbers of what is no count",
       [](Agreement& a) {
         a.disclosure = {5, 5, false, true};
       },
       Effect::kSame},
      {"rule written twice",
       [](Agreement& a) {
         a.flows.push_back(a.flows[0]);
         a.flows[1].id = "f2";
       },
       Effect::kSame},
      {"role named twice",
       [](Agreement& a) {
         a.flows[0].roles = {"triage officer", "triage officer"};
       },
       Effect::kSame},
      {"condition dropped",
       [](Agreement& a) {
         a.flows[0].conditions.erase(a.flows[0].conditions.begin());
       },
       Effect::kWider},
      {"condition added",
       [](Agreement& a) {
         a.flows[0].conditions.push_back(
             {ConditionKind::kReasonWritten, {}, "", false, Layer::kCondition});
       },
       Effect::kNarrower},
      {"condition replaced",
       [](Agreement& a) {
         a.flows[0].conditions[0].kind = ConditionKind::kReasonWritten;
       },
       Effect::kMixed},
      {"younger people",
       [](Agreement& a) { a.flows[0].conditions[1].number = 14; },
       Effect::kWider},
      {"older people",
       [](Agreement& a) { a.flows[0].conditions[1].number = 18; },
       Effect::kNarrower},
      {"gateway decides what the source did",
       [](Agreement& a) { a.flows[0].conditions[2].decided_by_source = false; },
       Effect::kMixed},
      {"finer grain",
       [](Agreement& a) {
         a.flows[0].items[0].granularity = Granularity::kExact;
       },
       Effect::kWider},
      {"coarser grain",
       [](Agreement& a) {
         a.flows[0].items[0].granularity = Granularity::kYearOnly;
       },
       Effect::kNarrower},
      {"another grain",
       [](Agreement& a) {
         a.flows[0].items[0].granularity = Granularity::kCountBand;
       },
       Effect::kMixed},
      {"longer look-back",
       [](Agreement& a) { a.flows[0].items[0].look_back_days = 730; },
       Effect::kWider},
      {"no limit to look-back",
       [](Agreement& a) { a.flows[0].items[0].look_back_days = {}; },
       Effect::kWider},
      {"shorter look-back",
       [](Agreement& a) { a.flows[0].items[0].look_back_days = 30; },
       Effect::kNarrower},
      {"kept longer", [](Agreement& a) { a.flows[0].keep_days = 365; },
       Effect::kWider},
      {"kept shorter", [](Agreement& a) { a.flows[0].keep_days = 30; },
       Effect::kNarrower},
      {"more people", [](Agreement& a) { a.flows[0].max_people = 11; },
       Effect::kWider},
      {"fewer people", [](Agreement& a) { a.flows[0].max_people = 9; },
       Effect::kNarrower},
      {"no daily cap",
       [](Agreement& a) { a.flows[0].max_requests_per_day = {}; },
       Effect::kWider},
      {"lower daily cap",
       [](Agreement& a) { a.flows[0].max_requests_per_day = 2; },
       Effect::kNarrower},
      {"obligation dropped",
       [](Agreement& a) {
         a.flows[0].obligations.erase(a.flows[0].obligations.begin());
       },
       Effect::kWider},
      {"obligation added",
       [](Agreement& a) {
         a.flows[0].obligations.push_back(
             {ObligationKind::kNoOnwardSharing, {}, ""});
       },
       Effect::kNarrower},
      {"more time to tell",
       [](Agreement& a) { a.flows[0].obligations[1].number = 60; },
       Effect::kWider},
      {"suppressed below less",
       [](Agreement& a) { a.flows[0].obligations[2].number = 3; },
       Effect::kWider},
      {"suppressed below more",
       [](Agreement& a) { a.flows[0].obligations[2].number = 10; },
       Effect::kNarrower},
      {"may be passed on",
       [](Agreement& a) { a.flows[0].may_pass_on_to = {"school"}; },
       Effect::kWider},
      {"another role too",
       [](Agreement& a) { a.flows[0].roles.push_back("key worker"); },
       Effect::kWider},
      {"another role instead",
       [](Agreement& a) { a.flows[0].roles = {"key worker"}; }, Effect::kMixed},
      {"another purpose too",
       [](Agreement& a) { a.flows[0].purposes.push_back(Purpose::kReferral); },
       Effect::kWider},
      {"another purpose instead",
       [](Agreement& a) { a.flows[0].purposes = {Purpose::kReferral}; },
       Effect::kMixed},
      {"another receiver instead",
       [](Agreement& a) { a.flows[0].to = "school"; }, Effect::kMixed},
      {"another mode instead",
       [](Agreement& a) { a.flows[0].mode = Mode::kAskOnePerson; },
       Effect::kMixed},
      {"another item too",
       [](Agreement& a) {
         a.flows[0].items.push_back(
             {"new", DataCategory::kHousing, Granularity::kYesNo, {}, "x"});
       },
       Effect::kWider},
      {"rule dropped", [](Agreement& a) { a.flows.clear(); },
       Effect::kNarrower},
      {"rule suspended",
       [](Agreement& a) { a.flows[0].suspended_by = "police"; },
       Effect::kNarrower},
      {"longer life",
       [](Agreement& a) { a.expires = absl::CivilDay(2027, 6, 30); },
       Effect::kWider},
      {"earlier start and end",
       [](Agreement& a) {
         a.effective_from = absl::CivilDay(2025, 12, 1);
         a.expires = absl::CivilDay(2026, 11, 30);
       },
       Effect::kMixed},
      {"another nation too",
       [](Agreement& a) { a.nations.push_back(Jurisdiction::kWales); },
       Effect::kWider},
      {"prohibition of the item",
       [](Agreement& a) {
         Prohibition never;
         never.id = "n";
         never.items = {"antisocial_behaviour_count"};
         never.layer = Layer::kConfidence;
         a.prohibitions = {never};
       },
       Effect::kNarrower},
      {"prohibition of something else",
       [](Agreement& a) {
         Prohibition never;
         never.id = "n";
         never.items = {"health"};
         never.layer = Layer::kConfidence;
         a.prohibitions = {never};
       },
       Effect::kSame},
  };
  return *kRows;
}

TEST(Diff, TellsEveryKindOfChange) {
  const ActiveSet before = Of({Base()});
  for (const DiffRow& row : DiffRows()) {
    Agreement changed = Base();
    row.change(changed);
    const ActiveSet after = Of({changed});
    const Difference forth = Compare(before, after);
    EXPECT_EQ(forth.effect, row.effect)
        << row.name << ": got " << Name(forth.effect);
    EXPECT_EQ(forth.cells.empty() && forth.besides.empty(),
              row.effect == Effect::kSame)
        << row.name;
    for (const CellChange& cell : forth.cells) {
      EXPECT_FALSE(Sentences(before, after, cell).empty()) << row.name;
    }
    // And back again it is the other way round.
    const Effect back = Compare(after, before).effect;
    const Effect turned = row.effect == Effect::kWider      ? Effect::kNarrower
                          : row.effect == Effect::kNarrower ? Effect::kWider
                                                            : row.effect;
    EXPECT_EQ(back, turned) << row.name;
  }
}

TEST(Diff, SaysWhatChangedInASentence) {
  Agreement changed = Base();
  changed.flows[0].conditions.erase(changed.flows[0].conditions.begin());
  changed.flows[0].keep_days = 365;
  const ActiveSet before = Of({Base()}), after = Of({changed});
  const Difference d = Compare(before, after);
  ASSERT_EQ(d.cells.size(), 1u);
  EXPECT_EQ(
      Sentences(before, after, d.cells[0])[0],
      "CHANGED: council (triage officer) could get "
      "antisocial_behaviour_count [antisocial_behaviour_count] from "
      "police in order to TARGETING_HOUSEHOLD [TARGETING_HOUSEHOLD], "
      "asked for a list of people or households (rule f1): no longer "
      "only if "
      "there is an open case; kept for 1 year instead of 90 days. This is "
      "WIDER.");
}

// Counts that show smaller numbers show more.
TEST(Diff, ComparesHowCountsAreProtected) {
  struct Row {
    const char* name;
    DisclosureControl change;
    Effect effect;
  };
  const DisclosureControl before{10, 5, true, false};
  for (const Row& row :
       {Row{"the same", before, Effect::kSame},
        Row{"smaller numbers", {5, 5, true, false}, Effect::kWider},
        Row{"rounded less", {10, 1, true, false}, Effect::kWider},
        Row{"no second suppression", {10, 5, false, false}, Effect::kWider},
        Row{"zeros shown", {10, 5, true, true}, Effect::kWider},
        Row{"greater numbers", {20, 5, true, false}, Effect::kNarrower},
        Row{"one each way", {20, 1, true, false}, Effect::kMixed}}) {
    SCOPED_TRACE(row.name);
    Agreement old_one = Base();
    old_one.flows[0].items[0].granularity = Granularity::kAggregateOnly;
    old_one.disclosure = before;
    Agreement new_one = old_one;
    new_one.disclosure = row.change;
    EXPECT_EQ(Compare(Of({old_one}), Of({new_one})).effect, row.effect);
  }
}

TEST(Diff, AgreementUnderAnotherNameIsTheSame) {
  Agreement renamed = Base();
  renamed.id = "b";
  EXPECT_EQ(Compare(Of({Base()}), Of({renamed})).effect, Effect::kSame);
}

TEST(Diff, TwoHalvesOfALifeAreTheWhole) {
  Agreement first = Base(), second = Base();
  first.id = "first";
  first.expires = absl::CivilDay(2026, 6, 30);
  second.id = "second";
  second.effective_from = absl::CivilDay(2026, 7, 1);
  EXPECT_EQ(Compare(Of({Base()}), Of({first, second})).effect, Effect::kSame);
  second.effective_from = absl::CivilDay(2026, 7, 2);
  EXPECT_EQ(Compare(Of({Base()}), Of({first, second})).effect,
            Effect::kNarrower);
}

// ---- against the engine

// What one policy gives on an ask by any one rule of any agreement.
std::vector<std::pair<const Flow*, Granularity>> Given(const ActiveSet& set,
                                                       Ask ask) {
  std::vector<std::pair<const Flow*, Granularity>> out;
  for (const Agreement& agreement : set.agreements()) {
    for (const Flow& flow : agreement.flows) {
      ask.agreement = agreement.id;
      ask.flow = flow.id;
      const Ruling ruling = Rule(set, ask, Deciding::kSource);
      if (ruling.verdict == Verdict::kShare) {
        out.emplace_back(&flow, ruling.items[0].granularity);
      }
    }
  }
  return out;
}

bool Owes(const Flow& flow, const Obligation& owed) {
  return std::any_of(flow.obligations.begin(), flow.obligations.end(),
                     [&](const Obligation& have) {
                       if (have.kind != owed.kind) return false;
                       if (!owed.number) return true;
                       if (!have.number) return false;
                       return owed.kind == ObligationKind::kSuppressCountsBelow
                                  ? *have.number >= *owed.number
                                  : *have.number <= *owed.number;
                     });
}

// Whether `b` gives what `a` gives, on no harder terms.
bool AsGood(const std::pair<const Flow*, Granularity>& a,
            const std::pair<const Flow*, Granularity>& b) {
  return Allows(b.second, a.second) &&
         b.first->keep_days >= a.first->keep_days &&
         std::all_of(
             b.first->obligations.begin(), b.first->obligations.end(),
             [&](const Obligation& owed) { return Owes(*a.first, owed); });
}

bool GivesMore(const ActiveSet& more, const ActiveSet& less, const Ask& ask) {
  const auto many = Given(more, ask);
  const auto few = Given(less, ask);
  return std::any_of(many.begin(), many.end(), [&](const auto& mine) {
    return std::none_of(few.begin(), few.end(), [&](const auto& theirs) {
      return AsGood(mine, theirs);
    });
  });
}

// As the engine takes facts, whoever decides them.
std::vector<Agreement> AllByGateway(std::vector<Agreement> agreements) {
  for (Agreement& agreement : agreements) {
    for (Flow& flow : agreement.flows) {
      for (Condition& c : flow.conditions) c.decided_by_source = false;
    }
  }
  return agreements;
}

// A few small changes, so that both directions and neither occur.
std::vector<Agreement> Changed(std::vector<Agreement> agreements, Random& r) {
  for (Agreement& agreement : agreements) {
    for (Flow& flow : agreement.flows) {
      if (!r.OneIn(12)) continue;
      switch (r.Below(5)) {
        case 0:
          if (!flow.conditions.empty()) flow.conditions.pop_back();
          break;
        case 1:
          flow.keep_days += r.Below(3) - 1;
          break;
        case 2:
          if (!flow.items.empty()) flow.items.pop_back();
          break;
        case 3:
          flow.max_people += r.Below(3) - 1;
          break;
        default:
          if (!flow.obligations.empty()) flow.obligations.pop_back();
      }
    }
  }
  return agreements;
}

TEST(Diff, AgreesWithTheEngineOnRandomPairs) {
  std::map<Effect, int> seen;
  for (int p = 0; p < 300; ++p) {
    SCOPED_TRACE(absl::StrCat("pair ", p));
    Random r(9000 + p);
    const auto old_agreements =
        AllByGateway({testing::RandomAgreement(r, "a")});
    const auto new_agreements = Changed(old_agreements, r);
    const ActiveSet before = Of(old_agreements), after = Of(new_agreements);
    const Difference d = Compare(before, after);
    ++seen[d.effect];
    // Every change that is reported can be shown on an ask.
    for (const CellChange& cell : d.cells) {
      EXPECT_EQ(cell.effect == Effect::kNarrower, cell.wider.empty());
      EXPECT_EQ(cell.effect == Effect::kWider, cell.narrower.empty());
      for (const Uncovered& each : cell.wider) {
        EXPECT_TRUE(GivesMore(after, before, Witness(after, cell, each)))
            << Sentences(before, after, cell)[0];
      }
      for (const Uncovered& each : cell.narrower) {
        EXPECT_TRUE(GivesMore(before, after, Witness(before, cell, each)))
            << Sentences(before, after, cell)[0];
      }
    }
    // And no ask shows a change that is not.
    for (int a = 0; a < 300; ++a) {
      Ask ask = testing::RandomAsk(r, old_agreements);
      ask.items.resize(1);
      if (d.effect == Effect::kSame || d.effect == Effect::kNarrower) {
        ASSERT_FALSE(GivesMore(after, before, ask));
      }
      if (d.effect == Effect::kSame || d.effect == Effect::kWider) {
        ASSERT_FALSE(GivesMore(before, after, ask));
      }
    }
  }
  for (Effect effect :
       {Effect::kSame, Effect::kNarrower, Effect::kWider, Effect::kMixed}) {
    EXPECT_GT(seen[effect], 5) << Name(effect);
  }
}

}  // namespace
}  // namespace kinstile::policy
