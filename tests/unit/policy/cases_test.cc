// SPDX-License-Identifier: Apache-2.0
// The shipped agreements pass their own cases, and the runner can fail.
#include "policy/cases.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_replace.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

using testing::AllIssues;

class ShippedCases : public ::testing::TestWithParam<const char*> {};

TEST_P(ShippedCases, AllPassAndEveryRuleSpeaks) {
  const LoadResult loaded =
      Load(testing::ShippedPolicy(), testing::DemoOptions());
  ASSERT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  EXPECT_TRUE(loaded.issues.empty()) << AllIssues(loaded.issues);

  const CasesReport report =
      RunCases(*loaded.set, testing::ShippedCases(GetParam()));
  EXPECT_TRUE(report.issues.empty()) << AllIssues(report.issues);
  ASSERT_FALSE(report.results.empty());
  std::string got;
  for (const CaseResult& each : report.results) {
    EXPECT_TRUE(each.passed) << each.name << "\n expected: " << each.expected
                             << "\n got:      " << each.got;
    got += each.got + "\n";
  }
  const Agreement* agreement = loaded.set->Find(GetParam());
  for (const Flow& flow : agreement->flows) {
    EXPECT_NE(got.find(flow.id), std::string::npos) << flow.id;
  }
  for (const Prohibition& never : agreement->prohibitions) {
    EXPECT_NE(got.find(never.id), std::string::npos) << never.id;
  }
}

// Before anybody signs, every condition of every flow must have been seen
// true, false and not known.
TEST_P(ShippedCases, ShowEveryConditionThreeWays) {
  const LoadResult loaded =
      Load(testing::ShippedPolicy(), testing::DemoOptions());
  ASSERT_NE(loaded.set, nullptr);
  std::vector<Issue> issues;
  std::set<std::pair<ConditionKind, Truth>> seen;
  for (const Case& each :
       ParseCases(testing::ShippedCases(GetParam()), &issues)) {
    for (const Flow& flow : loaded.set->Find(GetParam())->flows) {
      if (flow.from != each.ask.from || flow.to != each.ask.to) continue;
      for (const Condition& condition : flow.conditions) {
        seen.emplace(condition.kind, each.ask.facts.Get(condition.kind).truth);
      }
    }
  }
  for (const Flow& flow : loaded.set->Find(GetParam())->flows) {
    for (const Condition& condition : flow.conditions) {
      for (Truth truth : {Truth::kYes, Truth::kNo, Truth::kUnknown}) {
        EXPECT_TRUE(seen.count({condition.kind, truth}))
            << Name(condition.kind) << " " << static_cast<int>(truth);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Agreements, ShippedCases,
                         ::testing::Values("family-support", "register-link"),
                         [](const auto& test) {
                           return absl::StrReplaceAll(test.param, {{"-", "_"}});
                         });

constexpr char kSuite[] = R"(
agreement: "family-support" agreement_version: 1 today: "2026-11-23"
case {
  name: "one" from: "jcp" to: "council" to_role: "key worker"
  purpose: SUPPORT_KEY_WORKING mode: ASK_ONE_HOUSEHOLD
  item: "out_of_work_benefit"
  given { kind: FAMILY_AGREED_TO_PROGRAMME truth: YES }
  given { kind: CASE_IS_OPEN truth: YES }
  expect { outcome: SHARE released: "out_of_work_benefit" then: RECORD_DECISION
           by_rule: "fs-jcp" }
})";

struct Wrong {
  const char* name;
  const char* from;
  const char* to;
};

TEST(Cases, FailWhenAnythingDiffers) {
  const LoadResult loaded =
      Load(testing::ShippedPolicy(), testing::DemoOptions());
  ASSERT_NE(loaded.set, nullptr);
  const CasesReport good = RunCases(*loaded.set, {"c", kSuite});
  ASSERT_EQ(good.results.size(), 1u) << AllIssues(good.issues);
  EXPECT_TRUE(good.results[0].passed) << good.results[0].got;
  EXPECT_EQ(good.results[0].line, 3);

  const Wrong kWrong[] = {
      {"outcome", "outcome: SHARE ", "outcome: REFUSE "},
      {"released", "released: \"out_of_work_benefit\"",
       "released: \"work_coach_contact\""},
      {"withheld", "by_rule", "withheld: \"x\" by_rule"},
      {"obligation", "RECORD_DECISION", "REVIEW_BY_HUMAN"},
      {"rule", "\"fs-jcp\"", "\"fs-health\""},
      {"because", "by_rule", "because: \"anything\" by_rule"},
      {"layer", "by_rule", "layer: POWER by_rule"},
  };
  for (const Wrong& wrong : kWrong) {
    const std::string text =
        absl::StrReplaceAll(kSuite, {{wrong.from, wrong.to}});
    ASSERT_NE(text, kSuite) << wrong.name;
    const CasesReport report = RunCases(*loaded.set, {"c", text});
    ASSERT_EQ(report.results.size(), 1u) << wrong.name;
    EXPECT_FALSE(report.results[0].passed) << wrong.name;
  }
}

TEST(Cases, SayWhatIsWrongWithTheFile) {
  const LoadResult loaded =
      Load(testing::ShippedPolicy(), testing::DemoOptions());
  ASSERT_NE(loaded.set, nullptr);
  const Wrong kWrong[] = {
      {"version 1 of agreement unheard-of is not loaded", "family-support",
       "unheard-of"},
      {"`today` is not a day", "2026-11-23", "2026-13-23"},
      {"`name` is missing", "\"one\"", "\"\""},
      {"`truth` is missing", "truth: YES", ""},
      {"no ConditionKind is called `CASE_OPEN`, did you mean `CASE_IS_OPEN`?",
       "CASE_IS_OPEN", "CASE_OPEN"},
      {"no field `items` in Case, did you mean `item`?", "item:", "items:"},
  };
  for (const Wrong& wrong : kWrong) {
    const std::string text =
        absl::StrReplaceAll(kSuite, {{wrong.from, wrong.to}});
    const CasesReport report = RunCases(*loaded.set, {"c", text});
    EXPECT_TRUE(report.results.empty()) << wrong.name;
    const std::string all = AllIssues(report.issues);
    EXPECT_NE(all.find(wrong.name), std::string::npos) << all;
  }
}

}  // namespace
}  // namespace kinstile::policy
