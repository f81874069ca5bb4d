// SPDX-License-Identifier: Apache-2.0
// Nothing in the schema goes unnoticed that the migrations did not make.
#include "gateway/storage/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/storage/sqlite_store.h"

namespace kinstile::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Unexplained(const std::vector<const char*>& sql) {
  SqliteStore store;
  auto db = Open(store.url());
  EXPECT_TRUE(db.ok()) << db.status();
  const absl::Status written = (*db)->Write([&](Transaction& t) {
    absl::Status s;
    for (const char* statement : sql)
      s.Update(t.Execute(statement, {}).status());
    return s;
  });
  EXPECT_TRUE(written.ok()) << written;
  std::vector<std::string> out;
  const absl::Status read = (*db)->Read([&](Snapshot& s) -> absl::Status {
    auto found = UnexplainedSchema(s);
    if (found.ok()) out = *std::move(found);
    return found.status();
  });
  EXPECT_TRUE(read.ok()) << read;
  return out;
}

TEST(UnexplainedSchema, IsNothingInANewStore) {
  EXPECT_THAT(Unexplained({}), IsEmpty());
}

TEST(UnexplainedSchema, NamesEachObject) {
  EXPECT_THAT(Unexplained({"CREATE TABLE extra (x TEXT)"}),
              ElementsAre("table extra: is none that this program made"));
  EXPECT_THAT(
      Unexplained({"CREATE TRIGGER t AFTER INSERT ON audit_leaves BEGIN "
                   "DELETE FROM audit_payloads; END"}),
      ElementsAre("trigger t: is none that this program made"));
  EXPECT_THAT(Unexplained({"DROP INDEX audit_leaves_by_audience"}),
              ElementsAre("index audit_leaves_by_audience: is missing"));
  EXPECT_THAT(Unexplained({"DROP TABLE audit_logs",
                           "CREATE TABLE audit_logs (log, origin)"}),
              testing::Contains("table audit_logs: is defined otherwise"));
  EXPECT_THAT(Unexplained({"ALTER TABLE audit_leaves RENAME TO hidden",
                           "CREATE VIEW audit_leaves AS SELECT * FROM hidden"}),
              testing::Contains(HasSubstr("view audit_leaves: is none")));
}

}  // namespace
}  // namespace kinstile::storage
