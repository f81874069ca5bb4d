// SPDX-License-Identifier: Apache-2.0
// The receipts that this agency keeps of what it was answered.
#ifndef KINSTILE_ADAPTERS_DAEMON_RECEIPTS_H_
#define KINSTILE_ADAPTERS_DAEMON_RECEIPTS_H_

#include <cstdint>
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
// The same receipt, proved into a tree of `witnessed_size` entries, or for
// which there will be no such proof.
inline constexpr int64_t kNeverWitnessed = -1;
absl::Status ReplaceReceipt(storage::Database& state,
                            const Digest& request_digest,
                            const std::string& receipt, int64_t witnessed_size);
// Those that were never replaced, the oldest first.
absl::StatusOr<std::vector<KeptReceipt>> ReadUnwitnessedReceipts(
    storage::Database& state, int most);
// Oldest first.
absl::StatusOr<std::vector<KeptReceipt>> ReadReceipts(storage::Database& state);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_RECEIPTS_H_
