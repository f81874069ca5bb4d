// SPDX-License-Identifier: Apache-2.0
// A small log on a store of its own: two agencies, an oversight team.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_FIXTURE_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gateway/audit/log.h"
#include "gateway/audit/open.h"
#include "gateway/audit/verify.h"
#include "gateway/base/clock.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"
#include "gateway/storage/database.h"
#include "tests/unit/gateway/audit/memory_copy.h"
#include "tests/unit/gateway/storage/sqlite_store.h"

namespace kinstile::audit {

inline constexpr char kOrigin[] = "gw.example/audit/2026";

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMillis(now_ms); }
  std::atomic<int64_t> now_ms = 1'790'000'000'000;
};

inline crypto::SigningKey TestLogKey(char fill = 7) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
}

struct Officer {
  std::string key_id;
  crypto::BoxSecretKey secret = crypto::RandomKey<crypto::BoxSecretKey>();
  Recipient recipient() const { return {key_id, crypto::PublicKeyOf(secret)}; }
};

inline Digest DigestOf(int n) { return crypto::Sha256(std::to_string(n)); }

// A release about request `n`, as the requester's officer will read it.
inline Record SampleRecord(int n) {
  Record r;
  r.type = EntryType::kRelease;
  r.time_ms = 1'790'000'000'000 + n;
  r.requester = *AgencyId::Create("council");
  r.practitioner = "staff-0042";
  r.role = "key-worker";
  r.purpose = "family-support";
  r.agreement = *AgreementId::Create("key-working");
  r.agreement_version = 3;
  r.request_digest = DigestOf(n);
  Leg leg;
  leg.agency = *AgencyId::Create("health");
  leg.flows = {*FlowId::Create("health-visits")};
  leg.status = LegStatus::kAnswered;
  leg.items_asked = {"visit-dates", "diagnosis"};
  leg.released = {{"visit-dates", "month", {0, 1}}};
  leg.withheld = {{"diagnosis", "never-1", "confidence", "special category"}};
  r.legs = {leg};
  r.subjects.resize(2);
  return r;
}

inline Draft SampleDraft(int n, std::string audience = "council") {
  return {std::move(audience), SampleRecord(n), DigestOf(n)};
}

class LogTest : public testing::Test {
 protected:
  LogTest() {
    ReopenStore();
    OpenLog();
  }

  void ReopenStore() {
    log_.reset();
    db_.reset();
    absl::StatusOr<std::unique_ptr<storage::Database>> db =
        storage::Open(store_.url(), {.busy_timeout_ms = 50});
    ASSERT_TRUE(db.ok()) << db.status();
    db_ = *std::move(db);
  }

  LogOptions Options() { return {kOrigin, TestLogKey(), Recipients(), clock_}; }
  // Under manifest `n`.
  KeyManifest Recipients(int n = 99) const {
    return {DigestOf(n),
            {{"council", {council_.recipient(), oversight_.recipient()}},
             {"health", {health_.recipient(), oversight_.recipient()}}}};
  }

  void OpenLog() {
    absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(*db_, Options());
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  AuditReceipt MustAppend(int n, const std::string& audience = "council") {
    absl::StatusOr<AuditReceipt> receipt =
        log_->AppendOne(SampleDraft(n, audience));
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return *std::move(receipt);
  }

  // The store as an officer finds it.
  VerifyReport Verify(VerifyOptions options = {}) {
    absl::StatusOr<VerifyReport> report = VerifyStore(
        *db_, kOrigin, TestLogKey().verify_key(), std::move(options));
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : VerifyReport();
  }
  OpenedEntries OpenAs(const Officer& officer, const std::string& audience) {
    absl::StatusOr<OpenedEntries> opened =
        OpenEntries(*db_, kOrigin, audience, officer.secret.Clone());
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : OpenedEntries();
  }

  // All of the stored log, to change in memory.
  MemoryCopy Take() {
    absl::StatusOr<MemoryCopy> taken = absl::InternalError("not read");
    const absl::Status read = db_->Read([&](storage::Snapshot& s) {
      StoreCopy copy(s, kOrigin);
      taken = MemoryCopy::Of(copy);
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok() && taken.ok()) << read << taken.status();
    return taken.ok() ? *std::move(taken) : MemoryCopy();
  }

  storage::SqliteStore store_;
  FixedClock clock_;
  Officer council_{"council-1"};
  Officer health_{"health-1"};
  Officer oversight_{"oversight-1"};
  std::unique_ptr<storage::Database> db_;
  std::unique_ptr<Log> log_;
};

inline absl::Status CheckReceipt(const AuditReceipt& receipt, int n) {
  absl::StatusOr<Receipt> parsed = ParseReceipt(receipt.Encode());
  if (!parsed.ok()) return parsed.status();
  return VerifyReceipt(*parsed, TestLogKey().verify_key(), kOrigin, DigestOf(n))
      .status();
}

}  // namespace kinstile::audit

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_FIXTURE_H_
