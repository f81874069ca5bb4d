// SPDX-License-Identifier: Apache-2.0
// No item is signed without a permit for it and all that the permit obliges.
#include "gateway/share/granted_answer.h"

#include <optional>

#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using ::testing::Contains;

class GrantedAnswerTest : public World {
 protected:
  // The permit for the family-support flow, under these obligations.
  policy::Permit PermitWith(std::vector<policy::Obligation> obligations) {
    std::vector<policy::Agreement> agreements = policy_.Current()->agreements();
    for (policy::Flow& flow : agreements[0].flows)
      flow.obligations = obligations;
    set_.emplace(std::move(agreements), policy_.Current()->catalogue(), "set");
    return std::get<policy::Permit>(
        policy::Decide(*set_, AskOf(Request()), policy::Deciding::kGateway));
  }
  GrantedAnswer Start(const policy::Permit& early) {
    return GrantedAnswer(early, RequestDigest(Request()), health_.id, "v3");
  }
  std::optional<policy::ActiveSet> set_;
};

TEST_F(GrantedAnswerTest, TakesItemsAsThePermitGrantsThemOnly) {
  const policy::Permit permit = PermitWith({});
  struct Case {
    ItemLabel label;
    bool taken;
  };
  for (const Case& c : {Case{{0, "visits", "MONTH_ONLY", 0}, true},
                        Case{{0, "visits", "EXACT", 0}, false},
                        Case{{0, "diagnosis", "EXACT", 0}, false},
                        Case{{0, "", "", 0}, false}}) {
    GrantedAnswer answer = Start(permit);
    EXPECT_EQ(answer.Add(permit, {c.label, "box", {}}).ok(), c.taken)
        << c.label.item << " " << c.label.granularity;
    const SourceAnswer made = std::move(answer).Sign(health_.signing);
    EXPECT_EQ(made.items.size(), c.taken ? 1u : 0u);
  }
}

TEST_F(GrantedAnswerTest, CarriesWhatEveryPermitObliges) {
  using policy::ObligationKind;
  const policy::Permit early =
      PermitWith({{ObligationKind::kDeleteAfterDays, 30, ""}});
  const policy::Permit final_one =
      PermitWith({{ObligationKind::kDeleteAfterDays, 20, ""},
                  {ObligationKind::kReviewByHuman, {}, ""}});
  GrantedAnswer answer = Start(early);
  // The stricter permit has not obliged yet.
  EXPECT_FALSE(
      answer.Add(final_one, {{0, "visits", "MONTH_ONLY", 0}, "box", {}}).ok());
  answer.Oblige(final_one);
  answer.Oblige(final_one);
  KS_EXPECT_OK(
      answer.Add(final_one, {{0, "visits", "MONTH_ONLY", 0}, "box", {}}));
  const SourceAnswer made = std::move(answer).Sign(health_.signing);
  EXPECT_EQ(made.status, SourceStatus::kAnswered);
  EXPECT_EQ(made.obligations.size(), 3u);
  EXPECT_THAT(made.obligations, Contains("DELETE_AFTER_DAYS 20"));
  EXPECT_THAT(made.obligations, Contains("REVIEW_BY_HUMAN"));
}

TEST_F(GrantedAnswerTest, EmptyIsEmpty) {
  SourceAnswer answer = NoMatch(RequestDigest(Request()), health_.id, "v3");
  const std::string none = Encode(answer);
  answer.items.push_back({{0, "visits", "MONTH_ONLY", 0}, "box", {}});
  answer.obligations = {"REVIEW_BY_HUMAN"};
  SignEmpty(health_.signing, answer);
  EXPECT_EQ(Encode(answer), none);
  KS_EXPECT_OK(VerifyAnswer(health_.signing.verify_key(), answer));
}

}  // namespace
}  // namespace kinstile::share
