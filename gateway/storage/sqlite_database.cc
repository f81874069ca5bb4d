// SPDX-License-Identifier: Apache-2.0
// Transactions, and the two ways a store can silently stop being one.
#include "gateway/storage/sqlite_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::storage {
namespace {

constexpr size_t kMaxIdleReaders = 16;

absl::Status SyncDirectoryOf(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  int fd = open(directory.empty() ? "." : directory.c_str(),
                O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::UnavailableError("database: cannot open its folder");
  int rc = fsync(fd);
  close(fd);
  if (rc != 0) return absl::DataLossError("database: cannot sync its folder");
  return absl::OkStatus();
}

// An empty file is an empty database; SQLite gives -wal and -shm its mode.
absl::Status CreateIfAbsent(const std::string& path) {
  int fd = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) {
    close(fd);
    return SyncDirectoryOf(path);
  }
  if (errno == EEXIST) return absl::OkStatus();
  if (errno == ENOSPC)
    return absl::ResourceExhaustedError("database: no space to create it");
  return absl::FailedPreconditionError(
      absl::StrCat("database: cannot create it: ", strerror(errno)));
}

}  // namespace

absl::Status CopySqlite(const std::string& from, const std::string& to) {
  if (access(from.c_str(), F_OK) != 0)
    return absl::NotFoundError("database: there is no such file");
  KS_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> source,
                      SqliteConnection::Open(from, {.read_only = true}));
  // VACUUM INTO fills an empty file and keeps its mode.
  int fd = open(to.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return absl::AlreadyExistsError("database copy: the file exists");
  if (fd < 0)
    return absl::FailedPreconditionError("database copy: cannot create it");
  absl::Status s =
      source->Execute("VACUUM INTO ?1", {Value::Text(to)}).status();
  if (s.ok() && fsync(fd) != 0)
    s = absl::DataLossError("database copy: cannot sync it");
  close(fd);
  if (s.ok()) s = SyncDirectoryOf(to);
  if (!s.ok()) unlink(to.c_str());
  return s;
}

SqliteDatabase::FileIdentity SqliteDatabase::IdentityOf(
    const std::string& path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return {};
  return {st.st_dev, st.st_ino};
}

absl::StatusOr<std::unique_ptr<Database>> SqliteDatabase::Open(
    const std::string& path, const OpenOptions& options,
    absl::Span<const Migration> migrations) {
  if (options.read_only) {
    if (access(path.c_str(), F_OK) != 0)
      return absl::NotFoundError("database: there is no such file");
  } else {
    KS_RETURN_IF_ERROR(CreateIfAbsent(path));
  }
  std::unique_ptr<SqliteDatabase> db(new SqliteDatabase(path, options));
  KS_RETURN_IF_ERROR(db->Start(migrations));
  return db;
}

absl::Status SqliteDatabase::Start(absl::Span<const Migration> migrations) {
  if (options_.read_only)
    return Read([&](Snapshot& snapshot) {
      return CheckSchema(snapshot, migrations, /*complete=*/true);
    });
  absl::MutexLock lock(&write_mutex_);
  KS_ASSIGN_OR_RETURN(writer_, SqliteConnection::Open(path_, options_));
  KS_RETURN_IF_ERROR(writer_->Begin(/*immediate=*/true));
  absl::Status s = Migrate(*writer_, migrations, [this](absl::string_view sql) {
    write_mutex_.AssertHeld();
    return writer_->Script(ForSqlite(sql));
  });
  if (!s.ok()) {
    writer_->Rollback();
    return s;
  }
  KS_RETURN_IF_ERROR(writer_->Commit());
  file_ = IdentityOf(path_);
  wal_ = IdentityOf(path_ + "-wal");
  return absl::OkStatus();
}

// A deleted or replaced file keeps taking writes through the open descriptor:
// commits would succeed into nowhere. Two stat calls per commit notice.
absl::Status SqliteDatabase::CheckFilesInPlace() {
  if (file_ == IdentityOf(path_) && wal_ == IdentityOf(path_ + "-wal"))
    return absl::OkStatus();
  return absl::DataLossError(
      "database: its file was deleted or replaced while open");
}

absl::Status SqliteDatabase::WriteLocked(
    absl::FunctionRef<absl::Status(Transaction&)> body) {
  KS_RETURN_IF_ERROR(writer_->Begin(/*immediate=*/true));
  if (absl::Status s = body(*writer_); !s.ok()) {
    writer_->Rollback();
    if (absl::IsDataLoss(writer_->failure())) healthy_ = false;
    return s;
  }
  absl::Status s = writer_->Commit();
  // True now: the WAL with this transaction's commit frame is synced. A crash
  // from here on keeps it.
  if (s.ok()) s = CheckFilesInPlace();
  // Never retried: the kernel may have marked the unwritten pages clean, and a
  // second sync would then succeed without them.
  if (absl::IsDataLoss(s)) healthy_ = false;
  return s;
}

absl::Status SqliteDatabase::Write(
    absl::FunctionRef<absl::Status(Transaction&)> body) {
  if (options_.read_only)
    return absl::FailedPreconditionError("database: opened read-only");
  absl::MutexLock lock(&write_mutex_);
  if (!healthy_)
    return absl::DataLossError(
        "database: an earlier write was lost; restart to read what is stored");
  return WriteLocked(body);
}

absl::Status SqliteDatabase::Scrub() {
  absl::MutexLock lock(&write_mutex_);
  // Pages are zeroed as rows go (secure_delete); the file has the zeros, and
  // the WAL none of the old pages, once it is copied whole and cut to nothing.
  bool busy = false;
  KS_RETURN_IF_ERROR(writer_->Query("PRAGMA wal_checkpoint(TRUNCATE)", {},
                                    [&busy](const Row& row) {
                                      busy = row.Int(0) != 0;
                                      return absl::OkStatus();
                                    }));
  if (busy)
    return absl::UnavailableError(
        "database: old pages stay in its log while somebody reads");
  return absl::OkStatus();
}

absl::Status SqliteDatabase::Read(
    absl::FunctionRef<absl::Status(Snapshot&)> body) {
  KS_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader, TakeReader());
  KS_RETURN_IF_ERROR(reader->Begin(/*immediate=*/false));
  absl::Status s = body(*reader);
  reader->Rollback();
  ReturnReader(std::move(reader));
  return s;
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteDatabase::TakeReader() {
  {
    absl::MutexLock lock(&pool_mutex_);
    if (!idle_readers_.empty()) {
      std::unique_ptr<SqliteConnection> reader =
          std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  return SqliteConnection::Open(path_, options_);
}

void SqliteDatabase::ReturnReader(std::unique_ptr<SqliteConnection> reader) {
  absl::MutexLock lock(&pool_mutex_);
  if (idle_readers_.size() < kMaxIdleReaders)
    idle_readers_.push_back(std::move(reader));
}

}  // namespace kinstile::storage
