// SPDX-License-Identifier: Apache-2.0
// Bringing a database to the schema this program was built with.
#ifndef KINSTILE_GATEWAY_STORAGE_MIGRATE_H_
#define KINSTILE_GATEWAY_STORAGE_MIGRATE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gateway/storage/database.h"

namespace kinstile::storage {

struct Migration {
  absl::string_view name;    // "0001_audit"; the number orders them
  absl::string_view digest;  // SHA-256 of the file, hexadecimal
  absl::string_view sql;
};

// gateway/storage/migrations/*.sql, in order, embedded by CMake.
absl::Span<const Migration> BuiltInMigrations();

// The text with each /*sqlite X*/ turned into X.
std::string ForSqlite(absl::string_view sql);

// OK if the database holds exactly a subset of `migrations` (all of them when
// `complete`). FAILED_PRECONDITION if it holds one that is not among them, or
// one whose file has changed since.
absl::Status CheckSchema(Snapshot& snapshot,
                         absl::Span<const Migration> migrations, bool complete);

// How a backend runs a script of several statements in the open transaction.
using RunScript = absl::FunctionRef<absl::Status(absl::string_view sql)>;

// Inside one transaction: makes schema_version if absent, checks it, applies
// what is missing in order.
absl::Status Migrate(Transaction& transaction,
                     absl::Span<const Migration> migrations, RunScript run);

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_MIGRATE_H_
