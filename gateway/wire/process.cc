// SPDX-License-Identifier: Apache-2.0
// Signals, core dumps and the one log line format of every process.
#include "gateway/wire/process.h"

#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>

#include "gateway/base/clock.h"

namespace kinstile::wire {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void HardenProcess() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::umask(077);
}

void BlockStopSignals() {
  const sigset_t set = StopSignals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool WaitForStop(absl::Duration patience) {
  const sigset_t set = StopSignals();
  const timespec wait = absl::ToTimespec(patience);
  return ::sigtimedwait(&set, nullptr, &wait) > 0;
}

void LogLine(absl::string_view line) {
  spdlog::info(fmt::string_view(line.data(), line.size()));
}

}  // namespace kinstile::wire
