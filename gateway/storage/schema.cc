// SPDX-License-Identifier: Apache-2.0
// The schema as SQLite keeps it, beside that of a new database in memory.
#include "gateway/storage/schema.h"

#include <sqlite3.h>

#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "gateway/base/plain_text.h"
#include "gateway/base/status_macros.h"
#include "gateway/storage/migrate.h"

namespace kinstile::storage {
namespace {

constexpr char kObjects[] =
    "SELECT type, name, coalesce(sql, '') FROM sqlite_schema "
    "WHERE NOT (tbl_name = 'schema_version' AND type IN ('table', 'index'))";

// "table audit_leaves" -> its statement
using Objects = std::map<std::string, std::string>;

absl::StatusOr<Objects> Expected() {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open(":memory:", &raw);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(raw, sqlite3_close);
  if (opened != SQLITE_OK)
    return absl::ResourceExhaustedError("database: no memory for its schema");
  for (const Migration& m : BuiltInMigrations())
    if (sqlite3_exec(raw, ForSqlite(m.sql).c_str(), nullptr, nullptr,
                     nullptr) != SQLITE_OK)
      return absl::InternalError(
          absl::StrCat("migration ", m.name, ": does not run on nothing"));
  Objects objects;
  const auto add = [](void* out, int, char** column, char**) {
    (*static_cast<Objects*>(out))[absl::StrCat(column[0], " ", column[1])] =
        column[2];
    return 0;
  };
  if (sqlite3_exec(raw, kObjects, add, &objects, nullptr) != SQLITE_OK)
    return absl::InternalError("database: schema: cannot be read");
  return objects;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> UnexplainedSchema(Snapshot& snapshot) {
  static const auto* const expected = new absl::StatusOr<Objects>(Expected());
  KS_RETURN_IF_ERROR(expected->status());
  Objects missing = **expected;
  std::vector<std::string> out;
  KS_RETURN_IF_ERROR(snapshot.Query(kObjects, {}, [&](const Row& row) {
    const std::string name = absl::StrCat(row.Text(0), " ", row.Text(1));
    const auto it = missing.find(name);
    if (it == missing.end())
      out.push_back(
          absl::StrCat(Plain(name), ": is none that this program made"));
    else if (it->second != row.Text(2))
      out.push_back(absl::StrCat(name, ": is defined otherwise"));
    if (it != missing.end()) missing.erase(it);
    return absl::OkStatus();
  }));
  for (const auto& [name, sql] : missing)
    out.push_back(absl::StrCat(name, ": is missing"));
  return out;
}

}  // namespace kinstile::storage
