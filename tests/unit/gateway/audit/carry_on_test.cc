// SPDX-License-Identifier: Apache-2.0
// A trail is closed and another carries it on, whenever the process dies.
#include "gateway/audit/carry_on.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
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

// Whoever verifies the new trail verifies the old one in the same store, by the
// key that the old one's own entries name.
class EarlierTest : public CarryOnTest {
 protected:
  EarlierTest() {
    auto next = Start(Next(8), 7);
    EXPECT_TRUE(next.ok()) << next.status();
  }
  std::vector<std::string> Failures(VerifyOptions options = {}) {
    const VerifyReport next = VerifyNext(8);
    EXPECT_THAT(next.failures, IsEmpty());
    EXPECT_TRUE(next.continues.has_value());
    absl::StatusOr<VerifyReport> report = absl::InternalError("not read");
    const absl::Status read = db_->Read([&](storage::Snapshot& s) {
      StoreCopy copy(s, next.continues->origin);
      report = VerifyEarlier(copy, *next.continues, kNext, std::move(options));
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? report->failures : std::vector<std::string>();
  }
  void Sql(absl::string_view sql) {
    const auto change = [&](storage::Transaction& t) {
      return t.Execute(sql, {storage::Value::Int(LogNumber(kOrigin))}).status();
    };
    const absl::Status s = db_->Write(change);
    ASSERT_TRUE(s.ok()) << sql << ": " << s;
  }
};

TEST_F(EarlierTest, HoldsUpToTheHeadThatTheNewTrailNames) {
  EXPECT_THAT(Failures(), IsEmpty());
  VerifyOptions options;
  crypto::VerifyKey named = TestLogKey(7).verify_key();
  options.manifests = [&](const KeyManifest&) -> absl::StatusOr<ManifestFacts> {
    ManifestFacts facts;
    facts.recipients = Recipients();
    facts.log_keys = {{kOrigin, named}};
    return facts;
  };
  const auto failures = [&] {
    std::vector<std::string> out = Failures(options);
    // The fixture's manifest has no bytes.
    std::erase_if(out, [](const std::string& f) {
      return f.find("than it contains") != std::string::npos;
    });
    return out;
  };
  // Nothing in it was believed, so nobody has named its key.
  EXPECT_THAT(failures(), testing::ElementsAre(HasSubstr("names its key")));
}

TEST_F(EarlierTest, IsHeldToItsEnd) {
  // The CLOSE and its head are cut off.
  Sql("DELETE FROM audit_payloads WHERE log = ?1 AND idx = (SELECT MAX(idx) "
      "FROM audit_leaves WHERE log = ?1)");
  Sql("DELETE FROM audit_checkpoints WHERE log = ?1 AND size = (SELECT "
      "MAX(size) FROM audit_checkpoints WHERE log = ?1)");
  Sql("DELETE FROM audit_leaves WHERE log = ?1 AND idx = (SELECT MAX(idx) FROM "
      "audit_leaves WHERE log = ?1)");
  EXPECT_THAT(Failures(), Contains(HasSubstr("cut short")));
  EXPECT_THAT(Failures(), Contains(HasSubstr("it was not closed for")));
}

TEST_F(EarlierTest, IsTheOneWhoseHeadIsNamed) {
  for (const char* table : {"audit_leaves", "audit_payloads", "audit_keyframes",
                            "audit_checkpoints", "audit_logs"})
    Sql(absl::StrCat("DELETE FROM ", table, " WHERE log = ?1"));
  {
    // Another history of the same name; first with another key.
    LogOptions options = Options();
    options.key = TestLogKey(9);
    ASSERT_TRUE(Log::Open(*db_, std::move(options)).ok());
  }
  EXPECT_THAT(Failures(), testing::ElementsAre(HasSubstr("is not one of its")));
}

TEST_F(CarryOnTest, AnEmptyStoreAndTheSameTrailCarryNothingOn) {
  EXPECT_EQ(*CarryOn(*db_, Options(), TestLogKey()), std::nullopt);
  storage::SqliteStore empty;
  const auto db = *storage::Open(empty.url());
  EXPECT_EQ(*CarryOn(*db, Options(), TestLogKey()), std::nullopt);
}

}  // namespace
}  // namespace kinstile::audit
