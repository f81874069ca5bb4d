// SPDX-License-Identifier: Apache-2.0
// Facts that nobody has to be believed for.
#include "gateway/share/needs.h"

#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using policy::ConditionKind;
using policy::Truth;

class NeedsTest : public World {
 protected:
  // The ask's facts after `edit` of the agreement, though the asker claims all.
  policy::Facts Shown(std::function<void(policy::Governance&)> edit) {
    policy::Agreement a = FamilySupport();
    edit(a.governance);
    policy::Ask ask = AskOf(Request());
    ask.facts.Set(ConditionKind::kDpiaCurrent, Truth::kYes)
        .Set(ConditionKind::kAppropriatePolicyDocument, Truth::kYes);
    ShowAgreementFacts(
        policy::ActiveSet({std::move(a)}, policy_.Current()->catalogue(), "s"),
        ask);
    return ask.facts;
  }
};

TEST_F(NeedsTest, AgreementShowsItsOwnFacts) {
  struct Case {
    const char* name;
    std::function<void(policy::Governance&)> edit;
    Truth assessed, document;
  };
  const absl::CivilDay today(2026, 11, 23);
  const Case cases[] = {
      {"says nothing", [](auto&) {}, Truth::kUnknown, Truth::kUnknown},
      {"reviewed today", [&](auto& g) { g.dpia_reviewed = today; }, Truth::kYes,
       Truth::kUnknown},
      {"reviewed a year ago", [&](auto& g) { g.dpia_reviewed = today - 366; },
       Truth::kYes, Truth::kUnknown},
      {"reviewed longer ago", [&](auto& g) { g.dpia_reviewed = today - 367; },
       Truth::kUnknown, Truth::kUnknown},
      {"reviewed tomorrow", [&](auto& g) { g.dpia_reviewed = today + 1; },
       Truth::kUnknown, Truth::kUnknown},
      {"names a document",
       [](auto& g) { g.appropriate_policy_document = "APD-1"; },
       Truth::kUnknown, Truth::kYes},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const policy::Facts facts = Shown(c.edit);
    EXPECT_EQ(facts.Get(ConditionKind::kDpiaCurrent).truth, c.assessed);
    EXPECT_EQ(facts.Get(ConditionKind::kAppropriatePolicyDocument).truth,
              c.document);
  }
}

// Of numbers of people the request itself is believed.
TEST_F(NeedsTest, RequestShowsHowManyAreAskedAbout) {
  ShareRequest request = Request();
  request.facts = {{"COHORT_AT_LEAST", true, 5000}};
  const auto people = static_cast<int64_t>(request.members.size());
  policy::Ask ask = AskOf(request);
  EXPECT_EQ(ask.facts.Get(ConditionKind::kCohortAtLeast).number, people);
  EXPECT_EQ(ask.facts.Get(ConditionKind::kConnectedPeopleAtMost).number,
            people);
  // Also when the asker says that they are fewer.
  request.facts = {{"CONNECTED_PEOPLE_AT_MOST", true, 0}};
  ask = AskOf(request);
  EXPECT_EQ(ask.facts.Get(ConditionKind::kConnectedPeopleAtMost).number,
            people);
}

TEST_F(NeedsTest, GrainsAreWordsOfTheSchema) {
  ShareRequest request = Request();
  request.asks[0].grains.assign(request.asks[0].items.size(), "");
  request.asks[0].grains[0] = "YEAR_ONLY";
  EXPECT_EQ(AskOf(request).GrainOf(0), policy::Granularity::kYearOnly);
  request.asks[0].grains[0] = "CENTURY";
  EXPECT_FALSE(ToPolicyAsk(request, request.asks[0], clock_.now).ok());
}

TEST_F(NeedsTest, RequestShowsReasonAndTraining) {
  struct Case {
    const char* name;
    std::string trained_on;
    Truth trained;
    std::optional<int64_t> days;
  };
  const Case cases[] = {
      {"today", "2026-11-23", Truth::kYes, 0},
      {"last month", "2026-10-23", Truth::kYes, 31},
      {"tomorrow", "2026-11-24", Truth::kUnknown, {}},
      {"not stated", "", Truth::kUnknown, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ShareRequest request = Request();
    request.trained_on = c.trained_on;
    request.facts = {{"PRACTITIONER_TRAINED", true, 1}};
    const policy::Ask ask = AskOf(request);
    const policy::Fact& fact =
        ask.facts.Get(ConditionKind::kPractitionerTrained);
    EXPECT_EQ(fact.truth, c.trained);
    EXPECT_EQ(fact.number, c.days);
    EXPECT_EQ(ask.facts.Get(ConditionKind::kReasonWritten).truth, Truth::kYes);
  }
  ShareRequest blank = Request();
  blank.reason = "  ";
  blank.facts = {{"REASON_WRITTEN", true, {}}};
  EXPECT_EQ(AskOf(blank).facts.Get(ConditionKind::kReasonWritten).truth,
            Truth::kUnknown);
}

}  // namespace
}  // namespace kinstile::share
