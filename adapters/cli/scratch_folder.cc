// SPDX-License-Identifier: Apache-2.0
// mkdtemp and its end.
#include "adapters/cli/scratch_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kinstile::cli {

absl::StatusOr<ScratchFolder> ScratchFolder::Create() {
  const char* tmp = std::getenv("TMPDIR");
  std::string path =
      absl::StrCat(tmp != nullptr ? tmp : "/tmp", "/kinstile-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr)
    return absl::UnavailableError(
        absl::StrCat(path, ": ", std::strerror(errno)));
  return ScratchFolder(std::move(path));
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, "")) {}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace kinstile::cli
