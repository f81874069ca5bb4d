// SPDX-License-Identifier: Apache-2.0
// storage::Database over one SQLite file: one writer, pooled readers.
#ifndef KINSTILE_GATEWAY_STORAGE_SQLITE_DATABASE_H_
#define KINSTILE_GATEWAY_STORAGE_SQLITE_DATABASE_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "gateway/storage/database.h"
#include "gateway/storage/migrate.h"
#include "gateway/storage/sqlite_connection.h"

namespace kinstile::storage {

// storage::CopyTo for a SQLite file.
absl::Status CopySqlite(const std::string& from, const std::string& to);

class SqliteDatabase final : public Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(
      const std::string& path, const OpenOptions& options,
      absl::Span<const Migration> migrations);

  absl::Status Write(
      absl::FunctionRef<absl::Status(Transaction&)> body) override;
  absl::Status Read(absl::FunctionRef<absl::Status(Snapshot&)> body) override;
  absl::Status Scrub() override;
  bool healthy() const override { return healthy_; }

 private:
  // Which file a path means right now.
  struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
  };
  static FileIdentity IdentityOf(const std::string& path);

  SqliteDatabase(std::string path, OpenOptions options)
      : path_(std::move(path)), options_(options) {}
  absl::Status Start(absl::Span<const Migration> migrations);
  absl::Status WriteLocked(absl::FunctionRef<absl::Status(Transaction&)> body)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status CheckFilesInPlace() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::StatusOr<std::unique_ptr<SqliteConnection>> TakeReader();
  void ReturnReader(std::unique_ptr<SqliteConnection> reader);

  const std::string path_;
  const OpenOptions options_;
  std::atomic<bool> healthy_ = true;

  absl::Mutex write_mutex_;
  std::unique_ptr<SqliteConnection> writer_ ABSL_GUARDED_BY(write_mutex_);
  FileIdentity file_ ABSL_GUARDED_BY(write_mutex_);
  FileIdentity wal_ ABSL_GUARDED_BY(write_mutex_);

  absl::Mutex pool_mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_readers_
      ABSL_GUARDED_BY(pool_mutex_);
};

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_SQLITE_DATABASE_H_
