// SPDX-License-Identifier: Apache-2.0
// What this agency decided finally, person by person, and on what: its own
// record, which never leaves it. `kinstile policy replay --request` takes it
// again.
#ifndef KINSTILE_ADAPTERS_DAEMON_OWN_DECISIONS_H_
#define KINSTILE_ADAPTERS_DAEMON_OWN_DECISIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/base/ids.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

struct OwnDecision {
  uint32_t member = 0;   // index into ShareRequest.members
  std::string decision;  // share::RecordDecision
};

// Durable when it returns OK. Without it nothing may be answered.
absl::Status KeepOwnDecisions(storage::Database& state,
                              const RequestId& request,
                              const std::vector<OwnDecision>& decisions,
                              absl::Time now);

// By member; empty for a request that this agency has not decided about.
absl::StatusOr<std::vector<OwnDecision>> ReadOwnDecisions(
    storage::Database& state, const RequestId& request);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_OWN_DECISIONS_H_
