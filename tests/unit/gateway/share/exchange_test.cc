// SPDX-License-Identifier: Apache-2.0
// The order of a share, and what a lying source or a shield may not change.
#include "gateway/share/exchange.h"

#include <thread>

#include "gateway/audit/verify.h"
#include "gateway/crypto/hash.h"
#include "gateway/share/reason.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using audit::EntryType;
using audit::LegStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Behaviour = std::function<absl::StatusOr<SourceReply>(
    const SignedRequest&, const SourceQuestion&)>;

// What an honest source says: every item asked for, for everybody matched.
SourceAnswer Honest(const Keys& keys, const SignedRequest& request,
                    const SourceQuestion& question) {
  SourceAnswer answer = NoMatch(RequestDigest(request.request), keys.id, "v3");
  const std::map<std::string, std::string> grain = {
      {"visits", "MONTH_ONLY"}, {"contact", "EXACT"}, {"attendance", "YES_NO"}};
  const SealContext context{answer.request_digest, keys.id};
  for (const MatchedMember& m : question.matched)
    for (const SourceAsk& ask : request.request.asks)
      for (const std::string& item : ask.items)
        if (ask.agency == keys.id && grain.contains(item))
          answer.items.push_back(*SealItem(request.request.sealing_key, context,
                                           {m.member, item, grain.at(item), 7},
                                           "a value"));
  if (!question.matched.empty()) answer.status = SourceStatus::kAnswered;
  return answer;
}

class FakeSources final : public Sources {
 public:
  std::vector<absl::StatusOr<SourceReply>> Ask(
      const SignedRequest& request, absl::Span<const SourceQuestion> questions,
      absl::Duration) override {
    if (on_ask) on_ask();
    std::vector<absl::StatusOr<SourceReply>> out;
    for (const SourceQuestion& q : questions) {
      asked.push_back(q);
      out.push_back(behave.at(q.source)(request, q));
    }
    return out;
  }

  std::map<AgencyId, Behaviour> behave;
  std::function<void()> on_ask;
  std::vector<SourceQuestion> asked;
};

class ExchangeTest : public World {
 protected:
  ExchangeTest() {
    for (const Keys* k : {&health_, &school_}) {
      Enrol(*k, {Person(1, 1), Person(2, 1)});
      sources_.behave[k->id] = [k](const SignedRequest& r,
                                   const SourceQuestion& q) {
        SourceReply reply{Honest(*k, r, q), {}};
        SignAnswer(k->signing, reply.answer);
        return reply;
      };
    }
  }

  static index::EnrolledRecord Person(uint32_t n, uint32_t family,
                                      bool shielded = false) {
    return {Record(n), Family(family), shielded, {Carries(n, kStrong)}};
  }
  void Enrol(const Keys& keys, std::vector<index::EnrolledRecord> records) {
    auto id = index_->StartEnrolment(keys.id, kIdentitySpecVersion, 5);
    KS_ASSERT_OK(id.status());
    KS_ASSERT_OK(index_->AddRecords(*id, records));
    KS_ASSERT_OK(index_->FinishEnrolment(*id, records.size()));
  }
  // Health answers with what `edit` makes of its honest answer.
  void HealthLies(std::function<void(SourceAnswer&)> edit,
                  const Keys* signer = nullptr) {
    sources_.behave[health_.id] =
        [this, edit, signer](const SignedRequest& r, const SourceQuestion& q) {
          SourceReply reply{Honest(health_, r, q), {}};
          edit(reply.answer);
          SignAnswer((signer ? signer : &health_)->signing, reply.answer);
          return reply;
        };
  }

  absl::StatusOr<ShareAnswer> Share(const ShareRequest& request) {
    return exchange_.RequestShare(council_.id, Signed(request));
  }
  ShareAnswer MustShare(const ShareRequest& request) {
    auto answer = Share(request);
    EXPECT_EQ(answer.status(), absl::OkStatus());
    if (!answer.ok()) std::abort();
    return *std::move(answer);
  }
  MatchAnswer MustMatch(const ShareRequest& request) {
    auto answer = exchange_.MatchFamily(council_.id, Signed(request));
    EXPECT_EQ(answer.status(), absl::OkStatus());
    if (!answer.ok()) std::abort();
    return *std::move(answer);
  }
  static Reason ReasonFor(const absl::StatusOr<ShareAnswer>& answer) {
    return ReasonOf(answer.status());
  }
  template <class Leg>
  static bool Is(const ShareAnswer& answer, size_t leg) {
    return std::holds_alternative<Leg>(answer.legs.at(leg));
  }
  static const SourceAnswer& AnswerOf(const ShareAnswer& answer, size_t leg) {
    return std::get<ReleasedShare>(answer.legs.at(leg)).answer();
  }
  // Every byte that the requester gets about this leg.
  static std::string BytesOf(const ShareAnswer& answer, size_t leg) {
    const SourceAnswer& a = AnswerOf(answer, leg);
    std::string out = Encode(a) + a.signature.str();
    for (const SealedItem& item : a.items) out += item.sealed;
    for (const WithheldItem& w :
         std::get<ReleasedShare>(answer.legs.at(leg)).withheld())
      out += w.item + w.rule + w.layer + w.reason;
    return out;
  }
  ShareRequest LinkRequest() {
    ShareRequest r = Request();
    r.purpose = "OUTCOME_EVALUATION";
    r.mode = "LINK_FOR_EVALUATION";
    r.asks = {{health_.id, "", {kRecordHandleItem}, ""}};
    return r;
  }
  static std::vector<linkage::Grade> GradesOf(const MatchAnswer& answer) {
    std::vector<linkage::Grade> out;
    for (const MemberMatch& m :
         std::get<ReleasedMatch>(answer.legs.at(0)).members()) {
      out.push_back(m.grade);
      if (m.grade == linkage::Grade::kNoMatch) {
        EXPECT_FALSE(m.handle.has_value());
      }
    }
    return out;
  }

  std::unique_ptr<ReplayGuard> replays_ = *ReplayGuard::Open(*db_, clock_.now);
  std::unique_ptr<DailyUse> daily_use_ = *DailyUse::Open(*db_, clock_.now);
  FakeSources sources_;
  Exchange exchange_{{directory_, policy_, *index_, *log_, sources_, *replays_,
                      *daily_use_, clock_, absl::Seconds(1)}};
};

TEST_F(ExchangeTest, GivesWhatTheAgreementAllowsAndARecordOfIt) {
  ShareRequest request = Request();
  request.asks[0].items = {"visits", "diagnosis"};
  const ShareAnswer answer = MustShare(request);
  const Digest digest = RequestDigest(request);
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
              ElementsAre(audit::ReleasedItem{"visits", "MONTH_ONLY", 2}));
  EXPECT_THAT(leg.withheld, SizeIs(1));
  EXPECT_THAT(council[1].subjects, ElementsAre(Record(9001), Record(9002)));
  for (const Keys* holder : {&health_, &school_}) {
    const auto records = RecordsOf(*holder);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].type, EntryType::kAsked);
    EXPECT_EQ(records[0].request_digest, digest);
    EXPECT_THAT(records[0].legs, SizeIs(1));
    EXPECT_THAT(records[0].subjects, ElementsAre(Record(1), Record(2)));
    EXPECT_EQ(records[0].holder->candidates, 2u);
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

TEST_F(ExchangeTest, ReplayIsRefusedAndNotAnsweredTwice) {
  const ShareRequest request = Request();
  MustShare(request);
  EXPECT_EQ(ReasonFor(Share(request)), Reason::kReplayed);
  EXPECT_EQ(
      ReasonOf(exchange_.MatchFamily(council_.id, Signed(request)).status()),
      Reason::kReplayed);
  EXPECT_THAT(RecordsOf(council_), SizeIs(2));
}

TEST_F(ExchangeTest, ReplayIsRefusedAfterARestartToo) {
  const ShareRequest request = Request();
  MustShare(request);
  replays_ = *ReplayGuard::Open(*db_, clock_.now);
  Exchange restarted({directory_, policy_, *index_, *log_, sources_, *replays_,
                      *daily_use_, clock_, absl::Seconds(1)});
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
  EXPECT_THAT(RecordsOf(council_), IsEmpty());
}

TEST_F(ExchangeTest, UnknownSourceIsRefusedAsMalformed) {
  ShareRequest request = Request();
  request.asks[1].agency = *AgencyId::Create("nobody");
  EXPECT_EQ(ReasonFor(Share(request)), Reason::kMalformed);
}

// Shields.

struct ShieldCase {
  std::string name;
  std::function<void(index::Index&, const AgencyId&)> set;
  std::vector<index::EnrolledRecord> records;
};

TEST_F(ExchangeTest, ShieldedFamilyIsWithheldAsAWholeLikeAnAbsentOne) {
  const auto nothing = [](index::Index&, const AgencyId&) {};
  const auto shield = [](uint32_t n) {
    return [n](index::Index& index, const AgencyId& agency) {
      KS_EXPECT_OK(index.SetShield(agency, Record(n), true));
    };
  };
  const std::vector<ShieldCase> cases = {
      {"nobody enrolled", nothing, {}},
      {"asked member shielded in the register",
       nothing,
       {Person(1, 1, true), Person(2, 1)}},
      {"asked member shielded by the agency",
       shield(2),
       {Person(1, 1), Person(2, 1)}},
      {"a relative who was not asked for",
       nothing,
       {Person(1, 1), Person(2, 1), Person(3, 1, true)}},
      {"such a relative shielded by the agency",
       shield(3),
       {Person(1, 1), Person(2, 1), Person(3, 1)}},
  };
  std::optional<std::string> expected;
  for (const ShieldCase& c : cases) {
    SCOPED_TRACE(c.name);
    for (uint32_t n : {2u, 3u})
      KS_EXPECT_OK(index_->SetShield(health_.id, Record(n), false));
    Enrol(health_, c.records);
    c.set(*index_, health_.id);
    // The same request each time, so that every byte can be compared.
    requests_ = 100;
    replays_ = *ReplayGuard::Open(*db_, clock_.now + absl::Hours(1));
    Exchange exchange({directory_, policy_, *index_, *log_, sources_, *replays_,
                       *daily_use_, clock_, absl::Seconds(1)});
    sources_.asked.clear();
    ShareRequest request = Request();
    request.sealing_key = {};
    request.sealing_key.bytes[0] = 9;
    request.asks.pop_back();
    auto answer = exchange.RequestShare(council_.id, Signed(request));
    KS_ASSERT_OK(answer.status());
    EXPECT_EQ(AnswerOf(*answer, 0).status, SourceStatus::kNoMatch);
    const std::string bytes = BytesOf(*answer, 0);
    if (!expected) expected = bytes;
    EXPECT_EQ(bytes, *expected);
    ASSERT_THAT(sources_.asked, SizeIs(1));
    EXPECT_THAT(sources_.asked[0].matched, IsEmpty());
    // Nor does the requester's own trail tell.
    EXPECT_EQ(RecordsOf(council_).back().legs.at(0).status,
              LegStatus::kNoMatch);
    EXPECT_FALSE(RecordsOf(council_).back().holder.has_value());
    // The holder's does.
    const audit::Record truth = RecordsOf(health_).back();
    EXPECT_EQ(truth.holder->shielded.empty(), c.records.empty());
    EXPECT_THAT(truth.subjects, SizeIs(c.records.empty() ? 0 : 2));
  }
}

TEST_F(ExchangeTest, ShieldAtOneAgencyClosesNoOtherAgencysFamily) {
  KS_ASSERT_OK(index_->SetShield(health_.id, Record(1), true));
  const ShareAnswer answer = MustShare(Request());
  EXPECT_EQ(AnswerOf(answer, 0).status, SourceStatus::kNoMatch);
  EXPECT_EQ(AnswerOf(answer, 1).status, SourceStatus::kAnswered);
}

TEST_F(ExchangeTest, ShieldedFamilyClosesNoOtherFamily) {
  Enrol(health_, {Person(1, 1, true), Person(2, 2)});
  const ShareAnswer answer = MustShare(Request());
  EXPECT_EQ(AnswerOf(answer, 0).status, SourceStatus::kAnswered);
  ASSERT_THAT(sources_.asked[0].matched, SizeIs(1));
  EXPECT_EQ(sources_.asked[0].matched[0].member, 1u);
}

TEST_F(ExchangeTest, ShieldLeavesNoTraceInAMatch) {
  using linkage::Grade;
  const auto weak = [](uint32_t n, uint32_t family, bool shielded) {
    return index::EnrolledRecord{
        Record(n), Family(family), shielded, {Carries(1, kWeak)}};
  };
  struct Case {
    std::string name;
    std::vector<index::EnrolledRecord> records;
    std::vector<Grade> open, closed;  // without and with the shields
  };
  ShareRequest request = LinkRequest();
  request.members[0].tokens.push_back(Carries(1, kWeak));
  // Both members claim record 1.
  request.members[1].tokens = {Carries(1, kStrong)};
  const Grade no = Grade::kNoMatch, may = Grade::kPossible;
  const Case cases[] = {
      {"possible", {weak(5, 5, true)}, {may, no}, {no, no}},
      {"ambiguous", {weak(5, 5, true), weak(6, 6, true)}, {may, no}, {no, no}},
      {"claimed by two", {Person(1, 1, true)}, {may, may}, {no, no}},
      {"ambiguous with an open one",
       {weak(5, 5, true), weak(6, 6, false)},
       {may, no},
       {no, no}},
      {"shadowed by a shielded one",
       {Person(1, 1, true), weak(6, 6, false)},
       {may, may},
       {no, no}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    for (bool shielded : {false, true}) {
      std::vector<index::EnrolledRecord> records = c.records;
      if (!shielded)
        for (index::EnrolledRecord& r : records) r.shielded = false;
      Enrol(health_, records);
      request.id = Request().id;
      EXPECT_EQ(GradesOf(MustMatch(request)), shielded ? c.closed : c.open);
    }
  }
}

// Sources that lie.

struct Lie {
  std::string name;
  std::function<void(SourceAnswer&)> edit;
};

TEST_F(ExchangeTest, UnbelievableAnswerIsAnUnreachableSource) {
  const Lie lies[] = {
      {"another request", [](auto& a) { a.request_digest = {}; }},
      {"another agency", [&](auto& a) { a.agency = school_.id; }},
      {"unreachable, signed",
       [](auto& a) {
         a.status = SourceStatus::kUnreachable;
         a.items.clear();
       }},
      {"no match, with items",
       [](auto& a) { a.status = SourceStatus::kNoMatch; }},
      {"no match, with words",
       [](auto& a) {
         a.status = SourceStatus::kNoMatch;
         a.items.clear();
         a.withheld.push_back({"visits", "", "CONDITION", "they moved"});
       }},
      {"no match, with obligations",
       [](auto& a) {
         a.status = SourceStatus::kNoMatch;
         a.items.clear();
         a.obligations.push_back("REVIEW_BY_HUMAN");
       }},
      {"denied, with items", [](auto& a) { a.status = SourceStatus::kDenied; }},
      {"no status", [](auto& a) { a.status = static_cast<SourceStatus>(0); }},
      {"a box that is not the signed one",
       [](auto& a) { a.items[0].sealed += "x"; }},
  };
  for (const Lie& lie : lies) {
    SCOPED_TRACE(lie.name);
    HealthLies(lie.edit);
    const ShareAnswer answer = MustShare(Request());
    EXPECT_TRUE(Is<UnreachableLeg>(answer, 0));
    EXPECT_TRUE(Is<ReleasedShare>(answer, 1));
    EXPECT_EQ(RecordsOf(council_).back().legs.at(0).status,
              LegStatus::kUnreachable);
  }
}

TEST_F(ExchangeTest, AnotherAgencysSignatureIsAnUnreachableSource) {
  HealthLies([](SourceAnswer&) {}, &school_);
  EXPECT_TRUE(Is<UnreachableLeg>(MustShare(Request()), 0));
}

TEST_F(ExchangeTest, AnswerAboutSomebodyWhoDidNotMatchIsUnreachable) {
  Enrol(health_, {});
  HealthLies([](SourceAnswer& a) { a.status = SourceStatus::kAnswered; });
  EXPECT_TRUE(Is<UnreachableLeg>(MustShare(Request()), 0));
}

TEST_F(ExchangeTest, SilentSourceIsUnreachableAndTheOthersAnswer) {
  sources_.behave[health_.id] = [](const SignedRequest&,
                                   const SourceQuestion&) {
    return absl::UnavailableError("link: is down");
  };
  const ShareAnswer answer = MustShare(Request());
  EXPECT_TRUE(Is<UnreachableLeg>(answer, 0));
  EXPECT_TRUE(Is<ReleasedShare>(answer, 1));
  EXPECT_EQ(RecordsOf(health_).at(0).legs.at(0).status,
            LegStatus::kUnreachable);
}

TEST_F(ExchangeTest, BoxesThatThePermitDoesNotNameAreEmptied) {
  Enrol(health_, {Person(1, 1)});
  HealthLies([&](SourceAnswer& a) {
    const auto add = [&](ItemLabel label) {
      a.items.push_back(*SealItem(crypto::PublicKeyOf(sealing_),
                                  {a.request_digest, a.agency}, label, "x"));
    };
    add({0, "diagnosis", "EXACT", 7});    // not in the agreement
    add({0, "visits", "EXACT", 7});       // finer than permitted
    add({1, "visits", "MONTH_ONLY", 7});  // about somebody who did not match
    add({77, "visits", "MONTH_ONLY", 7});
  });
  const ShareAnswer answer = MustShare(Request());
  const SourceAnswer& health = AnswerOf(answer, 0);
  ASSERT_THAT(health.items, SizeIs(6));
  for (size_t i = 0; i < 6; ++i)
    EXPECT_EQ(health.items[i].sealed.empty(), i >= 2) << i;
  // The source's signature still tells what was taken out.
  KS_EXPECT_OK(VerifyAnswer(health_.signing.verify_key(), health));
  EXPECT_THAT(RecordsOf(council_).back().legs.at(0).released,
              ElementsAre(audit::ReleasedItem{"contact", "EXACT", 1},
                          audit::ReleasedItem{"visits", "MONTH_ONLY", 1}));
}

TEST_F(ExchangeTest, LateRefusalStandsInTheHoldersEntryOnly) {
  sources_.behave[health_.id] = [&](const SignedRequest& r,
                                    const SourceQuestion& q) {
    SourceReply reply{NoMatch(RequestDigest(r.request), q.source, "v3"),
                      LateRefusal{"visits", "c-7", "CONDITION", "opted out"}};
    SignAnswer(health_.signing, reply.answer);
    return reply;
  };
  EXPECT_EQ(AnswerOf(MustShare(Request()), 0).status, SourceStatus::kNoMatch);
  EXPECT_THAT(RecordsOf(health_).at(0).holder->late_refusal,
              testing::HasSubstr("opted out"));
  for (const audit::Record& r : RecordsOf(council_)) {
    EXPECT_FALSE(r.holder.has_value());
    EXPECT_EQ(audit::EncodeRecord(r)->find("opted out"), std::string::npos);
  }
}

// Daily caps.

class CapTest : public ExchangeTest {
 protected:
  ShareRequest Engage(std::vector<std::string> items) {
    ShareRequest r = Request();
    r.purpose = "ENGAGEMENT";
    r.asks = {{health_.id, "", std::move(items), ""}};
    return r;
  }
  bool Granted(std::vector<std::string> items) {
    return Is<ReleasedShare>(MustShare(Engage(std::move(items))), 0);
  }
};

TEST_F(CapTest, FlowIsRefusedOnceItsDayIsUsedUp) {
  for (int i = 0; i < kCap; ++i) EXPECT_TRUE(Granted({"visits"}));
  EXPECT_FALSE(Granted({"visits"}));
  // A restart counts on; the next day starts anew.
  daily_use_ = *DailyUse::Open(*db_, clock_.now);
  Exchange restarted({directory_, policy_, *index_, *log_, sources_, *replays_,
                      *daily_use_, clock_, absl::Seconds(1)});
  auto answer = restarted.RequestShare(council_.id, Signed(Engage({"visits"})));
  KS_ASSERT_OK(answer.status());
  EXPECT_TRUE(Is<RefusedLeg>(*answer, 0));
  clock_.now += absl::Hours(24);
  answer = restarted.RequestShare(council_.id, Signed(Engage({"visits"})));
  KS_ASSERT_OK(answer.status());
  EXPECT_TRUE(Is<ReleasedShare>(*answer, 0));
}

TEST_F(CapTest, HoldsWhicheverOtherFlowIsUsedBesideIt) {
  for (int i = 0; i < kCap; ++i) EXPECT_TRUE(Granted({"contact", "visits"}));
  // What has no cap is still given, what has one is withheld.
  const ShareAnswer answer = MustShare(Engage({"contact", "visits"}));
  const auto& leg = std::get<ReleasedShare>(answer.legs.at(0));
  ASSERT_THAT(leg.withheld(), SizeIs(1));
  EXPECT_EQ(leg.withheld()[0].item, "visits");
  for (const SealedItem& item : leg.answer().items)
    EXPECT_EQ(item.sealed.empty(), item.label.item == "visits");
  EXPECT_FALSE(Granted({"visits"}));
}

TEST_F(CapTest, HoldsAgainstRequestsAtOnce) {
  std::vector<SignedRequest> requests;
  for (int i = 0; i < 12; ++i) requests.push_back(Signed(Engage({"visits"})));
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (const SignedRequest& request : requests)
    threads.emplace_back([&] {
      auto answer = exchange_.MatchFamily(council_.id, request);
      ASSERT_TRUE(answer.ok());
      if (std::holds_alternative<ReleasedMatch>(answer->legs.at(0))) ++granted;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(granted, kCap);
}

// MatchFamily.

TEST_F(ExchangeTest, MatchIsOneEntryToTheRequesterAndOneToTheHolder) {
  const MatchAnswer answer = MustMatch(LinkRequest());
  EXPECT_THAT(GradesOf(answer),
              ElementsAre(linkage::Grade::kMatch, linkage::Grade::kMatch));
  const auto& leg = std::get<ReleasedMatch>(answer.legs.at(0));
  EXPECT_EQ(leg.members()[0].handle, Record(1));
  EXPECT_EQ(leg.members()[0].family, Family(1));
  EXPECT_THAT(sources_.asked, IsEmpty());
  EXPECT_THAT(RecordsOf(council_), SizeIs(1));
  EXPECT_THAT(RecordsOf(health_), SizeIs(1));
}

TEST_F(ExchangeTest, MatchWithoutTheHandleItemGivesMatchOrNothing) {
  Enrol(school_,
        {Person(1, 1), {Record(2), Family(1), false, {Carries(2, kWeak)}}});
  ShareRequest request = LinkRequest();
  request.asks = {{school_.id, "", {"attendance"}, ""}};
  request.members[1].tokens = {Carries(2, kWeak)};
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
