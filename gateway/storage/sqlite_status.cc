// SPDX-License-Identifier: Apache-2.0
// Sorts SQLite's result codes into what a caller can do about them.
#include "gateway/storage/sqlite_status.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "gateway/storage/store_error.h"

namespace kinstile::storage {
namespace {

absl::StatusCode CodeOf(int extended) {
  switch (extended) {
    case SQLITE_IOERR_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_IOERR_SHMSIZE:  // the -shm file cannot grow: nothing written
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_IOERR_LOCK:
    case SQLITE_IOERR_SHMLOCK:
    case SQLITE_IOERR_SHMOPEN:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return absl::StatusCode::kAlreadyExists;
    case SQLITE_READONLY_DBMOVED:
      return absl::StatusCode::kDataLoss;
  }
  switch (extended & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return absl::StatusCode::kOk;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_CANTOPEN:
      return absl::StatusCode::kUnavailable;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_CONSTRAINT:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status SqliteStatus(int extended, absl::string_view doing) {
  absl::StatusCode code = CodeOf(extended);
  if (code == absl::StatusCode::kOk) return absl::OkStatus();
  // sqlite3_errstr is a fixed text for the code; sqlite3_errmsg might quote.
  return MarkStoreError(absl::Status(
      code, absl::StrCat("sqlite: ", doing, ": ", sqlite3_errstr(extended),
                         " (", extended, ")")));
}

}  // namespace kinstile::storage
