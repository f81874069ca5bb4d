// SPDX-License-Identifier: Apache-2.0
// The register of agencies: what it refuses, and what it does to a decision.
#include "policy/agencies.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "policy/access.h"
#include "policy/diff.h"
#include "policy/engine.h"
#include "policy/explain.h"
#include "policy/loader.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

using testing::AllIssues;

// The shipped agreements with one edit in the register.
LoadResult With(const std::string& from, const std::string& to) {
  PolicyFiles files = testing::ShippedPolicy();
  std::string& text = files.agencies.bytes;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return Load(files, testing::DemoOptions());
}

TEST(AgencyRegister, RefusesWhatIsNotSo) {
  struct Row {
    const char* name;
    std::string from, to;
    const char* issue;
  };
  const std::string council = "  id: \"council\"\n";
  const Row rows[] = {
      {"a misspelt id", council, "  id: \"councl\"\n",
       "no agency council in the register, did you mean `councl`? [LP100]"},
      {"an unknown field", council, council + "  tipe: POLICE\n",
       "no field `tipe`"},
      {"a number for a name", council, council + "  jurisdiction: 1\n",
       "[LP002]"},
      {"an agency twice", council, council + "}\nagency {\n" + council,
       "agency council given twice [LP007]"},
      {"no version", "version: \"", "#\"", "`version` is missing [LP008]"},
      {"another type", "id: \"council\"\n  type: COUNCIL_EARLY_HELP",
       "id: \"council\"\n  type: POLICE",
       "`type` of party council is not as in the register"},
      {"another nation",
       "name: \"Northbridge Council: Early Help\"\n  jurisdiction: ENGLAND",
       "name: \"Northbridge Council: Early Help\"\n  jurisdiction: WALES",
       "no functions in any nation"},
      {"no public authority",
       "name: \"Northbridge Council: Early Help\"\n  jurisdiction: ENGLAND\n"
       "  public_authority: true",
       "name: \"Northbridge Council: Early Help\"\n  jurisdiction: ENGLAND\n"
       "  public_authority: false",
       "`public_authority` of party council"},
      {"no such role", "role: \"work coach\"", "role: \"work coaches\"",
       "jcp has no role work coach in the register, did you mean"},
      {"another post", council, council + "  signatory_post: \"Chair\"\n", ""},
      {"a bad key", council,
       council + "  key { ed25519: \"xyz\" from: \"2026-01-01\" }\n",
       "64 characters of lower-case hex"},
      {"a key without a day", council,
       council + "  key { ed25519: \"" + std::string(64, 'a') + "\" }\n",
       "`from` is not a day"},
      {"a bad area code", council, council + "  gss_code: \"X06000001\"\n",
       "`gss_code` is not"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const LoadResult loaded = With(row.from, row.to);
    const std::string issues = AllIssues(loaded.issues);
    if (*row.issue == '\0') {
      EXPECT_NE(loaded.set, nullptr) << issues;
      continue;
    }
    EXPECT_EQ(loaded.set, nullptr);
    EXPECT_TRUE(absl::StrContains(issues, row.issue))
        << row.issue << " is not in\n"
        << issues;
    // In the register or in the agreement, and always a place.
    for (const Issue& issue : loaded.issues) EXPECT_GT(issue.line, 0) << issues;
  }
}

Ask CouncilAsksHealth() {
  Ask ask;
  ask.agreement = "family-support";
  ask.from = "health";
  ask.to = "council";
  ask.role = "key worker";
  ask.purpose = Purpose::kSupportKeyWorking;
  ask.mode = Mode::kAskOneHousehold;
  ask.items = {"last_contact_date"};
  ask.facts.Set(ConditionKind::kFamilyAgreedToProgramme, Truth::kYes)
      .Set(ConditionKind::kCaseIsOpen, Truth::kYes)
      .Set(ConditionKind::kConsentRecorded, Truth::kYes);
  ask.today = absl::CivilDay(2026, 11, 23);
  return ask;
}

TEST(AgencyRegister, WhatAnEndCannotCarryOutRefuses) {
  const auto all = Load(testing::ShippedPolicy(), testing::DemoOptions()).set;
  const auto less =
      With("  can_carry_out: NO_ONWARD_SHARING\n", "").set;  // of council
  ASSERT_NE(all, nullptr);
  ASSERT_NE(less, nullptr);
  EXPECT_NE(all->digest(), less->digest());
  const Ask ask = CouncilAsksHealth();
  for (Deciding deciding : {Deciding::kGateway, Deciding::kSource}) {
    EXPECT_TRUE(std::holds_alternative<Permit>(Decide(*all, ask, deciding)));
    const Decision refused = Decide(*less, ask, deciding);
    ASSERT_TRUE(std::holds_alternative<Refusal>(refused));
    EXPECT_TRUE(absl::StrContains(std::get<Refusal>(refused).reason_for_record,
                                  "NO_ONWARD_SHARING"));
  }
  // Nor is it listed, and it is a change for the narrower.
  AccessFilter filter;
  filter.item = "last_contact_date";
  filter.to = "council";
  EXPECT_FALSE(WhoCanSee(*all, filter).empty());
  EXPECT_TRUE(WhoCanSee(*less, filter).empty());
  EXPECT_EQ(Compare(*all, *less).effect, Effect::kNarrower);
  EXPECT_EQ(Compare(*less, *all).effect, Effect::kWider);
  const auto why = WhyNot(*less, ask, Deciding::kGateway);
  ASSERT_EQ(why.size(), 1u);
  EXPECT_TRUE(absl::StrContains(why[0], "would be released")) << why[0];
}

TEST(CannotCarryOut, AsksTheEndOnWhichItFalls) {
  auto only = [](ObligationKind kind) { return ObligationKinds().Add(kind); };
  auto bit = [](ObligationKind kind) {
    return uint32_t{1} << static_cast<unsigned>(kind);
  };
  const ObligationKinds none;
  struct Row {
    ObligationKind kind;
    bool sender, receiver;  // each alone is enough, or not
  };
  for (const Row& row : {Row{ObligationKind::kRoundCountsTo, true, false},
                         Row{ObligationKind::kSuppressCountsBelow, true, false},
                         Row{ObligationKind::kDeleteAfterDays, false, true},
                         Row{ObligationKind::kRecordDecision, false, false}}) {
    SCOPED_TRACE(std::string(Name(row.kind)));
    const uint32_t kinds = bit(row.kind);
    const ObligationKinds able = only(row.kind);
    EXPECT_EQ(CannotCarryOut(kinds, none, none), kinds);
    EXPECT_EQ(CannotCarryOut(kinds, able, able), 0u);
    EXPECT_EQ(CannotCarryOut(kinds, able, none) == 0, row.sender);
    EXPECT_EQ(CannotCarryOut(kinds, none, able) == 0, row.receiver);
    EXPECT_EQ(CannotCarryOut(0, none, none), 0u);
  }
}

}  // namespace
}  // namespace kinstile::policy
