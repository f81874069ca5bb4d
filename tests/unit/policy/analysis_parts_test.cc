// SPDX-License-Identifier: Apache-2.0
// The parts of codes that look at several things: each has a policy that
// triggers it for that reason, and one close by that does not.
#include "tests/unit/policy/analysis_world.h"

namespace kinstile::policy {
namespace {

// The rule of one exact item with something more, and with something close.
struct Part {
  const char* code;
  const char* name;
  const char* trigger;
  const char* near;
};

TEST(AnalysisParts, EachLimitOfARuleHasAPairOfFixtures) {
  const Part parts[] = {
      {"LP161", "an age that nobody has",
       "only_if { kind: AGE_FROM number: 131 }",
       "only_if { kind: AGE_FROM number: 130 }"},
      {"LP161", "an age before birth", "only_if { kind: AGE_TO number: -1 }",
       "only_if { kind: AGE_TO number: 0 }"},
      {"LP161", "a child under the age of none",
       "only_if { kind: HOUSEHOLD_HAS_CHILD_UNDER number: 0 }",
       "only_if { kind: HOUSEHOLD_HAS_CHILD_UNDER number: 1 }"},
      {"LP161", "no request a day", "max_requests_per_day: 0",
       "max_requests_per_day: 1"},
      {"LP163", "a cohort of one",
       "only_if { kind: COHORT_AT_LEAST number: 1 }",
       "only_if { kind: COHORT_AT_LEAST number: 2 }"},
      {"LP163", "as many connected as may be asked about",
       "only_if { kind: CONNECTED_PEOPLE_AT_MOST number: 12 }",
       "only_if { kind: CONNECTED_PEOPLE_AT_MOST number: 11 }"},
      {"LP163", "an age up to the oldest",
       "only_if { kind: AGE_TO number: 130 }",
       "only_if { kind: AGE_TO number: 129 }"},
      {"LP163", "a child of any age",
       "only_if { kind: HOUSEHOLD_HAS_CHILD_UNDER number: 131 }",
       "only_if { kind: HOUSEHOLD_HAS_CHILD_UNDER number: 130 }"},
      {"LP163", "no factor at all",
       "only_if { kind: AT_LEAST_N_DISADVANTAGE_FACTORS number: 0 }",
       "only_if { kind: AT_LEAST_N_DISADVANTAGE_FACTORS number: 1 }"},
  };
  for (const Part& part : parts) {
    const auto with = [](const char* more) {
      return [more](AnalysisWorld& w) {
        w.Append(
            HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"), more));
      };
    };
    ExpectPair({part.code, part.name, with(part.trigger), with(part.near)});
  }
}

TEST(AnalysisParts, ARuleOfManyItemsIsBroad) {
  const auto with = [](int items) {
    return [items](AnalysisWorld& w) {
      std::string text;
      for (int i = 0; i < items; ++i) {
        text += ItemText(absl::StrCat("clinic_", i), "SERVICE_USE", "EXACT");
      }
      w.Append(HealthRule("x", text));
    };
  };
  ExpectPair({"LP170", "thirteen items", with(13), with(12)});
}

TEST(AnalysisParts, ARuleForManyPurposesIsBroad) {
  const auto with = [](const char* more) {
    return [more](AnalysisWorld& w) {
      w.Append(RuleText("x", "council", "jcp", "person-asked", "REFERRAL",
                        "ASK_ONE_HOUSEHOLD",
                        ItemText("clinic", "SERVICE_USE", "EXACT") + more));
    };
  };
  ExpectPair(
      {"LP170", "five purposes",
       with("purpose: [ENGAGEMENT, OUTCOME_TRACKING, EMPLOYMENT_SUPPORT, "
            "SUPPORT_KEY_WORKING]"),
       with("purpose: [ENGAGEMENT, OUTCOME_TRACKING, EMPLOYMENT_SUPPORT]")});
}

// One prohibition for each purpose: none of them strips the item alone.
TEST(AnalysisParts, ARuleWhoseItemsAreForbiddenForEachPurposeNeverFires) {
  const auto with = [](const char* second) {
    return [second](AnalysisWorld& w) {
      w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                          "purpose: ASSESSMENT"));
      for (const char* purpose : {"SUPPORT_KEY_WORKING", second}) {
        w.Append(absl::StrCat("\nnever { id: \"n-", std::string(purpose, 3),
                              "\" plain: \"x\" item: \"clinic\" purpose: ",
                              purpose, " layer: POWER }\n"));
      }
    };
  };
  ExpectPair(
      {"LP161", "forbidden for both", with("ASSESSMENT"), with("REFERRAL")});
}

// What a gateway always requires, whatever it is: the reference of the
// Confidentiality Advisory Group, the national opt-out, consent, the test of
// detriment to the child.
TEST(AnalysisParts, EachConditionThatAGatewayRequiresMustBeThere) {
  for (const char* kind :
       {"CAG_REFERENCE_CURRENT", "NATIONAL_DATA_OPT_OUT_CHECKED",
        "SUBJECT_CHOSE_RECIPIENT", "NOT_MORE_DETRIMENTAL_TO_CHILD"}) {
    const auto requires_it = [kind](AnalysisWorld& w) {
      w.EditIn(w.files.law[0].bytes, "id: \"CA2004-s10-11\"",
               absl::StrCat("id: \"CA2004-s10-11\" always_requires: ", kind));
    };
    ExpectPair({"LP106", kind, requires_it, [&](AnalysisWorld& w) {
                  requires_it(w);
                  w.Edit("only_if {\n    kind: CONSENT_RECORDED",
                         absl::StrCat("only_if { kind: ", kind,
                                      " }\n  only_if {\n    kind: "
                                      "CONSENT_RECORDED"));
                }});
  }
}

}  // namespace
}  // namespace kinstile::policy
