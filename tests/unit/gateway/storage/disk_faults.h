// SPDX-License-Identifier: Apache-2.0
// Makes this process's own disk calls fail, below SQLite, without privileges.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_DISK_FAULTS_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_DISK_FAULTS_H_

namespace kinstile {

// Linking disk_faults.cc puts its pwrite64 and fdatasync before libc's, so that
// libsqlite3 meets the errors where the kernel would give them.
enum class DiskFault { kNone, kFull, kWriteError, kSyncError };

// Until it goes out of scope, every pwrite64 (kFull: ENOSPC, kWriteError: EIO)
// or fdatasync (kSyncError: EIO) of the process fails, after the first `skip`.
class ScopedDiskFault {
 public:
  explicit ScopedDiskFault(DiskFault fault, int skip = 0);
  ~ScopedDiskFault();
};

// How often the process has synced a file.
int SyncCount();

}  // namespace kinstile

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_DISK_FAULTS_H_
