// SPDX-License-Identifier: Apache-2.0
// Records that the agency has shielded by hand, whatever its source says.
#ifndef KINSTILE_ADAPTERS_DAEMON_OWN_SHIELDS_H_
#define KINSTILE_ADAPTERS_DAEMON_OWN_SHIELDS_H_

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gateway/base/ids.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

// Holds from the commit on for every program on this state, and at the gateway
// as soon as it hears of it (outbox), which keeps it across enrolments. Lifting
// takes back this one only: a shield that the source says stays. Thread-safe.
class OwnShields {
 public:
  // `state` outlives it.
  explicit OwnShields(storage::Database& state) : state_(state) {}

  absl::Status Set(const Handle& handle, bool shielded);
  absl::StatusOr<bool> HasAny(absl::Span<const Handle> handles);
  absl::StatusOr<absl::flat_hash_set<Handle>> All();

 private:
  storage::Database& state_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_OWN_SHIELDS_H_
