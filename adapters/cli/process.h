// SPDX-License-Identifier: Apache-2.0
// Child processes: started, watched and ended by id.
#ifndef KINSTILE_ADAPTERS_CLI_PROCESS_H_
#define KINSTILE_ADAPTERS_CLI_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kinstile::cli {

// One child. Its output goes to a log file. Ends with its owner: SIGTERM, then
// SIGKILL after a while; and the kernel ends it should we die (PDEATHSIG).
class Process {
 public:
  static absl::StatusOr<Process> Start(const std::vector<std::string>& argv,
                                       const std::string& log_file);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  bool running();
  // SIGTERM and wait; the exit code, or 128 + signal.
  int Stop(absl::Duration patience = absl::Seconds(10));
  // SIGKILL and wait.
  void Kill();
  // Waits for its own end; the exit code, or 128 + signal.
  int Wait();

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  bool Reap(bool block);

  pid_t pid_ = -1;
  bool reaped_ = false;
  int code_ = 0;
};

// The folder of this program, where its sisters are too.
std::string ProgramFolder();

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_PROCESS_H_
