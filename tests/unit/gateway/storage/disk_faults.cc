// SPDX-License-Identifier: Apache-2.0
// Own definitions of two libc calls, with a switch.
#include "tests/unit/gateway/storage/disk_faults.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<kinstile::DiskFault> g_fault{kinstile::DiskFault::kNone};
std::atomic<int> g_skip{0};
std::atomic<int> g_syncs{0};

bool Fails(kinstile::DiskFault fault) {
  return g_fault == fault && g_skip.fetch_sub(1) <= 0;
}

}  // namespace

extern "C" ssize_t pwrite64(int fd, const void* data, size_t size,
                            off64_t offset) {
  if (Fails(kinstile::DiskFault::kFull)) {
    errno = ENOSPC;
    return -1;
  }
  if (Fails(kinstile::DiskFault::kWriteError)) {
    errno = EIO;
    return -1;
  }
  return syscall(SYS_pwrite64, fd, data, size, offset);
}

extern "C" int fdatasync(int fd) {
  ++g_syncs;
  if (Fails(kinstile::DiskFault::kSyncError)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

namespace kinstile {

ScopedDiskFault::ScopedDiskFault(DiskFault fault, int skip) {
  g_skip = skip;
  g_fault = fault;
}

ScopedDiskFault::~ScopedDiskFault() { g_fault = DiskFault::kNone; }

int SyncCount() { return g_syncs; }

}  // namespace kinstile
