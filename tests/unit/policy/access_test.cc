// SPDX-License-Identifier: Apache-2.0
// Who can see what says exactly what is decided, cell by cell.
#include "policy/access.h"

#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "policy/engine.h"
#include "policy/explain.h"
#include "policy/granularity.h"
#include "tests/unit/policy/random_policy.h"

namespace kinstile::policy {
namespace {

using testing::Of;
using testing::Random;

// The coarsest grain that the list shows for exactly this cell.
std::optional<Granularity> Listed(const std::vector<Access>& rows,
                                  const Ask& ask) {
  std::optional<Granularity> coarsest;
  for (const Access& row : rows) {
    if (row.agreement->id != ask.agreement || row.flow->from != ask.from ||
        row.flow->to != ask.to || row.purpose != ask.purpose ||
        row.flow->mode != ask.mode || !row.flow->AllowsRole(ask.role) ||
        row.item->item != ask.items[0]) {
      continue;
    }
    const Granularity grain = row.item->granularity;
    if (!coarsest || Coarseness(grain) > Coarseness(*coarsest)) {
      coarsest = grain;
    }
  }
  return coarsest;
}

template <class Visit>
void ForEachCell(const std::vector<Agreement>& agreements, Visit visit) {
  for (const Agreement& agreement : agreements) {
    Ask ask;
    ask.agreement = agreement.id;
    ask.today = agreement.expires;
    ask.nation = agreement.nations[0];
    ask.facts = testing::IdealFacts();
    for (const std::string& from : testing::kRandomParties) {
      for (const std::string& to : testing::kRandomParties) {
        for (const std::string& role : testing::kRandomRoles) {
          for (Purpose purpose : testing::kRandomPurposes) {
            for (Mode mode : testing::kRandomModes) {
              for (int i = 0; i <= testing::kRandomItems; ++i) {
                ask.from = from;
                ask.to = to;
                ask.role = role;
                ask.purpose = purpose;
                ask.mode = mode;
                ask.items = {testing::ItemName(i)};
                visit(ask);
              }
            }
          }
        }
      }
    }
  }
}

TEST(WhoCanSee, AgreesWithTheDecisionOnEveryCell) {
  size_t open = 0, closed = 0;
  for (int p = 0; p < 40; ++p) {
    Random r(7000 + p);
    const std::vector<Agreement> agreements = testing::RandomAgreements(r);
    const ActiveSet set = Of(agreements);
    const std::vector<Access> rows = WhoCanSee(set, {});
    ForEachCell(agreements, [&](const Ask& ask) {
      const std::optional<Granularity> listed = Listed(rows, ask);
      const Ruling ruling = Rule(set, ask, Deciding::kSource);
      ASSERT_EQ(ruling.verdict == Verdict::kShare, listed.has_value())
          << "policy " << p;
      ++(listed ? open : closed);
      if (listed) {
        ASSERT_EQ(ruling.items[0].granularity, *listed);
      }
    });
  }
  EXPECT_GT(open, 1000u);
  EXPECT_GT(closed, 1000u);
}

TEST(WhoCanSee, FiltersWithoutAddingOrLosing) {
  Random r(5);
  const ActiveSet set = Of(testing::RandomAgreements(r));
  const std::vector<Access> all = WhoCanSee(set, {});
  size_t by_item = 0, by_receiver = 0, by_sender = 0;
  for (int i = 0; i < testing::kRandomItems; ++i) {
    AccessFilter filter;
    filter.item = testing::ItemName(i);
    by_item += WhoCanSee(set, filter).size();
  }
  for (const std::string& party : testing::kRandomParties) {
    AccessFilter to, from;
    to.to = party;
    from.from = party;
    by_receiver += WhoCanSee(set, to).size();
    by_sender += WhoCanSee(set, from).size();
  }
  EXPECT_GT(all.size(), 0u);
  EXPECT_EQ(by_item, all.size());
  EXPECT_EQ(by_receiver, all.size());
  EXPECT_EQ(by_sender, all.size());
  AccessFilter later;
  later.on = absl::CivilDay(2027, 1, 1);
  EXPECT_TRUE(WhoCanSee(set, later).empty());
}

// The ask with exactly what a sentence about this item names as missing.
Ask Mended(const ActiveSet& set, const Ask& ask, const FlowRuling& tried) {
  Ask better = ask;
  const Flow& flow = set.FlowOf(*tried.row);
  for (const Condition& each : flow.conditions) {
    if ((tried.not_met | tried.not_known) >> static_cast<int>(each.kind) & 1) {
      better.facts.Set(each.kind, LeastFact(each));
    }
  }
  if (tried.over_people) better.people = flow.max_people;
  if (tried.over_day) better.requests_today = 0;
  return better;
}

// What why-not promises is decided again here, from the facts that it names.
TEST(WhyNot, PromisesOnlyWhatTheDecisionKeeps) {
  int kept = 0;
  for (int p = 0; p < 200; ++p) {
    Random r(8000 + p);
    const std::vector<Agreement> agreements = testing::RandomAgreements(r);
    const ActiveSet set = Of(agreements);
    for (int a = 0; a < 20; ++a) {
      const Ask ask = testing::RandomAsk(r, agreements);
      const Ruling ruling = Rule(set, ask, Deciding::kGateway);
      const auto reasons = WhyNot(set, ask, Deciding::kGateway);
      EXPECT_EQ(reasons.empty(), ruling.verdict == Verdict::kShare);
      if (ruling.fit != Fit::kFits) continue;
      size_t next = 0;  // one sentence for each item that is not granted
      for (const ItemRuling& item : ruling.items) {
        if (item.why == ItemRuling::Why::kGranted) continue;
        ASSERT_LT(next, reasons.size());
        const std::string& sentence = reasons[next++];
        const bool promised =
            sentence.find("would be released") != std::string::npos;
        if (item.why != ItemRuling::Why::kNotShown ||
            ruling.flows[item.flow].cannot != 0) {
          continue;  // of an agency's abilities elsewhere
        }
        bool granted = false;
        for (const ItemRuling& again :
             Rule(set, Mended(set, ask, ruling.flows[item.flow]),
                  Deciding::kGateway)
                 .items) {
          granted |= again.asked == item.asked &&
                     again.why == ItemRuling::Why::kGranted;
        }
        EXPECT_EQ(promised, granted) << sentence;
        kept += granted;
      }
    }
  }
  EXPECT_GT(kept, 100);
}

}  // namespace
}  // namespace kinstile::policy
