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

// For a process of many threads. Switches off Abseil's search for lock cycles,
// which Debian's build makes on every lock, gRPC's own included; and lets the
// allocator keep what short calls give back, or each of them would ask the
// kernel anew.
void PrepareForManyCalls();

// Call before any thread starts: SIGTERM, SIGINT and SIGHUP are then taken only
// by WaitForSignal. SIGPIPE is ignored.
void BlockSignals();

enum class Signal {
  kNone,    // `patience` has passed
  kStop,    // SIGTERM, SIGINT
  kReload,  // SIGHUP: read manifest and policy again, now
};
Signal WaitForSignal(absl::Duration patience);

// One line to standard output with the time. Callers pass names of parties,
// rules and states; never a value of anybody's record.
void LogLine(absl::string_view line);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_PROCESS_H_
