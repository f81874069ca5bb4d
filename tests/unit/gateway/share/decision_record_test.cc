// SPDX-License-Identifier: Apache-2.0
// A decision is kept with all that went into it, and taken again the same.
#include "gateway/share/decision_record.h"

#include "gateway/base/encoding.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

class DecisionRecordTest : public World {
 protected:
  std::string Decided(const policy::ActiveSet& set, const policy::Ask& ask) {
    return RecordDecision(set, ask, policy::Deciding::kGateway,
                          policy::Decide(set, ask, policy::Deciding::kGateway),
                          {"staff-0042", "2026-11-23 09:00:00 UTC"});
  }
  std::string Decided(const policy::Ask& ask) {
    return Decided(*policy_.Current(), ask);
  }
  std::map<std::string, std::string> FormOf(const std::string& bytes) {
    const auto read = ReadDecision(bytes);
    EXPECT_EQ(read.status(), absl::OkStatus());
    if (!read.ok()) return {};
    return {read->form.begin(), read->form.end()};
  }
};

// Asks that are decided differently, each by one change.
TEST_F(DecisionRecordTest, IsTakenAgainByteForByte) {
  struct Case {
    const char* name;
    std::function<void(policy::Ask&)> edit;
    const char* decision;
  };
  const Case cases[] = {
      {"share", [](auto&) {},
       "share: visits as MONTH_ONLY by visits, contact "
       "as EXACT by visits"},
      {"part", [](auto& a) { a.items.push_back("diagnosis"); },
       "share in part: visits as MONTH_ONLY by visits, contact as EXACT by "
       "visits"},
      {"another role", [](auto& a) { a.role = "auditor"; }, "refused"},
      {"another purpose",
       [](auto& a) { a.purpose = policy::Purpose::kCrimePrevention; },
       "refused"},
      {"the last day", [](auto& a) { a.today = absl::CivilDay(2027, 12, 31); },
       "share: visits as MONTH_ONLY by visits, contact as EXACT by visits"},
      {"the day after", [](auto& a) { a.today = absl::CivilDay(2028, 1, 1); },
       "refused"},
      {"in Wales", [](auto& a) { a.nation = policy::Jurisdiction::kWales; },
       "refused"},
      {"too many people", [](auto& a) { a.people = 21; }, "refused"},
      {"facts of every kind",
       [](auto& a) {
         a.facts.Set(policy::ConditionKind::kCaseIsOpen, policy::Truth::kYes)
             .Set(policy::ConditionKind::kAgeFrom,
                  policy::Fact{policy::Truth::kNo, -3})
             .Set(policy::ConditionKind::kLivesInArea,
                  policy::Truth::kAtSource);
       },
       "share: visits as MONTH_ONLY by visits, contact as EXACT by visits"},
  };
  std::set<std::string> all;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    policy::Ask ask = AskOf(Request());
    c.edit(ask);
    const std::string bytes = Decided(ask);
    EXPECT_TRUE(all.insert(bytes).second);
    EXPECT_EQ(FormOf(bytes)["Decision"], c.decision);
    const auto again = Replay(policy_.Current(), bytes);
    KS_ASSERT_OK(again.status());
    EXPECT_EQ(*again, bytes);
  }
}

TEST_F(DecisionRecordTest, IsTakenAgainUnderTheSuspensionsOfThatDay) {
  const auto suspended = policy::Suspend(
      policy_.Current(), {{"health", "family-support", {"visits"}}});
  const std::string bytes = Decided(*suspended, AskOf(Request()));
  EXPECT_THAT(FormOf(bytes)["Reasons"],
              testing::HasSubstr("rule visits is suspended by health"));
  // The archive has the files only; whoever suspended is in the record.
  EXPECT_EQ(*Replay(policy_.Current(), bytes), bytes);
}

TEST_F(DecisionRecordTest, NamesTheFilesThatItWasTakenUnder) {
  const std::string bytes = Decided(AskOf(Request()));
  const auto read = ReadDecision(bytes);
  KS_ASSERT_OK(read.status());
  EXPECT_EQ(read->input.set_digest, std::string(64, 'c'));
  EXPECT_EQ(read->input.agreement_digest, std::string(64, 'a'));
  auto other = std::make_shared<policy::ActiveSet>(
      std::vector<policy::Agreement>{FamilySupport()},
      policy_.Current()->catalogue(), "set-2");
  EXPECT_TRUE(absl::IsFailedPrecondition(Replay(other, bytes).status()));
}

// Somebody keeps the digest but changes what it stands for.
TEST_F(DecisionRecordTest, IsNotTheSameUnderOtherRules) {
  const std::string bytes = Decided(AskOf(Request()));
  policy::Agreement changed = FamilySupport();
  for (policy::Flow& flow : changed.flows) flow.keep_days = 31;
  const auto again =
      Replay(std::make_shared<policy::ActiveSet>(
                 std::vector<policy::Agreement>{std::move(changed)},
                 policy_.Current()->catalogue(), std::string(64, 'c')),
             bytes);
  KS_ASSERT_OK(again.status());
  EXPECT_NE(*again, bytes);
}

TEST_F(DecisionRecordTest, FillsEveryFieldOfTheForm) {
  const auto form = ReadDecision(Decided(AskOf(Request())))->form;
  EXPECT_EQ(form.size(), 23u);
  for (const auto& [heading, text] : form)
    EXPECT_FALSE(text.empty()) << heading;
}

TEST_F(DecisionRecordTest, KeepsTheDigestOfALongForm) {
  policy::Ask ask = AskOf(Request());
  for (int i = 0; i < 60; ++i)
    ask.items.push_back("item_with_a_rather_long_name_" + std::to_string(i));
  const std::string bytes = Decided(ask);
  EXPECT_TRUE(ReadDecision(bytes)->form.empty());
  EXPECT_EQ(*Replay(policy_.Current(), bytes), bytes);
}

TEST_F(DecisionRecordTest, IsReadWholeOrNotAtAll) {
  const std::string bytes = Decided(AskOf(Request()));
  for (size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(ReadDecision(bytes.substr(0, n)).ok()) << n;
  EXPECT_FALSE(ReadDecision(bytes + "x").ok());
}

}  // namespace
}  // namespace kinstile::share
