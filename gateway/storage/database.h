// SPDX-License-Identifier: Apache-2.0
// The one door to durable state: transactions over SQL with bound parameters.
#ifndef KINSTILE_GATEWAY_STORAGE_DATABASE_H_
#define KINSTILE_GATEWAY_STORAGE_DATABASE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace kinstile::storage {

// A bound parameter. Text and blobs are views: they need to live until the
// call that binds them returns.
class Value {
 public:
  enum class Kind : uint8_t { kNull, kInt, kBlob, kText };

  static Value Null() { return Value(Kind::kNull, 0, {}); }
  static Value Int(int64_t v) { return Value(Kind::kInt, v, {}); }
  static Value Blob(absl::string_view v) { return Value(Kind::kBlob, 0, v); }
  static Value Text(absl::string_view v) { return Value(Kind::kText, 0, v); }

  Kind kind() const { return kind_; }
  int64_t integer() const { return integer_; }
  absl::string_view bytes() const { return bytes_; }

 private:
  Value(Kind kind, int64_t integer, absl::string_view bytes)
      : kind_(kind), integer_(integer), bytes_(bytes) {}
  Kind kind_;
  int64_t integer_;
  absl::string_view bytes_;
};

// One result row, valid during the callback that receives it; so are the views
// it hands out. Columns count from 0. Reading a column as what it is not (NULL
// is nothing but null) makes the Query return INTERNAL and yields 0 or empty.
class Row {
 public:
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Int(int column) const = 0;
  virtual absl::string_view Blob(int column) const = 0;
  virtual absl::string_view Text(int column) const = 0;

 protected:
  ~Row() = default;
};

// Called once a row, in order. An error ends the query and is its result.
using RowCallback = absl::FunctionRef<absl::Status(const Row&)>;

// A consistent view of committed state. Statements are written once, as
// literals: each distinct text is prepared once per connection and kept.
// Placeholders are ?1, ?2, ...; values are only ever bound, never pasted.
// Not thread-safe, and gone when the function that received it returns.
class Snapshot {
 public:
  virtual absl::Status Query(absl::string_view sql,
                             absl::Span<const Value> params,
                             RowCallback on_row) = 0;

 protected:
  ~Snapshot() = default;
};

// A Snapshot that sees its own writes and may change things.
class Transaction : public Snapshot {
 public:
  // Runs one statement that returns no rows; gives how many rows it changed.
  virtual absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                          absl::Span<const Value> params) = 0;

 protected:
  ~Transaction() = default;
};

// Thread-safe. What a status code of any call here means:
//   RESOURCE_EXHAUSTED  disk full; nothing was changed; works again by itself
//   UNAVAILABLE         locked past the timeout, or no connection; nothing was
//                       changed; works again by itself
//   UNKNOWN             the connection went during COMMIT: committed or not,
//                       read it back (PostgreSQL only)
//   DATA_LOSS           the store is corrupt, or writing or syncing it failed:
//                       what is on disk is unknown; every later Write fails
//                       the same way and the process should exit, because a
//                       second fsync may report success for lost pages
//   ALREADY_EXISTS      a unique key is taken
//   FAILED_PRECONDITION another constraint is broken
//   INTERNAL            a programming error (bad SQL, wrong parameter count)
// A status that the caller's function returned comes back as it was. A
// statement that failed dooms its Write, even if the caller goes on: use ON
// CONFLICT for what may be there already.
// Messages name statements and tables, never a value; IsStoreError
// (store_error.h) knows them from a status of the caller's function.
class Database {
 public:
  virtual ~Database() = default;

  // Runs `body` in one transaction. OK means committed and on disk; any error
  // means rolled back (but see UNKNOWN, DATA_LOSS). One writer at a time: a
  // second one waits, up to the busy timeout when it is another process. Must
  // not be called from inside a `body`.
  virtual absl::Status Write(
      absl::FunctionRef<absl::Status(Transaction&)> body) = 0;

  // Runs `body` on a snapshot of what is committed now, beside any number of
  // other readers and the writer.
  virtual absl::Status Read(
      absl::FunctionRef<absl::Status(Snapshot&)> body) = 0;

  // Overwrites what deleted rows have left behind in the store's files, as far
  // as a file system lets one. UNAVAILABLE while somebody still reads them.
  virtual absl::Status Scrub() { return absl::OkStatus(); }

  // False after DATA_LOSS in a Write.
  virtual bool healthy() const = 0;
};

struct OpenOptions {
  // Neither creates nor migrates; Write gives FAILED_PRECONDITION. For tools
  // that look at a copy, e.g. `kinstile audit verify`.
  bool read_only = false;
  // How long a lock held by another process is waited for.
  int busy_timeout_ms = 5000;
};

// Opens `sqlite:PATH` (created with mode 0600 if absent; WAL and
// synchronous=FULL: a commit survives power loss if the disk's flush does what
// it says) and applies the migrations built into the program.
//   INVALID_ARGUMENT    not a URL of a known scheme
//   UNIMPLEMENTED       a scheme that is planned: postgresql
//   FAILED_PRECONDITION the database was written by a newer or other version
//   NOT_FOUND           read_only and there is nothing there
absl::StatusOr<std::unique_ptr<Database>> Open(absl::string_view url,
                                               OpenOptions options = {});

// Writes a consistent copy of the store as it is now to the new SQLite file
// `path` (mode 0600, synced), beside whoever is using the store: never copy a
// live file by its bytes. ALREADY_EXISTS when `path` exists; others as above.
absl::Status CopyTo(absl::string_view url, const std::string& path);

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_DATABASE_H_
