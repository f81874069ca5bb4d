// SPDX-License-Identifier: Apache-2.0
// A trail is closed and another carries it on, whenever the process dies.
#include "gateway/audit/carry_on.h"

#include <gmock/gmock.h>

#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kNext[] = "gw.example/audit/2027";

class CarryOnTest : public LogTest {
 protected:
  CarryOnTest() {
    MustAppend(1);
    log_.reset();
  }
  LogOptions Next(char key = 7) {
    LogOptions options = Options();
    options.origin = kNext;
    options.key = TestLogKey(key);
    return options;
  }
  // As a gateway starts.
  absl::StatusOr<std::unique_ptr<Log>> Start(LogOptions options,
                                             char previous = 7) {
    absl::StatusOr<std::optional<Continues>> continues =
        CarryOn(*db_, options, TestLogKey(previous));
    if (!continues.ok()) return continues.status();
    options.continues = *std::move(continues);
    return Log::Open(*db_, std::move(options));
  }
  VerifyReport VerifyNext(char key = 7) {
    return *VerifyStore(*db_, kNext, TestLogKey(key).verify_key());
  }
};

TEST_F(CarryOnTest, TheOldTrailIsClosedAndTheNewOneNamesItsHead) {
  auto next = Start(Next());
  ASSERT_TRUE(next.ok()) << next.status();
  ASSERT_TRUE((*next)->AppendOne(SampleDraft(2)).ok());
  const VerifyReport old = Verify();
  EXPECT_THAT(old.failures, IsEmpty());
  EXPECT_EQ(old.epochs_open, 0u);
  EXPECT_THAT(
      old.notes,
      Contains(HasSubstr("it was closed; gw.example/audit/2027 carries")));
  const VerifyReport report = VerifyNext();
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_THAT(
      report.notes,
      Contains(testing::EndsWith("carries on the log gw.example/audit/2026")));
  // Officers read both.
  EXPECT_EQ(OpenAs(council_, "council").entries.size(), 1u);
  EXPECT_EQ(OpenEntries(*db_, kNext, "council", council_.secret.Clone())
                ->entries.size(),
            1u);
  // The next start changes nothing, and the old trail takes no more entries.
  const uint64_t size = (*next)->size();
  next->reset();
  next = Start(Next());
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_LE(size, (*next)->size());
  EXPECT_THAT(VerifyNext().failures, IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(Log::Open(*db_, Options()).status()));
}

TEST_F(CarryOnTest, ACrashBetweenTheTwoIsCarriedOnFrom) {
  const auto first = CarryOn(*db_, Next(), TestLogKey());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(first->has_value());
  ReopenStore();
  const auto again = CarryOn(*db_, Next(), TestLogKey());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *first);
  EXPECT_EQ((*again)->ground, ContinuesGround::kRollover);
  EXPECT_TRUE(
      OpenCheckpoint((*again)->checkpoint, kOrigin, TestLogKey().verify_key())
          .ok());
  // Closed for one trail, it is not carried on by another.
  LogOptions other = Next();
  other.origin = "gw.example/audit/2028";
  EXPECT_EQ(*CarryOn(*db_, other, TestLogKey()), std::nullopt);
}

TEST_F(CarryOnTest, ANewKeyNeedsTheOldOneToCloseWith) {
  const absl::Status s = Start(Next(8), 8).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(s)) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("previous_log_key_file"));
  EXPECT_THAT(Verify().notes, IsEmpty());
  ASSERT_TRUE(Start(Next(8), 7).ok());
  EXPECT_THAT(Verify().failures, IsEmpty());
  const VerifyReport report = VerifyNext(8);
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_THAT(report.notes, Contains(HasSubstr("by another key")));
}

TEST_F(CarryOnTest, AnEmptyStoreAndTheSameTrailCarryNothingOn) {
  EXPECT_EQ(*CarryOn(*db_, Options(), TestLogKey()), std::nullopt);
  storage::SqliteStore empty;
  const auto db = *storage::Open(empty.url());
  EXPECT_EQ(*CarryOn(*db, Options(), TestLogKey()), std::nullopt);
}

}  // namespace
}  // namespace kinstile::audit
