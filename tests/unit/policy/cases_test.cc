// SPDX-License-Identifier: Apache-2.0
// The shipped agreements pass their own cases, and the runner can fail.
#include "policy/cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

#include "absl/strings/str_replace.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

using testing::AllIssues;

// Every agreement that ships, alone with the law.
std::shared_ptr<const ActiveSet> LoadShipped(const std::string& id) {
  const LoadResult loaded = Load({testing::ShippedLaw(),
                                  {testing::ShippedAgreement(id)},
                                  testing::ShippedAgencies()},
                                 testing::DemoOptions());
  EXPECT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  EXPECT_TRUE(loaded.issues.empty()) << AllIssues(loaded.issues);
  return loaded.set;
}

class ShippedCases : public ::testing::TestWithParam<const char*> {};

TEST_P(ShippedCases, AllPassAndEveryRuleSpeaks) {
  const auto set = LoadShipped(GetParam());
  ASSERT_NE(set, nullptr);
  const CasesReport report = RunCases(*set, testing::ShippedCases(GetParam()));
  EXPECT_TRUE(report.issues.empty()) << AllIssues(report.issues);
  ASSERT_FALSE(report.results.empty());
  std::set<std::string> names;
  for (const CaseResult& each : report.results) {
    EXPECT_TRUE(each.passed) << each.name << "\n expected: " << each.expected
                             << "\n got:      " << each.got;
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
  }
}

// Before anybody signs: each flow has released everything that it may, each of
// its conditions was seen true, false and not known, and each prohibition has
// stripped something.
TEST_P(ShippedCases, ShowEveryFlowConditionAndProhibition) {
  const auto set = LoadShipped(GetParam());
  ASSERT_NE(set, nullptr);
  std::vector<Issue> issues;
  const Suite suite = ParseSuite(testing::ShippedCases(GetParam()), &issues);
  const Agreement& agreement = *set->Find(GetParam());
  std::set<std::string> fired, forbade;
  std::set<std::tuple<std::string, ConditionKind, Truth>> seen;
  for (const Case& each : suite.cases) {
    for (const std::string& rule : each.expected.by_rule) {
      if (agreement.FindFlow(rule) == nullptr) {
        forbade.insert(rule);
      } else if (each.expected.outcome != Outcome::kRefuse) {
        fired.insert(rule);
      }
    }
    for (const Flow& flow : agreement.flows) {
      if (flow.from != each.ask.from || flow.to != each.ask.to) continue;
      for (const Condition& condition : flow.conditions) {
        seen.emplace(flow.id, condition.kind,
                     each.ask.facts.Get(condition.kind).truth);
      }
    }
  }
  for (const Flow& flow : agreement.flows) {
    EXPECT_TRUE(fired.count(flow.id)) << flow.id;
    for (const Condition& condition : flow.conditions) {
      for (Truth truth : {Truth::kYes, Truth::kNo, Truth::kUnknown}) {
        EXPECT_TRUE(seen.count({flow.id, condition.kind, truth}))
            << flow.id << " " << Name(condition.kind) << " "
            << static_cast<int>(truth);
      }
    }
  }
  for (const Prohibition& never : agreement.prohibitions) {
    EXPECT_TRUE(forbade.count(never.id)) << never.id;
  }
}

// And a case for the day after it ends, for a wrong purpose and a wrong role.
TEST_P(ShippedCases, ShowTheEndAWrongPurposeAndAWrongRole) {
  const auto set = LoadShipped(GetParam());
  ASSERT_NE(set, nullptr);
  const Agreement& agreement = *set->Find(GetParam());
  bool after = false, purpose = false, role = false;
  std::vector<Issue> issues;
  for (const Case& each :
       ParseCases(testing::ShippedCases(GetParam()), &issues)) {
    if (each.expected.outcome != Outcome::kRefuse) continue;
    const Ask& ask = each.ask;
    after |= ask.today == agreement.expires + 1;
    for (const Flow& flow : agreement.flows) {
      if (flow.from != ask.from || flow.to != ask.to) continue;
      const bool same = std::count(flow.purposes.begin(), flow.purposes.end(),
                                   ask.purpose) > 0;
      purpose |= !same && flow.AllowsRole(ask.role);
      role |= same && !flow.AllowsRole(ask.role);
    }
  }
  EXPECT_TRUE(after);
  EXPECT_TRUE(purpose);
  EXPECT_TRUE(role);
}

constexpr const char* kShipped[] = {"family-support",     "register-link",
                                    "childrens-centres",  "family-intervention",
                                    "la-innovation",      "school-gates",
                                    "separating-parents", "teenage-parents"};

INSTANTIATE_TEST_SUITE_P(Agreements, ShippedCases,
                         ::testing::ValuesIn(kShipped), [](const auto& test) {
                           return absl::StrReplaceAll(test.param, {{"-", "_"}});
                         });

// The pilots load together, as a consortium would have them.
TEST(Pilots, LoadTogetherWithoutAWord) {
  PolicyFiles files = testing::PilotPolicy();
  for (AgreementFiles& each : testing::ShippedPolicy().agreements) {
    files.agreements.push_back(std::move(each));
  }
  const LoadResult loaded = Load(files, testing::DemoOptions());
  ASSERT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  EXPECT_TRUE(loaded.issues.empty()) << AllIssues(loaded.issues);
  EXPECT_EQ(loaded.set->agreements().size(), std::size(kShipped));
}

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
      {"grain", "by_rule", "as: EXACT by_rule"},
      {"keep days", "by_rule", "keep_days: 179 by_rule"},
      {"number", "by_rule",
       "obliged { kind: RECORD_DECISION number: 1 } by_rule"},
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
      {"`as` must say how finely for each", "by_rule",
       "as: [EXACT, EXACT] by_rule"},
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
