// SPDX-License-Identifier: Apache-2.0
// A private folder that goes when its owner does.
#ifndef KINSTILE_ADAPTERS_CLI_SCRATCH_FOLDER_H_
#define KINSTILE_ADAPTERS_CLI_SCRATCH_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"

namespace kinstile::cli {

// Mode 0700 under TMPDIR (or /tmp).
class ScratchFolder {
 public:
  static absl::StatusOr<ScratchFolder> Create();
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_SCRATCH_FOLDER_H_
