// SPDX-License-Identifier: Apache-2.0
// One witnessed checkpoint for all, a proof for each.
#include "adapters/daemon/receipt_upgrade.h"

#include <set>
#include <string>

#include "adapters/daemon/receipts.h"
#include "gateway/audit/note.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {
namespace {

absl::Status NotShown(absl::string_view what) {
  return absl::UnauthenticatedError(what);
}

// Signed by the log, and by a quorum of the manifest's witnesses.
absl::StatusOr<audit::Checkpoint> OpenWitnessed(
    const std::string& text, const share::Consortium& consortium,
    const share::Daemon& gateway) {
  KS_ASSIGN_OR_RETURN(
      const audit::Checkpoint head,
      audit::OpenCheckpoint(text, gateway.log_origin, gateway.log_key));
  KS_ASSIGN_OR_RETURN(const audit::Note note, audit::ParseNote(text));
  std::set<std::string> cosigned;
  for (const share::Agency& a : consortium.agencies)
    if (audit::VerifyCosignature(note, a.witness.name, a.witness.key).ok())
      cosigned.insert(a.id.str());
  if (!consortium.witnesses.policy.Met(cosigned))
    return NotShown("shows as witnessed what no quorum has cosigned");
  return head;
}

absl::Status Upgrade(storage::Database& state, client::AuditClient& client,
                     const share::Daemon& gateway, const KeptReceipt& kept,
                     const audit::Checkpoint& head, const std::string& note) {
  KS_ASSIGN_OR_RETURN(audit::Receipt receipt,
                      audit::ParseReceipt(kept.receipt));
  // Of a log before this one: its witnesses have gone on.
  if (!audit::OpenCheckpoint(receipt.checkpoint, gateway.log_origin,
                             gateway.log_key)
           .ok())
    return ReplaceReceipt(state, kept.request_digest, kept.receipt,
                          kNeverWitnessed);
  if (receipt.index >= head.size) return absl::OkStatus();  // soon
  KS_ASSIGN_OR_RETURN(receipt.proof,
                      client.GetInclusionProof(receipt.index, head.size));
  receipt.checkpoint = note;
  if (!audit::VerifyReceipt(receipt, gateway.log_key, gateway.log_origin,
                            kept.request_digest)
           .ok())
    return NotShown(
        "does not prove that the trail which its witnesses cosigned has what a "
        "kept receipt says; the receipt is the evidence");
  return ReplaceReceipt(state, kept.request_digest,
                        audit::EncodeReceipt(receipt),
                        static_cast<int64_t>(head.size));
}

}  // namespace

absl::Status UpgradeReceipts(storage::Database& state,
                             client::AuditClient& client,
                             const share::Consortium& consortium,
                             const share::Daemon& gateway) {
  KS_ASSIGN_OR_RETURN(const auto waiting,
                      ReadUnwitnessedReceipts(state, kReceiptsARound));
  if (waiting.empty()) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const std::string note,
                      client.GetCheckpoint(v1::CHECKPOINT_CHOICE_WITNESSED));
  if (note.empty()) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const audit::Checkpoint head,
                      OpenWitnessed(note, consortium, gateway));
  // One that does not hold keeps none of the others.
  absl::Status all;
  for (const KeptReceipt& kept : waiting)
    all.Update(Upgrade(state, client, gateway, kept, head, note));
  return all;
}

}  // namespace kinstile::daemon
