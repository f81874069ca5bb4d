// SPDX-License-Identifier: Apache-2.0
// The order of a share: what is durable before what is done.
#include "gateway/share/exchange.h"

#include <atomic>
#include <map>
#include <thread>

#include "gateway/audit/verify.h"
#include "gateway/share/reason.h"
#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

using audit::EntryType;
using audit::LegStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What the decision was taken under.
void ExpectDigests(const audit::Record& r) {
  EXPECT_NE(r.policy_set_digest, Digest{});
  EXPECT_NE(r.law_digest, Digest{});
  EXPECT_NE(r.manifest_digest, Digest{});
  EXPECT_NE(r.request_digest, Digest{});
}

TEST_F(ExchangeTest, GivesWhatTheAgreementAllowsAndARecordOfIt) {
  ShareRequest request = Request();
  request.asks[0].items = {"visits", "diagnosis"};
  const ShareAnswer answer = MustShare(request);
  const Digest digest = RequestDigest(Offered(request));
  ASSERT_TRUE(Is<ReleasedShare>(answer, 0) && Is<ReleasedShare>(answer, 1));
  const SourceAnswer& health = AnswerOf(answer, 0);
  KS_EXPECT_OK(VerifyAnswer(health_.signing.verify_key(), health));
  ASSERT_THAT(health.items, SizeIs(2));
  EXPECT_EQ(OpenItem(sealing_, {digest, health_.id}, health.items[1]).value(),
            "a value");
  EXPECT_THAT(std::get<ReleasedShare>(answer.legs[0]).withheld(), SizeIs(1));
  KS_EXPECT_OK(audit::VerifyReceipt(answer.receipt.receipt(),
                                    log_->verify_key(), kOrigin, digest)
                   .status());

  const auto council = RecordsOf(council_);
  ASSERT_THAT(council, SizeIs(2));
  EXPECT_EQ(council[0].type, EntryType::kIntent);
  EXPECT_EQ(council[0].legs.at(0).status, LegStatus::kPending);
  EXPECT_EQ(council[1].type, EntryType::kRelease);
  const audit::Leg& leg = council[1].legs.at(0);
  EXPECT_EQ(leg.status, LegStatus::kAnswered);
  EXPECT_THAT(leg.released,
              ElementsAre(audit::ReleasedItem{"visits", "MONTH_ONLY", {0, 1}}));
  EXPECT_THAT(leg.withheld, SizeIs(1));
  EXPECT_THAT(council[1].subjects, ElementsAre(Record(9001), Record(9002)));
  for (const audit::Record& r : council) ExpectDigests(r);
  EXPECT_NE(council[1].agreement_digest, Digest{});
  for (const Keys* holder : {&health_, &school_}) {
    const auto records = RecordsOf(*holder);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].type, EntryType::kAsked);
    EXPECT_EQ(records[0].request_digest, digest);
    EXPECT_THAT(records[0].legs, SizeIs(1));
    EXPECT_THAT(records[0].subjects, ElementsAre(Record(1), Record(2)));
    EXPECT_EQ(records[0].holder->candidates, 2u);
    ExpectDigests(records[0]);
  }
}

TEST_F(ExchangeTest, IntentIsDurableBeforeAnySourceIsAsked) {
  int seen = 0;
  sources_.on_ask = [&] {
    // What another process finds on disk at this moment.
    auto other = storage::Open(store_.url(), {.read_only = true});
    KS_ASSERT_OK(other.status());
    auto opened = audit::OpenEntries(**other, kOrigin, "council",
                                     council_.officer.Clone());
    KS_ASSERT_OK(opened.status());
    ASSERT_THAT(opened->entries, SizeIs(seen + 1));
    EXPECT_EQ(opened->entries.back().record.type, EntryType::kIntent);
    auto report = audit::VerifyStore(**other, kOrigin, log_->verify_key());
    KS_ASSERT_OK(report.status());
    EXPECT_TRUE(report->ok());
    ++seen;
  };
  MustShare(Request());
  EXPECT_EQ(seen, 1);
}

TEST_F(ExchangeTest, NothingIsAskedWhenTheIntentCannotBeWritten) {
  auto other = *storage::Open(store_.url());
  KS_ASSERT_OK(other->Write([&](storage::Transaction&) {
    // The store is locked by somebody else.
    auto answer = Share(Request());
    EXPECT_EQ(ReasonFor(answer), Reason::kAuditUnavailable);
    EXPECT_TRUE(absl::IsUnavailable(answer.status()));
    return absl::OkStatus();
  }));
  EXPECT_THAT(sources_.asked, IsEmpty());
  MustShare(Request());
  EXPECT_THAT(RecordsOf(council_), SizeIs(2));
}

TEST_F(ExchangeTest, NothingIsAnsweredWhenTheReleaseCannotBeWritten) {
  auto other = *storage::Open(store_.url());
  absl::StatusOr<ShareAnswer> answer = absl::InternalError("not asked");
  std::thread locker;
  std::atomic<bool> locked = false, done = false;
  sources_.on_ask = [&] {
    locker = std::thread([&] {
      KS_EXPECT_OK(other->Write([&](storage::Transaction&) {
        locked = true;
        while (!done) std::this_thread::yield();
        return absl::OkStatus();
      }));
    });
    while (!locked) std::this_thread::yield();
  };
  answer = Share(Request());
  done = true;
  locker.join();
  EXPECT_EQ(ReasonFor(answer), Reason::kAuditUnavailable);
  EXPECT_THAT(sources_.asked, SizeIs(2));
  // The log may say more than was done, never less.
  const auto records = RecordsOf(council_);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].type, EntryType::kIntent);
  // Everybody concerned reads how it ended, without a restart.
  const std::set<OpenRequestId> left = exchange_.TakeLeftOpen();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_THAT(exchange_.TakeLeftOpen(), IsEmpty());
  const std::set<OpenRequestId> others = {{council_.id, RequestId{}}};
  auto ended =
      EndInterrupted(*db_, *log_, *directory_.Current(), clock_.now, &others);
  KS_ASSERT_OK(ended.status());
  EXPECT_EQ(ended->ended, 0u);
  ended = EndInterrupted(*db_, *log_, *directory_.Current(), clock_.now, &left);
  KS_ASSERT_OK(ended.status());
  EXPECT_EQ(ended->ended, 1u);
  EXPECT_EQ(RecordsOf(council_).back().type, EntryType::kAbort);
  for (const Keys* holder : {&health_, &school_})
    EXPECT_THAT(RecordsOf(*holder), SizeIs(1));
}

TEST_F(ExchangeTest, RefusalIsAnsweredAndAuditedWithoutAskingAnybody) {
  ShareRequest request = Request();
  request.role = "receptionist";
  const ShareAnswer answer = MustShare(request);
  EXPECT_TRUE(Is<RefusedLeg>(answer, 0) && Is<RefusedLeg>(answer, 1));
  EXPECT_THAT(sources_.asked, IsEmpty());
  const auto council = RecordsOf(council_);
  ASSERT_THAT(council, SizeIs(1));
  EXPECT_EQ(council[0].type, EntryType::kDeny);
  EXPECT_TRUE(council[0].refusal.has_value());
  ExpectDigests(council[0]);
  EXPECT_EQ(answer.receipt.type(), EntryType::kDeny);
  for (const Keys* holder : {&health_, &school_}) {
    const auto records = RecordsOf(*holder);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].legs.at(0).status, LegStatus::kDenied);
  }
}

TEST_F(ExchangeTest, OnePermittedLegIsAskedBesideARefusedOne) {
  ShareRequest request = Request();
  request.asks[1].items = {"diagnosis"};
  const ShareAnswer answer = MustShare(request);
  EXPECT_TRUE(Is<ReleasedShare>(answer, 0));
  EXPECT_TRUE(Is<RefusedLeg>(answer, 1));
  ASSERT_THAT(sources_.asked, SizeIs(1));
  EXPECT_EQ(sources_.asked[0].source, health_.id);
  EXPECT_EQ(RecordsOf(school_).at(0).legs.at(0).status, LegStatus::kDenied);
}

TEST_F(ExchangeTest, WordsThatAreNoneOfTheSchemaRefuseByNamingThem) {
  ShareRequest request = Request();
  request.purpose = "CURIOSITY";
  const ShareAnswer answer = MustShare(request);
  const auto& leg = std::get<RefusedLeg>(answer.legs.at(0));
  EXPECT_THAT(leg.refusal.reason_for_asker, testing::HasSubstr("purpose"));
  EXPECT_THAT(leg.refusal.reason_for_asker,
              testing::Not(testing::HasSubstr("CURIOSITY")));
}

TEST_F(ExchangeTest, HoldersEntriesAreOfOneSizeWhateverHappened) {
  MustShare(Request());
  ShareRequest refused = Request();
  refused.role = "receptionist";
  MustShare(refused);
  KS_ASSERT_OK(index_->SetShield(health_.id, Record(2), true));
  MustShare(Request());
  HealthLies([](SourceAnswer& a) { a.request_digest = {}; });
  MustShare(Request());
  Enrol(health_, {});
  MustShare(Request());
  const audit::OpenedEntries opened = Open(health_);
  ASSERT_THAT(opened.entries, SizeIs(5));
  for (const audit::OpenedEntry& e : opened.entries) {
    EXPECT_EQ(e.leaf.type, EntryType::kAsked);
    EXPECT_EQ(e.leaf.payload_size, opened.entries[0].leaf.payload_size);
  }
}

// Whoever has a copy of the trail sees how large each payload is.
TEST_F(ExchangeTest, RequestersEntriesAreOfOneSizeFoundOrNot) {
  MustShare(Request());
  ShareRequest nobody = Request();
  nobody.members.resize(1);
  nobody.members[0].tokens = {Carries(77, kStrong)};
  MustShare(nobody);
  std::map<EntryType, std::set<uint32_t>> sizes;
  const auto page = log_->ListEntries(council_.id.str(), 0, 100);
  for (const audit::StoredEntry& e : page->entries) {
    const auto leaf = audit::DecodeLeaf(e.leaf);
    sizes[leaf->type].insert(leaf->payload_size);
  }
  EXPECT_THAT(sizes[EntryType::kIntent], SizeIs(1));
  EXPECT_THAT(sizes[EntryType::kRelease], SizeIs(1));
}

TEST_F(ExchangeTest, ReplayIsRefusedAndNotAnsweredTwice) {
  const ShareRequest request = Request();
  MustShare(request);
  EXPECT_EQ(ReasonFor(Share(request)), Reason::kReplayed);
  EXPECT_EQ(
      ReasonOf(exchange_.MatchFamily(council_.id, Signed(request)).status()),
      Reason::kReplayed);
  // And one that says so, once: the second is summed up.
  const auto records = RecordsOf(council_);
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[2].type, EntryType::kDeny);
  EXPECT_EQ(records[2].refusal->reason, "their ids had been used before");
}

// Nothing of the request is believed, so nothing of it is written; a flood is
// one entry a minute.
TEST_F(ExchangeTest, WhatIsTurnedAwayIsCountedInTheTrail) {
  const auto turned_away = [this](const Keys& agency) {
    std::map<std::string, std::vector<uint64_t>> out;
    for (const audit::Record& r : RecordsOf(agency)) {
      EXPECT_EQ(r.type, EntryType::kDeny);
      EXPECT_EQ(r.requester, agency.id);
      EXPECT_EQ(r.refusal->layer, "ADMISSION");
      EXPECT_TRUE(r.practitioner.empty() && r.reason.empty());
      EXPECT_THAT(r.subjects, IsEmpty());
      out[r.refusal->reason].push_back(r.counts.at(0).number);
    }
    return out;
  };
  SignedRequest forged = Signed(Request());
  forged.signature = SignRequest(school_.signing, forged.request);
  for (int i = 0; i < 50; ++i)
    EXPECT_FALSE(exchange_.RequestShare(council_.id, forged).ok());
  ShareRequest late = Request();
  late.expires_at_ms = ToMillis(clock_.now) - 1;
  EXPECT_EQ(ReasonFor(Share(late)), Reason::kExpired);
  const std::string signature =
      "they were not signed by the agency that called";
  using Sums = std::map<std::string, std::vector<uint64_t>>;
  EXPECT_EQ(turned_away(council_),
            (Sums{{signature, {1}}, {"they had expired", {1}}}));
  // Not of the one that it names, but of the one that called.
  EXPECT_FALSE(exchange_.RequestShare(school_.id, Signed(Request())).ok());
  EXPECT_EQ(turned_away(school_), (Sums{{signature, {1}}}));
  exchange_.turned_away().WriteDue(clock_.now);
  EXPECT_EQ(turned_away(council_)[signature], (std::vector<uint64_t>{1}));
  clock_.now += absl::Minutes(1);
  exchange_.turned_away().WriteDue(clock_.now);
  EXPECT_EQ(turned_away(council_)[signature], (std::vector<uint64_t>{1, 49}));
  EXPECT_FALSE(exchange_.RequestShare(council_.id, forged).ok());
  exchange_.turned_away().WriteDue(clock_.now, /*all=*/true);
  EXPECT_EQ(turned_away(council_)[signature],
            (std::vector<uint64_t>{1, 49, 1}));
}

TEST_F(ExchangeTest, ASumThatCannotBeWrittenIsWrittenLater) {
  SignedRequest forged = Signed(Request());
  forged.signature = SignRequest(school_.signing, forged.request);
  auto other = *storage::Open(store_.url());
  KS_ASSERT_OK(other->Write([&](storage::Transaction&) {
    EXPECT_EQ(ReasonFor(exchange_.RequestShare(council_.id, forged)),
              Reason::kBadSignature);
    return absl::OkStatus();
  }));
  EXPECT_THAT(RecordsOf(council_), IsEmpty());
  clock_.now += absl::Minutes(1);
  exchange_.turned_away().WriteDue(clock_.now);
  ASSERT_THAT(RecordsOf(council_), SizeIs(1));
}

TEST_F(ExchangeTest, ReplayIsRefusedAfterARestartToo) {
  const ShareRequest request = Request();
  MustShare(request);
  replays_ = *ReplayGuard::Open(*db_, clock_.now);
  Exchange restarted({directory_, policy_, *index_, *log_, sources_, *replays_,
                      *daily_use_, consents_, clock_, witnesses_,
                      absl::Seconds(1), weights_, *db_});
  EXPECT_EQ(
      ReasonOf(restarted.RequestShare(council_.id, Signed(request)).status()),
      Reason::kReplayed);
}

TEST_F(ExchangeTest, CallerMustBeTheSigner) {
  const auto answer = exchange_.RequestShare(school_.id, Signed(Request()));
  EXPECT_EQ(ReasonFor(answer), Reason::kBadSignature);
  SignedRequest forged = Signed(Request());
  forged.signature = SignRequest(school_.signing, forged.request);
  EXPECT_EQ(ReasonFor(exchange_.RequestShare(council_.id, forged)),
            Reason::kBadSignature);
  for (const Keys* agency : {&school_, &council_}) {
    ASSERT_THAT(RecordsOf(*agency), SizeIs(1));
    EXPECT_EQ(RecordsOf(*agency)[0].type, EntryType::kDeny);
  }
}

TEST_F(ExchangeTest, UnknownSourceIsRefusedAsMalformed) {
  ShareRequest request = Request();
  request.asks[1].agency = *AgencyId::Create("nobody");
  EXPECT_EQ(ReasonFor(Share(request)), Reason::kMalformed);
}

TEST_F(ExchangeTest, MatchIsAuditedBeforeTheSourceIsComparedAndAfter) {
  sources_.on_compare = [&] { EXPECT_THAT(RecordsOf(council_), SizeIs(1)); };
  const MatchAnswer answer = MustMatch(LinkRequest());
  EXPECT_THAT(GradesOf(answer),
              ElementsAre(linkage::Grade::kMatch, linkage::Grade::kMatch));
  const auto& leg = std::get<ReleasedMatch>(answer.legs.at(0));
  EXPECT_EQ(leg.members()[0].handle, Record(1));
  EXPECT_EQ(leg.members()[0].family, Family(1));
  EXPECT_THAT(sources_.asked, IsEmpty());
  const auto council = RecordsOf(council_);
  ASSERT_THAT(council, SizeIs(2));
  EXPECT_EQ(council[0].type, EntryType::kIntent);
  EXPECT_EQ(council[1].type, EntryType::kRelease);
  EXPECT_THAT(RecordsOf(health_), SizeIs(1));
}

TEST_F(ExchangeTest, MatchSaysWhichKeysAndComparisonsAgreedToTheHolderOnly) {
  MustMatch(LinkRequest());
  const std::vector<std::string> why =
      RecordsOf(health_).at(0).holder->keys_agreed;
  ASSERT_THAT(why, SizeIs(3));
  for (int member : {1, 2})
    for (const char* said : {"MATCH: ", "key D1", "forename exact",
                             "birth exact", "address same", "nhs_number exact"})
      EXPECT_THAT(why[member - 1], testing::HasSubstr(said));
  EXPECT_THAT(why[0], testing::StartsWith("member 1: "));
  EXPECT_THAT(why[2], testing::StartsWith("weights shipped-"));
  for (const audit::Record& r : RecordsOf(council_))
    EXPECT_FALSE(r.holder.has_value());
}

TEST_F(ExchangeTest, SourceThatCannotCompareIsUnreachableAndNobodyMatches) {
  sources_.silent = {health_.id};
  EXPECT_TRUE(std::holds_alternative<UnreachableLeg>(
      MustMatch(LinkRequest()).legs.at(0)));
  const ShareAnswer answer = MustShare(Request());
  EXPECT_TRUE(Is<UnreachableLeg>(answer, 0));
  EXPECT_TRUE(Is<ReleasedShare>(answer, 1));
  ASSERT_THAT(sources_.asked, SizeIs(1));
  EXPECT_EQ(sources_.asked[0].source, school_.id);
}

TEST_F(ExchangeTest, MatchWithoutTheHandleItemGivesMatchOrNothing) {
  Enrol(school_,
        {Person(1, 1), {Record(2), Family(2), false, {Carries(2, kStrong)}}});
  // Somebody else with the number of the one asked about: POSSIBLE at most.
  sources_.tokens[Record(2)] = WithNumberOf(7, 2);
  ShareRequest request = LinkRequest();
  request.asks = {{school_.id, "", {"attendance"}, ""}};
  const MatchAnswer answer = MustMatch(request);
  EXPECT_THAT(GradesOf(answer),
              ElementsAre(linkage::Grade::kMatch, linkage::Grade::kNoMatch));
  for (const MemberMatch& m :
       std::get<ReleasedMatch>(answer.legs.at(0)).members()) {
    EXPECT_FALSE(m.handle.has_value());
    EXPECT_FALSE(m.family.has_value());
  }
}

TEST_F(ExchangeTest, MatchWithoutAPermitIsARefusalAndAuditedAsDeny) {
  ShareRequest request = LinkRequest();
  request.role = "receptionist";
  const MatchAnswer answer = MustMatch(request);
  EXPECT_TRUE(std::holds_alternative<RefusedLeg>(answer.legs.at(0)));
  EXPECT_EQ(RecordsOf(council_).at(0).type, EntryType::kDeny);
}

}  // namespace
}  // namespace kinstile::share
