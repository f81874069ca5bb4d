// SPDX-License-Identifier: Apache-2.0
// A log as a folder that other people's tools can check: c2sp.org/tlog-tiles.
#ifndef KINSTILE_GATEWAY_AUDIT_FOLDER_H_
#define KINSTILE_GATEWAY_AUDIT_FOLDER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/copy.h"

namespace kinstile::audit {

// What lies in the folder, N and W as in tlog-tiles:
//   checkpoint            the newest signed head
//   tile/L/N[.p/W]        hashes; L counts levels of 256
//   tile/entries/N[.p/W]  leaves, each behind its length in two bytes
// and beside what the specification knows, in bundles of 256 likewise:
//   payload/N[.p/W]       payloads, each behind its length in four bytes;
//                         length ffffffff where an entry's payload is gone
//   head/N[.p/W]          every signed head by size, with the cosignatures of
//                         it, lengths in two bytes
// Payloads stay sealed. No other file may be there.

// Writes `copy` to the new folder `path` and syncs it. ALREADY_EXISTS when
// there is something, INVALID_ARGUMENT when the folder above is not there;
// FAILED_PRECONDITION when the newest head does not cover exactly the entries;
// INTERNAL when a write failed. What is exported is what is there: verify
// first.
absl::Status ExportFolder(LogCopy& copy, const std::string& path,
                          std::function<void(uint64_t entries)> progress = {});

// An exported folder, as a copy to verify and to open.
class FolderCopy final : public LogCopy {
 public:
  FolderCopy(std::string path, absl::string_view origin);
  absl::Status Find() override;
  absl::Status ForEachEntry(uint64_t from, EntryCallback f) override;
  absl::Status ForEachCheckpoint(
      absl::FunctionRef<absl::Status(const CheckpointRow&)> f) override;
  absl::Status CheckRest(const Contents& contents, Complaint complain) override;

 private:
  absl::Status CheckTiles(const Contents& contents, Complaint complain);
  void CheckFiles(uint64_t size, Complaint complain) const;

  const std::string path_;
  const std::string origin_;
  std::string checkpoint_;
  uint64_t size_ = 0;   // as the checkpoint says
  uint64_t heads_ = 0;  // found
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_FOLDER_H_
