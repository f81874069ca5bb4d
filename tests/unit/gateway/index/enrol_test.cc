// SPDX-License-Identifier: Apache-2.0
// Enrolment's contract: all or nothing, whatever happens in between.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "gateway/index/generation.h"
#include "gateway/index/token_table.h"
#include "tests/unit/gateway/index/register.h"

namespace kinstile::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using EnrolTest = RegisterTest;

// `first` to `first + n - 1`; family of two; everyone has a name token.
std::vector<EnrolledRecord> People(uint32_t first, uint32_t n) {
  std::vector<EnrolledRecord> out;
  for (uint32_t i = first; i < first + n; ++i)
    out.push_back(Person(i, i / 2, {Carries(kNames, i), Carries(kAddress, 7)}));
  return out;
}

TEST_F(EnrolTest, ShowsNothingBeforeItIsFinished) {
  const EnrolmentId id = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(id, People(0, 3)));
  EXPECT_TRUE(absl::IsNotFound(index_->GetStatus(council_).status()));
  EXPECT_TRUE(absl::IsNotFound(index_->Find(council_, {}).status()));
  KS_ASSERT_OK(index_->AddRecords(id, People(3, 2)));
  KS_ASSERT_OK(index_->FinishEnrolment(id, 5));
  const RegisterStatus status = index_->GetStatus(council_).value();
  EXPECT_EQ(status.records, 5u);
  EXPECT_EQ(status.families, 3u);
  EXPECT_EQ(status.generation, 1);
  EXPECT_EQ(status.spec_version, kIdentitySpecVersion);
  EXPECT_EQ(status.key_epoch, 3u);
  EXPECT_EQ(status.enrolled_at, clock_.now);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNames, 4)}),
              ElementsAre(Record(4)));
}

TEST_F(EnrolTest, AgainReplacesTheFormerGenerationAndLeavesNothingOfIt) {
  Enrol(council_, People(0, 40));
  const EnrolmentId id = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(id, People(100, 3)));
  EXPECT_EQ(HandlesOf(council_, {Carries(kNames, 4)}).size(), 1u);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNames, 100)}), IsEmpty());
  KS_ASSERT_OK(index_->FinishEnrolment(id, 3));
  EXPECT_THAT(HandlesOf(council_, {Carries(kNames, 4)}), IsEmpty());
  EXPECT_EQ(HandlesOf(council_, {Carries(kNames, 100)}).size(), 1u);
  EXPECT_EQ(index_->GetStatus(council_)->generation, 2);
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_records"), 3);
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_tokens"), 4);
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_generations"), 1);
}

TEST_F(EnrolTest, RefusesAWrongCountAndCanStillGoOn) {
  const EnrolmentId id = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(id, People(0, 3)));
  for (uint64_t wrong : {0u, 2u, 4u})
    EXPECT_TRUE(absl::IsInvalidArgument(index_->FinishEnrolment(id, wrong)));
  EXPECT_TRUE(absl::IsNotFound(index_->GetStatus(council_).status()));
  KS_EXPECT_OK(index_->FinishEnrolment(id, 3));
}

TEST_F(EnrolTest, RefusesAHandleTwiceAndStoresNothingOfThatBatch) {
  const EnrolmentId id = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(id, People(0, 3)));
  std::vector<EnrolledRecord> batch = People(10, 2);
  batch.push_back(Person(1, 1, {}));  // from an earlier batch
  const absl::Status twice = index_->AddRecords(id, batch);
  EXPECT_TRUE(absl::IsInvalidArgument(twice));
  EXPECT_THAT(std::string(twice.message()), HasSubstr("record 2: handle"));
  batch.back() = batch.front();  // in one batch
  EXPECT_TRUE(absl::IsInvalidArgument(index_->AddRecords(id, batch)));
  batch.pop_back();
  KS_EXPECT_OK(index_->AddRecords(id, batch));
  KS_EXPECT_OK(index_->FinishEnrolment(id, 5));
}

TEST_F(EnrolTest, NamesTheRecordThatIsMalformed) {
  const EnrolmentId id = Start(council_);
  std::vector<EnrolledRecord> batch = People(0, 2);
  batch[1].tokens.push_back(Carries(77, 1));
  const absl::Status s = index_->AddRecords(id, batch);
  EXPECT_TRUE(absl::IsInvalidArgument(s));
  EXPECT_THAT(std::string(s.message()), HasSubstr("record 1: tokens"));
  batch.assign(kMaxRecordsPerBatch + 1, EnrolledRecord());
  EXPECT_TRUE(absl::IsInvalidArgument(index_->AddRecords(id, batch)));
  EXPECT_TRUE(
      absl::IsInvalidArgument(index_->StartEnrolment({}, 1, 1).status()));
}

TEST_F(EnrolTest, FinishedOrAbandonedTakesNoMore) {
  const EnrolmentId done = Start(council_);
  KS_ASSERT_OK(index_->FinishEnrolment(done, 0));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(index_->AddRecords(done, People(0, 1))));
  KS_EXPECT_OK(index_->FinishEnrolment(done, 0));  // a repeat is harmless
  EXPECT_TRUE(absl::IsFailedPrecondition(index_->AbandonEnrolment(done)));

  const EnrolmentId dropped = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(dropped, People(0, 9)));
  KS_EXPECT_OK(index_->AbandonEnrolment(dropped));
  KS_EXPECT_OK(index_->AbandonEnrolment(dropped));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(index_->AddRecords(dropped, People(0, 1))));
  EXPECT_TRUE(absl::IsFailedPrecondition(index_->FinishEnrolment(dropped, 9)));
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_records"), 0);
  EXPECT_EQ(index_->GetStatus(council_)->generation, done.generation);
  EXPECT_GT(Start(council_).generation, dropped.generation);
}

TEST_F(EnrolTest, ASecondStartSupersedesTheFirst) {
  const EnrolmentId first = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(first, People(0, 9)));
  const EnrolmentId second = Start(council_);
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_records"), 0);
  EXPECT_TRUE(
      absl::IsFailedPrecondition(index_->AddRecords(first, People(9, 1))));
  EXPECT_TRUE(absl::IsFailedPrecondition(index_->FinishEnrolment(first, 9)));
  KS_ASSERT_OK(index_->AddRecords(second, People(0, 2)));
  KS_EXPECT_OK(index_->FinishEnrolment(second, 2));
  EXPECT_EQ(index_->GetStatus(council_)->records, 2u);
}

TEST_F(EnrolTest, OfOneAgencyLeavesTheOthersAlone) {
  Enrol(council_, People(0, 5));
  const EnrolmentId slow = Start(health_);
  KS_ASSERT_OK(index_->AddRecords(slow, People(0, 7)));
  Enrol(council_, People(0, 3));
  KS_ASSERT_OK(index_->FinishEnrolment(slow, 7));
  EXPECT_EQ(index_->GetStatus(council_)->records, 3u);
  EXPECT_EQ(index_->GetStatus(health_)->records, 7u);
  EXPECT_EQ(index_->GetStatus(health_)->generation, 1);
}

TEST_F(EnrolTest, WritesTheSameTableInAnyNumberOfSlices) {
  const EnrolmentId id = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(id, People(0, 300)));  // 300 share an address
  std::vector<std::string> first;
  for (size_t slice_tokens : {1'000'000u, 200u, 7u}) {
    Generation row;
    std::vector<std::string> rows;
    KS_ASSERT_OK(database_->Read([&](storage::Snapshot& s) {
      row = **FindGeneration(s, id);
      return absl::OkStatus();
    }));
    KS_ASSERT_OK(BuildTokenTable(*database_, id, row, slice_tokens));
    KS_ASSERT_OK(database_->Read([&](storage::Snapshot& s) {
      return s.Query(
          "SELECT slot, persons FROM index_tokens ORDER BY slot", {},
          [&](const storage::Row& r) {
            rows.push_back(std::to_string(r.Int(0)) + std::string(r.Blob(1)));
            return absl::OkStatus();
          });
    }));
    EXPECT_EQ(rows.size(), 301u);
    if (first.empty()) first = rows;
    EXPECT_EQ(rows, first);
  }
}

TEST_F(EnrolTest, PutsNoTokenOnTheDisk) {
  Enrol(council_, {Person(1, 1, {Carries(kNames, 123456)})});
  std::string disk;
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(path() + suffix, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    disk += bytes.str();
  }
  // The scan sees what is there: the handle is, as it must be.
  EXPECT_TRUE(disk.find(Record(1).str()) != disk.npos);
  EXPECT_TRUE(disk.find(Numbered<Token>(123456).str()) == disk.npos);
}

// Runs `body` in a child on its own connection, and kills it `after` it has
// written a byte to the pipe.
template <class Body>
void KilledAfter(const std::string& path, useconds_t delay, Body body) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto database = storage::Open("sqlite:" + path);
    if (!database.ok()) _exit(1);
    auto index = Index::Open(**database, TestKey(1));
    const bool ok = index.ok() && body(**index, ready[1]);
    if (!ok) _exit(1);
    while (true) pause();
  }
  char byte = 0;
  EXPECT_EQ(read(ready[0], &byte, 1), 1);
  usleep(delay);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(EnrolTest, KilledBetweenBatchesLeavesTheFormerRegister) {
  Enrol(council_, People(0, 5));
  Close();
  KilledAfter(path(), 0, [&](Index& index, int ready) {
    const auto id = index.StartEnrolment(council_, 1, 1);
    return id.ok() && index.AddRecords(*id, People(100, 50)).ok() &&
           index.AddRecords(*id, People(200, 50)).ok() &&
           write(ready, "x", 1) == 1;
  });
  Reopen();
  EXPECT_EQ(index_->GetStatus(council_)->records, 5u);
  EXPECT_EQ(HandlesOf(council_, {Carries(kNames, 4)}).size(), 1u);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNames, 100)}), IsEmpty());
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_records"), 105);
  const EnrolmentId id = Start(council_);
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_records"), 5);
  KS_ASSERT_OK(index_->FinishEnrolment(id, 0));
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_records"), 0);
}

TEST_F(EnrolTest, KilledWhileFinishingIsOldOrNewAndNeverHalf) {
  constexpr uint32_t kPeople = kMaxRecordsPerBatch;
  int fresh = 0;
  for (useconds_t delay = 0; delay <= 70'000; delay += 10'000) {
    Reopen();
    Enrol(council_, People(0, 5));
    Close();
    KilledAfter(path(), delay, [&](Index& index, int ready) {
      const auto id = index.StartEnrolment(council_, 1, 1);
      return id.ok() && index.AddRecords(*id, People(100, kPeople)).ok() &&
             write(ready, "x", 1) == 1 &&
             index.FinishEnrolment(*id, kPeople).ok();
    });
    Reopen();
    const uint64_t records = index_->GetStatus(council_)->records;
    fresh += records == kPeople;
    EXPECT_TRUE(records == 5 || records == kPeople);
    const bool is_new = records == kPeople;
    for (uint32_t n = 100; n < 100 + kPeople; n += 499)
      ASSERT_EQ(HandlesOf(council_, {Carries(kNames, n)}).size(),
                is_new ? 1u : 0u);
    ASSERT_EQ(HandlesOf(council_, {Carries(kNames, 3)}).size(),
              is_new ? 0u : 1u);
  }
  RecordProperty("finished_before_the_kill", fresh);
}

}  // namespace
}  // namespace kinstile::index
