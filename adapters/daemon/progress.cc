// SPDX-License-Identifier: Apache-2.0
// The progress line: count, rate and time left.
#include "adapters/daemon/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"

namespace kinstile::daemon {

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)),
      total_(total),
      shown_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
}

void Progress::At(uint64_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done) / seconds;
  std::string line = absl::StrFormat("  %s: %d", what_, done);
  if (total_ > 0)
    absl::StrAppendFormat(&line, " of %d (%d%%)", total_, 100 * done / total_);
  absl::StrAppendFormat(&line, ", %.0f/s", rate);
  if (total_ > done && rate > 0)
    absl::StrAppendFormat(&line, ", %.0f s left",
                          static_cast<double>(total_ - done) / rate);
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

}  // namespace kinstile::daemon
