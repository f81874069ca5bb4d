// SPDX-License-Identifier: Apache-2.0
// One row a person.
#include "adapters/daemon/own_decisions.h"

#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {

using storage::Value;

absl::Status KeepOwnDecisions(storage::Database& state,
                              const RequestId& request,
                              const std::vector<OwnDecision>& decisions,
                              absl::Time now) {
  if (decisions.empty()) return absl::OkStatus();
  return state.Write([&](storage::Transaction& tx) -> absl::Status {
    for (const OwnDecision& each : decisions)
      KS_RETURN_IF_ERROR(
          tx.Execute("INSERT INTO own_decision (request_id, member, "
                     "decided_at_ms, decision) VALUES (?1, ?2, ?3, ?4)",
                     {Value::Blob(request.view()), Value::Int(each.member),
                      Value::Int(ToMillis(now)), Value::Blob(each.decision)})
              .status());
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<OwnDecision>> ReadOwnDecisions(
    storage::Database& state, const RequestId& request) {
  std::vector<OwnDecision> out;
  KS_RETURN_IF_ERROR(state.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query(
        "SELECT member, decision FROM own_decision WHERE request_id = ?1 "
        "ORDER BY member",
        {Value::Blob(request.view())}, [&](const storage::Row& row) {
          out.push_back(
              {static_cast<uint32_t>(row.Int(0)), std::string(row.Blob(1))});
          return absl::OkStatus();
        });
  }));
  return out;
}

}  // namespace kinstile::daemon
