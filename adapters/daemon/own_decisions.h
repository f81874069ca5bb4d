// SPDX-License-Identifier: Apache-2.0
// What this agency itself decided about a request, and on what: its own signed
// record, which never leaves it. `kinstile policy replay --request` takes it
// again.
#ifndef KINSTILE_ADAPTERS_DAEMON_OWN_DECISIONS_H_
#define KINSTILE_ADAPTERS_DAEMON_OWN_DECISIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/sign.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

struct OwnDecision {
  // Index into ShareRequest.members; none: what could be said without looking
  // at anybody.
  std::optional<uint32_t> member;
  std::string decision;  // share::RecordDecision
};

// Whose request, which one, and when it was decided about.
struct DecidedRequest {
  AgencyId requester;
  RequestId id;
  absl::Time at;
};

// Adds them after those that are there, each signed (label
// "kinstile/v1/own-decision") with its place in the order.
absl::Status KeepOwnDecisions(storage::Transaction& tx,
                              const crypto::SigningKey& key,
                              const DecidedRequest& request,
                              const std::vector<OwnDecision>& decisions);
// Those that are older go.
absl::Status DropOwnDecisions(storage::Transaction& tx, absl::Time before);

struct KeptDecision {
  OwnDecision what;
  AgencyId requester;
  absl::Time at;
  bool holds = false;  // by `key`, at this place
};
// In order, of every requester that used this id; empty for a request that
// this agency has not decided about.
absl::StatusOr<std::vector<KeptDecision>> ReadOwnDecisions(
    storage::Database& state, const RequestId& request,
    const crypto::VerifyKey& key);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_OWN_DECISIONS_H_
