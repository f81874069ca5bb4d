// SPDX-License-Identifier: Apache-2.0
// From a URL to the backend that serves it.
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "gateway/base/status_macros.h"
#include "gateway/storage/database.h"
#include "gateway/storage/migrate.h"
#include "gateway/storage/sqlite_database.h"

namespace kinstile::storage {

namespace {

absl::StatusOr<std::string> SqlitePath(absl::string_view url) {
  if (absl::StartsWith(url, "postgresql:"))
    return absl::UnimplementedError(
        "database URL: postgresql is not supported yet; use sqlite:PATH");
  if (!absl::ConsumePrefix(&url, "sqlite:"))
    return absl::InvalidArgumentError(
        "database URL: unknown scheme; use sqlite:PATH");
  if (url.empty() || url.front() == ':')
    return absl::InvalidArgumentError(
        "database URL: sqlite: needs the path of a file");
  return std::string(url);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Open(absl::string_view url,
                                               OpenOptions options) {
  KS_ASSIGN_OR_RETURN(std::string path, SqlitePath(url));
  return SqliteDatabase::Open(path, options, BuiltInMigrations());
}

absl::Status CopyTo(absl::string_view url, const std::string& path) {
  KS_ASSIGN_OR_RETURN(std::string from, SqlitePath(url));
  return CopySqlite(from, path);
}

}  // namespace kinstile::storage
