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

// Call before any thread starts: SIGTERM and SIGINT are then taken only by
// WaitForStop. SIGPIPE is ignored.
void BlockStopSignals();

// True when the process was asked to stop; false after `patience`.
bool WaitForStop(absl::Duration patience);

// One line to standard error with the time. Callers pass names of parties,
// rules and states; never a value of anybody's record.
void LogLine(absl::string_view line);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_PROCESS_H_
