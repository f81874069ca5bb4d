// SPDX-License-Identifier: Apache-2.0
// Who is let in: admission, replays, reasons, daily use and the manifest.
#include "gateway/share/admission.h"

#include <functional>

#include "gateway/crypto/hash.h"
#include "gateway/share/daily_use.h"
#include "gateway/share/reason.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

class AdmissionTest : public World {
 protected:
  absl::StatusOr<Digest> AdmitNow(const SignedRequest& request) {
    return Admit(request, *directory_.Current(), *replays_, clock_.now);
  }
  Reason ReasonAfter(const std::function<void(ShareRequest&)>& edit) {
    ShareRequest request = Request();
    edit(request);
    return ReasonOf(AdmitNow(Signed(request)).status());
  }
  void Reopen() { replays_ = *ReplayGuard::Open(*db_, clock_.now); }

  std::unique_ptr<ReplayGuard> replays_ = *ReplayGuard::Open(*db_, clock_.now);
};

TEST_F(AdmissionTest, AdmitsAndGivesTheDigest) {
  const ShareRequest request = Request();
  EXPECT_EQ(AdmitNow(Signed(request)).value(), RequestDigest(request));
}

TEST_F(AdmissionTest, RefusesWithTheReason) {
  EXPECT_EQ(
      ReasonAfter([](auto& r) { r.agency = *AgencyId::Create("nobody"); }),
      Reason::kUnknownParty);
  EXPECT_EQ(ReasonAfter([](auto& r) { r.members.clear(); }),
            Reason::kMalformed);
  EXPECT_EQ(ReasonAfter([&](auto& r) { r.expires_at_ms = 1; }),
            Reason::kExpired);
  EXPECT_EQ(ReasonAfter([](auto& r) { ++r.identity_spec_version; }),
            Reason::kVersionMismatch);
  EXPECT_EQ(ReasonAfter([](auto& r) { ++r.key_epoch; }),
            Reason::kVersionMismatch);
  EXPECT_EQ(ReasonAfter([](auto& r) { r.manifest_digest = {}; }),
            Reason::kVersionMismatch);
  // In another agency's name.
  EXPECT_EQ(ReasonAfter([&](auto& r) {
              r.agency = school_.id;
              r.asks.pop_back();
            }),
            Reason::kBadSignature);
}

TEST_F(AdmissionTest, ForgedRequestUsesUpNoId) {
  SignedRequest forged = Signed(Request());
  forged.signature = SignRequest(school_.signing, forged.request);
  EXPECT_EQ(ReasonOf(AdmitNow(forged).status()), Reason::kBadSignature);
  KS_EXPECT_OK(AdmitNow(Signed(forged.request)).status());
}

TEST_F(AdmissionTest, IdIsOfOneAgencyAndUsedOnce) {
  ShareRequest request = Request();
  KS_EXPECT_OK(AdmitNow(Signed(request)).status());
  EXPECT_EQ(ReasonOf(AdmitNow(Signed(request)).status()), Reason::kReplayed);
  // Even for another question.
  request.reason = "another";
  EXPECT_EQ(ReasonOf(AdmitNow(Signed(request)).status()), Reason::kReplayed);
  request.agency = school_.id;
  request.asks.pop_back();
  KS_EXPECT_OK(
      AdmitNow({request, SignRequest(school_.signing, request)}).status());
}

TEST_F(AdmissionTest, KeptClaimSurvivesARestartUntilItExpires) {
  const ShareRequest kept = Request();
  const ShareRequest lost = Request();
  KS_ASSERT_OK(replays_->Claim(kept, clock_.now));
  KS_ASSERT_OK(replays_->Claim(lost, clock_.now));
  const auto keep = [&](const ShareRequest& r) {
    return db_->Write([&](storage::Transaction& tx) {
      return ReplayGuard::Keep(tx, r.agency, r.id, r.expires_at_ms,
                               ToMillis(clock_.now));
    });
  };
  KS_ASSERT_OK(keep(kept));
  KS_ASSERT_OK(keep(kept));  // safe to repeat
  Reopen();
  EXPECT_EQ(ReasonOf(replays_->Claim(kept, clock_.now)), Reason::kReplayed);
  KS_EXPECT_OK(replays_->Claim(lost, clock_.now));
  clock_.now += absl::Minutes(6);
  EXPECT_EQ(ReasonOf(replays_->Claim(kept, clock_.now)), Reason::kExpired);
}

TEST_F(AdmissionTest, ForgottenIdStaysUsedUp) {
  const ShareRequest request = Request();
  const absl::Time before = clock_.now;
  KS_ASSERT_OK(replays_->Claim(request, before));
  // Another call, whose clock was read later, lets the guard forget.
  ShareRequest other = Request();
  other.expires_at_ms = ToMillis(before + absl::Hours(2));
  KS_ASSERT_OK(replays_->Claim(other, before + absl::Hours(1)));
  EXPECT_EQ(ReasonOf(replays_->Claim(request, before)), Reason::kExpired);
}

TEST_F(AdmissionTest, DailyUseCountsUpToTheLimitByAgencyThingAndDay) {
  auto use = *DailyUse::Open(*db_, clock_.now);
  KS_EXPECT_OK(use->Take(council_.id, "a", 3, 5, clock_.now));
  EXPECT_EQ(ReasonOf(use->Take(council_.id, "a", 3, 5, clock_.now)),
            Reason::kBudgetExhausted);
  EXPECT_EQ(use->Used(council_.id, "a", clock_.now), 3);
  KS_EXPECT_OK(use->Take(council_.id, "a", 2, 5, clock_.now));
  KS_EXPECT_OK(use->Take(council_.id, "b", 5, 5, clock_.now));
  KS_EXPECT_OK(use->Take(health_.id, "a", 5, 5, clock_.now));
  const absl::Time tomorrow = clock_.now + absl::Hours(24);
  EXPECT_EQ(use->Used(council_.id, "a", tomorrow), 0);
  // A clock that is set back refills nothing.
  KS_EXPECT_OK(use->Take(council_.id, "a", 5, 5, tomorrow));
  EXPECT_FALSE(use->Take(council_.id, "a", 1, 5, clock_.now).ok());
}

TEST_F(AdmissionTest, KeptUseIsCountedAfterARestart) {
  const auto keep = [&](int64_t n) {
    return db_->Write([&](storage::Transaction& tx) {
      return DailyUse::Keep(tx, council_.id, "a", n, clock_.now);
    });
  };
  KS_ASSERT_OK(keep(2));
  KS_ASSERT_OK(keep(3));
  EXPECT_EQ(
      (*DailyUse::Open(*db_, clock_.now))->Used(council_.id, "a", clock_.now),
      5);
  const absl::Time tomorrow = clock_.now + absl::Hours(24);
  EXPECT_EQ((*DailyUse::Open(*db_, tomorrow))->Used(council_.id, "a", tomorrow),
            0);
}

TEST(Reason, TravelsWithItsErrorAndTheFirstOneStays) {
  const absl::Status s =
      Refuse(absl::StatusCode::kAborted, Reason::kExpired, "words");
  EXPECT_EQ(s.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(s.message(), "words");
  EXPECT_EQ(ReasonOf(s), Reason::kExpired);
  EXPECT_EQ(ReasonOf(WithReason(s, Reason::kInternal)), Reason::kExpired);
  EXPECT_EQ(ReasonOf(WithReason(absl::AbortedError(""), Reason::kInternal)),
            Reason::kInternal);
  EXPECT_EQ(ReasonOf(absl::AbortedError("")), Reason::kNone);
  EXPECT_TRUE(WithReason(absl::OkStatus(), Reason::kInternal).ok());
}

TEST_F(AdmissionTest, ManifestFindsPartiesByIdAndPin) {
  const auto c = directory_.Current();
  EXPECT_EQ(c->FindAgency("health")->id, health_.id);
  EXPECT_EQ(c->FindAgency("nobody"), nullptr);
  EXPECT_EQ(c->FindAgencyByPin(crypto::Sha256("school"))->id, school_.id);
  EXPECT_EQ(c->FindAgencyByPin(Digest{}), nullptr);
  EXPECT_EQ(c->FindGateway("gateway"), nullptr);
  EXPECT_EQ(c->FindKeyHolder("holder"), nullptr);
}

TEST_F(AdmissionTest, ManifestIsNeverReplacedByAnOlderOrADoubleOne) {
  const auto first = directory_.Current();
  const auto next = [&](uint32_t version, const char* bytes) {
    auto c = MakeConsortium();
    c->version = version;
    c->digest = crypto::Sha256(bytes);
    return directory_.Replace(c);
  };
  EXPECT_TRUE(absl::IsFailedPrecondition(next(0, "manifest 0")));
  EXPECT_TRUE(absl::IsFailedPrecondition(next(1, "another 1")));
  EXPECT_EQ(directory_.Current(), first);
  KS_EXPECT_OK(next(1, "manifest 1"));
  KS_EXPECT_OK(next(2, "manifest 2"));
  EXPECT_TRUE(absl::IsFailedPrecondition(next(1, "manifest 1")));
  EXPECT_EQ(first->version, 1u);  // who holds a snapshot keeps it
}

}  // namespace
}  // namespace kinstile::share
