// SPDX-License-Identifier: Apache-2.0
// Keeping receipts in the adapter's state.
#include "adapters/daemon/receipts.h"

#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {

using storage::Value;

absl::Status KeepReceipt(storage::Database& state, const Digest& request_digest,
                         const std::string& receipt, absl::Time now) {
  return state.Write([&](storage::Transaction& tx) {
    return tx
        .Execute(
            "INSERT INTO kept_receipt (request_digest, kept_at_ms, receipt) "
            "VALUES (?1, ?2, ?3)",
            {Value::Blob(request_digest.view()), Value::Int(ToMillis(now)),
             Value::Text(receipt)})
        .status();
  });
}

absl::StatusOr<std::vector<KeptReceipt>> ReadReceipts(
    storage::Database& state) {
  std::vector<KeptReceipt> out;
  KS_RETURN_IF_ERROR(state.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query(
        "SELECT request_digest, receipt FROM kept_receipt ORDER BY kept_at_ms",
        {}, [&](const storage::Row& row) {
          KS_ASSIGN_OR_RETURN(Digest digest, Digest::FromBytes(row.Blob(0)));
          out.push_back({digest, std::string(row.Text(1))});
          return absl::OkStatus();
        });
  }));
  return out;
}

}  // namespace kinstile::daemon
