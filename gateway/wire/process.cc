// SPDX-License-Identifier: Apache-2.0
// Signals, core dumps and the one log line format of every process.
#include "gateway/wire/process.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>

#include "absl/synchronization/mutex.h"
#include "gateway/base/clock.h"

namespace kinstile::wire {
namespace {

// Of each of the allocator's arenas.
constexpr int kKeptBytes = 16 << 20;
constexpr int kGrowBytes = 1 << 20;

sigset_t OurSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void HardenProcess() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::umask(077);
}

void PrepareForManyCalls() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  ::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  ::mallopt(M_TOP_PAD, kGrowBytes);
}

void BlockSignals() {
  const sigset_t set = OurSignals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Signal WaitForSignal(absl::Duration patience) {
  const sigset_t set = OurSignals();
  const timespec wait = absl::ToTimespec(patience);
  const int signal = ::sigtimedwait(&set, nullptr, &wait);
  if (signal == SIGHUP) return Signal::kReload;
  return signal > 0 ? Signal::kStop : Signal::kNone;
}

void LogLine(absl::string_view line) {
  spdlog::info(fmt::string_view(line.data(), line.size()));
}

}  // namespace kinstile::wire
