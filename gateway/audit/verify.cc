// SPDX-License-Identifier: Apache-2.0
// One pass over the entries, one over the heads, then the rest and the
// evidence.
#include "gateway/audit/verify.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/audit/receipt.h"
#include "gateway/audit/verify_cosignatures.h"
#include "gateway/audit/verify_entries.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/merkle/proof.h"
#include "gateway/merkle/tree.h"

namespace kinstile::audit {
namespace {

constexpr uint64_t kProgressStep = 10000;

class Verifier {
 public:
  Verifier(absl::string_view origin, const crypto::VerifyKey& key,
           VerifyOptions options)
      : origin_(origin),
        key_(key),
        options_(std::move(options)),
        cosignatures_(origin_, report_),
        entries_(origin_, key_, options_.manifests, cosignatures_, report_) {}

  absl::Status Check(LogCopy& copy);
  // The copy itself is damaged: what can be said is said.
  void CopyFailed(const absl::Status& s) {
    report_.Fail(absl::StrCat("the log cannot be read after entry ",
                              tree().size(), ": ", s.message()));
  }
  VerifyReport Report() { return std::move(report_); }

 private:
  const merkle::Tree& tree() const { return entries_.contents().tree; }
  absl::Status CheckHeads(LogCopy& copy);
  void CheckRoot(const std::string& what, const Checkpoint& head);
  void CheckEvidence();
  void CheckReceipt(const std::string& what, absl::string_view text);
  void CheckKept(const std::vector<std::string>& notes, absl::string_view what);

  const std::string origin_;
  const crypto::VerifyKey key_;
  const VerifyOptions options_;
  VerifyReport report_;
  CosignatureChecker cosignatures_;
  EntryChecker entries_;
};

absl::Status Verifier::Check(LogCopy& copy) {
  absl::Status found = copy.Find();
  if (absl::IsNotFound(found)) {
    report_.Fail("there is no log of this origin");
    return absl::OkStatus();
  }
  KS_RETURN_IF_ERROR(found);
  KS_RETURN_IF_ERROR(copy.ForEachEntry(0, [this](const EntryRow& row) {
    entries_.Check(row);
    if (options_.progress && report_.entries % kProgressStep == 0)
      options_.progress(report_.entries);
    return absl::OkStatus();
  }));
  entries_.Finish();
  if (report_.entries == 0) report_.Fail("there are no entries");
  KS_RETURN_IF_ERROR(CheckHeads(copy));
  KS_RETURN_IF_ERROR(copy.CheckRest(
      entries_.contents(),
      [this](std::string what) { report_.Fail(std::move(what)); }));
  CheckEvidence();
  return absl::OkStatus();
}

void Verifier::CheckRoot(const std::string& what, const Checkpoint& head) {
  absl::StatusOr<merkle::Hash> root = tree().RootAt(head.size);
  if (!root.ok())
    return report_.Fail(absl::StrCat(
        what, " covers ", head.size, " entries, only ", tree().size(),
        " are there: the log was cut short or rolled back, or this copy is "
        "older"));
  if (*root != head.root)
    report_.Fail(
        absl::StrCat(what, ": the entries are not the ones it was signed for"));
}

absl::Status Verifier::CheckHeads(LogCopy& copy) {
  uint64_t covered = 0;
  KS_RETURN_IF_ERROR(copy.ForEachCheckpoint([&](const CheckpointRow& row) {
    ++report_.checkpoints;
    std::string what = absl::StrCat("checkpoint ", row.size);
    absl::StatusOr<Checkpoint> head = OpenCheckpoint(row.note, origin_, key_);
    if (!head.ok()) {
      report_.Fail(absl::StrCat(what, ": ", head.status().message()));
      return absl::OkStatus();
    }
    if (head->size != row.size)
      report_.Fail(
          absl::StrCat(what, ": stored under another size than it says"));
    CheckRoot(what, *head);
    cosignatures_.Check(what, row.note, head->size);
    covered = std::max(covered, head->size);
    return absl::OkStatus();
  }));
  cosignatures_.Finish();
  if (report_.checkpoints == 0) report_.Fail("there are no checkpoints");
  if (covered < tree().size())
    report_.Fail(absl::StrCat("the last ", tree().size() - covered,
                              " entries are covered by no checkpoint"));
  return absl::OkStatus();
}

void Verifier::CheckReceipt(const std::string& what, absl::string_view text) {
  absl::StatusOr<Receipt> r = ParseReceipt(text);
  if (!r.ok())
    return report_.Fail(absl::StrCat(what, ": ", r.status().message()));
  absl::StatusOr<Checkpoint> head =
      OpenCheckpoint(r->checkpoint, origin_, key_);
  if (!head.ok())
    return report_.Fail(absl::StrCat(what, ": ", head.status().message()));
  // Sound in itself? Then the log must agree with it.
  if (absl::Status s = merkle::VerifyInclusion(r->index, head->size,
                                               merkle::HashLeaf(r->leaf),
                                               r->proof, head->root);
      !s.ok())
    return report_.Fail(absl::StrCat(what, ": ", s.message()));
  CheckRoot(what, *head);
}

void Verifier::CheckEvidence() {
  for (const std::string& text : options_.evidence.receipts)
    CheckReceipt(absl::StrCat("kept receipt ", ++report_.receipts), text);
  CheckKept(options_.evidence.checkpoints, "kept checkpoint ");
  CheckKept(options_.evidence.witnessed, "head that the witness cosigned ");
  CheckKept(options_.evidence.refused, "head that the witness refused ");
}

void Verifier::CheckKept(const std::vector<std::string>& notes,
                         absl::string_view what) {
  uint64_t number = 0;
  for (const std::string& note : notes) {
    const std::string which = absl::StrCat(what, ++number);
    ++report_.kept_checkpoints;
    absl::StatusOr<Checkpoint> head = OpenCheckpoint(note, origin_, key_);
    if (head.ok())
      CheckRoot(which, *head);
    else
      report_.Fail(absl::StrCat(which, ": ", head.status().message()));
  }
}

// Corrupt pages, a value of the wrong type, a missing table: somebody or
// something changed the file.
bool IsDamage(const absl::Status& s) {
  return absl::IsDataLoss(s) || absl::IsInternal(s);
}

absl::StatusOr<VerifyReport> Finish(Verifier& verifier, const absl::Status& s) {
  if (IsDamage(s))
    verifier.CopyFailed(s);
  else
    KS_RETURN_IF_ERROR(s);
  return verifier.Report();
}

}  // namespace

void VerifyReport::Fail(std::string what) {
  if (failures.size() < kMaxFailures)
    failures.push_back(std::move(what));
  else
    ++more_failures;
}

absl::StatusOr<VerifyReport> VerifyCopy(LogCopy& copy, absl::string_view origin,
                                        const crypto::VerifyKey& key,
                                        VerifyOptions options) {
  Verifier verifier(origin, key, std::move(options));
  const absl::Status s = verifier.Check(copy);
  return Finish(verifier, s);
}

absl::StatusOr<VerifyReport> VerifyStore(storage::Database& db,
                                         absl::string_view origin,
                                         const crypto::VerifyKey& key,
                                         VerifyOptions options) {
  Verifier verifier(origin, key, std::move(options));
  const absl::Status s = db.Read([&](storage::Snapshot& snapshot) {
    StoreCopy copy(snapshot, origin);
    return verifier.Check(copy);
  });
  return Finish(verifier, s);
}

}  // namespace kinstile::audit
