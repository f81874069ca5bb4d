// SPDX-License-Identifier: Apache-2.0
// Applies numbered SQL files once each and refuses schemas it does not know.
#include "gateway/storage/migrate.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::storage {
namespace {

constexpr absl::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    "name TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL)";

using Applied = std::map<std::string, std::string>;  // name -> digest

absl::StatusOr<Applied> ReadApplied(Snapshot& snapshot) {
  Applied applied;
  KS_RETURN_IF_ERROR(snapshot.Query("SELECT name, digest FROM schema_version",
                                    {}, [&](const Row& row) {
                                      applied.emplace(row.Text(0), row.Text(1));
                                      return absl::OkStatus();
                                    }));
  return applied;
}

absl::Status CheckApplied(const Applied& applied,
                          absl::Span<const Migration> migrations) {
  for (const auto& [name, digest] : applied) {
    auto known = std::find_if(
        migrations.begin(), migrations.end(),
        [&name = name](const Migration& m) { return m.name == name; });
    if (known == migrations.end())
      return absl::FailedPreconditionError(
          absl::StrCat("database: written by another version: migration ", name,
                       " is not known to this program"));
    if (known->digest != digest)
      return absl::FailedPreconditionError(
          absl::StrCat("database: migration ", name,
                       " differs from the one in this program"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ForSqlite(absl::string_view sql) {
  constexpr absl::string_view kOpen = "/*sqlite ";
  std::string out;
  while (true) {
    size_t begin = sql.find(kOpen);
    size_t end = begin == sql.npos ? sql.npos : sql.find("*/", begin);
    if (end == sql.npos) break;
    out.append(sql.data(), begin);
    absl::string_view inner =
        sql.substr(begin + kOpen.size(), end - begin - kOpen.size());
    out.append(inner.data(), inner.size());
    sql.remove_prefix(end + 2);
  }
  out.append(sql.data(), sql.size());
  return out;
}

absl::Status CheckSchema(Snapshot& snapshot,
                         absl::Span<const Migration> migrations,
                         bool complete) {
  KS_ASSIGN_OR_RETURN(Applied applied, ReadApplied(snapshot));
  KS_RETURN_IF_ERROR(CheckApplied(applied, migrations));
  if (complete && applied.size() != migrations.size())
    return absl::FailedPreconditionError(
        "database: written by an older version: open it for writing once to "
        "migrate it");
  return absl::OkStatus();
}

absl::Status Migrate(Transaction& transaction,
                     absl::Span<const Migration> migrations, RunScript run) {
  KS_RETURN_IF_ERROR(transaction.Execute(kCreate, {}).status());
  KS_ASSIGN_OR_RETURN(Applied applied, ReadApplied(transaction));
  KS_RETURN_IF_ERROR(CheckApplied(applied, migrations));
  for (const Migration& m : migrations) {
    if (applied.count(std::string(m.name)) != 0) continue;
    if (absl::Status s = run(m.sql); !s.ok())
      return absl::Status(
          s.code(), absl::StrCat("migration ", m.name, ": ", s.message()));
    KS_RETURN_IF_ERROR(
        transaction
            .Execute(
                "INSERT INTO schema_version (name, digest) VALUES (?1, ?2)",
                {Value::Text(m.name), Value::Text(m.digest)})
            .status());
  }
  return absl::OkStatus();
}

}  // namespace kinstile::storage
