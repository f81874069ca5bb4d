// SPDX-License-Identifier: Apache-2.0
// Appending, proving, listing, opening: the log in working order.
#include "gateway/audit/log.h"

#include <gmock/gmock.h>

#include <thread>
#include <type_traits>

#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/merkle/proof.h"
#include "tests/unit/gateway/audit/fixture.h"
#include "tests/unit/gateway/storage/disk_faults.h"

namespace kinstile::audit {
namespace {

// Nothing but the log makes a receipt.
static_assert(!std::is_default_constructible_v<AuditReceipt>);
static_assert(!std::is_constructible_v<AuditReceipt, Receipt>);
static_assert(!std::is_constructible_v<AuditReceipt, Receipt, EntryType,
                                       std::string, Digest>);

TEST_F(LogTest, GivesAReceiptThatProvesTheEntry) {
  AuditReceipt receipt = MustAppend(1);
  EXPECT_TRUE(receipt.Covers(DigestOf(1)));
  EXPECT_FALSE(receipt.Covers(DigestOf(2)));
  EXPECT_EQ(receipt.type(), EntryType::kRelease);
  EXPECT_TRUE(CheckReceipt(receipt, 1).ok()) << CheckReceipt(receipt, 1);
  EXPECT_TRUE(absl::IsUnauthenticated(CheckReceipt(receipt, 2)));
}

TEST_F(LogTest, OfficersReadWhatHappenedAndNobodyElseDoes) {
  MustAppend(1, "council");
  MustAppend(2, "health");
  MustAppend(3, "council");
  OpenedEntries opened = OpenAs(council_, "council");
  EXPECT_TRUE(opened.failures.empty());
  ASSERT_EQ(opened.entries.size(), 2u);
  EXPECT_EQ(opened.entries[0].record, SampleRecord(1));
  EXPECT_EQ(opened.entries[1].record, SampleRecord(3));
  EXPECT_EQ(OpenAs(oversight_, "health").entries.size(), 1u);
  OpenedEntries others = OpenAs(council_, "health");
  EXPECT_TRUE(others.entries.empty());
  EXPECT_EQ(others.failures.size(), 2u);  // the key frame and the entry
}

TEST_F(LogTest, VerifiesAndCountsWhatItChecked) {
  for (int i = 0; i < 5; ++i) MustAppend(i);
  VerifyReport report = Verify();
  EXPECT_THAT(report.failures, testing::IsEmpty());
  EXPECT_EQ(report.entries, log_->size());
  EXPECT_EQ(report.sealed, 5u);
  EXPECT_EQ(report.keyframes, 1u);
  EXPECT_EQ(report.checkpoints, 7u);
}

TEST_F(LogTest, ConsistencyProofsLinkEveryCheckpoint) {
  Checkpoint before =
      *OpenCheckpoint(log_->checkpoint(), kOrigin, log_->verify_key());
  MustAppend(1);
  MustAppend(2);
  Checkpoint after =
      *OpenCheckpoint(log_->checkpoint(), kOrigin, log_->verify_key());
  EXPECT_EQ(after.size, before.size + 3);
  EXPECT_TRUE(merkle::VerifyConsistency(
                  before.size, after.size,
                  *log_->ConsistencyProof(before.size, after.size), before.root,
                  after.root)
                  .ok());
  EXPECT_TRUE(
      absl::IsOutOfRange(log_->InclusionProof(0, after.size + 1).status()));
}

TEST_F(LogTest, HoldersEntriesAllLookAlike) {
  Draft quiet = SampleDraft(1, "health");
  quiet.record = Record();
  quiet.record.type = EntryType::kAsked;
  Draft loud = SampleDraft(2, "health");
  loud.record.type = EntryType::kAsked;
  loud.record.holder = HolderTruth{
      {{"address", "shield", "bar", "person is shielded"}}, 3, {"A1"}, "late"};
  quiet.fixed_size = loud.fixed_size = kHolderEntrySize;
  Leaf a = *DecodeLeaf(log_->AppendOne(quiet)->receipt().leaf);
  Leaf b = *DecodeLeaf(log_->AppendOne(loud)->receipt().leaf);
  EXPECT_EQ(a.payload_size, b.payload_size);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(OpenAs(health_, "health").entries.back().record, loud.record);
}

TEST_F(LogTest, RefusesWhatCannotBeAnEntry) {
  Draft unknown = SampleDraft(1, "nobody");
  EXPECT_TRUE(absl::IsInvalidArgument(log_->AppendOne(unknown).status()));
  Draft own = SampleDraft(1);
  own.record.type = EntryType::kKeyFrame;
  EXPECT_TRUE(absl::IsInvalidArgument(log_->AppendOne(own).status()));
  Draft large = SampleDraft(1);
  large.record.reason.assign(Record::kMaxText + 1, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(log_->AppendOne(large).status()));
  Draft unfit = SampleDraft(1);
  unfit.fixed_size = 256;
  EXPECT_TRUE(absl::IsInvalidArgument(log_->AppendOne(unfit).status()));
  EXPECT_EQ(log_->size(), 2u);  // GENESIS, KEYMANIFEST
  EXPECT_TRUE(log_->Append({})->empty());
}

TEST_F(LogTest, OneAppendIsOneTransaction) {
  Draft bad = SampleDraft(2, "nobody");
  EXPECT_FALSE(log_->Append({SampleDraft(1), bad}).ok());
  EXPECT_EQ(log_->size(), 2u);
  auto receipts = log_->Append({SampleDraft(1), SampleDraft(2, "health")});
  ASSERT_TRUE(receipts.ok());
  EXPECT_EQ((*receipts)[1].index(), (*receipts)[0].index() + 1);
  EXPECT_EQ((*receipts)[0].receipt().checkpoint,
            (*receipts)[1].receipt().checkpoint);
}

TEST_F(LogTest, CallersRowsCommitWithTheEntryOrNotAtAll) {
  auto add = [](const char* sql) {
    return
        [sql](storage::Transaction& t) { return t.Execute(sql, {}).status(); };
  };
  Draft good = SampleDraft(1);
  good.also = add("INSERT INTO audit_logs (log, origin) VALUES (1, 'x')");
  EXPECT_TRUE(log_->AppendOne(good).ok());
  uint64_t size = log_->size();
  EXPECT_TRUE(absl::IsAlreadyExists(log_->AppendOne(good).status()));
  EXPECT_EQ(log_->size(), size);
  MustAppend(2);
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
}

TEST_F(LogTest, AnotherCallersRowsDoNotSpoilTheBatch) {
  std::vector<std::thread> threads;
  std::atomic<int> refused = 0, written = 0;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      Draft draft = SampleDraft(t);
      if (t % 2 == 0)
        draft.also = [](storage::Transaction&) {
          return absl::AbortedError("changed my mind");
        };
      absl::Status s = log_->AppendOne(draft).status();
      ++(absl::IsAborted(s) ? refused : written);
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(written, 8);
  EXPECT_EQ(log_->size(), 2u + 1 + 8);
}

TEST_F(LogTest, ReopeningStartsNewEpochsOnTheSameTree) {
  MustAppend(1);
  ReopenStore();
  OpenLog();
  MustAppend(2);
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
  EXPECT_EQ(Verify().keyframes, 2u);
  EXPECT_EQ(OpenAs(council_, "council").entries.size(), 2u);
}

TEST_F(LogTest, NewManifestShutsOutTheOldRecipient) {
  MustAppend(1);
  Officer joiner{"council-2"};
  ASSERT_TRUE(
      log_->SetRecipients(
              {DigestOf(100),
               {{"council", {joiner.recipient(), oversight_.recipient()}}}})
          .ok());
  MustAppend(2);
  EXPECT_FALSE(log_->AppendOne(SampleDraft(3, "health")).ok());
  EXPECT_EQ(OpenAs(council_, "council").entries.size(), 1u);
  EXPECT_EQ(OpenAs(joiner, "council").entries.size(), 1u);
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
  EXPECT_FALSE(log_->SetRecipients({DigestOf(101), {{"council", {}}}}).ok());
}

TEST_F(LogTest, EpochsEndByAgeAndByNumber) {
  MustAppend(1);
  clock_.now_ms += absl::ToInt64Milliseconds(absl::Minutes(11));
  MustAppend(2);
  EXPECT_EQ(Verify().keyframes, 2u);
  ReopenStore();
  LogOptions options = Options();
  options.epoch_entries = 2;
  log_ = *Log::Open(*db_, std::move(options));
  for (int i = 3; i < 8; ++i) MustAppend(i);
  EXPECT_EQ(Verify().keyframes, 5u);
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
  EXPECT_EQ(OpenAs(council_, "council").entries.size(), 7u);
}

TEST_F(LogTest, ClockMayNotRunBehindTheLog) {
  MustAppend(1);
  clock_.now_ms -= 5'000;
  MustAppend(2);  // stands still until the clock has caught up
  clock_.now_ms -= 60'000;
  EXPECT_TRUE(absl::IsUnavailable(log_->AppendOne(SampleDraft(3)).status()));
  clock_.now_ms += 70'000;
  MustAppend(3);
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
}

TEST_F(LogTest, PagesCarryTheKeyFramesTheyNeed) {
  uint64_t first = MustAppend(1).index();
  for (int i = 2; i < 6; ++i) MustAppend(i);
  EntryPage page = *log_->ListEntries("council", first + 1, 2);
  ASSERT_EQ(page.entries.size(), 2u);
  ASSERT_EQ(page.keyframes.size(), 1u);
  EXPECT_EQ(page.next, first + 3);
  EntryOpener opener(kOrigin, "council", council_.secret.Clone());
  OpenedEntries out;
  opener.OpenPage(page, out);
  EXPECT_EQ(out.entries.size(), 2u);
  // Going back is allowed.
  opener.OpenPage(*log_->ListEntries("council", first, 1), out);
  EXPECT_EQ(out.entries.back().record, SampleRecord(1));
  EXPECT_EQ(log_->ListEntries("council", first + 3, 100)->next, 0u);
  EXPECT_TRUE(log_->ListEntries("nobody", 0, 10)->entries.empty());
}

TEST_F(LogTest, ThirtyTwoThreadsAppendAndEveryReceiptVerifies) {
  constexpr int kThreads = 32, kEach = 20;
  std::vector<std::thread> threads;
  std::atomic<int> bad = 0;
  int syncs = SyncCount();
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        int n = t * kEach + i;
        auto r = log_->AppendOne(SampleDraft(n, t % 2 ? "council" : "health"));
        if (!r.ok() || !CheckReceipt(*r, n).ok()) ++bad;
      }
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(bad, 0);
  EXPECT_EQ(log_->size(), 4u + kThreads * kEach);
  // Group commit: far fewer flushes than entries.
  EXPECT_LT(SyncCount() - syncs, kThreads * kEach / 2);
  EXPECT_THAT(Verify().failures, testing::IsEmpty());
}

TEST_F(LogTest, FullQueueSaysTryLater) {
  ReopenStore();
  LogOptions options = Options();
  options.queue_limit = 1;
  log_ = *Log::Open(*db_, std::move(options));
  EXPECT_TRUE(absl::IsResourceExhausted(
      log_->Append({SampleDraft(1), SampleDraft(2)}).status()));
  MustAppend(3);
  // What ends something that was begun is never turned away.
  std::vector<Draft> outcome = {SampleDraft(4), SampleDraft(5)};
  for (Draft& d : outcome) d.finishes = true;
  EXPECT_TRUE(log_->Append(std::move(outcome)).ok());
}

TEST_F(LogTest, RefusesAStoreOfAnotherKey) {
  MustAppend(1);
  ReopenStore();
  LogOptions options{kOrigin, TestLogKey(9), Recipients(), clock_};
  EXPECT_TRUE(absl::IsDataLoss(Log::Open(*db_, std::move(options)).status()));
}

TEST_F(LogTest, RefusesBadOptions) {
  LogOptions origin{"two words", TestLogKey(), Recipients(), clock_};
  EXPECT_TRUE(
      absl::IsInvalidArgument(Log::Open(*db_, std::move(origin)).status()));
  LogOptions nobody{
      "x.example", TestLogKey(), {DigestOf(1), {{"council", {}}}}, clock_};
  EXPECT_TRUE(
      absl::IsInvalidArgument(Log::Open(*db_, std::move(nobody)).status()));
}

TEST_F(LogTest, LeavesAndSealedPayloadsHoldNoPlaintext) {
  Draft draft = SampleDraft(1);
  draft.record.reason = "PLANTED-REASON";
  ASSERT_TRUE(log_->AppendOne(draft).ok());
  EntryPage page = *log_->ListEntries("council", 0, 100);
  for (const StoredEntry& e : page.entries)
    for (const std::string& bytes : {e.leaf, e.payload})
      for (const char* secret : {"PLANTED", "staff-0042", "diagnosis"})
        EXPECT_EQ(bytes.find(secret), std::string::npos);
}

}  // namespace
}  // namespace kinstile::audit
