// SPDX-License-Identifier: Apache-2.0
// The documents that people read and sign.
#include "policy/render.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "policy/phrases.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

std::shared_ptr<const ActiveSet> LoadOne(const std::string& id) {
  const LoadResult loaded =
      Load({testing::ShippedLaw(), {testing::ShippedAgreement(id)}},
           testing::DemoOptions());
  EXPECT_NE(loaded.set, nullptr) << testing::AllIssues(loaded.issues);
  return loaded.set;
}

class Documents : public ::testing::TestWithParam<const char*> {};

TEST_P(Documents, StandBesideTheirAgreementUpToDate) {
  const auto set = LoadOne(GetParam());
  const std::string path =
      absl::StrCat("policy/agreements/", GetParam(), "/agreement.md");
  EXPECT_EQ(testing::ReadSource(path),
            SignedRendering(*set->Find(GetParam()), set->catalogue()))
      << "make it again: kinstile policy render " << GetParam() << " > "
      << path;
}

// Whoever reads only the document learns everything that a flow allows.
TEST_P(Documents, SayWhoSeesWhatWhyAndForHowLong) {
  const auto set = LoadOne(GetParam());
  const Agreement& agreement = *set->Find(GetParam());
  const Catalogue& law = set->catalogue();
  const std::string text = Render(agreement, law).Html();
  auto says = [&](const std::string& what) {
    const std::string escaped =
        absl::StrReplaceAll(what, {{"&", "&amp;"}, {"\"", "&quot;"}});
    EXPECT_TRUE(absl::StrContains(text, escaped)) << what;
  };
  for (const Flow& flow : agreement.flows) {
    says(flow.plain);
    for (const std::string& role : flow.roles) says(role);
    says(absl::StrCat("Kept for ", DaysInWords(flow.keep_days)));
    for (const FlowItem& item : flow.items) {
      says(ItemInWords(law, item.item));
      says(item.why_needed);
    }
    for (Purpose purpose : flow.purposes) says(PurposeInWords(law, purpose));
    for (const Condition& each : flow.conditions) says(InWords(each));
    for (const Obligation& each : flow.obligations) says(InWords(each));
    says(flow.basis.gateway_title);
    says(flow.basis.necessity);
  }
  for (const Prohibition& never : agreement.prohibitions) says(never.plain);
  for (const Party& party : agreement.parties) {
    says(party.name);
    says(party.signatory_post);
  }
}

// The order of the ICO's data sharing code.
TEST_P(Documents, FollowTheCode) {
  const auto set = LoadOne(GetParam());
  const std::string text =
      SignedRendering(*set->Find(GetParam()), set->catalogue());
  size_t at = 0;
  for (const char* heading :
       {"## 1. Who may see what, why, and for how long", "## 2. Purpose",
        "## 3. Parties", "## 4. What is shared", "## 5. What is never shared",
        "## 6. Why it is lawful", "## 7. People's rights",
        "## 8. Keeping and deleting", "## 9. Security and accuracy",
        "## 10. If something goes wrong",
        "## 11. Assessment, review and ending",
        "## 12. How decisions are recorded", "## 13. Changes",
        "## 14. Signatures", "## Annex A.", "## Annex B."}) {
    const size_t found = text.find(heading, at);
    ASSERT_NE(found, std::string::npos) << heading;
    at = found;
  }
  EXPECT_EQ(text.find("not stated"), std::string::npos);
  EXPECT_EQ(text.find("UNSPECIFIED"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Agreements, Documents,
    ::testing::Values("childrens-centres", "family-intervention",
                      "family-support", "la-innovation", "register-link",
                      "school-gates", "separating-parents", "teenage-parents"),
    [](const auto& test) {
      return absl::StrReplaceAll(test.param, {{"-", "_"}});
    });

TEST(Document, EscapesWhatAnAgreementSays) {
  Document document;
  document.Add(Heading{1, "A & B"});
  document.Say("<script>alert(1)</script> *not strong* `x` [a](b)");
  document.Add(Table{{"a|b", "c"}, {{"1|2", "3\n4"}}});
  EXPECT_EQ(document.Markdown(),
            "# A & B\n\n&lt;script>alert(1)&lt;/script> \\*not strong\\* "
            "\\`x\\` \\[a](b)\n\n| a\\|b | c |\n|---|---|\n"
            "| 1\\|2 | 3 4 |\n");
  const std::string html = document.Html();
  EXPECT_TRUE(absl::StrContains(html, "<title>A &amp; B</title>"));
  EXPECT_TRUE(absl::StrContains(html, "&lt;script&gt;alert(1)"));
  EXPECT_FALSE(absl::StrContains(html, "<script"));
  EXPECT_TRUE(absl::StrContains(html, "<html lang=\"en-GB\">"));
}

TEST(Document, TextIsWrapped) {
  Document document;
  document.Say(std::string(30, 'a') + " " + std::string(30, 'b') + " " +
               std::string(30, 'c'));
  document.Say(std::vector<std::string>{"one", "two"});
  EXPECT_EQ(document.Text(), std::string(30, 'a') + " " + std::string(30, 'b') +
                                 "\n" + std::string(30, 'c') +
                                 "\n\n- one\n- two\n");
}

// No word of the schema without words for people.
TEST(Phrases, EveryConditionAndObligationHasASentence) {
  for (int n = 1; n < 64; ++n) {
    const auto kind = static_cast<ConditionKind>(n);
    if (Name(kind).empty()) continue;
    EXPECT_NE(InWords(Condition{kind, 7, "", false, Layer::kCondition}),
              Name(kind));
  }
  for (int n = 1; n < 64; ++n) {
    const auto kind = static_cast<ObligationKind>(n);
    if (Name(kind).empty()) continue;
    EXPECT_FALSE(InWords(Obligation{kind, 7, ""}).empty()) << Name(kind);
  }
}

TEST(Phrases, DaysAndLists) {
  EXPECT_EQ(DaysInWords(1), "1 day");
  EXPECT_EQ(DaysInWords(90), "90 days");
  EXPECT_EQ(DaysInWords(365), "1 year");
  EXPECT_EQ(DaysInWords(2190), "6 years");
  EXPECT_EQ(DayInWords(absl::CivilDay(2026, 12, 1)), "1 December 2026");
  EXPECT_EQ(ListInWords({"a"}), "a");
  EXPECT_EQ(ListInWords({"a", "b"}, "or"), "a or b");
  EXPECT_EQ(ListInWords({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(ListInWords({}), "");
}

}  // namespace
}  // namespace kinstile::policy
