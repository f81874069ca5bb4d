// SPDX-License-Identifier: Apache-2.0
// Requests with an INTENT and no outcome yet, so that a crash ends them too.
#ifndef KINSTILE_GATEWAY_SHARE_OPEN_REQUESTS_H_
#define KINSTILE_GATEWAY_SHARE_OPEN_REQUESTS_H_

#include <cstdint>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/audit/log.h"
#include "gateway/base/ids.h"
#include "gateway/share/consortium.h"
#include "gateway/share/request.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

// Written with the INTENT, removed with the outcome's entries: who asked whom,
// under which request id and agreement, while the gateway works on it. Says
// less than the leaves of the trail do.
absl::Status KeepOpen(storage::Transaction& tx, const ShareRequest& request,
                      const Digest& request_digest);
absl::Status KeepClosed(storage::Transaction& tx, const AgencyId& agency,
                        const RequestId& id);

using OpenRequestId = std::pair<AgencyId, RequestId>;

// At start, before anybody is served, for every request that another process
// left open; while serving, for those that could not be ended then (`only`). An
// ABORT to the requester's audience and an entry to that of each
// agency asked, so that everybody concerned reads of it whatever happened.
// Those that nobody could open, because the manifest has no keys for this
// month, stay for a later start: what is served until then is refused for the
// same reason, so nothing is hidden by it. Errors as audit::Log::Append.
struct Interrupted {
  size_t ended = 0;
  size_t left = 0;
};
absl::StatusOr<Interrupted> EndInterrupted(
    storage::Database& db, audit::Log& log, const Consortium& consortium,
    absl::Time now, const std::set<OpenRequestId>* only = nullptr);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_OPEN_REQUESTS_H_
