// SPDX-License-Identifier: Apache-2.0
// What the gateway makes of heads: who is served, when, and what is recorded.
#include "gateway/share/witnesses.h"

#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/crypto/hash.h"
#include "gateway/share/reason.h"
#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

using testing::HasSubstr;

crypto::SigningKey WitnessKey(char fill) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
}

class WitnessesTest : public ExchangeTest {
 protected:
  // Two of council, health and school must cosign.
  WitnessesTest() {
    auto c = MakeConsortium();
    c->version = 2;
    std::string text;
    for (size_t i = 0; i < c->agencies.size(); ++i) {
      Agency& a = c->agencies[i];
      a.witness = {a.id.str() + ".example/witness",
                   audit::NoteAlgorithm::kCosignatureV1,
                   KeyOf(a.id).verify_key()};
      absl::StrAppend(&text, "witness ", a.id.str(), " ",
                      audit::FormatNoteVerifier(a.witness), "\n");
    }
    c->witnesses.policy = *audit::TlogPolicy::Parse(
        text + "group g 2 council health school\nquorum g\n");
    KS_EXPECT_OK(directory_.Replace(c));
  }
  static crypto::SigningKey KeyOf(const AgencyId& id) {
    return WitnessKey(static_cast<char>(id.str()[0] ^ 0x40));
  }
  std::string Cosigned(const AgencyId& id, const std::string& note,
                       absl::Time at) {
    const std::string text = audit::ParseNote(note)->text;
    return absl::StrCat(
        note, audit::Cosign(text, id.str() + ".example/witness", KeyOf(id),
                            absl::ToUnixSeconds(at)));
  }
  std::string Cosigned(const AgencyId& id) {
    return Cosigned(id, log_->checkpoint(), clock_.now);
  }
  void AllCosign() {
    for (const Keys* k : {&council_, &health_, &school_})
      KS_EXPECT_OK(witnesses_.AddCosignature(k->id, Cosigned(k->id)));
  }
  // What is refused is in the trail too.
  void Grow() {
    const uint64_t size = log_->size();
    EXPECT_FALSE(Share(Request()).ok());
    EXPECT_GT(log_->size(), size);
  }
  // A head as a later state of this log would sign it.
  std::string Head(uint64_t size, const merkle::Hash& root) const {
    return audit::SignCheckpoint({kOrigin, size, root}, LogOptions().key);
  }
};

TEST_F(WitnessesTest, NobodyIsServedBeforeAQuorumHasPresented) {
  EXPECT_EQ(ReasonOf(witnesses_.Serving()), Reason::kWitnessesMissing);
  KS_EXPECT_OK(witnesses_.Present(council_.id, Cosigned(council_.id)));
  EXPECT_EQ(ReasonOf(witnesses_.Serving()), Reason::kWitnessesMissing);
  EXPECT_THAT(std::string(witnesses_.Serving().message()),
              HasSubstr("so far: council"));
  // The same again is not another.
  KS_EXPECT_OK(witnesses_.Present(council_.id, Cosigned(council_.id)));
  EXPECT_FALSE(witnesses_.Serving().ok());
  // One that never cosigned this trail has shown what it saw: nothing.
  KS_EXPECT_OK(witnesses_.Present(school_.id, ""));
  KS_EXPECT_OK(witnesses_.Serving());
}

TEST_F(WitnessesTest, AKeyHolderDoesNotWait) {
  const Witnesses holder(directory_, *log_, *db_, clock_,
                         Witnesses::Start::kAtOnce);
  KS_EXPECT_OK(holder.Serving());
}

TEST_F(WitnessesTest, RefusesNotesThatSayNothing) {
  const std::string good = Cosigned(council_.id);
  struct Case {
    const char* name;
    AgencyId by;
    std::string note;
  } cases[] = {
      {"no note", council_.id, "x"},
      {"not cosigned", council_.id, log_->checkpoint()},
      {"cosigned by another", health_.id, good},
      {"by a stranger", *AgencyId::Create("stranger"), good},
      {"another key's log", council_.id,
       Cosigned(council_.id,
                audit::SignCheckpoint({kOrigin, 1, merkle::EmptyRoot()},
                                      WitnessKey('z')),
                clock_.now)},
      {"another log", council_.id,
       Cosigned(council_.id,
                audit::SignCheckpoint({"x.example", 1, merkle::EmptyRoot()},
                                      LogOptions().key),
                clock_.now)},
  };
  for (const Case& c : cases) {
    const absl::Status s = witnesses_.Present(c.by, c.note);
    EXPECT_EQ(ReasonOf(s), Reason::kMalformed) << c.name;
  }
  EXPECT_FALSE(witnesses_.Serving().ok());
}

TEST_F(WitnessesTest, OneHeadAheadOfOursRefusesServiceForGood) {
  AllCosign();
  KS_EXPECT_OK(witnesses_.Serving());
  const uint64_t ahead = log_->size() + 1;
  KS_EXPECT_OK(witnesses_.Present(
      school_.id,
      Cosigned(school_.id, Head(ahead, crypto::Sha256("x")), clock_.now)));
  const absl::Status s = witnesses_.Serving();
  EXPECT_EQ(ReasonOf(s), Reason::kTrailRefused);
  EXPECT_THAT(std::string(s.message()),
              HasSubstr(absl::StrCat("school has cosigned ", ahead)));
  EXPECT_THAT(std::string(s.message()), HasSubstr("kinstile restore"));
  // Growing to that size does not make it another trail.
  for (int i = 0; i < 3; ++i) {
    audit::Draft draft;
    draft.audience = "council";
    draft.record.type = audit::EntryType::kEnrolment;
    draft.record.requester = council_.id;
    KS_EXPECT_OK(log_->AppendOne(std::move(draft)).status());
  }
  for (const Keys* k : {&council_, &health_, &school_})
    EXPECT_EQ(ReasonOf(witnesses_.AddCosignature(k->id, Cosigned(k->id))),
              Reason::kTrailRefused);
  EXPECT_EQ(ReasonOf(witnesses_.Serving()), Reason::kTrailRefused);
}

TEST_F(WitnessesTest, AnotherHistoryRefusesServiceForGood) {
  KS_EXPECT_OK(witnesses_.Present(
      health_.id,
      Cosigned(health_.id, Head(2, crypto::Sha256("fork")), clock_.now)));
  EXPECT_EQ(ReasonOf(witnesses_.Serving()), Reason::kTrailRefused);
  EXPECT_THAT(std::string(witnesses_.Serving().message()), HasSubstr("forked"));
}

TEST_F(WitnessesTest, SensitiveAnswersStopBeforeOrdinaryOnes) {
  AllCosign();
  KS_EXPECT_OK(witnesses_.Fresh(true));
  clock_.now += absl::Minutes(15);
  KS_EXPECT_OK(witnesses_.Fresh(true));
  clock_.now += absl::Seconds(1);
  EXPECT_EQ(ReasonOf(witnesses_.Fresh(true)), Reason::kWitnessesStale);
  EXPECT_THAT(std::string(witnesses_.Fresh(true).message()),
              HasSubstr("15m1s ago; sensitive items stop after 15m"));
  KS_EXPECT_OK(witnesses_.Fresh(false));
  // One witness alone makes nothing fresh; two do.
  KS_EXPECT_OK(witnesses_.AddCosignature(council_.id, Cosigned(council_.id)));
  EXPECT_FALSE(witnesses_.Fresh(true).ok());
  KS_EXPECT_OK(witnesses_.AddCosignature(school_.id, Cosigned(school_.id)));
  KS_EXPECT_OK(witnesses_.Fresh(true));
  clock_.now += absl::Hours(4) + absl::Seconds(1);
  EXPECT_EQ(ReasonOf(witnesses_.Fresh(false)), Reason::kWitnessesStale);
  KS_EXPECT_OK(witnesses_.Serving());
}

TEST_F(WitnessesTest, AClockThatIsAheadMakesNobodysWordLastLonger) {
  for (const Keys* k : {&council_, &health_})
    KS_EXPECT_OK(witnesses_.AddCosignature(
        k->id,
        Cosigned(k->id, log_->checkpoint(), clock_.now + absl::Hours(24))));
  clock_.now += absl::Minutes(16);
  EXPECT_FALSE(witnesses_.Fresh(true).ok());
}

TEST_F(WitnessesTest, CosignaturesAreKeptWithTheCheckpoint) {
  KS_EXPECT_OK(witnesses_.AddCosignature(council_.id, Cosigned(council_.id)));
  clock_.now += absl::Seconds(5);
  KS_EXPECT_OK(witnesses_.AddCosignature(council_.id, Cosigned(council_.id)));
  int rows = 0;
  KS_EXPECT_OK(db_->Read([&](storage::Snapshot& s) {
    return audit::ForEachCosignature(
        s, audit::LogNumber(kOrigin), [&](const audit::CosignatureRow& row) {
          ++rows;
          EXPECT_EQ(row.size, log_->size());
          const auto note =
              audit::ParseNote(absl::StrCat(log_->checkpoint(), row.line));
          EXPECT_EQ(*audit::VerifyCosignature(*note, std::string(row.witness),
                                              KeyOf(council_.id).verify_key()),
                    static_cast<uint64_t>(absl::ToUnixSeconds(clock_.now)));
          return absl::OkStatus();
        });
  }));
  EXPECT_EQ(rows, 1);
}

TEST_F(WitnessesTest, WitnessesMeetOnOneCheckpoint) {
  EXPECT_EQ(witnesses_.Witnessed(), "");
  const std::string offered = witnesses_.ToCosign();
  EXPECT_EQ(offered, log_->checkpoint());
  KS_EXPECT_OK(witnesses_.AddCosignature(
      council_.id, Cosigned(council_.id, offered, clock_.now)));
  Grow();
  EXPECT_EQ(witnesses_.ToCosign(), offered);
  EXPECT_EQ(witnesses_.Witnessed(), "");
  KS_EXPECT_OK(witnesses_.AddCosignature(
      health_.id, Cosigned(health_.id, offered, clock_.now)));
  // A quorum has: its lines are under it, and the next one is offered.
  const auto note = audit::ParseNote(witnesses_.Witnessed());
  KS_ASSERT_OK(note.status());
  EXPECT_EQ(note->text, audit::ParseNote(offered)->text);
  for (const Keys* k : {&council_, &health_})
    KS_EXPECT_OK(audit::VerifyCosignature(*note,
                                          k->id.str() + ".example/witness",
                                          KeyOf(k->id).verify_key())
                     .status());
  EXPECT_EQ(witnesses_.ToCosign(), log_->checkpoint());
}

TEST_F(WitnessesTest, ACheckpointThatNobodyMeetsOnIsGivenUp) {
  const std::string offered = witnesses_.ToCosign();
  KS_EXPECT_OK(witnesses_.AddCosignature(
      council_.id, Cosigned(council_.id, offered, clock_.now)));
  Grow();
  clock_.now += absl::Seconds(59);
  EXPECT_EQ(witnesses_.ToCosign(), offered);
  clock_.now += absl::Seconds(1);
  EXPECT_EQ(witnesses_.ToCosign(), log_->checkpoint());
}

TEST_F(WitnessesTest, TheReportShowsTheLag) {
  KS_EXPECT_OK(witnesses_.AddCosignature(council_.id, Cosigned(council_.id)));
  clock_.now += absl::Seconds(30);
  KS_EXPECT_OK(witnesses_.AddCosignature(health_.id, Cosigned(health_.id)));
  const WitnessReport report = witnesses_.Report();
  KS_EXPECT_OK(report.serving);
  EXPECT_EQ(clock_.now - *report.quorum_at, absl::Seconds(30));
  ASSERT_EQ(report.witnesses.size(), 3u);
  EXPECT_EQ(report.witnesses[0].size, log_->size());
  EXPECT_FALSE(report.witnesses[2].presented);
}

// A stopped request is a refusal, in everybody's trail.
TEST_F(WitnessesTest, AStaleQuorumWithholdsAndRecordsIt) {
  AllCosign();
  MustShare(Request());
  clock_.now += absl::Hours(4) + absl::Seconds(1);
  const auto answer = Share(Request());
  EXPECT_EQ(ReasonFor(answer), Reason::kWitnessesStale);
  const std::vector<audit::Record> records = RecordsOf(council_);
  EXPECT_EQ(records.back().type, audit::EntryType::kDeny);
  EXPECT_EQ(records.back().legs.size(), 2u);
  EXPECT_EQ(RecordsOf(health_).back().type, audit::EntryType::kAsked);
  AllCosign();
  MustShare(Request());
}

// "visits" is service use; the same item, said to be about health, is not.
TEST_F(WitnessesTest, OnlySensitiveItemsStopEarly) {
  AllCosign();
  clock_.now += absl::Minutes(16);
  MustShare(Request());
  policy::Agreement agreement = FamilySupport();
  for (policy::Flow& flow : agreement.flows)
    for (policy::FlowItem& item : flow.items)
      if (item.item == "visits") item.category = policy::DataCategory::kHealth;
  policy_.Replace(std::make_shared<policy::ActiveSet>(
      std::vector<policy::Agreement>{agreement}, policy::Catalogue{}, "set-2"));
  EXPECT_EQ(ReasonFor(Share(Request())), Reason::kWitnessesStale);
  ShareRequest without = Request();
  without.asks[0].items = {"contact"};
  MustShare(without);
}

}  // namespace
}  // namespace kinstile::share
