// SPDX-License-Identifier: Apache-2.0
// The contract on SQLite, and what only SQLite has: files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "gateway/storage/database.h"
#include "tests/unit/gateway/storage/disk_faults.h"
#include "tests/unit/gateway/storage/sqlite_store.h"

namespace kinstile::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, StorageContract,
                         testing::Values(Backend{
                             "sqlite",
                             [] { return std::make_unique<SqliteStore>(); }}),
                         [](const auto& info) { return info.param.name; });

absl::Status AddOrigin(Database& db, int64_t log) {
  return db.Write([log](Transaction& t) {
    return t
        .Execute("INSERT INTO audit_logs (log, origin) VALUES (?1, ?2)",
                 {Value::Int(log), Value::Text(std::to_string(log))})
        .status();
  });
}

TEST(SqliteOpen, RefusesUrlsItDoesNotServe) {
  EXPECT_TRUE(absl::IsInvalidArgument(Open("").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open("mysql:x").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open("sqlite:").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open("sqlite::memory:").status()));
  EXPECT_TRUE(absl::IsUnimplemented(Open("postgresql://x/y").status()));
  EXPECT_FALSE(Open("sqlite:/no/such/folder/x.db").ok());
}

TEST(SqliteOpen, MakesFilesThatOnlyTheOwnerReads) {
  SqliteStore store;
  auto db = *Open(store.url());
  ASSERT_TRUE(AddOrigin(*db, 1).ok());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat st;
    ASSERT_EQ(stat((store.path() + suffix).c_str(), &st), 0) << suffix;
    EXPECT_EQ(st.st_mode & 0777, 0600u) << suffix;
  }
}

TEST(SqliteOpen, EveryCommitIsSynced) {
  SqliteStore store;
  auto db = *Open(store.url());
  for (int i = 0; i < 5; ++i) {
    int before = SyncCount();
    ASSERT_TRUE(AddOrigin(*db, i).ok());
    EXPECT_GT(SyncCount(), before);
  }
}

TEST(SqliteOpen, ReadOnlyNeitherCreatesNorWrites) {
  SqliteStore store;
  EXPECT_TRUE(
      absl::IsNotFound(Open(store.url(), {.read_only = true}).status()));
  (*Open(store.url())).reset();
  auto db = Open(store.url(), {.read_only = true});
  ASSERT_TRUE(db.ok()) << db.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(AddOrigin(**db, 1)));
}

TEST(SqliteOpen, RefusesAFileThatIsNoDatabase) {
  SqliteStore store;
  std::ofstream(store.path()) << std::string(8192, 'x');
  EXPECT_TRUE(absl::IsDataLoss(Open(store.url()).status()));
}

TEST(SqliteCopy, IsWholeWhileTheStoreIsInUse) {
  SqliteStore store;
  auto db = *Open(store.url());
  ASSERT_TRUE(AddOrigin(*db, 1).ok());
  const std::string copy = store.path() + ".copy";
  ASSERT_TRUE(CopyTo(store.url(), copy).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(CopyTo(store.url(), copy)));
  EXPECT_FALSE(CopyTo("sqlite:/no/such/file", copy + "2").ok());
  struct stat st;
  ASSERT_EQ(stat(copy.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
  auto opened = Open("sqlite:" + copy);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(absl::IsAlreadyExists(AddOrigin(**opened, 1)));
  // Still healthy: taking a copy did not drop the store's locks.
  EXPECT_TRUE(AddOrigin(*db, 2).ok());
}

TEST(SqliteWrite, NoticesThatItsFileWasDeletedOrReplaced) {
  for (const char* suffix : {"", "-wal"}) {
    SqliteStore store;
    auto db = *Open(store.url());
    ASSERT_TRUE(AddOrigin(*db, 1).ok());
    std::filesystem::remove(store.path() + suffix);
    EXPECT_TRUE(absl::IsDataLoss(AddOrigin(*db, 2))) << suffix;
    EXPECT_FALSE(db->healthy());
    EXPECT_TRUE(absl::IsDataLoss(AddOrigin(*db, 3))) << suffix;
  }
}

}  // namespace
}  // namespace kinstile::storage
