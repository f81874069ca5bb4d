// SPDX-License-Identifier: Apache-2.0
// One SQLite connection with its prepared statements.
#ifndef KINSTILE_GATEWAY_STORAGE_SQLITE_CONNECTION_H_
#define KINSTILE_GATEWAY_STORAGE_SQLITE_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/storage/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kinstile::storage {

// Used by one thread at a time.
class SqliteConnection final : public Transaction {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(
      const std::string& path, const OpenOptions& options);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection();

  absl::Status Query(absl::string_view sql, absl::Span<const Value> params,
                     RowCallback on_row) override;
  absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                  absl::Span<const Value> params) override;
  // Several statements without parameters.
  absl::Status Script(absl::string_view sql);

  // `immediate` takes the write lock at once, so that a transaction never
  // fails half-way for want of it.
  absl::Status Begin(bool immediate);
  // Commits, unless a statement of this transaction failed: then rolls back and
  // gives that failure, as PostgreSQL would.
  absl::Status Commit();
  void Rollback();
  // Of the first statement that failed since Begin, or OK.
  const absl::Status& failure() const { return failure_; }

 private:
  explicit SqliteConnection(sqlite3* db) : db_(db) {}
  absl::Status Configure(const OpenOptions& options);
  absl::StatusOr<sqlite3_stmt*> Prepare(absl::string_view sql,
                                        absl::Span<const Value> params);
  absl::Status Simple(absl::string_view sql);
  absl::Status Fail(absl::Status status);

  sqlite3* db_;
  absl::flat_hash_map<std::string, sqlite3_stmt*> statements_;
  absl::Status failure_;
};

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_SQLITE_CONNECTION_H_
