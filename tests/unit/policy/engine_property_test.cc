// SPDX-License-Identifier: Apache-2.0
// Laws of the engine on random policies, each beside the sentence it holds to.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "policy/engine.h"
#include "policy/words.h"
#include "tests/unit/policy/random_policy.h"
#include "tests/unit/policy/reference.h"

namespace kinstile::policy {
namespace {

using testing::Ideal;
using testing::Of;
using testing::Random;
using testing::RandomAgreements;
using testing::RandomAsk;

using Grants = std::map<std::string, Granularity>;

Grants GrantsOf(const ActiveSet& set, const Ask& ask,
                Deciding deciding = Deciding::kGateway) {
  Grants grants;
  const Ruling ruling = Rule(set, ask, deciding);
  for (const ItemRuling& item : ruling.items) {
    if (item.why != ItemRuling::Why::kGranted) continue;
    EXPECT_TRUE(grants.emplace(ask.items[item.asked], item.granularity).second);
  }
  EXPECT_EQ(grants.empty(), ruling.verdict == Verdict::kRefuse);
  EXPECT_EQ(ruling.verdict == Verdict::kShare,
            !grants.empty() && grants.size() == ruling.items.size());
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
    const std::vector<Agreement> agreements = RandomAgreements(r);
    const ActiveSet set = Of(agreements);
    for (int a = 0; a < kAsks && !::testing::Test::HasFailure(); ++a) {
      check(agreements, set, RandomAsk(r, agreements), r);
    }
  }
}

bool ItemsWithin(const Grants& few, const Grants& many) {
  return std::all_of(few.begin(), few.end(), [&](const auto& each) {
    return many.count(each.first) > 0;
  });
}

// A million requests, each decided at the gateway or at the source.
TEST(EngineProperty, AgreesWithTheReferenceOnAMillionRequests) {
  constexpr int kRequests = 1'000'000;
  constexpr int kEachPolicy = 500;
  int shared = 0, withheld_for_facts = 0, forbidden = 0;
  for (int p = 0; p < kRequests / kEachPolicy; ++p) {
    Random r(p);
    const std::vector<Agreement> agreements = RandomAgreements(r);
    const ActiveSet set = Of(agreements);
    for (int a = 0; a < kEachPolicy; ++a) {
      const Ask ask = RandomAsk(r, agreements);
      const Deciding deciding =
          r.OneIn(2) ? Deciding::kGateway : Deciding::kSource;
      const Ruling ruling = Rule(set, ask, deciding);
      ASSERT_TRUE(testing::InTermsOfReference(set, ask, ruling) ==
                  testing::Reference(agreements, ask, deciding))
          << "policy " << p << ", request " << a;
      shared += ruling.verdict != Verdict::kRefuse;
      for (const ItemRuling& item : ruling.items) {
        withheld_for_facts += item.why == ItemRuling::Why::kNotShown;
        forbidden += item.why == ItemRuling::Why::kForbidden;
      }
    }
  }
  // Or the test looked at nothing.
  EXPECT_GT(shared, kRequests / 50);
  EXPECT_GT(withheld_for_facts, kRequests / 50);
  EXPECT_GT(forbidden, kRequests / 50);
}

// Everything that was decided is in the words, and nothing else.
TEST(EngineProperty, WordsSayWhatTheRulingSays) {
  ForRandom([](const auto&, const ActiveSet& set, const Ask& ask, Random&) {
    for (Deciding deciding : {Deciding::kGateway, Deciding::kSource}) {
      const Ruling ruling = Rule(set, ask, deciding);
      const Decision decision = Decide(set, ask, deciding);
      if (const auto* permit = std::get_if<Permit>(&decision)) {
        ASSERT_NE(ruling.verdict, Verdict::kRefuse);
        Grants words;
        for (const auto& each : permit->granted()) {
          words.emplace(each.item, each.granularity);
        }
        EXPECT_EQ(words, GrantsOf(set, ask, deciding));
        EXPECT_EQ(permit->granted().size() + permit->withheld().size(),
                  ruling.items.size());
        for (const auto& each : permit->withheld()) {
          EXPECT_FALSE(each.reason_for_asker.empty());
          EXPECT_FALSE(each.reason_for_record.empty());
        }
      } else {
        ASSERT_EQ(ruling.verdict, Verdict::kRefuse);
        const Refusal& refusal = std::get<Refusal>(decision);
        EXPECT_FALSE(refusal.reason_for_asker.empty());
        EXPECT_FALSE(refusal.reason_for_record.empty());
      }
    }
  });
}

std::string Words(const ActiveSet& set, const Ask& ask) {
  const Decision decision = Decide(set, ask, Deciding::kGateway);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    return absl::StrCat(refusal->rule, "|", refusal->reason_for_asker, "|",
                        refusal->reason_for_record);
  }
  const PermitTerms& terms = std::get<Permit>(decision).terms();
  std::string out = absl::StrCat(terms.agreement, "|", terms.keep_days);
  for (const auto& each : terms.granted) {
    absl::StrAppend(&out, "|", each.item, Name(each.granularity), each.flow);
  }
  for (const auto& each : terms.withheld) {
    absl::StrAppend(&out, "|", each.item, each.rule, each.reason_for_record);
  }
  for (const auto& each : terms.obligations) {
    absl::StrAppend(&out, "|", Name(each.kind), each.number.value_or(-1));
  }
  return out;
}

// To the last word, and not only in what is granted.
TEST(EngineProperty, DoesNotDependOnTheOrderOfFilesAndRules) {
  ForRandom([](const auto& agreements, const ActiveSet& set, const Ask& ask,
               Random& r) {
    std::vector<Agreement> shuffled = agreements;
    std::shuffle(shuffled.begin(), shuffled.end(), r.engine());
    for (Agreement& each : shuffled) {
      std::shuffle(each.flows.begin(), each.flows.end(), r.engine());
      std::shuffle(each.prohibitions.begin(), each.prohibitions.end(),
                   r.engine());
    }
    EXPECT_EQ(Words(set, ask), Words(Of(std::move(shuffled)), ask));
  });
}

TEST(EngineProperty, DoesNotDependOnTheOrderOfItems) {
  ForRandom([](const auto&, const ActiveSet& set, Ask ask, Random& r) {
    ask.grains.clear();
    const Grants before = GrantsOf(set, ask);
    std::shuffle(ask.items.begin(), ask.items.end(), r.engine());
    EXPECT_EQ(before, GrantsOf(set, ask));
  });
}

// With some of what is unknown known to be so.
Ask WithMoreEvidence(Ask ask, Random& r) {
  for (ConditionKind kind : testing::kRandomConditions) {
    if (ask.facts.Get(kind).truth == Truth::kUnknown && r.OneIn(2)) {
      ask.facts.Set(kind, Ideal(kind));
    }
  }
  return ask;
}

TEST(EngineProperty, MoreEvidenceNeverNarrows) {
  ForRandom([](const auto&, const ActiveSet& set, const Ask& ask, Random& r) {
    EXPECT_TRUE(ItemsWithin(GrantsOf(set, ask),
                            GrantsOf(set, WithMoreEvidence(ask, r))));
  });
}

// Where one grain can be made from the other. Of two that cannot (an age band,
// a yes or no) the source keeps to the one that the gateway permitted, and so
// may withhold.
TEST(EngineProperty, MoreEvidenceNeverNarrowsAtTheSource) {
  ForRandom([](auto agreements, const ActiveSet&, const Ask& ask, Random& r) {
    for (Agreement& agreement : agreements) {
      for (Flow& flow : agreement.flows) {
        for (FlowItem& item : flow.items) {
          if (item.granularity > Granularity::kYearOnly) {
            item.granularity = Granularity::kExact;
          }
        }
      }
    }
    const ActiveSet nested = Of(std::move(agreements));
    EXPECT_TRUE(ItemsWithin(
        GrantsOf(nested, ask, Deciding::kSource),
        GrantsOf(nested, WithMoreEvidence(ask, r), Deciding::kSource)));
  });
}

TEST(EngineProperty, AddingAProhibitionNeverWidens) {
  ForRandom([](const auto& agreements, const ActiveSet& set, const Ask& ask,
               Random& r) {
    std::vector<Agreement> stricter = agreements;
    stricter[0].prohibitions.push_back(testing::RandomProhibition(r, "n9"));
    const Grants after = GrantsOf(Of(std::move(stricter)), ask);
    const Grants before = GrantsOf(set, ask);
    EXPECT_TRUE(ItemsWithin(after, before));
    for (const auto& [item, grain] : after) EXPECT_EQ(before.at(item), grain);
  });
}

// In the same agreement: in another one, who does not say which is refused.
TEST(EngineProperty, AddingAFlowNeverTakesAnItemAway) {
  ForRandom(
      [](const auto& agreements, const ActiveSet& set, Ask ask, Random& r) {
        ask.agreement = agreements[0].id;
        std::vector<Agreement> wider = agreements;
        wider[0].flows.push_back(testing::RandomFlow(r, "f99"));
        EXPECT_TRUE(ItemsWithin(GrantsOf(set, ask),
                                GrantsOf(Of(std::move(wider)), ask)));
      });
}

TEST(EngineProperty, TheSourceOnlyNarrows) {
  ForRandom([](const auto&, const ActiveSet& set, const Ask& ask, Random&) {
    const Grants gateway = GrantsOf(set, ask);
    for (const auto& [item, grain] : GrantsOf(set, ask, Deciding::kSource)) {
      ASSERT_TRUE(gateway.count(item));
      EXPECT_EQ(gateway.at(item), grain);
    }
  });
}

TEST(EngineProperty, RefusesByDefault) {
  const ActiveSet nothing = Of({});
  ForRandom([&](const auto&, const ActiveSet& set, const Ask& ask, Random&) {
    EXPECT_TRUE(GrantsOf(nothing, ask).empty());
    for (const auto& spoil : std::vector<void (*)(Ask*)>{
             [](Ask* a) { a->role = "nobody"; },
             [](Ask* a) { a->purpose = Purpose::kDirectCare; },
             [](Ask* a) { a->mode = Mode::kAskCounts; },
             [](Ask* a) { a->from = "P0"; }, [](Ask* a) { a->to = "p9"; },
             [](Ask* a) { a->agreement = "a9"; },
             [](Ask* a) { a->nation = Jurisdiction::kScotland; },
             [](Ask* a) { a->today = absl::CivilDay(2027, 1, 1); },
             [](Ask* a) { a->today = absl::CivilDay(2025, 12, 31); },
             [](Ask* a) { a->items = {"i9"}; }}) {
      Ask other = ask;
      spoil(&other);
      EXPECT_TRUE(GrantsOf(set, other).empty());
    }
  });
}

TEST(EngineProperty, GivesEveryReleaseTheObligationsOfEveryFlowUsed) {
  ForRandom([](const auto&, const ActiveSet& set, const Ask& ask, Random&) {
    const Decision decision = Decide(set, ask, Deciding::kSource);
    const auto* permit = std::get_if<Permit>(&decision);
    if (permit == nullptr) return;
    const PermitTerms& terms = permit->terms();
    const Agreement& agreement = *set.Find(terms.agreement);
    for (const GrantedItem& item : terms.granted) {
      const Flow& flow = *agreement.FindFlow(item.flow);
      EXPECT_LE(terms.keep_days, flow.keep_days);
      EXPECT_LE(terms.max_people, flow.max_people);
      for (const Obligation& owed : flow.obligations) {
        EXPECT_TRUE(std::any_of(
            terms.obligations.begin(), terms.obligations.end(),
            [&](const auto& each) { return each.kind == owed.kind; }))
            << Name(owed.kind);
      }
    }
  });
}

// Mends what the ruling names and nothing else; drops items that it says no
// evidence can bring.
void Mend(const ActiveSet& set, const Ruling& ruling, Ask* ask) {
  const Flow* nearest =
      ruling.nearest == nullptr ? nullptr : &set.FlowOf(*ruling.nearest);
  switch (ruling.fit) {
    case Fit::kFits:
      break;
    case Fit::kNoPurpose:
      ask->purpose = nearest->purposes[0];
      return;
    case Fit::kNoMode:
      ask->mode = nearest->mode;
      return;
    case Fit::kNoRole:
      ask->role = nearest->roles[0];
      return;
    case Fit::kNoNation:
      ask->nation = set.agreements()[ruling.agreement].nations[0];
      return;
    case Fit::kEnded:
    case Fit::kNotYet:
      ask->today = set.agreements()[ruling.agreement].expires;
      return;
    default:
      ask->items.clear();  // nobody may have anything
      return;
  }
  std::vector<std::string> items;
  std::vector<Granularity> grains;
  for (const ItemRuling& item : ruling.items) {
    if (item.why == ItemRuling::Why::kForbidden ||
        item.why == ItemRuling::Why::kNotCovered ||
        item.why == ItemRuling::Why::kTooCoarse) {
      continue;
    }
    // No evidence makes an agency able to carry out what it cannot.
    if (item.why == ItemRuling::Why::kNotShown &&
        ruling.flows[item.flow].cannot != 0) {
      continue;
    }
    items.push_back(ask->items[item.asked]);
    grains.push_back(ask->GrainOf(item.asked));
    if (item.why != ItemRuling::Why::kNotShown) continue;
    const FlowRuling& tried = ruling.flows[item.flow];
    for (ConditionKind kind : testing::kRandomConditions) {
      if ((tried.not_met | tried.not_known) >> static_cast<int>(kind) & 1) {
        ask->facts.Set(kind, Ideal(kind));
      }
    }
    if (tried.over_people) ask->people = 1;
    if (tried.over_day) ask->requests_today = 0;
  }
  ask->items = std::move(items);
  ask->grains = std::move(grains);
}

TEST(EngineProperty, FixingEveryListedReasonYieldsShare) {
  int mended = 0;
  ForRandom([&](const auto&, const ActiveSet& set, Ask ask, Random&) {
    for (Deciding deciding : {Deciding::kGateway, Deciding::kSource}) {
      Ask better = ask;
      // Each step names what is nearest; a flow or two may stand behind it.
      for (int step = 0; step < 20 && !better.items.empty(); ++step) {
        const Ruling ruling = Rule(set, better, deciding);
        if (ruling.verdict == Verdict::kShare) {
          mended += step > 0;
          break;
        }
        ASSERT_LT(step, 19) << Words(set, better);
        Mend(set, ruling, &better);
      }
    }
  });
  EXPECT_GT(mended, 1000);
}

}  // namespace
}  // namespace kinstile::policy
