// SPDX-License-Identifier: Apache-2.0
// statvfs, and a file that only takes up room.
#include "gateway/storage/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "absl/strings/strip.h"

namespace kinstile::storage {

absl::string_view DiskLevelName(DiskLevel level) {
  switch (level) {
    case DiskLevel::kFine:
      return "FINE";
    case DiskLevel::kLow:
      return "LOW";
    case DiskLevel::kShort:
      return "SHORT";
    case DiskLevel::kFull:
      return "FULL";
  }
  return "UNKNOWN";
}

absl::string_view DiskLevelMeaning(DiskLevel level) {
  switch (level) {
    case DiskLevel::kFine:
      return "";
    case DiskLevel::kLow:
      return "the store's disk is getting full; everything still works";
    case DiskLevel::kShort:
      return "the store's disk is nearly full: nothing new is begun";
    case DiskLevel::kFull:
      break;
  }
  return "the store's disk is full: only what is begun is finished";
}

absl::StatusOr<std::unique_ptr<Disk>> Disk::Open(absl::string_view url,
                                                 const DiskMarks& marks) {
  if (!absl::ConsumePrefix(&url, "sqlite:") || url.empty())
    return absl::InvalidArgumentError("disk: the store is no sqlite:PATH");
  if (marks.warn < marks.refuse || marks.refuse < marks.stop)
    return absl::InvalidArgumentError(
        "disk marks: warn must be at least refuse, and refuse at least stop");
  std::unique_ptr<Disk> disk(new Disk(std::string(url), marks));
  disk->RestoreReserve();
  return disk;
}

uint64_t Disk::free_bytes() const {
  struct statvfs fs;
  if (statvfs(folder_of_.c_str(), &fs) != 0) return 0;
  return uint64_t{fs.f_bavail} * fs.f_frsize;
}

DiskLevel Disk::level() {
  const uint64_t free = free_bytes();
  if (free < marks_.stop || free == 0) return DiskLevel::kFull;
  {
    absl::MutexLock lock(&mutex_);
    if (free < marks_.refuse || (!held_ && marks_.reserve > 0))
      return DiskLevel::kShort;
  }
  return free < marks_.warn ? DiskLevel::kLow : DiskLevel::kFine;
}

bool Disk::UseReserve() {
  absl::MutexLock lock(&mutex_);
  if (!held_) return false;
  held_ = false;
  return truncate(reserve_.c_str(), 0) == 0;
}

void Disk::RestoreReserve() {
  absl::MutexLock lock(&mutex_);
  if (held_ || marks_.reserve == 0) return;
  struct stat st;
  const bool whole = stat(reserve_.c_str(), &st) == 0 &&
                     static_cast<uint64_t>(st.st_size) >= marks_.reserve;
  // Blocks that a crash left allocated are the reserve already.
  if (!whole && free_bytes() < marks_.reserve + marks_.refuse) return;
  const int fd =
      open(reserve_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return;
  held_ = posix_fallocate(fd, 0, static_cast<off_t>(marks_.reserve)) == 0;
  if (!held_ && ftruncate(fd, 0) != 0) unlink(reserve_.c_str());
  close(fd);
}

}  // namespace kinstile::storage
