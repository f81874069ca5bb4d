// SPDX-License-Identifier: Apache-2.0
// What loads, what is refused and why, and what is signed.
#include "policy/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

using testing::AllIssues;
using testing::DemoOptions;
using testing::ShippedPolicy;

// Replaces the first occurrence after `anchor`; the line of the replacement
// goes to `line`.
std::string Edit(const std::string& text, const std::string& anchor,
                 const std::string& from, const std::string& to, int* line) {
  const size_t start = text.find(anchor);
  EXPECT_NE(start, std::string::npos) << anchor;
  const size_t at = text.find(from, start);
  EXPECT_NE(at, std::string::npos) << from;
  if (at == std::string::npos) return text;
  *line =
      1 + static_cast<int>(std::count(text.begin(), text.begin() + at, '\n'));
  return text.substr(0, at) + to + text.substr(at + from.size());
}

struct Mistake {
  const char* name;
  const char* anchor;
  const char* from;
  const char* to;
  const char* issue;  // "message [code]"
};

// One edit each to the family-support agreement. The issue must stand on the
// line of the edit, or anywhere if the edit removed what is reported missing.
const Mistake kMistakes[] = {
    {"id", "id:", "family-support", "family-suport",
     "`id` differs from its folder family-support [LP008]"},
    {"version", "version:", "version: 1", "version: 0",
     "`version` is missing [LP008]"},
    {"title", "title:",
     "title: \"Northbridge family support: information "
     "sharing protocol\"",
     "", "`title` is missing [LP008]"},
    {"kind", "kind:", "kind: RECIPROCAL_PROTOCOL", "",
     "`kind` is missing [LP008]"},
    {"jurisdiction", "jurisdiction:", "jurisdiction: ENGLAND", "",
     "`jurisdiction` is missing [LP008]"},
    {"another nation", "jurisdiction:", "ENGLAND", "WALES",
     "rule fs-jcp: gateway WRA2012-s131-reg5-1-d is not in force in WALES: "
     "Regulation 5(1)(d) names English councils only. See CONSENT-ONLY "
     "[LP102]"},
    {"catalogue", "catalogue_version:", "2026.2", "2025.1",
     "written against catalogue 2025.1-draft, but 2026.2-draft is loaded "
     "[LP184]"},
    {"start", "effective_from", "2026-01-01", "2026-1-1",
     "`effective_from` is not a day YYYY-MM-DD [LP008]"},
    {"impossible day", "review_due", "2027-01-01", "2027-02-29",
     "`review_due` is not a day YYYY-MM-DD [LP008]"},
    {"end before start", "expires", "2027-12-31", "2025-12-31",
     "`expires` lies before `effective_from` [LP008]"},
    {"expired", "expires", "2027-12-31", "2026-11-22",
     "agreement family-support ended 2026-11-22 [LP180]"},
    {"status", "status", "status: DRAFT", "", "`status` is missing [LP008]"},
    {"ended", "status", "DRAFT", "ENDED",
     "agreement family-support is suspended or ended [LP180]"},
    {"suspended", "status", "DRAFT", "SUSPENDED",
     "agreement family-support is suspended or ended [LP180]"},
    {"unsigned", "status", "DRAFT", "SIGNED",
     "the signature of jcp is missing [LP182]"},
    {"party type", "party {", "  type: DWP_JOBCENTRE\n", "",
     "`type` is missing [LP008]"},
    {"public authority", "party {", "  public_authority: true\n", "",
     "`public_authority` is missing [LP008]"},
    {"duplicate party", "id: \"council\"", "council", "jcp",
     "party jcp given twice [LP007]"},
    {"gateway", "gateway:", "WRA2012-s131-reg5-1-d", "WRA2012-s131-reg5-1-dd",
     "no gateway WRA2012-s131-reg5-1-dd in the catalogue, did you mean "
     "`WRA2012-s131-reg5-1-d`? [LP101]"},
    {"article 6", "article6_sender", "  article6_sender: A6_1_E_PUBLIC_TASK\n",
     "", "`article6_sender` is missing [LP008]"},
    {"legitimate interests", "article6_sender", "A6_1_E_PUBLIC_TASK",
     "A6_1_F_LEGITIMATE_INTERESTS",
     "rule fs-jcp: public authority jcp cannot rely on "
     "A6_1_F_LEGITIMATE_INTERESTS [LP110]"},
    {"article 9", "article9: A9_2_H", "A9_2_H_HEALTH_OR_SOCIAL_CARE",
     "A9_NOT_SPECIAL_CATEGORY",
     "rule fs-health: shares special category data, but basis "
     "co-operation-with-consent names no Article 9 condition [LP112]"},
    {"confidence", "confidence: EXPLICIT_CONSENT", "EXPLICIT_CONSENT",
     "NO_DUTY_OF_CONFIDENCE",
     "rule fs-health: a health body owes confidence, and basis "
     "co-operation-with-consent does not answer it [LP122]"},
    {"override", "confidence: EXPLICIT_CONSENT", "EXPLICIT_CONSENT",
     "STATUTE_OVERRIDES",
     "rule fs-health: gateway CA2004-s10-11 does not override confidence "
     "[LP123]"},
    {"bar unanswered", "bar {", "SSAA_1992_S123", "DEA_2017_S41",
     "rule fs-jcp: SSAA_1992_S123 binds jcp, and basis troubled-families does "
     "not answer it [LP120]"},
    {"bar not this gateway's", "bar {", "SSAA_1992_S123",
     "CHILD_SUPPORT_1991_S50",
     "rule fs-jcp: gateway WRA2012-s131-reg5-1-d does not answer "
     "CHILD_SUPPORT_1991_S50 [LP121]"},
    {"onward bar unkept", "NOT_FOR_BENEFIT", "keep_days",
     "may_pass_on_to: "
     "\"health\" keep_days",
     "rule fs-jcp: gateway WRA2012-s131-reg5-1-d does not answer "
     "WRA_2012_S132 [LP121]"},
    {"necessity", "necessity",
     "Yes or no, and whom to ring: type, amount and "
     "dates of benefit are not needed to support the family.",
     "",
     "basis troubled-families does not say why less would not do: "
     "`necessity` is missing [LP133]"},
    {"sender", "id: \"fs-jcp\"", "from: \"jcp\"", "from: \"jpc\"",
     "`from` names no party of this agreement: jpc, did you mean `jcp`? "
     "[LP100]"},
    {"sender without power", "id: \"fs-health\"", "from: \"health\"",
     "from: \"council\" may_pass_on_to: \"jcp\"",
     "rule fs-health has the same sender and receiver [LP140]"},
    {"gateway's sender", "id: \"fs-jcp\"", "from: \"jcp\"", "from: \"health\"",
     "rule fs-jcp: gateway WRA2012-s131-reg5-1-d gives NHS_TRUST no power to "
     "disclose [LP103]"},
    {"gateway's receiver", "id: \"fs-jcp\"", "to: \"council\"",
     "to: \"health\"",
     "rule fs-jcp: gateway WRA2012-s131-reg5-1-d does not let NHS_TRUST "
     "receive [LP104]"},
    {"gateway's purpose", "id: \"fs-jcp\"", "SUPPORT_KEY_WORKING",
     "DIRECT_CARE",
     "rule fs-jcp: DIRECT_CARE is no purpose of gateway "
     "WRA2012-s131-reg5-1-d [LP105]"},
    {"no role", "id: \"fs-jcp\"", "  to_roles: \"key worker\"\n", "",
     "`to_roles` is missing [LP008]"},
    {"empty role", "id: \"fs-jcp\"", "\"key worker\"", "\"\"",
     "`to_roles` is empty [LP008]"},
    {"mode", "id: \"fs-jcp\"", "  mode: ASK_ONE_HOUSEHOLD\n", "",
     "`mode` is missing [LP008]"},
    {"category", "id: \"fs-jcp\"", "    category: BENEFITS\n", "",
     "`category` is missing [LP008]"},
    {"granularity", "id: \"fs-jcp\"", "    as: YES_NO\n", "",
     "`as` is missing [LP008]"},
    {"why", "id: \"fs-jcp\"",
     "    why_needed: \"decides whether moving "
     "towards work belongs in the family plan\"\n",
     "", "`why_needed` is missing [LP008]"},
    {"item twice", "id: \"fs-jcp\"", "work_coach_contact",
     "out_of_work_benefit", "item out_of_work_benefit given twice [LP007]"},
    {"basis", "id: \"fs-jcp\"", "basis: \"troubled-families\"",
     "basis: \"troubled-family\"",
     "rule fs-jcp cites no basis of this agreement: troubled-family, did you "
     "mean `troubled-families`? [LP101]"},
    {"consent", "id: \"fs-health\"", "CONSENT_RECORDED", "REASON_WRITTEN",
     "rule fs-health: rests on EXPLICIT_CONSENT without CONSENT_RECORDED; "
     "agreeing to a programme is not consent to disclosure [LP124]"},
    {"required condition", "id: \"fs-council\"", "CONSENT_RECORDED",
     "REASON_WRITTEN",
     "rule fs-council: gateway CONSENT-ONLY always requires CONSENT_RECORDED "
     "[LP106]"},
    {"retention", "id: \"fs-jcp\"", "  keep_days: 180\n", "",
     "rule fs-jcp: `keep_days` is missing [LP131]"},
    {"cap", "id: \"fs-jcp\"", "  max_people_per_request: 12\n", "",
     "rule fs-jcp: `max_people_per_request` is missing [LP132]"},
    {"duplicate rule", "id: \"fs-council\"", "fs-council", "fs-jcp",
     "rule fs-jcp given twice [LP007]"},
    {"dead item", "id: \"fs-n2\"", "benefit_type", "out_of_work_benefit",
     "item out_of_work_benefit can never be released: fs-n2 forbids it "
     "[LP160]"},
    {"prohibition's layer", "id: \"fs-n2\"", "  layer: DATA_PROTECTION\n", "",
     "`layer` is missing [LP008]"},
    {"prohibition's party", "id: \"fs-n1\"", "to: \"jcp\"", "to: \"dwp\"",
     "`to` names no party of this agreement: dwp [LP100]"},
    {"privacy notice", "governance",
     "  privacy_notice_url: "
     "\"https://northbridge.example/privacy/family-support\"\n",
     "", "`privacy_notice_url` is missing [LP008]"},
};

TEST(Loader, TellsEachMistakeWithItsPlace) {
  for (const Mistake& mistake : kMistakes) {
    PolicyFiles files = ShippedPolicy();
    std::string& text = files.agreements[0].agreement.bytes;
    int line = 0;
    text = Edit(text, mistake.anchor, mistake.from, mistake.to, &line);
    const LoadResult loaded = Load(files, DemoOptions());
    EXPECT_EQ(loaded.set, nullptr) << mistake.name;
    bool found = false;
    for (const Issue& issue : loaded.issues) {
      EXPECT_GT(issue.line, 0) << Format(issue);
      EXPECT_GT(issue.column, 0) << Format(issue);
      found |= absl::EndsWith(Format(issue), absl::StrCat(": ", mistake.issue));
    }
    EXPECT_TRUE(found) << mistake.name << " (edited line " << line << "):\n"
                       << AllIssues(loaded.issues);
  }
}

TEST(Loader, PointsAtTheFieldThatIsWrong) {
  PolicyFiles files = ShippedPolicy();
  std::string& text = files.agreements[0].agreement.bytes;
  int line = 0;
  text = Edit(text, "id: \"fs-jcp\"", "from: \"jcp\"", "from: \"jpc\"", &line);
  const LoadResult loaded = Load(files, DemoOptions());
  ASSERT_EQ(loaded.issues.size(), 1u) << AllIssues(loaded.issues);
  EXPECT_EQ(loaded.issues[0].line, line);
  EXPECT_EQ(loaded.issues[0].column, 3);
  EXPECT_EQ(loaded.issues[0].file,
            "policy/agreements/family-support/agreement.textproto");
}

// Each `# expect` comment of the file names what stands below it.
void ExpectExactlyWhatIsNamed(const std::string& id, const std::string& path,
                              std::vector<Issue>* issues) {
  PolicyFiles files;
  files.law = testing::ShippedLaw();
  files.agreements.push_back({id, {path, testing::ReadSource(path)}, {}});
  files.agencies = {"agencies.textproto",
                    testing::ReadSource("policy/refused/agencies.textproto")};
  // The fixture's parties are in no register.
  if (id == "bad") files.agencies = {};
  const LoadResult loaded = Load(files, DemoOptions());
  EXPECT_EQ(loaded.set, nullptr);
  *issues = loaded.issues;

  std::map<int, std::multiset<std::string>> expected, got;  // by first line
  const std::vector<std::string> lines =
      absl::StrSplit(files.agreements[0].agreement.bytes, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!absl::StartsWith(lines[i], "# expect")) continue;
    std::multiset<std::string>& codes = expected[i + 1];
    for (absl::string_view code :
         absl::StrSplit(lines[i].substr(8), ' ', absl::SkipEmpty())) {
      codes.emplace(code);
    }
    got[i + 1];
  }
  ASSERT_GT(expected.size(), 10u);
  for (const Issue& issue : loaded.issues) {
    if (issue.code == "LP188") continue;
    auto block = got.upper_bound(issue.line);
    ASSERT_NE(block, got.begin()) << Format(issue);
    std::prev(block)->second.insert(issue.code);
  }
  for (const auto& [line, codes] : expected) {
    EXPECT_EQ(absl::StrJoin(codes, " "), absl::StrJoin(got[line], " "))
        << "line " << line << "\n"
        << AllIssues(loaded.issues);
  }
}

TEST(Loader, FindsExactlyWhatTheBadFixtureNames) {
  std::vector<Issue> issues;
  ExpectExactlyWhatIsNamed("bad", "tests/unit/policy/fixtures/bad.textproto",
                           &issues);
}

// The five provisions of the guide of 2012, none of which carries its flow.
TEST(Loader, RefusesTheGuidesListOf2012WithReasons) {
  std::vector<Issue> issues;
  ExpectExactlyWhatIsNamed(
      "guide-2012", "policy/refused/guide-2012/agreement.textproto", &issues);
  const std::string all = AllIssues(issues);
  for (const char* reason :
       {"rule guide-1: gateway CA1989-s17 is not in force for the whole life "
        "of the agreement in WALES: Replaced on 6 April 2016 by Parts 3, 4 "
        "and 6 of the Social Services and Well-being (Wales) Act 2014; section "
        "47 still applies. See SSWWA2014-p3-p6, CA1989-s47",
        "rule guide-1: gateway CA1989-s17 always requires "
        "CHILD_IN_NEED_OR_BELIEVED",
        "rule guide-2: gateway WRA2012-s131-reg5-1-d is not in force in WALES: "
        "Regulation 5(1)(d) names English councils only.",
        "rule guide-2: PAYMENT_BY_RESULTS_AUDIT is no purpose of gateway "
        "WRA2012-s131-reg5-1-d",
        "rule guide-2: SSAA_1992_S123 binds oldbury-jobcentre, and basis "
        "welfare-reform-act does not answer it",
        "rule guide-3: gateway CDA1998-s115 does not let VOLUNTARY_SECTOR "
        "receive",
        "rule guide-3: SAFEGUARDING_CHILD is no purpose of gateway "
        "CDA1998-s115",
        "rule guide-4: gateway NHSA2006-s251-COPI-reg5 lifts confidence only: "
        "it gives no power to share",
        "rule guide-4: gateway NHSA2006-s251-COPI-reg5 always requires "
        "CAG_REFERENCE_CURRENT",
        "rule guide-5: gateway LGA2000-s2 is not in force for the whole life "
        "of the agreement in ENGLAND: Repealed. Replaced by the general power "
        "of competence, Localism Act 2011 s.1, in force 18 February 2012. See "
        "LOCALISM2011-s1",
        "in WALES: Repealed for principal councils on 1 November 2021."}) {
    EXPECT_TRUE(absl::StrContains(all, reason)) << reason << "\n" << all;
  }
}

TEST(Loader, WarnsButLoadsWhenAReviewIsOverdue) {
  PolicyFiles files = ShippedPolicy();
  LoadOptions options = DemoOptions();
  options.today = absl::CivilDay(2027, 3, 1);
  const LoadResult loaded = Load(files, options);
  ASSERT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  ASSERT_EQ(loaded.issues.size(), 2u) << AllIssues(loaded.issues);
  EXPECT_EQ(loaded.issues[0].code, "LP181");
  EXPECT_EQ(loaded.issues[0].severity, Severity::kWarning);
}

TEST(Loader, RefusesDraftsAndDraftLawOutsideDemoMode) {
  LoadOptions options = DemoOptions();
  options.demo_mode = false;
  const LoadResult loaded = Load(ShippedPolicy(), options);
  EXPECT_EQ(loaded.set, nullptr);
  const std::string issues = AllIssues(loaded.issues);
  EXPECT_TRUE(absl::StrContains(issues, "a draft loads in demo mode only"));
  EXPECT_TRUE(absl::StrContains(
      issues, "no lawyer has signed gateway WRA2012-s131-reg5-1-d"));
}

TEST(Loader, RefusesStaleLawOutsideDemoMode) {
  LoadOptions options = DemoOptions();
  options.today = absl::CivilDay(2027, 11, 26);
  EXPECT_NE(Load(ShippedPolicy(), options).set, nullptr);
  options.demo_mode = false;
  EXPECT_TRUE(
      absl::StrContains(AllIssues(Load(ShippedPolicy(), options).issues),
                        "was last verified more than a year ago"));
}

TEST(Loader, RefusesMistakesInTheLaw) {
  const struct {
    const char* anchor;
    const char* from;
    const char* to;
    const char* issue;
  } kLaw[] = {
      {"id:", "CA1989-s17", "CA2004-s10-11",
       "gateway CA2004-s10-11 given twice [LP007]"},
      {"strength", "  strength: IMPLIED_POWER\n", "", "needs `strength`"},
      {"in_force", "where: ENGLAND", "", "`where` is missing"},
      {"in_force", "1991-10-14", "14 October 1991",
       "`from` is not a day YYYY-MM-DD"},
      {"WALES", "2016-04-05", "1990-04-05", "`to` lies before `from`"},
      {"any_recipient", "  any_recipient: true\n", "",
       "needs either `may_receive` or `any_recipient: true`"},
      {"may_disclose", "may_disclose: [", "any_discloser: true may_disclose: [",
       "needs either `may_disclose` or `any_discloser: true`"},
      {"verified", "    by: \"project draft (not a lawyer)\"\n", "",
       "does not say who verified it"},
      {"version", "version: \"2026.2-draft\"", "",
       "the catalogue needs a `version`"},
      {"purposes", "ASSESSMENT", "ASSESMENT",
       "no Purpose is called `ASSESMENT`, did you mean `ASSESSMENT`?"},
  };
  for (const auto& each : kLaw) {
    PolicyFiles files = ShippedPolicy();
    int line = 0;
    files.law[0].bytes =
        Edit(files.law[0].bytes, each.anchor, each.from, each.to, &line);
    const LoadResult loaded = Load(files, DemoOptions());
    EXPECT_EQ(loaded.set, nullptr) << each.issue;
    EXPECT_TRUE(absl::StrContains(AllIssues(loaded.issues), each.issue))
        << each.issue << "\n"
        << AllIssues(loaded.issues);
  }
}

TEST(Loader, OneBadAgreementRefusesAll) {
  PolicyFiles files = ShippedPolicy();
  files.agreements[1].agreement.bytes += "\nnonsense";
  EXPECT_EQ(Load(files, DemoOptions()).set, nullptr);
}

TEST(Loader, RefusesTheSameAgreementTwice) {
  PolicyFiles files = ShippedPolicy();
  files.agreements.push_back(files.agreements[0]);
  const LoadResult loaded = Load(files, DemoOptions());
  EXPECT_EQ(loaded.set, nullptr);
  EXPECT_TRUE(absl::StrContains(AllIssues(loaded.issues),
                                "agreement family-support given twice"));
}

TEST(Loader, NeedsAHash) {
  EXPECT_EQ(Load(ShippedPolicy(), LoadOptions{}).set, nullptr);
}

TEST(Loader, DigestNamesTheBytesAndNotTheOrder) {
  const PolicyFiles files = ShippedPolicy();
  const std::string digest = Load(files, DemoOptions()).set->digest();
  EXPECT_EQ(digest.size(), 64u);

  PolicyFiles swapped = files;
  std::swap(swapped.agreements[0], swapped.agreements[1]);
  EXPECT_EQ(Load(swapped, DemoOptions()).set->digest(), digest);

  PolicyFiles law = files;
  law.law[0].bytes += "\n# a note\n";
  EXPECT_NE(Load(law, DemoOptions()).set->digest(), digest);

  PolicyFiles agreement = files;
  agreement.agreements[0].agreement.bytes += "\n";
  EXPECT_NE(Load(agreement, DemoOptions()).set->digest(), digest);
}

}  // namespace
}  // namespace kinstile::policy
