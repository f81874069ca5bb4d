// SPDX-License-Identifier: Apache-2.0
// The pilots' cases notice when their agreements are changed for the worse.
#include "policy/mutation.h"

#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

class Pilots : public ::testing::TestWithParam<const char*> {};

TEST_P(Pilots, CasesNoticeNearlyEveryChange) {
  const MutationReport report =
      Mutate(testing::ShippedLaw(), testing::ShippedAgreement(GetParam()),
             testing::ShippedCases(GetParam()), testing::DemoOptions());
  EXPECT_TRUE(report.issues.empty()) << testing::AllIssues(report.issues);
  EXPECT_GT(report.mutants, 80);
  std::printf("%s: %d mutants, %.1f %% noticed, %.1f %% by cases alone%s%s\n",
              GetParam(), report.mutants, report.Score(), report.ScoreByCases(),
              report.survivors.empty() ? "" : "; survived:\n  ",
              absl::StrJoin(report.survivors, "\n  ").c_str());
  EXPECT_LE(report.ScoreByCases(), report.Score());
  EXPECT_GT(report.ScoreByCases(), 0);
  EXPECT_GE(report.Score(), 95.0) << absl::StrJoin(report.survivors, "\n");
}

INSTANTIATE_TEST_SUITE_P(Shipped, Pilots,
                         ::testing::Values("family-support", "register-link"),
                         [](const auto& test) {
                           return absl::StrReplaceAll(test.param, {{"-", "_"}});
                         });
INSTANTIATE_TEST_SUITE_P(Agreements, Pilots,
                         ::testing::ValuesIn(testing::kPilots),
                         [](const auto& test) {
                           return absl::StrReplaceAll(test.param, {{"-", "_"}});
                         });

// A suite that shows little scores low, and the survivors say why.
TEST(Mutate, WeakCasesAreToldSo) {
  NamedBytes cases = {"weak", R"(
agreement: "childrens-centres" agreement_version: 1 today: "2026-12-15"
case {
  name: "one"
  from: "hillford-jobcentre" to: "hillford-early-years"
  to_role: "early years entitlement officer"
  purpose: ELIGIBILITY_CHECK mode: MATCH_LIST
  item: "qualifies_free_early_years"
  given { kind: LIVES_IN_AREA truth: YES }
  given { kind: HOUSEHOLD_HAS_CHILD_UNDER truth: YES number: 2 }
  expect { outcome: SHARE released: "qualifies_free_early_years" }
})"};
  const MutationReport report = Mutate(
      testing::ShippedLaw(), testing::ShippedAgreement("childrens-centres"),
      cases, testing::DemoOptions());
  EXPECT_TRUE(report.issues.empty()) << testing::AllIssues(report.issues);
  EXPECT_LT(report.Score(), 50.0);
  const std::string survivors = absl::StrJoin(report.survivors, "\n");
  for (const char* what :
       {"rule wf-1: without LIVES_IN_AREA", "ends a day later",
        "rule wf-2: also for REFERRAL", "rule wf-1: also to hillford-centre",
        "without prohibition wf-n1", "rule wf-1: kept a day longer"}) {
    EXPECT_NE(survivors.find(what), std::string::npos) << what;
  }
}

TEST(Mutate, RunsNothingWhenTheCasesDoNotPass) {
  NamedBytes cases = testing::ShippedCases("childrens-centres");
  cases.bytes =
      absl::StrReplaceAll(cases.bytes, {{"keep_days: 180", "keep_days: 181"}});
  const MutationReport report = Mutate(
      testing::ShippedLaw(), testing::ShippedAgreement("childrens-centres"),
      cases, testing::DemoOptions());
  EXPECT_EQ(report.mutants, 0);
  EXPECT_EQ(report.Score(), 0);
  EXPECT_NE(testing::AllIssues(report.issues).find("do not pass as they stand"),
            std::string::npos);
}

}  // namespace
}  // namespace kinstile::policy
