// SPDX-License-Identifier: Apache-2.0
// A share that rests on consent: whose it is, and what nobody learns.
#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

policy::Condition ConsentCondition(bool by_source,
                                   std::optional<int64_t> days = {}) {
  policy::Condition c;
  c.kind = policy::ConditionKind::kConsentRecorded;
  c.number = days;
  c.decided_by_source = by_source;
  c.layer = policy::Layer::kConfidence;
  return c;
}

class ExchangeConsentTest : public ExchangeTest {
 protected:
  // Rule "visits", from health to the council, with one condition.
  void OnlyIf(policy::Condition condition) {
    policy::Agreement a = FamilySupport();
    for (policy::Flow& flow : a.flows)
      if (flow.id == "visits") flow.conditions = {condition};
    policy_.Replace(std::make_shared<policy::ActiveSet>(
        std::vector<policy::Agreement>{std::move(a)},
        policy_.Current()->catalogue(), "set-2"));
  }
  ConsentId Record(const AgencyId& recorder, const Handle& person,
                   std::vector<std::string> items = {"visits", "contact"},
                   int days_ago = 3) {
    share::Consent c;
    c.id = Numbered<ConsentId>(++consents_made_);
    c.handle = person;
    c.from = health_.id;
    c.to = council_.id;
    c.items = std::move(items);
    c.purpose = "SUPPORT_KEY_WORKING";
    c.decided_at_ms = ToMillis(clock_.now - absl::Hours(24 * days_ago));
    c.expires_at_ms = ToMillis(clock_.now + absl::Hours(24));
    EXPECT_EQ(consents_.Record(recorder, c).status(), absl::OkStatus());
    return c.id;
  }
  // Persons 1 and 2 of the council, whom health knows by Record(1), Record(2).
  ShareRequest AskHealth(std::vector<uint32_t> consented = {}) {
    ShareRequest r = Request();
    r.asks.resize(1);
    r.asks[0].consented = std::move(consented);
    r.asks[0].consent_days = r.asks[0].consented.empty() ? 0 : 3;
    return r;
  }
  static Handle Ours(uint32_t n) { return share::Record(9000 + n); }

  uint32_t consents_made_ = 0;
};

TEST_F(ExchangeConsentTest, IsDeniedWithoutARecordWhateverTheAskerSays) {
  OnlyIf(ConsentCondition(false));
  for (const ShareRequest& r : {AskHealth(), AskHealth({0, 1})}) {
    const ShareAnswer answer = MustShare(r);
    ASSERT_TRUE(Is<RefusedLeg>(answer, 0));
    const policy::Refusal& refusal =
        std::get<RefusedLeg>(answer.legs[0]).refusal;
    EXPECT_EQ(refusal.layer, policy::Layer::kConfidence);
    EXPECT_THAT(refusal.missing,
                testing::ElementsAre(policy::ConditionKind::kConsentRecorded));
  }
  // Nor by asserting it as a fact.
  ShareRequest r = AskHealth();
  r.facts = {{"CONSENT_RECORDED", true, {}}};
  EXPECT_TRUE(Is<RefusedLeg>(MustShare(r), 0));
  EXPECT_TRUE(sources_.asked.empty());
}

TEST_F(ExchangeConsentTest, IsAboutThoseWhoConsentedOnly) {
  OnlyIf(ConsentCondition(false));
  Record(council_.id, Ours(2));
  const ShareAnswer answer = MustShare(AskHealth({0, 1}));
  ASSERT_TRUE(Is<ReleasedShare>(answer, 0));
  ASSERT_EQ(sources_.asked.size(), 1u);
  ASSERT_EQ(sources_.asked[0].matched.size(), 1u);
  EXPECT_EQ(sources_.asked[0].matched[0].member, 1u);
  for (const SealedItem& item : AnswerOf(answer, 0).items)
    EXPECT_EQ(item.label.member, 1u);
  const audit::Record release = RecordsOf(council_).back();
  ASSERT_EQ(release.legs[0].withheld.size(), 1u);
  EXPECT_THAT(release.legs[0].withheld[0].reason,
              testing::HasSubstr("only 1 of the people asked about"));
}

TEST_F(ExchangeConsentTest, IsDeniedAfterWithdrawalExpiryAndForOneItemMore) {
  OnlyIf(ConsentCondition(false));
  const ConsentId id = Record(council_.id, Ours(1));
  ASSERT_TRUE(Is<ReleasedShare>(MustShare(AskHealth({0})), 0));
  KS_ASSERT_OK(
      consents_.Withdraw(council_.id, id, ToMillis(clock_.now)).status());
  EXPECT_TRUE(Is<RefusedLeg>(MustShare(AskHealth({0})), 0));
  Record(council_.id, Ours(2), {"visits"});
  EXPECT_TRUE(Is<RefusedLeg>(MustShare(AskHealth({1})), 0));
  // Given again, later: one day long.
  Record(council_.id, Ours(1), {"visits", "contact"}, 1);
  ASSERT_TRUE(Is<ReleasedShare>(MustShare(AskHealth({0})), 0));
  clock_.now += absl::Hours(24);
  EXPECT_TRUE(Is<RefusedLeg>(MustShare(AskHealth({0})), 0));
}

TEST_F(ExchangeConsentTest, IsDeniedWhenItIsTooOld) {
  OnlyIf(ConsentCondition(false, 3));
  Record(council_.id, Ours(1), {"visits", "contact"}, 3);
  Record(council_.id, Ours(2), {"visits", "contact"}, 4);
  EXPECT_TRUE(Is<ReleasedShare>(MustShare(AskHealth({0})), 0));
  EXPECT_TRUE(Is<RefusedLeg>(MustShare(AskHealth({1})), 0));
  // Nor does the asker's word make it younger.
  ShareRequest r = AskHealth({1});
  r.asks[0].consent_days = 0;
  EXPECT_TRUE(Is<RefusedLeg>(MustShare(r), 0));
}

// The source's own book decides: the asker must not learn that.
TEST_F(ExchangeConsentTest, OfTheSourceLooksLikeNobodyWhenItIsMissing) {
  OnlyIf(ConsentCondition(true));
  const ShareAnswer missing = MustShare(AskHealth());
  ASSERT_EQ(sources_.asked.size(), 1u);
  EXPECT_TRUE(sources_.asked[0].matched.empty());
  const audit::Record truth = RecordsOf(health_).back();
  EXPECT_EQ(truth.subjects.size(), 2u);
  ASSERT_EQ(truth.holder->shielded.size(), 1u);
  EXPECT_EQ(truth.holder->shielded[0].layer, "CONDITION");

  ShareRequest stranger = AskHealth();
  stranger.id = Numbered<RequestId>(1);
  stranger.members = {{Ours(7), {Carries(77, kStrong)}},
                      {Ours(8), {Carries(78, kStrong)}}};
  stranger.id = Numbered<RequestId>(4711);
  const ShareAnswer absent = MustShare(stranger);
  ASSERT_TRUE(Is<ReleasedShare>(missing, 0) && Is<ReleasedShare>(absent, 0));
  EXPECT_EQ(AnswerOf(missing, 0).status, SourceStatus::kNoMatch);
  SourceAnswer a = AnswerOf(missing, 0), b = AnswerOf(absent, 0);
  a.request_digest = b.request_digest = {};
  EXPECT_EQ(Encode(a), Encode(b));

  Record(health_.id, share::Record(2));
  const ShareAnswer found = MustShare(AskHealth());
  EXPECT_EQ(AnswerOf(found, 0).status, SourceStatus::kAnswered);
  ASSERT_EQ(sources_.asked.back().matched.size(), 1u);
  EXPECT_EQ(sources_.asked.back().matched[0].member, 1u);
}

TEST_F(ExchangeConsentTest, OfTheSourceCountsInAMatchToo) {
  OnlyIf(ConsentCondition(true));
  using linkage::Grade;
  EXPECT_THAT(GradesOf(MustMatch(AskHealth())),
              testing::ElementsAre(Grade::kNoMatch, Grade::kNoMatch));
  Record(health_.id, share::Record(1));
  EXPECT_THAT(GradesOf(MustMatch(AskHealth())),
              testing::ElementsAre(Grade::kMatch, Grade::kNoMatch));
}

// Consents from both sides: what a person told the source counts, although
// the agreement has the requester keep the consents.
TEST_F(ExchangeConsentTest, IsNotAboutWhoSaidNoToTheSource) {
  OnlyIf(ConsentCondition(false));
  Record(council_.id, Ours(1));
  Record(council_.id, Ours(2));
  share::Consent no;
  no.id = Numbered<ConsentId>(999);
  no.handle = share::Record(2);
  no.from = health_.id;
  no.to = council_.id;
  no.items = {"visits"};
  no.purpose = "SUPPORT_KEY_WORKING";
  no.decision = ConsentDecision::kRefused;
  no.decided_at_ms = ToMillis(clock_.now - absl::Hours(1));
  KS_ASSERT_OK(consents_.Record(health_.id, no).status());
  // Of two items one is still allowed: the source sorts that out.
  MustShare(AskHealth({0, 1}));
  ASSERT_EQ(sources_.asked.back().matched.size(), 2u);
  ShareRequest one = AskHealth({0, 1});
  one.id = Numbered<RequestId>(4711);
  one.asks[0].items = {"visits"};
  const ShareAnswer answer = MustShare(one);
  EXPECT_EQ(AnswerOf(answer, 0).status, SourceStatus::kAnswered);
  ASSERT_EQ(sources_.asked.back().matched.size(), 1u);
  EXPECT_EQ(sources_.asked.back().matched[0].member, 0u);
  EXPECT_EQ(RecordsOf(health_).back().holder->shielded[0].layer, "CONDITION");
  // For another purpose they have said nothing here.
  no.id = Numbered<ConsentId>(1000);
  no.handle = share::Record(1);
  no.purpose = "REFERRAL";
  KS_ASSERT_OK(consents_.Record(health_.id, no).status());
  one.id = Numbered<RequestId>(4712);
  MustShare(one);
  EXPECT_EQ(sources_.asked.back().matched.size(), 1u);
}

// Nobody asks the source in a match, so what only it can decide is not shown.
TEST_F(ExchangeConsentTest, AMatchTellsNothingThatTheSourceWouldHaveToDecide) {
  policy::Condition area;
  area.kind = policy::ConditionKind::kLivesInArea;
  area.decided_by_source = true;
  OnlyIf(area);
  EXPECT_THAT(GradesOf(MustMatch(AskHealth())),
              testing::Each(linkage::Grade::kNoMatch));
  EXPECT_EQ(RecordsOf(health_).back().subjects.size(), 2u);
}

}  // namespace
}  // namespace kinstile::share
