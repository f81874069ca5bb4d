// SPDX-License-Identifier: Apache-2.0
// When the store cannot take an entry, nothing is answered; then it goes on.
#include <gmock/gmock.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "gateway/audit/note.h"
#include "tests/unit/gateway/audit/fixture.h"
#include "tests/unit/gateway/storage/disk_faults.h"

namespace kinstile::audit {
namespace {

class LogFault : public LogTest {
 protected:
  // Whole, readable, and the same on disk as in memory.
  void ExpectIntact(size_t council_entries) {
    EXPECT_THAT(Verify().failures, testing::IsEmpty());
    OpenedEntries opened = OpenAs(council_, "council");
    EXPECT_TRUE(opened.failures.empty());
    EXPECT_EQ(opened.entries.size(), council_entries);
  }
};

TEST_F(LogFault, FullDiskAnswersNothingAndServiceResumes) {
  MustAppend(1);
  const std::string head = log_->checkpoint();
  {
    ScopedDiskFault fault(DiskFault::kFull);
    for (int i = 2; i < 5; ++i) {
      absl::Status s = log_->AppendOne(SampleDraft(i)).status();
      EXPECT_TRUE(absl::IsResourceExhausted(s)) << s;
    }
    EXPECT_TRUE(log_->healthy());
    EXPECT_EQ(log_->checkpoint(), head);
  }
  EXPECT_TRUE(CheckReceipt(MustAppend(5), 5).ok());
  ExpectIntact(2);
  ReopenStore();
  OpenLog();
  MustAppend(6);
  ExpectIntact(3);
}

TEST_F(LogFault, LockedStoreAnswersNothingAndServiceResumes) {
  MustAppend(1);
  auto other = *storage::Open(store_.url());
  absl::Notification held, done;
  std::thread holder([&] {
    EXPECT_TRUE(other
                    ->Write([&](storage::Transaction&) {
                      held.Notify();
                      done.WaitForNotification();
                      return absl::OkStatus();
                    })
                    .ok());
  });
  held.WaitForNotification();
  absl::Status s = log_->AppendOne(SampleDraft(2)).status();
  EXPECT_TRUE(absl::IsUnavailable(s)) << s;
  EXPECT_TRUE(absl::IsUnavailable(log_->SetRecipients(Recipients(98))));
  done.Notify();
  holder.join();
  EXPECT_TRUE(log_->healthy());
  EXPECT_TRUE(CheckReceipt(MustAppend(3), 3).ok());
  ExpectIntact(2);
}

TEST_F(LogFault, FailedSyncPoisonsTheLogUntilARestart) {
  MustAppend(1);
  const std::string head = log_->checkpoint();
  {
    ScopedDiskFault fault(DiskFault::kSyncError);
    EXPECT_TRUE(absl::IsDataLoss(log_->AppendOne(SampleDraft(2)).status()));
  }
  // The disk works again; this process does not trust it.
  EXPECT_FALSE(log_->healthy());
  EXPECT_TRUE(absl::IsDataLoss(log_->AppendOne(SampleDraft(3)).status()));
  EXPECT_EQ(log_->checkpoint(), head);
  ReopenStore();
  OpenLog();
  MustAppend(4);
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
  VerifyOptions kept;
  kept.evidence.checkpoints = {head};
  EXPECT_THAT(Verify(kept).failures, testing::IsEmpty());
}

TEST_F(LogFault, EveryReceiptGivenUnderFlickeringFaultsStaysProvable) {
  VerifyOptions kept;
  size_t written = 0;
  for (int i = 0; i < 40; ++i) {
    absl::StatusOr<AuditReceipt> receipt = absl::UnknownError("");
    if (i % 3 == 1) {
      ScopedDiskFault fault(DiskFault::kFull, i % 5);
      receipt = log_->AppendOne(SampleDraft(i));
    } else {
      receipt = log_->AppendOne(SampleDraft(i));
    }
    if (!receipt.ok()) continue;
    ++written;
    kept.evidence.receipts.push_back(receipt->Encode());
  }
  EXPECT_GE(written, 26u);
  VerifyReport report = Verify(kept);
  EXPECT_THAT(report.failures, testing::IsEmpty());
  EXPECT_EQ(report.receipts, written);
  ExpectIntact(written);
}

TEST_F(LogFault, TwoLogsOnOneStoreAreNoticed) {
  MustAppend(1);
  auto other_db = *storage::Open(store_.url());
  auto other = *Log::Open(*other_db, Options());
  absl::Status s = log_->AppendOne(SampleDraft(2)).status();
  EXPECT_TRUE(absl::IsDataLoss(s)) << s;
  EXPECT_FALSE(log_->healthy());
  EXPECT_TRUE(other->AppendOne(SampleDraft(3)).ok());
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
}

// A store whose commits end as a lost connection does: the caller cannot know.
class UnclearDatabase final : public storage::Database {
 public:
  explicit UnclearDatabase(storage::Database& inner) : inner_(inner) {}
  absl::Status Write(
      absl::FunctionRef<absl::Status(storage::Transaction&)> body) override {
    if (!unclear) return inner_.Write(body);
    if (commits) {
      absl::Status s = inner_.Write(body);
      if (!s.ok()) return s;
    }
    return absl::UnknownError("connection lost during COMMIT");
  }
  absl::Status Read(
      absl::FunctionRef<absl::Status(storage::Snapshot&)> body) override {
    if (unreadable) return absl::UnavailableError("no connection");
    return inner_.Read(body);
  }
  bool healthy() const override { return inner_.healthy(); }

  bool unclear = false;
  bool commits = false;
  bool unreadable = false;

 private:
  storage::Database& inner_;
};

TEST_F(LogFault, UnknownOutcomeIsReadBackBeforeTheSizeIsSignedAgain) {
  struct Case {
    const char* name;
    bool commits, unreadable;
    bool receipt;  // can it be given at once?
  } cases[] = {{"committed, readable", true, false, true},
               {"lost, readable", false, false, false},
               {"committed, unreadable", true, true, false},
               {"lost, unreadable", false, true, false}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    log_.reset();
    UnclearDatabase db(*db_);
    log_ = *Log::Open(db, Options());
    MustAppend(1);
    db.unclear = true;
    db.commits = c.commits;
    db.unreadable = c.unreadable;
    auto receipt = log_->AppendOne(SampleDraft(2));
    EXPECT_EQ(receipt.ok(), c.receipt) << receipt.status();
    if (receipt.ok()) {
      EXPECT_TRUE(CheckReceipt(*receipt, 2).ok());
    } else {
      EXPECT_TRUE(absl::IsUnavailable(receipt.status()));
    }
    if (c.unreadable) {
      EXPECT_TRUE(
          absl::IsUnavailable(log_->AppendOne(SampleDraft(3)).status()));
    }
    db.unclear = db.unreadable = false;
    EXPECT_TRUE(CheckReceipt(MustAppend(4), 4).ok());
    EXPECT_THAT(Verify().failures, testing::IsEmpty());
    EXPECT_TRUE(OpenAs(council_, "council").failures.empty());
    log_.reset();
  }
}

}  // namespace
}  // namespace kinstile::audit
