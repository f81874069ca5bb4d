// SPDX-License-Identifier: Apache-2.0
// What every Kinstile process does with its signals, memory and log.
#ifndef KINSTILE_GATEWAY_WIRE_PROCESS_H_
#define KINSTILE_GATEWAY_WIRE_PROCESS_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace kinstile::wire {

// No core dump, no ptrace by others: memory holds keys (and, in an adapter,
// people). Sets umask 077.
void HardenProcess();

// Debian's Abseil looks for lock cycles on every lock that is taken, gRPC's
// own included, and would end the process over one: a tool for tests, off here.
void SkipDeadlockDetection();

// Call before any thread starts: SIGTERM, SIGINT and SIGHUP are then taken only
// by WaitForSignal. SIGPIPE is ignored.
void BlockSignals();

enum class Signal {
  kNone,    // `patience` has passed
  kStop,    // SIGTERM, SIGINT
  kReload,  // SIGHUP: read manifest and policy again, now
};
Signal WaitForSignal(absl::Duration patience);

// One line to standard error with the time. Callers pass names of parties,
// rules and states; never a value of anybody's record.
void LogLine(absl::string_view line);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_PROCESS_H_
