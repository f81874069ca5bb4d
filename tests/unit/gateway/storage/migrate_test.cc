// SPDX-License-Identifier: Apache-2.0
// Migrations: once each, in order, and nothing unknown is touched.
#include "gateway/storage/migrate.h"

#include <gtest/gtest.h>

#include "gateway/storage/sqlite_database.h"
#include "tests/unit/gateway/storage/sqlite_store.h"

namespace kinstile::storage {
namespace {

const Migration kFirst = {"0001_a", "d1", "CREATE TABLE a (x BIGINT);"};
const Migration kSecond = {
    "0002_b", "d2",
    "CREATE TABLE b (x BIGINT PRIMARY KEY) /*sqlite WITHOUT ROWID*/;\n"
    "INSERT INTO a (x) VALUES (1);"};

absl::Status OpenWith(const SqliteStore& store,
                      std::vector<Migration> migrations,
                      OpenOptions options = {}) {
  return SqliteDatabase::Open(store.path(), options, migrations).status();
}

TEST(Migrate, BuiltInOnesAreInOrderAndTakenOnce) {
  absl::string_view last;
  for (const Migration& m : BuiltInMigrations()) {
    EXPECT_LT(last, m.name);
    EXPECT_EQ(m.digest.size(), 64u);
    last = m.name;
  }
  EXPECT_FALSE(BuiltInMigrations().empty());
  SqliteStore store;
  EXPECT_TRUE(Open(store.url()).ok());
  EXPECT_TRUE(Open(store.url()).ok());
}

TEST(Migrate, AppliesWhatIsMissing) {
  SqliteStore store;
  EXPECT_TRUE(OpenWith(store, {kFirst}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      OpenWith(store, {kFirst, kSecond}, {.read_only = true})));
  EXPECT_TRUE(OpenWith(store, {kFirst, kSecond}).ok());
  EXPECT_TRUE(OpenWith(store, {kFirst, kSecond}, {.read_only = true}).ok());
}

TEST(Migrate, RefusesANewerDatabase) {
  SqliteStore store;
  EXPECT_TRUE(OpenWith(store, {kFirst, kSecond}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenWith(store, {kFirst})));
}

TEST(Migrate, RefusesAChangedMigration) {
  SqliteStore store;
  EXPECT_TRUE(OpenWith(store, {kFirst}).ok());
  Migration changed = kFirst;
  changed.digest = "d9";
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenWith(store, {changed})));
}

TEST(Migrate, LeavesNothingBehindWhenOneFails) {
  SqliteStore store;
  Migration broken = {"0002_b", "d2", "CREATE TABLE b (x BIGINT); nonsense;"};
  EXPECT_FALSE(OpenWith(store, {kFirst, broken}).ok());
  EXPECT_TRUE(OpenWith(store, {kFirst, kSecond}).ok());
}

TEST(ForSqlite, TakesTheMarkedPartsOnly) {
  EXPECT_EQ(ForSqlite("a /*sqlite b*/ c /* d */"), "a b c /* d */");
  EXPECT_EQ(ForSqlite("/*sqlite open"), "/*sqlite open");
}

}  // namespace
}  // namespace kinstile::storage
