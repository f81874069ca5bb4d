// SPDX-License-Identifier: Apache-2.0
// How much room a store's disk has, and a reserve for what is in flight.
#ifndef KINSTILE_GATEWAY_STORAGE_DISK_H_
#define KINSTILE_GATEWAY_STORAGE_DISK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace kinstile::storage {

// Free bytes of the store's file system. warn >= refuse >= stop; 0: no mark.
struct DiskMarks {
  uint64_t warn = uint64_t{1} << 30;      // below: say so
  uint64_t refuse = uint64_t{256} << 20;  // below: begin nothing new
  uint64_t stop = uint64_t{64} << 20;     // below: only finish what is begun
  // Kept allocated beside the store and given up when the disk is full, so that
  // what is begun can be finished.
  uint64_t reserve = uint64_t{16} << 20;
};

enum class DiskLevel : uint8_t { kFine, kLow, kShort, kFull };
absl::string_view DiskLevelName(DiskLevel level);
// What it means, for an operator; empty when all is fine.
absl::string_view DiskLevelMeaning(DiskLevel level);

// Thread-safe.
class Disk {
 public:
  // Of a `sqlite:PATH` store; the reserve is PATH-reserve, mode 0600. A disk
  // that is too full for the reserve opens all the same, kShort at best.
  // INVALID_ARGUMENT for another URL or marks out of order.
  static absl::StatusOr<std::unique_ptr<Disk>> Open(absl::string_view url,
                                                    const DiskMarks& marks);

  // By the marks, and at least kShort while the reserve is not whole. Cheap:
  // one system call. A disk that cannot be asked is kFull.
  DiskLevel level();
  uint64_t free_bytes() const;

  // Gives the reserve up. False if it was gone already.
  bool UseReserve();
  // Allocates it again if there is room for it above the refuse mark.
  void RestoreReserve();

 private:
  Disk(std::string path, const DiskMarks& marks)
      : folder_of_(std::move(path)),
        reserve_(folder_of_ + "-reserve"),
        marks_(marks) {}

  const std::string folder_of_;  // a file on the disk
  const std::string reserve_;
  const DiskMarks marks_;
  absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_DISK_H_
