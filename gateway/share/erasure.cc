// SPDX-License-Identifier: Apache-2.0
// Checking the approvals of an order to erase.
#include "gateway/share/erasure.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::share {

absl::Status Erase(const Consortium& consortium, audit::Log& log,
                   const audit::Shred& shred) {
  KS_RETURN_IF_ERROR(audit::CheckShredOrder(shred.order));
  const std::string signed_bytes = audit::EncodeShredOrder(shred.order);
  std::set<std::string> approved;
  for (const audit::ShredApproval& a : shred.approvals) {
    const Agency* agency = consortium.FindAgency(a.agency);
    if (agency == nullptr ||
        !crypto::Verify(agency->signing_key, audit::kShredLabel, signed_bytes,
                        a.signature)
             .ok())
      return absl::PermissionDeniedError(
          "approvals: one is not by an agency of the manifest in force");
    approved.insert(a.agency);
  }
  if (approved.size() < audit::kShredApprovals)
    return absl::PermissionDeniedError(
        absl::StrCat("approvals: ", approved.size(), " agencies approved, ",
                     audit::kShredApprovals, " must"));
  if (shred.order.bucket.empty()) {
    KS_ASSIGN_OR_RETURN(const std::string audience,
                        log.AudienceOf(shred.order.index));
    if (approved.count(audience) == 0)
      return absl::PermissionDeniedError(
          "approvals: the agency whose entry it is has not approved");
  }
  return log.Erase(shred);
}

}  // namespace kinstile::share
