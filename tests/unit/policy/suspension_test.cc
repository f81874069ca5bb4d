// SPDX-License-Identifier: Apache-2.0
// Who can stop which flow, and what an ask then hears.
#include "policy/suspension.h"

#include <gtest/gtest.h>

#include "policy/engine.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

Ask JcpAsk() {
  Ask ask;
  ask.agreement = "family-support";
  ask.from = "jcp";
  ask.to = "council";
  ask.role = "key worker";
  ask.purpose = Purpose::kSupportKeyWorking;
  ask.mode = Mode::kAskOneHousehold;
  ask.items = {"out_of_work_benefit"};
  ask.facts.Set(ConditionKind::kFamilyAgreedToProgramme, Truth::kYes)
      .Set(ConditionKind::kCaseIsOpen, Truth::kYes);
  ask.today = absl::CivilDay(2026, 11, 23);
  return ask;
}

TEST(Suspend, StopsTheOwnFlowsOfAPartyAndNoOthers) {
  const auto set = Load(testing::ShippedPolicy(), testing::DemoOptions()).set;
  ASSERT_NE(set, nullptr);
  struct Case {
    const char* name;
    std::vector<Suspension> suspensions;
    std::string suspended_by;  // of rule fs-jcp, from jcp to council
  };
  const std::string fs = "family-support";
  const Case cases[] = {
      {"nothing", {}, ""},
      {"the sender, its whole agreement", {{"jcp", fs, {}}}, "jcp"},
      {"the sender, this rule", {{"jcp", fs, {"fs-jcp"}}}, "jcp"},
      {"the receiver", {{"council", fs, {}}}, "council"},
      {"a party of the agreement, not of the rule",
       {{"health", fs, {"fs-jcp"}}},
       ""},
      {"a party, another rule", {{"jcp", fs, {"fs-council"}}}, ""},
      {"a party, another agreement", {{"jcp", "register-link", {}}}, ""},
      {"nobody", {{"police", fs, {}}}, ""},
      {"both parties", {{"council", fs, {}}, {"jcp", fs, {}}}, "jcp"},
      {"suspended and resumed", {{"jcp", fs, {}}, {"jcp", fs, {}, true}}, ""},
      {"resumed and suspended",
       {{"jcp", fs, {}, true}, {"jcp", fs, {}}},
       "jcp"},
      {"another rule resumed",
       {{"jcp", fs, {}}, {"jcp", fs, {"fs-council"}, true}},
       "jcp"},
      {"resumed by the other party",
       {{"jcp", fs, {}}, {"council", fs, {}, true}},
       "jcp"},
      {"one of two resumed",
       {{"jcp", fs, {}}, {"council", fs, {}}, {"jcp", fs, {}, true}},
       "council"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto suspended = Suspend(set, c.suspensions);
    EXPECT_EQ(suspended->digest(), set->digest());
    EXPECT_EQ(
        suspended->Find("family-support")->FindFlow("fs-jcp")->suspended_by,
        c.suspended_by);
    for (Deciding deciding : {Deciding::kGateway, Deciding::kSource}) {
      const Decision decision = Decide(*suspended, JcpAsk(), deciding);
      const auto* refusal = std::get_if<Refusal>(&decision);
      ASSERT_EQ(refusal == nullptr, c.suspended_by.empty());
      if (refusal == nullptr) continue;
      EXPECT_EQ(refusal->layer, Layer::kAgreement);
      EXPECT_EQ(refusal->rule, "fs-jcp");
      EXPECT_EQ(refusal->reason_for_record,
                "rule fs-jcp is suspended by " + c.suspended_by);
    }
  }
}

}  // namespace
}  // namespace kinstile::policy
