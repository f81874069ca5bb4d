// SPDX-License-Identifier: Apache-2.0
// Requests with an INTENT and no outcome yet, so that a crash ends them too.
#ifndef KINSTILE_GATEWAY_SHARE_OPEN_REQUESTS_H_
#define KINSTILE_GATEWAY_SHARE_OPEN_REQUESTS_H_

#include <cstdint>

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

// At start, before anybody is served: for every request that another process
// left open an ABORT to the requester's audience and an entry to that of each
// agency asked, so that everybody concerned reads of it whatever happened.
// Gives how many there were. Errors as audit::Log::Append.
absl::StatusOr<size_t> EndInterrupted(storage::Database& db, audit::Log& log,
                                      const Consortium& consortium,
                                      absl::Time now);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_OPEN_REQUESTS_H_
