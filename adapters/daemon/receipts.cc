// SPDX-License-Identifier: Apache-2.0
// Keeping receipts in the adapter's state.
#include "adapters/daemon/receipts.h"

#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {

using storage::Value;

namespace {

absl::StatusOr<std::vector<KeptReceipt>> Select(
    storage::Database& state, absl::string_view sql,
    const std::vector<Value>& parameters) {
  std::vector<KeptReceipt> out;
  KS_RETURN_IF_ERROR(state.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query(sql, parameters, [&](const storage::Row& row) {
      KS_ASSIGN_OR_RETURN(Digest digest, Digest::FromBytes(row.Blob(0)));
      out.push_back({digest, std::string(row.Text(1))});
      return absl::OkStatus();
    });
  }));
  return out;
}

}  // namespace

absl::Status KeepReceipts(storage::Database& state,
                          absl::Span<const KeptReceipt> receipts,
                          absl::Time now) {
  return state.Write([&](storage::Transaction& tx) -> absl::Status {
    for (const KeptReceipt& r : receipts)
      KS_RETURN_IF_ERROR(
          tx.Execute("INSERT INTO kept_receipt (request_digest, kept_at_ms, "
                     "receipt) VALUES (?1, ?2, ?3)",
                     {Value::Blob(r.request_digest.view()),
                      Value::Int(ToMillis(now)), Value::Text(r.receipt)})
              .status());
    return absl::OkStatus();
  });
}

absl::Status KeepReceipt(storage::Database& state, const Digest& request_digest,
                         const std::string& receipt, absl::Time now) {
  return KeepReceipts(state, {{request_digest, receipt}}, now);
}

absl::Status ReplaceReceipt(storage::Database& state,
                            const Digest& request_digest,
                            const std::string& receipt,
                            int64_t witnessed_size) {
  return state.Write([&](storage::Transaction& tx) {
    return tx
        .Execute(
            "UPDATE kept_receipt SET receipt = ?2, witnessed_size = ?3 "
            "WHERE request_digest = ?1",
            {Value::Blob(request_digest.view()), Value::Text(receipt),
             Value::Int(witnessed_size)})
        .status();
  });
}

absl::StatusOr<std::vector<KeptReceipt>> ReadUnwitnessedReceipts(
    storage::Database& state, int most) {
  return Select(state,
                "SELECT request_digest, receipt FROM kept_receipt "
                "WHERE witnessed_size = 0 ORDER BY kept_at_ms LIMIT ?1",
                {Value::Int(most)});
}

absl::StatusOr<std::vector<KeptReceipt>> ReadReceipts(
    storage::Database& state) {
  return Select(
      state,
      "SELECT request_digest, receipt FROM kept_receipt ORDER BY kept_at_ms",
      {});
}

}  // namespace kinstile::daemon
