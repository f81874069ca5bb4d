// SPDX-License-Identifier: Apache-2.0
// Prepared, bound and stepped: everything that touches sqlite3_stmt.
#include "gateway/storage/sqlite_connection.h"

#include <sqlite3.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/storage/sqlite_status.h"

namespace kinstile::storage {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* stmt) : stmt_(stmt) {}

  bool IsNull(int column) const override {
    return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
  }
  int64_t Int(int column) const override {
    return Is(column, SQLITE_INTEGER) ? sqlite3_column_int64(stmt_, column) : 0;
  }
  absl::string_view Blob(int column) const override {
    return Bytes(column, SQLITE_BLOB);
  }
  absl::string_view Text(int column) const override {
    return Bytes(column, SQLITE_TEXT);
  }
  bool mistyped() const { return mistyped_; }

 private:
  bool Is(int column, int type) const {
    bool is = sqlite3_column_type(stmt_, column) == type;
    if (!is) mistyped_ = true;
    return is;
  }
  absl::string_view Bytes(int column, int type) const {
    if (!Is(column, type)) return {};
    const void* data = type == SQLITE_BLOB ? sqlite3_column_blob(stmt_, column)
                                           : sqlite3_column_text(stmt_, column);
    size_t size = sqlite3_column_bytes(stmt_, column);
    return size == 0 ? absl::string_view()
                     : absl::string_view(static_cast<const char*>(data), size);
  }

  sqlite3_stmt* stmt_;
  mutable bool mistyped_ = false;
};

int Bind(sqlite3_stmt* stmt, int index, const Value& v) {
  // A null pointer would bind NULL, which an empty value is not.
  const char* data = v.bytes().data() != nullptr ? v.bytes().data() : "";
  // SQLITE_STATIC: the caller's bytes outlive the statement's run, and
  // bindings are cleared after it.
  switch (v.kind()) {
    case Value::Kind::kNull:
      return sqlite3_bind_null(stmt, index);
    case Value::Kind::kInt:
      return sqlite3_bind_int64(stmt, index, v.integer());
    case Value::Kind::kBlob:
      return sqlite3_bind_blob64(stmt, index, data, v.bytes().size(),
                                 SQLITE_STATIC);
    case Value::Kind::kText:
      return sqlite3_bind_text64(stmt, index, data, v.bytes().size(),
                                 SQLITE_STATIC, SQLITE_UTF8);
  }
  return SQLITE_MISUSE;
}

// SQLite counts every allocation under one lock of the whole process, for
// statistics that nobody reads: readers would wait for each other there. Before
// anything else of SQLite runs, or it has no effect.
void SkipMemoryStatistics() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

void Release(sqlite3_stmt* stmt) {
  sqlite3_reset(stmt);
  sqlite3_clear_bindings(stmt);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const std::string& path, const OpenOptions& options) {
  SkipMemoryStatistics();
  sqlite3* db = nullptr;
  // NOMUTEX: a connection is used by one thread at a time. Never CREATE: the
  // file is made beforehand with the right mode.
  int flags = SQLITE_OPEN_NOMUTEX | (options.read_only ? SQLITE_OPEN_READONLY
                                                       : SQLITE_OPEN_READWRITE);
  int rc = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(db));
  if (rc != SQLITE_OK) return SqliteStatus(rc, "open");
  KS_RETURN_IF_ERROR(connection->Configure(options));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [sql, stmt] : statements_) sqlite3_finalize(stmt);
  sqlite3_close(db_);
}

absl::Status SqliteConnection::Configure(const OpenOptions& options) {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, options.busy_timeout_ms);
  KS_RETURN_IF_ERROR(Script(
      // FULL: the WAL is synced at every commit (NORMAL can lose commits).
      "PRAGMA synchronous=FULL;"
      "PRAGMA foreign_keys=ON;"
      // What is deleted is overwritten: erased entries have to be gone.
      "PRAGMA secure_delete=ON;"
      "PRAGMA trusted_schema=OFF;"
      "PRAGMA temp_store=MEMORY;"
      "PRAGMA cache_size=-32768;"
      "PRAGMA journal_size_limit=67108864;"));
  if (options.read_only) return absl::OkStatus();
  std::string mode;
  KS_RETURN_IF_ERROR(
      Query("PRAGMA journal_mode=WAL", {}, [&mode](const Row& row) {
        mode = std::string(row.Text(0));
        return absl::OkStatus();
      }));
  if (mode != "wal")
    return absl::FailedPreconditionError(
        "sqlite: this file system does not support WAL");
  return absl::OkStatus();
}

absl::StatusOr<sqlite3_stmt*> SqliteConnection::Prepare(
    absl::string_view sql, absl::Span<const Value> params) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) {
    sqlite3_stmt* stmt = nullptr;
    const char* tail = nullptr;
    int rc = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &stmt, &tail);
    if (rc != SQLITE_OK) return SqliteStatus(rc, sql);
    if (stmt == nullptr || tail != sql.data() + sql.size()) {
      sqlite3_finalize(stmt);
      return absl::InternalError(
          absl::StrCat("sqlite: ", sql, ": not exactly one statement"));
    }
    it = statements_.emplace(std::string(sql), stmt).first;
  }
  sqlite3_stmt* stmt = it->second;
  if (sqlite3_stmt_busy(stmt))
    return absl::InternalError(
        absl::StrCat("sqlite: ", sql, ": already running in this transaction"));
  if (sqlite3_bind_parameter_count(stmt) != static_cast<int>(params.size()))
    return absl::InternalError(
        absl::StrCat("sqlite: ", sql, ": wrong number of parameters"));
  for (size_t i = 0; i < params.size(); ++i) {
    int rc = Bind(stmt, static_cast<int>(i + 1), params[i]);
    if (rc != SQLITE_OK) return SqliteStatus(rc, sql);
  }
  return stmt;
}

absl::Status SqliteConnection::Fail(absl::Status status) {
  failure_.Update(status);
  return status;
}

absl::Status SqliteConnection::Query(absl::string_view sql,
                                     absl::Span<const Value> params,
                                     RowCallback on_row) {
  absl::StatusOr<sqlite3_stmt*> stmt = Prepare(sql, params);
  if (!stmt.ok()) return Fail(stmt.status());
  absl::Cleanup release = [&stmt] { Release(*stmt); };
  SqliteRow row(*stmt);
  int rc;
  while ((rc = sqlite3_step(*stmt)) == SQLITE_ROW) {
    absl::Status s = on_row(row);
    if (row.mistyped())
      return Fail(absl::InternalError(
          absl::StrCat("sqlite: ", sql, ": a column is not of the type read")));
    KS_RETURN_IF_ERROR(s);
  }
  if (rc != SQLITE_DONE) return Fail(SqliteStatus(rc, sql));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SqliteConnection::Execute(
    absl::string_view sql, absl::Span<const Value> params) {
  absl::StatusOr<sqlite3_stmt*> stmt = Prepare(sql, params);
  if (!stmt.ok()) return Fail(stmt.status());
  absl::Cleanup release = [&stmt] { Release(*stmt); };
  int rc = sqlite3_step(*stmt);
  if (rc == SQLITE_ROW)
    return Fail(absl::InternalError(
        absl::StrCat("sqlite: ", sql, ": Execute of a query")));
  if (rc != SQLITE_DONE) return Fail(SqliteStatus(rc, sql));
  return sqlite3_changes64(db_);
}

absl::Status SqliteConnection::Script(absl::string_view sql) {
  int rc =
      sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  return Fail(SqliteStatus(rc, "script"));
}

absl::Status SqliteConnection::Simple(absl::string_view sql) {
  KS_ASSIGN_OR_RETURN(sqlite3_stmt * stmt, Prepare(sql, {}));
  int rc = sqlite3_step(stmt);
  sqlite3_reset(stmt);
  return SqliteStatus(rc, sql);
}

absl::Status SqliteConnection::Begin(bool immediate) {
  failure_ = absl::OkStatus();
  return Simple(immediate ? "BEGIN IMMEDIATE" : "BEGIN");
}

absl::Status SqliteConnection::Commit() {
  absl::Status status = failure_;
  if (status.ok()) status = Simple("COMMIT");
  if (!status.ok()) Rollback();
  return status;
}

void SqliteConnection::Rollback() {
  // After some errors SQLite has rolled back by itself; then there is nothing
  // to do. A ROLLBACK cannot fail in WAL mode: nothing was put in place yet.
  if (sqlite3_get_autocommit(db_) == 0) Simple("ROLLBACK").IgnoreError();
}

}  // namespace kinstile::storage
