// SPDX-License-Identifier: Apache-2.0
// The source decides for itself, narrows, seals, and tells nobody why not.
#include "adapters/daemon/responder.h"

#include <filesystem>

#include "adapters/daemon/own_shields.h"
#include "gateway/base/match_keys.h"
#include "gateway/crypto/random.h"
#include "gateway/share/decision_record.h"
#include "gateway/share/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/adapters/daemon/list_source.h"

namespace kinstile::daemon {
namespace {

using share::MatchedMember;
using share::SourceStatus;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now =
      absl::FromCivil(absl::CivilHour(2026, 11, 23, 9), absl::UTCTimeZone());
};

crypto::SigningKey SigningKeyOf(char fill) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
}

// health may tell the council's key worker: contact exactly, the month of the
// last visit; a flow whose condition only health can decide; nothing else.
std::shared_ptr<const policy::ActiveSet> Policy() {
  policy::Agreement a;
  a.id = "support";
  a.version = 1;
  a.digest = std::string(64, 'a');
  a.effective_from = absl::CivilDay(2026, 1, 1);
  a.review_due = a.expires = absl::CivilDay(2027, 12, 31);
  a.nations = {policy::Jurisdiction::kEngland};
  a.parties.resize(2);
  a.parties[0].id = "council";
  a.parties[0].type = policy::AgencyType::kCouncilEarlyHelp;
  a.parties[1].id = "health";
  a.parties[1].type = policy::AgencyType::kNhsTrust;
  for (policy::Party& party : a.parties) {
    party.carries_out = policy::ObligationKinds::All();
    party.nations = a.nations;
  }
  policy::Flow visits{};
  visits.id = "visits";
  visits.from = "health";
  visits.to = "council";
  visits.roles = {"key worker"};
  visits.purposes = {policy::Purpose::kSupportKeyWorking};
  visits.mode = policy::Mode::kAskOneHousehold;
  visits.items = {{"contact",
                   policy::DataCategory::kContact,
                   policy::Granularity::kExact,
                   {},
                   "to plan together"},
                  {"last_visit",
                   policy::DataCategory::kHealth,
                   policy::Granularity::kMonthOnly,
                   {},
                   "lost touch?"}};
  visits.max_people = 12;
  policy::Flow at_source = visits;
  at_source.id = "with-consent";
  at_source.purposes = {policy::Purpose::kAssessment};
  policy::Condition consent;
  consent.kind = policy::ConditionKind::kConsentRecorded;
  consent.decided_by_source = true;
  at_source.conditions = {consent};
  policy::Flow adults = visits;
  adults.id = "adults";
  adults.purposes = {policy::Purpose::kReferral};
  policy::Condition age;
  age.kind = policy::ConditionKind::kAgeFrom;
  age.number = 16;
  age.decided_by_source = true;
  adults.conditions = {age};
  policy::Flow by_word = adults;
  by_word.id = "adults-by-word";
  by_word.purposes = {policy::Purpose::kEligibilityCheck};
  by_word.conditions[0].decided_by_source = false;
  policy::Flow agreed = visits;
  agreed.id = "agreed";
  agreed.purposes = {policy::Purpose::kEngagement};
  consent.decided_by_source = false;
  agreed.conditions = {consent};
  a.flows = {adults, by_word, agreed, visits, at_source};
  return std::make_shared<policy::ActiveSet>(std::vector<policy::Agreement>{a},
                                             policy::Catalogue{}, "test");
}

class ResponderTest : public ::testing::Test {
 protected:
  ResponderTest()
      : council_(SigningKeyOf(1)),
        health_(SigningKeyOf(2)),
        handles_(*crypto::MacKey::FromBytes(crypto::SecretAccess(),
                                            std::string(32, 3))),
        source_({{"H1",
                  "F",
                  false,
                  {{"contact", "Kit Vale"}, {"last_visit", "2026-05-17"}}},
                 {"H2", "G", false, {{"last_visit", "no date"}}},
                 {"H3", "S", true, {{"contact", "x"}}},
                 {"H4", "S", false, {{"contact", "y"}}}}),
        sealing_(crypto::RandomKey<crypto::BoxSecretKey>()),
        directory_(MakeConsortium()),
        records_(*Register::Read(source_, handles_)),
        path_(std::filesystem::temp_directory_path() /
              ("responder-" + std::to_string(::getpid()) + ".db")) {
    std::filesystem::remove(path_);
    state_ = *storage::Open("sqlite:" + path_.string());
    replays_ = *share::ReplayGuard::Open(*state_, clock_.now);
    daily_use_ = *share::DailyUse::Open(*state_, clock_.now);
    policy_ = *share::PolicyInForce::Open(*state_, clock_, Policy());
    consents_ = std::make_unique<ConsentBook>(
        ConsentBook::Parts{*AgencyId::Create("health"), *state_, clock_});
    compare_replays_ = *share::ReplayGuard::Open(*state_, clock_.now);
    comparisons_ = std::make_unique<ComparisonStore>(
        *state_,
        *crypto::MacKey::FromBytes(crypto::SecretAccess(), std::string(32, 3)));
    responder_ = std::make_unique<Responder>(Responder::Parts{
        *AgencyId::Create("health"), health_, directory_, *policy_, records_,
        source_, *consents_, *replays_, *daily_use_, handles_, *state_, clock_,
        comparison_key_, *comparisons_, *compare_replays_});
  }
  ~ResponderTest() override {
    for (const char* end : {"", "-wal", "-shm"})
      std::filesystem::remove(path_.string() + end);
  }

  std::shared_ptr<const share::Consortium> MakeConsortium() {
    auto c = std::make_shared<share::Consortium>();
    c->version = 1;
    c->key_epoch = 1;
    auto add = [&](const char* id, const crypto::SigningKey& key) {
      share::Agency agency;
      agency.id = *AgencyId::Create(id);
      agency.signing_key = key.verify_key();
      c->agencies.push_back(agency);
    };
    add("council", council_);
    add("health", health_);
    return c;
  }

  share::SignedRequest Request(
      std::vector<std::string> items,
      const std::string& purpose = "SUPPORT_KEY_WORKING") {
    share::SignedRequest out;
    share::ShareRequest& r = out.request;
    r.id = crypto::RandomId<RequestId>();
    r.agency = *AgencyId::Create("council");
    r.agreement = *AgreementId::Create("support");
    r.purpose = purpose;
    r.mode = "ASK_ONE_HOUSEHOLD";
    r.practitioner = "KW-1";
    r.role = "key worker";
    r.reason = "plan";
    r.expires_at_ms = ToMillis(clock_.now + absl::Minutes(2));
    r.sealing_key = crypto::PublicKeyOf(sealing_);
    r.identity_spec_version = kIdentitySpecVersion;
    r.key_epoch = 1;
    r.members = {{crypto::RandomId<Handle>(), {}},
                 {crypto::RandomId<Handle>(), {}}};
    r.asks = {{*AgencyId::Create("health"), "", std::move(items), ""}};
    out.signature = share::SignRequest(council_, r);
    return out;
  }
  // The agreement's next version, each of its rules changed.
  void Change(void (*edit)(policy::Flow&)) {
    std::vector<policy::Agreement> agreements = Policy()->agreements();
    for (policy::Flow& flow : agreements[0].flows) edit(flow);
    agreements[0].version = 2;
    agreements[0].supersedes = agreements[0].digest;
    agreements[0].signed_by = {"council", "health"};
    ASSERT_TRUE(policy_
                    ->Activate(std::make_shared<policy::ActiveSet>(
                        std::move(agreements), policy::Catalogue{}, "changed"))
                    .ok());
  }
  MatchedMember Matched(uint32_t member, const std::string& id) {
    return {member, handles_.ForRecord(identity::Pii<>(id))};
  }
  std::string Open(const share::SignedRequest& request,
                   const share::SealedItem& item) {
    return *share::OpenItem(
        sealing_,
        {share::RequestDigest(request.request), *AgencyId::Create("health")},
        item);
  }

  FixedClock clock_;
  crypto::SigningKey council_, health_;
  Handles handles_;
  ListSource source_;
  crypto::BoxSecretKey sealing_;
  share::Directory directory_;
  share::InForce<Register> records_;
  std::filesystem::path path_;
  std::unique_ptr<storage::Database> state_;
  std::unique_ptr<share::ReplayGuard> replays_;
  std::unique_ptr<share::DailyUse> daily_use_;
  std::unique_ptr<share::PolicyInForce> policy_;
  std::unique_ptr<ConsentBook> consents_;
  std::unique_ptr<share::ReplayGuard> compare_replays_;
  std::unique_ptr<ComparisonStore> comparisons_;
  const crypto::BoxSecretKey comparison_key_ =
      crypto::RandomKey<crypto::BoxSecretKey>();
  std::unique_ptr<Responder> responder_;
};

TEST_F(ResponderTest, SealsGrantedItemsAtTheirGranularityAndSigns) {
  const auto request = Request({"contact", "last_visit"});
  const auto reply = responder_->Answer(request, {Matched(1, "H1")});
  ASSERT_TRUE(reply.ok());
  const share::SourceAnswer& answer = reply->answer;
  EXPECT_EQ(answer.status, SourceStatus::kAnswered);
  EXPECT_TRUE(share::VerifyAnswer(health_.verify_key(), answer).ok());
  ASSERT_THAT(answer.items, SizeIs(2));
  EXPECT_EQ(answer.items[0].label.member, 1u);
  EXPECT_EQ(Open(request, answer.items[0]), "Kit Vale");
  EXPECT_EQ(Open(request, answer.items[1]), "2026-05");
}

TEST_F(ResponderTest, ReadsOnlyWhatIsGranted) {
  const auto reply =
      responder_->Answer(Request({"contact", "diagnosis"}), {Matched(0, "H1")});
  ASSERT_TRUE(reply.ok());
  EXPECT_THAT(reply->answer.items, SizeIs(1));
  ASSERT_THAT(reply->answer.withheld, SizeIs(1));
  EXPECT_EQ(reply->answer.withheld[0].item, "diagnosis");
  EXPECT_THAT(source_.asked, ::testing::ElementsAre("contact"));
}

TEST_F(ResponderTest, WithholdsAValueThatCannotBeMadeSoCoarse) {
  const auto reply =
      responder_->Answer(Request({"last_visit"}), {Matched(0, "H2")});
  ASSERT_TRUE(reply.ok());
  EXPECT_THAT(reply->answer.items, IsEmpty());
}

TEST_F(ResponderTest, DeniesTheSameWhoeverMatched) {
  auto known = Request({"diagnosis"}, "EMPLOYMENT_SUPPORT");
  auto unknown = known;
  unknown.request.id = crypto::RandomId<RequestId>();
  unknown.signature = share::SignRequest(council_, unknown.request);
  const auto a = responder_->Answer(known, {Matched(0, "H1")});
  const auto b = responder_->Answer(unknown, {});
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(a->answer.status, SourceStatus::kDenied);
  EXPECT_EQ(b->answer.status, SourceStatus::kDenied);
  EXPECT_EQ(a->answer.withheld, b->answer.withheld);
  EXPECT_THAT(source_.asked, IsEmpty());
}

// What must look like "not known": each case with the truth for the holder.
TEST_F(ResponderTest, SaysNoMatchInOneFormWhateverTheReason) {
  struct Case {
    const char* name;
    std::string purpose;
    std::vector<MatchedMember> matched;
    bool late;
  };
  const std::vector<Case> cases = {
      {"nobody matched", "SUPPORT_KEY_WORKING", {}, false},
      {"shielded", "SUPPORT_KEY_WORKING", {Matched(0, "H3")}, true},
      {"in a shielded family", "SUPPORT_KEY_WORKING", {Matched(0, "H4")}, true},
      {"one of two shielded",
       "SUPPORT_KEY_WORKING",
       {Matched(0, "H1"), Matched(1, "H4")},
       true},
      {"record gone", "SUPPORT_KEY_WORKING", {Matched(0, "H9")}, true},
      {"source's own fact is not shown",
       "ASSESSMENT",
       {Matched(0, "H1")},
       true},
      {"the same, nobody matched", "ASSESSMENT", {}, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto request = Request({"contact"}, c.purpose);
    const auto reply = responder_->Answer(request, c.matched);
    ASSERT_TRUE(reply.ok());
    auto expected =
        share::NoMatch(share::RequestDigest(request.request),
                       *AgencyId::Create("health"), std::string(64, 'a'));
    EXPECT_EQ(share::Encode(reply->answer), share::Encode(expected));
    EXPECT_TRUE(share::VerifyAnswer(health_.verify_key(), reply->answer).ok());
    EXPECT_EQ(reply->late_refusal.has_value(), c.late);
  }
  EXPECT_THAT(source_.asked, IsEmpty());
}

// By another program, a moment after the register was read.
TEST_F(ResponderTest, AShieldByHandClosesTheFamilyAtOnce) {
  OwnShields shields(*state_);
  ASSERT_TRUE(shields.Set(Matched(0, "H1").handle, true).ok());
  const auto closed =
      responder_->Answer(Request({"contact"}), {Matched(0, "H1")});
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->answer.status, SourceStatus::kNoMatch);
  ASSERT_TRUE(closed->late_refusal.has_value());
  EXPECT_EQ(closed->late_refusal->layer, "SHIELD");
  EXPECT_THAT(source_.asked, IsEmpty());
  ASSERT_TRUE(shields.Set(Matched(0, "H1").handle, false).ok());
  const auto open =
      responder_->Answer(Request({"contact"}), {Matched(0, "H1")});
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_EQ(open->answer.status, SourceStatus::kAnswered);
}

// Of what only this agency can know, the asker's word counts for nothing.
TEST_F(ResponderTest, ShowsItsOwnFactsItselfAndBelievesNobodyElse) {
  auto request = Request({"contact"}, "ASSESSMENT");
  request.request.asks[0].consented = {0};
  request.request.facts = {{"CONSENT_RECORDED", true, 1}};
  request.signature = share::SignRequest(council_, request.request);
  const auto claimed = responder_->Answer(request, {Matched(0, "H1")});
  ASSERT_TRUE(claimed.ok());
  EXPECT_EQ(claimed->answer.status, SourceStatus::kNoMatch);

  share::Consent consent;
  consent.id = crypto::RandomId<share::ConsentId>();
  consent.handle = Matched(0, "H1").handle;
  consent.from = *AgencyId::Create("health");
  consent.to = *AgencyId::Create("council");
  consent.items = {"contact"};
  consent.purpose = "ASSESSMENT";
  consent.decided_at_ms = ToMillis(clock_.now - absl::Hours(1));
  consent.expires_at_ms = ToMillis(clock_.now + absl::Hours(1));
  ASSERT_TRUE(consents_->Record(consent, {"HV-7", "", ""}).ok());
  // H2 did not consent: told apart by nobody but this agency.
  const auto given = responder_->Answer(Request({"contact"}, "ASSESSMENT"),
                                        {Matched(0, "H1"), Matched(1, "H2")});
  ASSERT_TRUE(given.ok());
  EXPECT_EQ(given->answer.status, SourceStatus::kAnswered);
  ASSERT_THAT(given->answer.items, SizeIs(1));
  EXPECT_EQ(given->answer.items[0].label.member, 0u);
  EXPECT_THAT(given->answer.withheld, IsEmpty());
  ASSERT_TRUE(given->late_refusal.has_value());

  ASSERT_TRUE(consents_->Withdraw(consent.id, ToMillis(clock_.now)).ok());
  const auto gone = responder_->Answer(Request({"contact"}, "ASSESSMENT"),
                                       {Matched(0, "H1")});
  ASSERT_TRUE(gone.ok());
  EXPECT_EQ(gone->answer.status, SourceStatus::kNoMatch);
}

TEST_F(ResponderTest, ShowsWhatItsRecordsShow) {
  struct Case {
    const char* name;
    std::vector<sources::RecordFact> facts;
    SourceStatus status;
  };
  const Case cases[] = {
      {"old enough", {{"AGE_FROM", true, 16}}, SourceStatus::kAnswered},
      {"too young", {{"AGE_FROM", true, 15}}, SourceStatus::kNoMatch},
      {"no age", {{"AGE_FROM", true, {}}}, SourceStatus::kNoMatch},
      {"not shown", {}, SourceStatus::kNoMatch},
      {"shown not to be", {{"AGE_FROM", false, 16}}, SourceStatus::kNoMatch},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    source_.records[0].facts = c.facts;
    auto request = Request({"contact"}, "REFERRAL");
    request.request.facts = {{"AGE_FROM", true, 40}};
    request.signature = share::SignRequest(council_, request.request);
    const auto reply = responder_->Answer(request, {Matched(0, "H1")});
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->answer.status, c.status);
  }
}

// Where the requester keeps the consents, it vouches person by person.
TEST_F(ResponderTest, GivesNothingAboutWhomTheRequesterDoesNotVouchFor) {
  auto request = Request({"contact"}, "ENGAGEMENT");
  request.request.asks[0].consented = {1};
  request.signature = share::SignRequest(council_, request.request);
  const auto reply =
      responder_->Answer(request, {Matched(0, "H1"), Matched(1, "H2")});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->answer.status, SourceStatus::kAnswered);
  EXPECT_THAT(reply->answer.items, IsEmpty());  // H2 has no contact
  EXPECT_THAT(source_.asked, ::testing::ElementsAre("contact"));
  EXPECT_EQ(
      responder_->Answer(Request({"contact"}, "ENGAGEMENT"), {})->answer.status,
      SourceStatus::kDenied);
}

// What a person told this agency counts, item by item, whoever vouches for them
// elsewhere.
TEST_F(ResponderTest, GivesNothingThatThePersonHasRefusedHere) {
  const auto ask = [&](std::vector<std::string> items) {
    auto request = Request(std::move(items), "ENGAGEMENT");
    request.request.asks[0].consented = {0};
    request.signature = share::SignRequest(council_, request.request);
    return *responder_->Answer(request, {Matched(0, "H1")});
  };
  EXPECT_THAT(ask({"contact", "last_visit"}).answer.items, SizeIs(2));
  share::Consent refusal;
  refusal.id = crypto::RandomId<share::ConsentId>();
  refusal.handle = Matched(0, "H1").handle;
  refusal.from = *AgencyId::Create("health");
  refusal.to = *AgencyId::Create("council");
  refusal.items = {"contact"};
  refusal.purpose = "ENGAGEMENT";
  refusal.decision = share::ConsentDecision::kRefused;
  refusal.decided_at_ms = ToMillis(clock_.now - absl::Hours(1));
  ASSERT_TRUE(consents_->Record(refusal, {"HV-7", "", ""}).ok());
  const auto part = ask({"contact", "last_visit"});
  ASSERT_THAT(part.answer.items, SizeIs(1));
  EXPECT_EQ(part.answer.items[0].label.item, "last_visit");
  EXPECT_THAT(part.answer.withheld, IsEmpty());
  ASSERT_TRUE(part.late_refusal.has_value());
  EXPECT_THAT(part.late_refusal->reason, HasSubstr("CONSENT_RECORDED"));
  EXPECT_EQ(ask({"contact"}).answer.status, SourceStatus::kNoMatch);
  // Where no consent is needed, none is refused.
  auto other = Request({"contact"});
  EXPECT_THAT(responder_->Answer(other, {Matched(0, "H1")})->answer.items,
              SizeIs(1));
}

// What its record shows counts before what the asker says, person by person.
TEST_F(ResponderTest, NarrowsByItsOwnRecordWhatTheAskerVouchesFor) {
  struct Case {
    const char* name;
    int64_t said;
    std::vector<sources::RecordFact> facts;
    SourceStatus status;
  };
  const Case cases[] = {
      {"nobody knows better", 40, {}, SourceStatus::kAnswered},
      {"the record agrees",
       40,
       {{"AGE_FROM", true, 41}},
       SourceStatus::kAnswered},
      {"a child by the record",
       40,
       {{"AGE_FROM", true, 5}},
       SourceStatus::kNoMatch},
      {"not at all", 40, {{"AGE_FROM", false, {}}}, SourceStatus::kNoMatch},
      // The asker's own word is enough to refuse.
      {"a child by the asker",
       5,
       {{"AGE_FROM", true, 41}},
       SourceStatus::kDenied},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    source_.records[0].facts = c.facts;
    auto request = Request({"contact"}, "ELIGIBILITY_CHECK");
    request.request.facts = {{"AGE_FROM", true, c.said}};
    request.signature = share::SignRequest(council_, request.request);
    const auto reply = responder_->Answer(request, {Matched(0, "H1")});
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->answer.status, c.status);
  }
}

// Its own record of what it decided, signed, each taken again to the byte.
TEST_F(ResponderTest, KeepsWhatItDecidedAndOnWhat) {
  source_.records[0].facts = {{"AGE_FROM", true, 15}};
  source_.records[1].facts = {{"AGE_FROM", true, 16}};
  const auto request = Request({"contact"}, "REFERRAL");
  ASSERT_TRUE(
      responder_->Answer(request, {Matched(0, "H1"), Matched(1, "H2")}).ok());
  auto kept =
      ReadOwnDecisions(*state_, request.request.id, health_.verify_key());
  ASSERT_TRUE(kept.ok());
  ASSERT_THAT(*kept, SizeIs(3));
  for (size_t i = 0; i < kept->size(); ++i) {
    SCOPED_TRACE(i);
    const KeptDecision& each = (*kept)[i];
    EXPECT_TRUE(each.holds);
    EXPECT_EQ(each.requester.str(), "council");
    const auto decision = share::ReadDecision(each.what.decision);
    ASSERT_TRUE(decision.ok());
    const auto again = share::Replay(Policy(), each.what.decision);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, each.what.decision);
    if (i == 0) {
      EXPECT_FALSE(each.what.member.has_value());
      EXPECT_EQ(decision->input.deciding, policy::Deciding::kGateway);
      continue;
    }
    EXPECT_EQ(each.what.member, i - 1);
    EXPECT_EQ(decision->input.deciding, policy::Deciding::kSource);
    EXPECT_EQ(
        decision->input.ask.facts.Get(policy::ConditionKind::kAgeFrom).number,
        14 + static_cast<int64_t>(i));
  }
  EXPECT_THAT(*ReadOwnDecisions(*state_, crypto::RandomId<RequestId>(),
                                health_.verify_key()),
              IsEmpty());
  // A refusal is kept like any other; a changed row does not hold.
  const auto denied = Request({"diagnosis"}, "EMPLOYMENT_SUPPORT");
  ASSERT_TRUE(responder_->Answer(denied, {}).ok());
  EXPECT_THAT(
      *ReadOwnDecisions(*state_, denied.request.id, health_.verify_key()),
      SizeIs(1));
  ASSERT_TRUE(state_
                  ->Write([](storage::Transaction& tx) {
                    return tx
                        .Execute(
                            "UPDATE own_decision SET member = 1 - member "
                            "WHERE member >= 0",
                            {})
                        .status();
                  })
                  .ok());
  kept = ReadOwnDecisions(*state_, request.request.id, health_.verify_key());
  EXPECT_TRUE((*kept)[0].holds);
  EXPECT_FALSE((*kept)[1].holds);
  // Nothing is kept for ever.
  clock_.now += absl::Hours(24) * 31 * 25;
  ASSERT_TRUE(responder_->Answer(Request({"contact"}), {}).ok());
  EXPECT_THAT(
      *ReadOwnDecisions(*state_, request.request.id, health_.verify_key()),
      IsEmpty());
}

// A gateway that does not count cannot have a source asked without end.
TEST_F(ResponderTest, CountsTheDaysRequestsItself) {
  Change([](policy::Flow& flow) { flow.max_requests_per_day = 2; });
  for (int i = 0; i < 3; ++i) {
    const auto reply =
        responder_->Answer(Request({"contact"}), {Matched(0, "H1")});
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->answer.status,
              i < 2 ? SourceStatus::kAnswered : SourceStatus::kDenied);
  }
  clock_.now += absl::Hours(24);
  EXPECT_EQ(responder_->Answer(Request({"contact"}), {Matched(0, "H1")})
                ->answer.status,
            SourceStatus::kAnswered);
}

// How far back an item may reach: by its own day, which must be known.
TEST_F(ResponderTest, TellsNothingOlderThanAgreed) {
  struct Case {
    const char* name;
    const char* value;
    std::optional<absl::CivilDay> day;
    bool given;
  };
  const Case cases[] = {
      // 90 days back from 23 November 2026: 25 August
      {"the first day", "2026-08-25", {}, true},
      {"a day too old", "2026-08-24", {}, false},
      {"a month that begins too early", "2026-08", {}, false},
      {"a month", "2026-09", {}, true},
      {"a day beside it", "2026-08", absl::CivilDay(2026, 8, 30), true},
      {"a day beside it that is too old", "2026-09-01",
       absl::CivilDay(2026, 8, 1), false},
  };
  Change([](policy::Flow& flow) { flow.items[1].look_back_days = 90; });
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    source_.records[0].items["last_visit"] = c.value;
    source_.records[0].days = {};
    if (c.day) source_.records[0].days["last_visit"] = *c.day;
    const auto reply = responder_->Answer(Request({"contact", "last_visit"}),
                                          {Matched(0, "H1")});
    ASSERT_TRUE(reply.ok());
    EXPECT_THAT(reply->answer.items, SizeIs(c.given ? 2 : 1));
    EXPECT_THAT(reply->answer.withheld, IsEmpty());
    ASSERT_EQ(reply->late_refusal.has_value(), !c.given);
    if (!c.given) {
      EXPECT_EQ(reply->late_refusal->rule, "visits");
      EXPECT_THAT(reply->late_refusal->reason,
                  HasSubstr("last_visit: is older than the 90 days"));
    }
    // Alone it is as if nobody were known.
    EXPECT_EQ(responder_->Answer(Request({"last_visit"}), {Matched(0, "H1")})
                  ->answer.status,
              c.given ? SourceStatus::kAnswered : SourceStatus::kNoMatch);
  }
}

TEST_F(ResponderTest, TakesWhatHasNoDayForTooOld) {
  Change([](policy::Flow& flow) { flow.items[0].look_back_days = 9000; });
  const auto reply =
      responder_->Answer(Request({"contact"}), {Matched(0, "H1")});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->answer.status, SourceStatus::kNoMatch);
  EXPECT_THAT(reply->late_refusal->reason,
              HasSubstr("contact: its day is not known"));
}

// A name that links to nothing that others get.
TEST_F(ResponderTest, GivesPseudonymsByReceiverAgreementAndItem) {
  Change([](policy::Flow& flow) {
    flow.items[0].granularity = policy::Granularity::kPseudonym;
  });
  const auto request = Request({"contact"});
  const auto reply = responder_->Answer(request, {Matched(0, "H1")});
  ASSERT_TRUE(reply.ok());
  ASSERT_THAT(reply->answer.items, SizeIs(1));
  const std::string name = Open(request, reply->answer.items[0]);
  EXPECT_EQ(name.size(), 32u);
  const auto& r = request.request;
  EXPECT_EQ(name,
            handles_.Pseudonym(r.agency, r.agreement, "contact", "Kit Vale"));
  EXPECT_NE(name, handles_.Pseudonym(*AgencyId::Create("school"), r.agreement,
                                     "contact", "Kit Vale"));
  EXPECT_NE(name, handles_.Pseudonym(r.agency, *AgreementId::Create("other"),
                                     "contact", "Kit Vale"));
  EXPECT_NE(name,
            handles_.Pseudonym(r.agency, r.agreement, "name", "Kit Vale"));
  EXPECT_NE(name,
            handles_.Pseudonym(r.agency, r.agreement, "contact", "Kit Dale"));
}

// Counts are not about somebody: said to everybody, whoever is known.
TEST_F(ResponderTest, GivesNoCountsToAQuestionAboutSomebody) {
  Change([](policy::Flow& flow) {
    flow.items[0].granularity = policy::Granularity::kAggregateOnly;
  });
  const auto part = responder_->Answer(Request({"contact", "last_visit"}),
                                       {Matched(0, "H1")});
  ASSERT_TRUE(part.ok());
  ASSERT_THAT(part->answer.items, SizeIs(1));
  ASSERT_THAT(part->answer.withheld, SizeIs(1));
  EXPECT_EQ(part->answer.withheld[0].item, "contact");
  EXPECT_THAT(part->answer.withheld[0].reason, HasSubstr("ASK_COUNTS"));
  source_.asked.clear();
  for (const auto& matched :
       {std::vector<MatchedMember>{Matched(0, "H1")}, {}}) {
    const auto none = responder_->Answer(Request({"contact"}), matched);
    ASSERT_TRUE(none.ok());
    EXPECT_EQ(none->answer.status, SourceStatus::kDenied);
    ASSERT_THAT(none->answer.withheld, SizeIs(1));
    EXPECT_EQ(none->answer.withheld[0].rule, "visits");
  }
  EXPECT_THAT(source_.asked, IsEmpty());
}

class CountsTest : public ResponderTest {
 protected:
  // All rules ask for counts, of a cohort of at least two, less than two
  // hidden.
  CountsTest() {
    Change([](policy::Flow& flow) {
      flow.mode = policy::Mode::kAskCounts;
      flow.items[0].granularity = policy::Granularity::kAggregateOnly;
      flow.conditions.clear();
      flow.conditions.push_back({policy::ConditionKind::kCohortAtLeast, 2, ""});
      flow.obligations.push_back(
          {policy::ObligationKind::kSuppressCountsBelow, 2, ""});
    });
    source_.records.clear();
    for (const char* id : {"1", "2", "3", "4"}) Add(id, id, "yes", "E01000001");
    Add("5", "5", "yes", "E01000002");
  }
  void Add(const std::string& id, const std::string& family,
           const std::string& value, const std::string& group) {
    ListedRecord record{id, family, false, {{"contact", value}}};
    record.groups["contact"] = group;
    source_.records.push_back(std::move(record));
    records_.Replace(*Register::Read(source_, handles_));
  }
  share::SignedRequest Counting(std::vector<std::string> items) {
    share::SignedRequest out = Request(std::move(items));
    out.request.mode = "ASK_COUNTS";
    out.request.members.clear();
    out.signature = share::SignRequest(council_, out.request);
    return out;
  }
  // The count, or the status and why.
  std::string Count(std::vector<std::string> items = {"contact"}) {
    const auto request = Counting(std::move(items));
    const auto reply = responder_->Answer(request, {});
    if (!reply.ok()) return std::string(reply.status().message());
    const share::SourceAnswer& answer = reply->answer;
    EXPECT_TRUE(share::VerifyAnswer(health_.verify_key(), answer).ok());
    if (!answer.items.empty()) {
      EXPECT_EQ(answer.items[0].label.granularity, "AGGREGATE_ONLY");
      EXPECT_THAT(answer.obligations,
                  ::testing::Contains("SUPPRESS_COUNTS_BELOW 2"));
      return Open(request, answer.items[0]);
    }
    std::string out(share::StatusName(answer.status));
    for (const auto& w : answer.withheld) out += "; " + w.reason;
    if (reply->late_refusal) out += "; " + reply->late_refusal->reason;
    return out;
  }
};

TEST_F(CountsTest, AreOfEverybodyInGroups) {
  EXPECT_EQ(Count(), "E01000001: 4; fewer than 2 in each of 1 others");
}

TEST_F(CountsTest, LeaveOutWholeFamiliesOfShieldedPeople) {
  source_.records.push_back({"6", "1", true, {}});
  records_.Replace(*Register::Read(source_, handles_));
  EXPECT_EQ(Count(), "E01000001: 3; fewer than 2 in each of 1 others");
  ASSERT_TRUE(OwnShields(*state_)
                  .Set(handles_.ForRecord(identity::Pii<>("2")), true)
                  .ok());
  EXPECT_EQ(Count(), "E01000001: 2; fewer than 2 in each of 1 others");
}

TEST_F(CountsTest, LeaveOutWhoIsInNoGroup) {
  Add("6", "6", "yes", "");
  EXPECT_EQ(Count(), "E01000001: 4; fewer than 2 in each of 1 others");
}

TEST_F(CountsTest, AreRefusedLikeNobodyWhenThereAreTooFew) {
  source_.records.resize(1);
  records_.Replace(*Register::Read(source_, handles_));
  EXPECT_THAT(Count(), ::testing::StartsWith("NO_MATCH; COHORT_AT_LEAST"));
}

TEST_F(CountsTest, NeedARuleAboutSmallNumbers) {
  std::vector<policy::Agreement> agreements =
      policy_->set().Current()->agreements();
  agreements[0].version = 3;
  agreements[0].supersedes = agreements[0].digest;
  for (policy::Flow& flow : agreements[0].flows) flow.obligations.clear();
  ASSERT_TRUE(policy_
                  ->Activate(std::make_shared<policy::ActiveSet>(
                      std::move(agreements), policy::Catalogue{}, "looser"))
                  .ok());
  EXPECT_THAT(Count(), HasSubstr("too small"));
}

TEST_F(CountsTest, GiveNothingThatIsAboutSomebody) {
  EXPECT_THAT(Count({"last_visit"}), HasSubstr("is about nobody"));
  EXPECT_THAT(Count({"diagnosis"}), ::testing::StartsWith("DENIED"));
  EXPECT_THAT(source_.asked, IsEmpty());
  // Beside a count it is held back.
  EXPECT_EQ(Count({"last_visit", "contact"}),
            "E01000001: 4; fewer than 2 in each of 1 others");
}

TEST_F(CountsTest, AreOnRecordWithTheirCohort) {
  Count();
  std::vector<std::string> decisions;
  ASSERT_TRUE(state_
                  ->Read([&](storage::Snapshot& snapshot) {
                    return snapshot.Query(
                        "SELECT member, decision FROM own_decision", {},
                        [&](const storage::Row& row) {
                          decisions.emplace_back(row.Blob(1));
                          return absl::OkStatus();
                        });
                  })
                  .ok());
  EXPECT_THAT(decisions, SizeIs(2));
}

TEST_F(ResponderTest, StopsAtOnceWhenItsAgencySuspendsInAnotherProgram) {
  share::Suspension statement;
  statement.party = *AgencyId::Create("health");
  statement.agreement = *AgreementId::Create("support");
  statement.reason = "under review";
  statement.at_ms = ToMillis(clock_.now);
  ASSERT_TRUE(state_
                  ->Write([&](storage::Transaction& tx) {
                    return share::KeepSuspension(
                        tx,
                        {statement, share::SignSuspension(health_, statement)});
                  })
                  .ok());
  const auto reply =
      responder_->Answer(Request({"contact"}), {Matched(0, "H1")});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->answer.status, SourceStatus::kDenied);
  ASSERT_THAT(reply->answer.withheld, SizeIs(1));
  EXPECT_EQ(reply->answer.withheld[0].reason,
            "rule visits is suspended by health");
}

TEST_F(ResponderTest, RefusesWhatItWasNotAskedByTheRequester) {
  const auto good = Request({"contact"});
  auto forged = good;
  forged.request.purpose = "ASSESSMENT";
  EXPECT_TRUE(absl::IsUnauthenticated(
      responder_->Answer(forged, {Matched(0, "H1")}).status()));
  auto signed_by_other = Request({"contact"});
  signed_by_other.signature =
      share::SignRequest(health_, signed_by_other.request);
  EXPECT_EQ(share::ReasonOf(responder_->Answer(signed_by_other, {}).status()),
            share::Reason::kBadSignature);
  auto late = Request({"contact"});
  clock_.now += absl::Minutes(3);
  EXPECT_EQ(share::ReasonOf(responder_->Answer(late, {}).status()),
            share::Reason::kExpired);
  EXPECT_THAT(source_.asked, IsEmpty());
}

TEST_F(ResponderTest, AnswersARequestOnceAcrossRestarts) {
  const auto request = Request({"contact"});
  ASSERT_TRUE(responder_->Answer(request, {Matched(0, "H1")}).ok());
  EXPECT_EQ(share::ReasonOf(responder_->Answer(request, {}).status()),
            share::Reason::kReplayed);
  auto reopened = *share::ReplayGuard::Open(*state_, clock_.now);
  Responder restarted({*AgencyId::Create("health"), health_, directory_,
                       *policy_, records_, source_, *consents_, *reopened,
                       *daily_use_, handles_, *state_, clock_, comparison_key_,
                       *comparisons_, *compare_replays_});
  EXPECT_EQ(share::ReasonOf(restarted.Answer(request, {}).status()),
            share::Reason::kReplayed);
}

TEST_F(ResponderTest, BelievesOneRecordAMember) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      responder_
          ->Answer(Request({"contact"}), {Matched(0, "H1"), Matched(0, "H2")})
          .status()));
  EXPECT_THAT(source_.asked, IsEmpty());
}

TEST_F(ResponderTest, RefusesAMemberOutOfRange) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      responder_->Answer(Request({"contact"}), {Matched(2, "H1")}).status()));
}

TEST_F(ResponderTest, SaysThatItsOwnSystemIsAway) {
  source_.status = absl::UnavailableError("file: cannot be read");
  EXPECT_TRUE(absl::IsUnavailable(
      responder_->Answer(Request({"contact"}), {Matched(0, "H1")}).status()));
}

}  // namespace
}  // namespace kinstile::daemon
