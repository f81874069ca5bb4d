// SPDX-License-Identifier: Apache-2.0
// Evaluations are counted, audited and bounded before an answer leaves; a
// register is changed by its own agency and on the record.
#include "gateway/share/evaluation.h"

#include <algorithm>

#include "gateway/share/reason.h"
#include "gateway/share/registry.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EvaluationTest : public World {
 protected:
  EvaluationTest() { UseManifest(2, key_); }
  // A manifest whose one key holder has `key`.
  void UseManifest(uint32_t version, const crypto::OprfKey& key) {
    auto next = std::make_shared<Consortium>(*directory_.Current());
    next->version = version;
    next->digest = crypto::Sha256("manifest " + std::to_string(version));
    next->key_holders = {{{"holder", {}, {}, "holder.example/audit"},
                          1,
                          key.public_key(),
                          health_.id}};
    KS_EXPECT_OK(directory_.Replace(std::move(next)));
  }
  absl::StatusOr<Evaluated> Evaluate(size_t n, EvaluationUse use,
                                     bool proof = false, uint32_t epoch = 5) {
    blindings_.clear();
    std::vector<absl::string_view> points;
    for (size_t i = 0; i < n; ++i)
      blindings_.push_back(*crypto::Blinding::Create(std::to_string(i)));
    for (const auto& b : blindings_) points.push_back(b.point().bytes());
    return evaluation_.Evaluate(council_.id, epoch, use, points, proof);
  }
  uint64_t Counted() {
    uint64_t n = 0;
    for (const audit::Record& r : RecordsOf(health_)) {
      EXPECT_EQ(r.type, audit::EntryType::kKeyEvaluation);
      EXPECT_EQ(r.requester, council_.id);
      if (r.refusal) continue;
      for (const audit::Count& c : r.counts) n += c.number;
    }
    return n;
  }
  // Counts of the entries about what was refused, in order.
  std::vector<uint64_t> Refused() {
    std::vector<uint64_t> out;
    for (const audit::Record& r : RecordsOf(health_))
      if (r.refusal) out.push_back(r.counts.at(0).number);
    return out;
  }

  const crypto::OprfKey key_ = crypto::OprfKey::Random();
  std::unique_ptr<DailyUse> daily_use_ = *DailyUse::Open(*db_, clock_.now);
  std::vector<crypto::Blinding> blindings_;
  Evaluation evaluation_{{directory_,
                          key_,
                          health_.id,
                          *log_,
                          *daily_use_,
                          clock_,
                          {.enrolment_factor = 0.1, .query = 8}}};
};

TEST_F(EvaluationTest, EvaluatesWithAProofOnRequestAndCounts) {
  const auto plain = Evaluate(2, EvaluationUse::kQuery);
  KS_ASSERT_OK(plain.status());
  EXPECT_FALSE(plain->proof.has_value());
  const auto proven = Evaluate(3, EvaluationUse::kQuery, true);
  KS_ASSERT_OK(proven.status());
  ASSERT_TRUE(proven->proof.has_value());
  std::vector<crypto::BlindedPoint> points;
  for (const auto& b : blindings_) points.push_back(b.point());
  KS_EXPECT_OK(crypto::VerifyEvaluation(key_.public_key(), points,
                                        proven->points, *proven->proof));
  EXPECT_EQ(Counted(), 5u);
}

TEST_F(EvaluationTest, BudgetsOfTheDayAreSeparateAndHold) {
  KS_EXPECT_OK(Evaluate(8, EvaluationUse::kQuery).status());
  const absl::Status s = Evaluate(1, EvaluationUse::kQuery).status();
  EXPECT_TRUE(absl::IsResourceExhausted(s));
  EXPECT_EQ(ReasonOf(s), Reason::kBudgetExhausted);
  // A tenth of 10 people's ten keys each.
  KS_EXPECT_OK(Evaluate(10, EvaluationUse::kEnrolment).status());
  EXPECT_EQ(ReasonOf(Evaluate(1, EvaluationUse::kEnrolment).status()),
            Reason::kBudgetExhausted);
  EXPECT_EQ(Counted(), 18u);
  // A restart does not refill them.
  EXPECT_EQ((*DailyUse::Open(*db_, clock_.now))
                ->Used(council_.id, "evaluations for queries", clock_.now),
            8);
  clock_.now += absl::Hours(24);
  KS_EXPECT_OK(Evaluate(8, EvaluationUse::kQuery).status());
}

TEST_F(EvaluationTest, WhatIsBeyondTheBudgetIsOnTheRecordWithoutFillingIt) {
  KS_EXPECT_OK(Evaluate(8, EvaluationUse::kQuery).status());
  EXPECT_FALSE(Evaluate(3, EvaluationUse::kQuery).ok());
  EXPECT_EQ(Refused(), (std::vector<uint64_t>{3}));
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(Evaluate(2, EvaluationUse::kQuery).ok());
  EXPECT_EQ(Refused(), (std::vector<uint64_t>{3}));
  clock_.now += absl::Minutes(1);
  EXPECT_FALSE(Evaluate(1, EvaluationUse::kQuery).ok());
  EXPECT_EQ(Refused(), (std::vector<uint64_t>{3, 41}));
  EXPECT_EQ(RecordsOf(health_).back().refusal->layer, "BUDGET");
}

TEST_F(EvaluationTest, AClockThatWasFarAheadIsForgivenAfterARestart) {
  const absl::Time today = clock_.now;
  const std::string what = "evaluations for queries";
  KS_EXPECT_OK(Evaluate(2, EvaluationUse::kQuery).status());
  clock_.now += absl::Hours(24 * 400);
  KS_EXPECT_OK(Evaluate(3, EvaluationUse::kQuery).status());
  // All of it counts as used today, and no longer than today.
  auto use = *DailyUse::Open(*db_, today);
  EXPECT_EQ(use->Used(council_.id, what, today), 5);
  EXPECT_EQ(use->Used(council_.id, what, today + absl::Hours(24)), 0);
  // Again: nothing is counted twice.
  EXPECT_EQ((*DailyUse::Open(*db_, today))->Used(council_.id, what, today), 5);
  // A day back does not refill.
  EXPECT_EQ((*DailyUse::Open(*db_, today - absl::Hours(24)))
                ->Used(council_.id, what, today - absl::Hours(24)),
            5);
}

TEST_F(EvaluationTest, NothingIsAnsweredWithoutTheTrail) {
  auto other = *storage::Open(store_.url());
  KS_ASSERT_OK(other->Write([&](storage::Transaction&) {
    const absl::Status s = Evaluate(1, EvaluationUse::kQuery).status();
    EXPECT_EQ(ReasonOf(s), Reason::kAuditUnavailable);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Counted(), 0u);
}

TEST_F(EvaluationTest, RefusesOnceTheManifestNamesAnotherKey) {
  KS_EXPECT_OK(Evaluate(1, EvaluationUse::kQuery).status());
  UseManifest(3, crypto::OprfKey::Random());
  const absl::Status s = Evaluate(1, EvaluationUse::kQuery).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(s));
  EXPECT_EQ(ReasonOf(s), Reason::kVersionMismatch);
  EXPECT_EQ(Counted(), 1u);
}

TEST_F(EvaluationTest, RefusesWhatIsNoEvaluation) {
  EXPECT_EQ(ReasonOf(Evaluate(0, EvaluationUse::kQuery).status()),
            Reason::kMalformed);
  EXPECT_EQ(ReasonOf(Evaluate(1, EvaluationUse::kQuery, false, 6).status()),
            Reason::kVersionMismatch);
  EXPECT_EQ(ReasonOf(evaluation_
                         .Evaluate(*AgencyId::Create("nobody"), 5,
                                   EvaluationUse::kQuery, {"x"}, false)
                         .status()),
            Reason::kUnknownParty);
  for (const std::string& bytes : {std::string(), std::string(31, 1),
                                   std::string(32, 0), std::string(32, '\xff')})
    EXPECT_TRUE(absl::IsInvalidArgument(
        evaluation_
            .Evaluate(council_.id, 5, EvaluationUse::kQuery, {bytes}, false)
            .status()));
}

TEST_F(EvaluationTest, WhatIsNoPointCostsNoBudgetAndIsNoEvaluation) {
  const auto blinding = *crypto::Blinding::Create("anybody");
  const absl::string_view point = blinding.point().bytes();
  const std::string none(32, '\xff');
  for (const auto& batch : std::vector<std::vector<absl::string_view>>{
           {none}, {point, none}, {none, point}}) {
    const absl::Status s =
        evaluation_.Evaluate(council_.id, 5, EvaluationUse::kQuery, batch, true)
            .status();
    EXPECT_EQ(ReasonOf(s), Reason::kMalformed);
  }
  EXPECT_EQ(
      daily_use_->Used(council_.id, "evaluations for queries", clock_.now), 0);
  EXPECT_EQ(Counted(), 0u);
}

class RegistryTest : public World {
 protected:
  static index::EnrolledRecord Person(uint32_t n) {
    return {Record(n), Family(n), false, {Carries(n, kStrong)}};
  }
  Registry registry_{{directory_, *index_, *log_, clock_}};
};

TEST_F(RegistryTest, EnrolsOnTheRecord) {
  auto id = registry_.Start(health_.id, kIdentitySpecVersion, 5);
  KS_ASSERT_OK(id.status());
  KS_ASSERT_OK(registry_.Add(*id, 0, {Person(1), Person(2)}));
  EXPECT_EQ(registry_.Finish(*id, 2)->records, 2u);
  EXPECT_EQ(registry_.Withdraw(health_.id, {Record(1)}).value(), 1u);
  EXPECT_EQ(registry_.Status(health_.id)->records, 1u);
  EXPECT_EQ(registry_.Status(school_.id)->records, 0u);
  const auto records = RecordsOf(health_);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0].counts,
              ElementsAre(audit::Count{"records enrolled", 2}));
  EXPECT_THAT(records[1].counts,
              ElementsAre(audit::Count{"records to withdraw", 1}));
  for (const audit::Record& r : records) EXPECT_THAT(r.subjects, IsEmpty());
}

TEST_F(RegistryTest, RefusesOtherVersionsAndMoreThanWasDeclared) {
  EXPECT_EQ(ReasonOf(registry_.Start(health_.id, 99, 5).status()),
            Reason::kVersionMismatch);
  EXPECT_EQ(
      ReasonOf(registry_.Start(health_.id, kIdentitySpecVersion, 6).status()),
      Reason::kVersionMismatch);
  auto id = registry_.Start(health_.id, kIdentitySpecVersion, 5);
  KS_ASSERT_OK(id.status());
  EXPECT_EQ(ReasonOf(registry_.Add(*id, 10, {Person(1)})),
            Reason::kBudgetExhausted);
  KS_EXPECT_OK(registry_.Add(*id, 9, {Person(1)}));
  registry_.Abandon(*id);
  EXPECT_FALSE(registry_.Finish(*id, 1).ok());
}

TEST_F(RegistryTest, ShieldIsSetBeforeItsEntryAndLiftedAfterIt) {
  auto id = registry_.Start(health_.id, kIdentitySpecVersion, 5);
  KS_ASSERT_OK(registry_.Add(*id, 0, {Person(1)}));
  KS_ASSERT_OK(registry_.Finish(*id, 1).status());
  const auto shielded = [&] {
    auto found = index_->Find(health_.id, {{{Carries(1, kStrong)}}});
    return found->members.at(0).candidates.at(0).shielded;
  };
  // The audience is gone: nothing of health's can be written.
  audit::KeyManifest others = LogOptions().recipients;
  std::erase_if(others.audiences,
                [](const auto& a) { return a.id == "health"; });
  KS_ASSERT_OK(log_->SetRecipients(others));
  EXPECT_EQ(ReasonOf(registry_.SetShield(health_.id, Record(1), true)),
            Reason::kAuditUnavailable);
  EXPECT_TRUE(shielded());
  EXPECT_EQ(ReasonOf(registry_.SetShield(health_.id, Record(1), false)),
            Reason::kAuditUnavailable);
  EXPECT_TRUE(shielded());
  EXPECT_EQ(ReasonOf(registry_.Withdraw(health_.id, {Record(1)}).status()),
            Reason::kAuditUnavailable);
  EXPECT_EQ(registry_.Status(health_.id)->records, 1u);
  KS_ASSERT_OK(log_->SetRecipients(LogOptions().recipients));
  KS_EXPECT_OK(registry_.SetShield(health_.id, Record(1), false));
  EXPECT_FALSE(shielded());
}

}  // namespace
}  // namespace kinstile::share
