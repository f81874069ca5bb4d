// SPDX-License-Identifier: Apache-2.0
// The replay guard: a set in memory over a table.
#include "gateway/share/replay.h"

#include <algorithm>

#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"

namespace kinstile::share {

using storage::Value;

absl::StatusOr<std::unique_ptr<ReplayGuard>> ReplayGuard::Open(
    storage::Database& db, absl::Time now) {
  std::unique_ptr<ReplayGuard> guard(new ReplayGuard);
  KS_RETURN_IF_ERROR(db.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query(
        "SELECT agency, request_id, expires_at_ms FROM seen_request "
        "WHERE expires_at_ms > ?1",
        {Value::Int(ToMillis(now))}, [&](const storage::Row& row) {
          KS_ASSIGN_OR_RETURN(AgencyId agency, AgencyId::Create(row.Text(0)));
          KS_ASSIGN_OR_RETURN(RequestId id, RequestId::FromBytes(row.Blob(1)));
          const Key key{std::move(agency), id};
          guard->seen_.insert(key);
          guard->by_expiry_.emplace(row.Int(2), key);
          return absl::OkStatus();
        });
  }));
  return guard;
}

void ReplayGuard::Forget(int64_t now_ms) {
  forgotten_ms_ = std::max(forgotten_ms_, now_ms);
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now_ms) {
    seen_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
}

absl::Status ReplayGuard::Claim(const ShareRequest& request, absl::Time now) {
  std::lock_guard lock(mutex_);
  Forget(ToMillis(now));
  // `now` may lie before another call's, whose Forget has dropped the id.
  if (request.expires_at_ms <= forgotten_ms_)
    return Refuse(absl::StatusCode::kDeadlineExceeded, Reason::kExpired,
                  "expires_at: the request has expired");
  const Key key{request.agency, request.id};
  if (!seen_.insert(key).second)
    return Refuse(absl::StatusCode::kAlreadyExists, Reason::kReplayed,
                  "request_id: was used before; a repeat takes a new one");
  by_expiry_.emplace(request.expires_at_ms, key);
  return absl::OkStatus();
}

absl::Status ReplayGuard::Keep(storage::Transaction& tx, const AgencyId& agency,
                               const RequestId& id, int64_t expires_at_ms,
                               int64_t now_ms) {
  KS_RETURN_IF_ERROR(tx.Execute("DELETE FROM seen_request "
                                "WHERE agency = ?1 AND expires_at_ms <= ?2",
                                {Value::Text(agency.str()), Value::Int(now_ms)})
                         .status());
  return tx
      .Execute(
          "INSERT INTO seen_request (agency, expires_at_ms, request_id) "
          "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
          {Value::Text(agency.str()), Value::Int(expires_at_ms),
           Value::Blob(id.view())})
      .status();
}

}  // namespace kinstile::share
