// SPDX-License-Identifier: Apache-2.0
// Register changes: checked, audited, then made visible.
#include "gateway/share/registry.h"

#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"

namespace kinstile::share {

absl::Status Registry::Audit(const AgencyId& caller, std::string what,
                             uint64_t n) {
  audit::Draft draft;
  draft.audience = caller.str();
  draft.record.type = audit::EntryType::kEnrolment;
  draft.record.time_ms = ToMillis(p_.clock.Now());
  draft.record.requester = caller;
  draft.record.counts = {{std::move(what), n}};
  auto receipt = p_.log.AppendOne(std::move(draft));
  if (receipt.ok()) return absl::OkStatus();
  return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                "audit: cannot be written now; nothing was changed");
}

absl::StatusOr<index::EnrolmentId> Registry::Start(const AgencyId& caller,
                                                   uint32_t spec_version,
                                                   uint32_t key_epoch) {
  const auto consortium = p_.directory.Current();
  if (spec_version != kIdentitySpecVersion)
    return Refuse(absl::StatusCode::kFailedPrecondition,
                  Reason::kVersionMismatch,
                  "identity_spec_version: is not the one in use");
  if (key_epoch != consortium->key_epoch)
    return Refuse(absl::StatusCode::kFailedPrecondition,
                  Reason::kVersionMismatch,
                  "key_epoch: is not the one in force");
  return p_.index.StartEnrolment(caller, spec_version, key_epoch);
}

absl::Status Registry::Add(const index::EnrolmentId& id, uint64_t added_before,
                           absl::Span<const index::EnrolledRecord> records) {
  const auto consortium = p_.directory.Current();
  const Agency* agency = consortium->FindAgency(id.agency);
  if (agency == nullptr ||
      added_before + records.size() > agency->register_size)
    return Refuse(absl::StatusCode::kResourceExhausted,
                  Reason::kBudgetExhausted,
                  "records: the register is larger than the manifest declares");
  return p_.index.AddRecords(id, records);
}

absl::StatusOr<index::RegisterStatus> Registry::Finish(
    const index::EnrolmentId& id, uint64_t expected_records) {
  KS_RETURN_IF_ERROR(Audit(id.agency, "records enrolled", expected_records));
  KS_RETURN_IF_ERROR(p_.index.FinishEnrolment(id, expected_records));
  return p_.index.GetStatus(id.agency);
}

void Registry::Abandon(const index::EnrolmentId& id) {
  // What is left is invisible, and the next Start purges it.
  p_.index.AbandonEnrolment(id).IgnoreError();
}

absl::StatusOr<uint64_t> Registry::Withdraw(const AgencyId& caller,
                                            absl::Span<const Handle> handles) {
  KS_RETURN_IF_ERROR(Audit(caller, "records to withdraw", handles.size()));
  return p_.index.Withdraw(caller, handles);
}

absl::Status Registry::SetShield(const AgencyId& caller, const Handle& handle,
                                 bool shielded) {
  // A shield is set even when the audit is down: withholding never waits.
  if (shielded) {
    KS_RETURN_IF_ERROR(p_.index.SetShield(caller, handle, true));
    if (Audit(caller, "shields set", 1).ok()) return absl::OkStatus();
    return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                  "audit: cannot be written now; the shield is set all the "
                  "same");
  }
  KS_RETURN_IF_ERROR(Audit(caller, "shields to lift", 1));
  return p_.index.SetShield(caller, handle, false);
}

absl::StatusOr<index::RegisterStatus> Registry::Status(const AgencyId& caller) {
  auto status = p_.index.GetStatus(caller);
  if (absl::IsNotFound(status.status())) return index::RegisterStatus{};
  return status;
}

}  // namespace kinstile::share
