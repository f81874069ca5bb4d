// SPDX-License-Identifier: Apache-2.0
// Progress of long work, for the person at the terminal.
#ifndef KINSTILE_ADAPTERS_DAEMON_PROGRESS_H_
#define KINSTILE_ADAPTERS_DAEMON_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

namespace kinstile::daemon {

// A line that is rewritten with count, rate and time left while work goes on.
// Quiet unless standard error is a terminal. Not thread-safe.
class Progress {
 public:
  // `total` 0: not known.
  Progress(std::string what, uint64_t total);
  ~Progress();  // clears the line
  void At(uint64_t done);
  // The total is known only now.
  void Expect(uint64_t total) { total_ = total; }

 private:
  const std::string what_;
  uint64_t total_;
  const bool shown_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_PROGRESS_H_
