// SPDX-License-Identifier: Apache-2.0
// The receipts that this agency keeps of what it was answered.
#ifndef KINSTILE_ADAPTERS_DAEMON_RECEIPTS_H_
#define KINSTILE_ADAPTERS_DAEMON_RECEIPTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gateway/base/ids.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

struct KeptReceipt {
  Digest request_digest;
  std::string receipt;  // C2SP tlog-proof text
};

// Durable when it returns OK.
absl::Status KeepReceipts(storage::Database& state,
                          absl::Span<const KeptReceipt> receipts,
                          absl::Time now);
absl::Status KeepReceipt(storage::Database& state, const Digest& request_digest,
                         const std::string& receipt, absl::Time now);
// Oldest first.
absl::StatusOr<std::vector<KeptReceipt>> ReadReceipts(storage::Database& state);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_RECEIPTS_H_
