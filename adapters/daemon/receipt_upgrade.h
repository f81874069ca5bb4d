// SPDX-License-Identifier: Apache-2.0
// Kept receipts, once a quorum of witnesses has seen what they prove.
#ifndef KINSTILE_ADAPTERS_DAEMON_RECEIPT_UPGRADE_H_
#define KINSTILE_ADAPTERS_DAEMON_RECEIPT_UPGRADE_H_

#include "absl/status/status.h"
#include "adapters/client/audit_client.h"
#include "gateway/share/consortium.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

// A receipt as it was answered rests on the gateway's key alone. Here each gets
// a proof into a checkpoint that a quorum has cosigned: then whoever rewrites
// the trail needs their keys too. At most kReceiptsARound at a time, the oldest
// first. OK also while no quorum has cosigned anything. UNAUTHENTICATED when
// what the gateway shows does not hold; the receipt then stays as it was.
// Beside calls of other processes on this state, safe: one of the two is kept.
inline constexpr int kReceiptsARound = 200;
absl::Status UpgradeReceipts(storage::Database& state,
                             client::AuditClient& client,
                             const share::Consortium& consortium,
                             const share::Daemon& gateway);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_RECEIPT_UPGRADE_H_
