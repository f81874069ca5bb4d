// SPDX-License-Identifier: Apache-2.0
// The table of corrections.
#include "gateway/share/corrections.h"

#include <utility>

#include "gateway/base/status_macros.h"

namespace kinstile::share {
namespace {

using storage::Value;

// Of rows in ascending order the last one that is not undone holds.
constexpr absl::string_view kAsLow =
    "SELECT high_handle, verdict FROM correction WHERE low_agency = ?1 AND "
    "low_handle = ?2 AND high_agency = ?3 AND undone_at_ms IS NULL "
    "ORDER BY decided_at_ms, correction_id";
constexpr absl::string_view kAsHigh =
    "SELECT low_handle, verdict FROM correction WHERE high_agency = ?1 AND "
    "high_handle = ?2 AND low_agency = ?3 AND undone_at_ms IS NULL "
    "ORDER BY decided_at_ms, correction_id";

}  // namespace

absl::Status KeepCorrection(storage::Transaction& tx, const CorrectionId& id,
                            const RecordOf& a, const RecordOf& b,
                            Verdict verdict, int64_t at_ms) {
  if (a == b)
    return absl::InvalidArgumentError("correction: is about one record");
  const RecordOf& low = std::min(a, b);
  const RecordOf& high = std::max(a, b);
  return tx
      .Execute(
          "INSERT INTO correction (low_agency, low_handle, high_agency, "
          "high_handle, decided_at_ms, correction_id, verdict) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
          {Value::Text(low.agency.str()), Value::Blob(low.handle.view()),
           Value::Text(high.agency.str()), Value::Blob(high.handle.view()),
           Value::Int(at_ms), Value::Blob(id.view()),
           Value::Int(static_cast<int>(verdict))})
      .status();
}

absl::Status KeepUndoing(storage::Transaction& tx, const CorrectionId& id,
                         int64_t at_ms) {
  bool found = false;
  KS_RETURN_IF_ERROR(
      tx.Query("SELECT 1 FROM correction WHERE correction_id = ?1",
               {Value::Blob(id.view())}, [&](const storage::Row&) {
                 found = true;
                 return absl::OkStatus();
               }));
  if (!found) return absl::NotFoundError("correction_id: is none");
  return tx
      .Execute(
          "UPDATE correction SET undone_at_ms = ?2 WHERE correction_id = ?1 "
          "AND undone_at_ms IS NULL",
          {Value::Blob(id.view()), Value::Int(at_ms)})
      .status();
}

absl::StatusOr<std::map<Handle, Verdict>> ReadVerdicts(
    storage::Snapshot& snapshot, const RecordOf& record,
    const AgencyId& other) {
  std::map<Handle, Verdict> out;
  for (absl::string_view sql : {kAsLow, kAsHigh})
    KS_RETURN_IF_ERROR(snapshot.Query(
        sql,
        {Value::Text(record.agency.str()), Value::Blob(record.handle.view()),
         Value::Text(other.str())},
        [&](const storage::Row& row) -> absl::Status {
          KS_ASSIGN_OR_RETURN(const Handle handle,
                              Handle::FromBytes(row.Blob(0)));
          out[handle] = static_cast<Verdict>(row.Int(1));
          return absl::OkStatus();
        }));
  return out;
}

}  // namespace kinstile::share
