// SPDX-License-Identifier: Apache-2.0
// A full or failing disk under SQLite: what is said, and what is kept.
#include <gtest/gtest.h>

#include "gateway/storage/database.h"
#include "tests/unit/gateway/storage/disk_faults.h"
#include "tests/unit/gateway/storage/sqlite_store.h"

namespace kinstile::storage {
namespace {

absl::Status Add(Database& db, int64_t log) {
  return db.Write([log](Transaction& t) {
    return t
        .Execute("INSERT INTO audit_logs (log, origin) VALUES (?1, ?2)",
                 {Value::Int(log), Value::Text(std::to_string(log))})
        .status();
  });
}

int64_t Count(Database& db) {
  int64_t n = -1;
  EXPECT_TRUE(db.Read([&n](Snapshot& s) {
                  return s.Query("SELECT COUNT(*) FROM audit_logs", {},
                                 [&n](const Row& row) {
                                   n = row.Int(0);
                                   return absl::OkStatus();
                                 });
                }).ok());
  return n;
}

struct FaultCase {
  const char* name;
  DiskFault fault;
  absl::StatusCode code;
  bool healthy_after;
};

class SqliteFault : public testing::TestWithParam<FaultCase> {};

TEST_P(SqliteFault, IsToldApartAndLosesNothingCommitted) {
  const FaultCase& c = GetParam();
  // The fault strikes at each write or sync of the transaction in turn.
  for (int skip = 0; skip < 3; ++skip) {
    SqliteStore store;
    auto db = *Open(store.url());
    ASSERT_TRUE(Add(*db, 1).ok());
    absl::Status s;
    {
      ScopedDiskFault fault(c.fault, skip);
      s = Add(*db, 2);
    }
    if (s.ok()) continue;  // this transaction has fewer such calls
    EXPECT_EQ(s.code(), c.code) << s;
    EXPECT_EQ(db->healthy(), c.healthy_after);
    EXPECT_EQ(Count(*db), 1);
    absl::Status later = Add(*db, 3);
    if (c.healthy_after) {
      EXPECT_TRUE(later.ok()) << later;
      db.reset();
      EXPECT_EQ(Count(**Open(store.url())), 2);
    } else {
      EXPECT_TRUE(absl::IsDataLoss(later)) << later;
    }
  }
}

TEST_P(SqliteFault, StrikesAtAll) {
  SqliteStore store;
  auto db = *Open(store.url());
  ScopedDiskFault fault(GetParam().fault);
  EXPECT_FALSE(Add(*db, 1).ok());
}

INSTANTIATE_TEST_SUITE_P(
    Each, SqliteFault,
    testing::Values(FaultCase{"DiskFull", DiskFault::kFull,
                              absl::StatusCode::kResourceExhausted, true},
                    FaultCase{"WriteError", DiskFault::kWriteError,
                              absl::StatusCode::kDataLoss, false},
                    FaultCase{"SyncError", DiskFault::kSyncError,
                              absl::StatusCode::kDataLoss, false}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace kinstile::storage
