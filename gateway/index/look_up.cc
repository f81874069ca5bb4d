// SPDX-License-Identifier: Apache-2.0
// Records by their handles.
#include "gateway/base/status_macros.h"
#include "gateway/index/generation.h"
#include "gateway/index/index.h"

namespace kinstile::index {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Value;

constexpr absl::string_view kByHandle =
    "SELECT family, CASE WHEN EXISTS (SELECT 1 FROM index_records AS f WHERE "
    "f.part = ?1 AND f.family = index_records.family AND f.shielded <> 0) "
    "THEN 1 ELSE 0 END FROM index_records WHERE part = ?1 AND handle = ?2";

}  // namespace

absl::StatusOr<std::map<Handle, KnownRecord>> Index::LookUp(
    const AgencyId& agency, absl::Span<const Handle> handles) {
  std::map<Handle, KnownRecord> out;
  const absl::Status status = database_.Read([&](Snapshot& s) -> absl::Status {
    out.clear();
    KS_ASSIGN_OR_RETURN(const Generation row, VisibleGeneration(s, agency));
    for (const Handle& handle : handles)
      KS_RETURN_IF_ERROR(
          s.Query(kByHandle, {Value::Int(row.part), Value::Blob(handle.view())},
                  [&](const Row& r) -> absl::Status {
                    KS_ASSIGN_OR_RETURN(const FamilyHandle family,
                                        FamilyHandle::FromBytes(r.Blob(0)));
                    out[handle] = {family, r.Int(1) != 0};
                    return absl::OkStatus();
                  }));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(status)) return out;  // no register: nobody
  KS_RETURN_IF_ERROR(status);
  return out;
}

}  // namespace kinstile::index
