// SPDX-License-Identifier: Apache-2.0
// One pass over the entries, one over the heads, then the rest and the
// evidence.
#include "gateway/audit/verify.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
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
  // False after a failure.
  bool CheckRoot(const std::string& what, const Checkpoint& head,
                 absl::string_view unless = "");
  void CheckManifestInForce();
  // How old the copy is, if it was said to be.
  std::optional<int64_t> AsOf() const;
  void CheckEvidence();
  void CheckReceipt(const std::string& what, absl::string_view text);
  void CheckKept(const std::vector<std::string>& notes, absl::string_view what,
                 bool stored);
  void CheckKept(const std::string& what, const Checkpoint& head, bool stored);

  const std::string origin_;
  const crypto::VerifyKey key_;
  const VerifyOptions options_;
  VerifyReport report_;
  CosignatureChecker cosignatures_;
  EntryChecker entries_;
  std::set<uint64_t> heads_;  // sizes of the stored ones
};

std::string When(int64_t ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

// Lines that carry the log's own name.
size_t OwnLines(absl::string_view note, absl::string_view origin) {
  const absl::StatusOr<Note> parsed = ParseNote(note);
  if (!parsed.ok()) return 0;
  return static_cast<size_t>(
      std::count_if(parsed->signatures.begin(), parsed->signatures.end(),
                    [&](const NoteSignature& s) { return s.name == origin; }));
}

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
  CheckManifestInForce();
  if (report_.entries == 0) report_.Fail("there are no entries");
  KS_RETURN_IF_ERROR(CheckHeads(copy));
  KS_RETURN_IF_ERROR(copy.CheckRest(
      entries_.contents(),
      [this](std::string what) { report_.Fail(std::move(what)); }));
  CheckEvidence();
  return absl::OkStatus();
}

// The log took the reader's manifest, or was copied before it was in force.
void Verifier::CheckManifestInForce() {
  // A log that was closed needs no more readers.
  if (!options_.manifest_version || report_.manifests_believed == 0 ||
      entries_.closed())
    return;
  const uint32_t last = report_.manifest_version;
  const uint32_t own = *options_.manifest_version;
  if (last > own)
    report_.notes.push_back(
        absl::StrCat("it is sealed by version ", last,
                     " of the manifest, which is newer than yours"));
  else if (last < own && !options_.as_of_ms)
    report_.Fail(absl::StrCat(
        "it ends under version ", last, " of the manifest, and yours is ", own,
        ": keys of people who have left may open it, or this copy is older "
        "than your manifest (then say so: --as-of)"));
}

bool Verifier::CheckRoot(const std::string& what, const Checkpoint& head,
                         absl::string_view unless) {
  absl::StatusOr<merkle::Hash> root = tree().RootAt(head.size);
  if (!root.ok()) {
    report_.Fail(absl::StrCat(
        what, " covers ", head.size, " entries, only ", tree().size(),
        " are there: the log was cut short or rolled back", unless));
    return false;
  }
  if (*root == head.root) return true;
  report_.Fail(
      absl::StrCat(what, ": the entries are not the ones it was signed for"));
  return false;
}

std::optional<int64_t> Verifier::AsOf() const {
  if (!options_.as_of_ms) return std::nullopt;
  return std::max(*options_.as_of_ms, report_.last_ms);
}

// Every head that was ever signed is kept for ever: one that somebody was given
// and that is not there was taken away.
void Verifier::CheckKept(const std::string& what, const Checkpoint& head,
                         bool stored) {
  if (head.size > tree().size() && options_.as_of_ms) {
    ++report_.newer_evidence;
    return;
  }
  if (CheckRoot(what, head,
                ", or this copy is older than that (then say so: --as-of)") &&
      stored && heads_.count(head.size) == 0)
    report_.Fail(absl::StrCat(what, ": the head of ", head.size,
                              " entries that it has is not stored"));
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
    if (OwnLines(row.note, origin_) != 1)
      report_.Fail(absl::StrCat(what, ": bears the log's name twice"));
    CheckRoot(what, *head);
    heads_.insert(head->size);
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
  absl::StatusOr<Leaf> leaf = DecodeLeaf(r->leaf);
  if (!leaf.ok())
    return report_.Fail(absl::StrCat(what, ": ", leaf.status().message()));
  const bool here = r->index < tree().size();
  if (!here && AsOf() && leaf->time_ms > *AsOf()) {
    ++report_.newer_evidence;
    return;
  }
  const std::string which = absl::StrCat(what, " of ", When(leaf->time_ms));
  // Written by then, it is there, even if its checkpoint is a newer one.
  if (!here && AsOf())
    return report_.Fail(
        absl::StrCat(which, " is of entry ", r->index, ", only ", tree().size(),
                     " are there: the log was cut short or rolled back"));
  if (here && *tree().Node(0, r->index) != merkle::HashLeaf(r->leaf))
    return report_.Fail(
        absl::StrCat(which, ": entry ", r->index,
                     " is another one: the entries are not the ones it was "
                     "signed for"));
  CheckKept(which, *head, /*stored=*/true);
}

void Verifier::CheckEvidence() {
  for (const std::string& text : options_.evidence.receipts)
    CheckReceipt(absl::StrCat("kept receipt ", ++report_.receipts), text);
  CheckKept(options_.evidence.checkpoints, "kept checkpoint ", true);
  CheckKept(options_.evidence.witnessed, "head that the witness cosigned ",
            true);
  // Whether that was ever stored is another question.
  CheckKept(options_.evidence.refused, "head that the witness refused ", false);
}

void Verifier::CheckKept(const std::vector<std::string>& notes,
                         absl::string_view what, bool stored) {
  uint64_t number = 0;
  for (const std::string& note : notes) {
    const std::string which = absl::StrCat(what, ++number);
    ++report_.kept_checkpoints;
    absl::StatusOr<Checkpoint> head = OpenCheckpoint(note, origin_, key_);
    if (head.ok())
      CheckKept(which, *head, stored);
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

// The key that a log says is its own, for its manifests and heads to confirm.
absl::StatusOr<crypto::VerifyKey> OwnKey(LogCopy& copy) {
  absl::StatusOr<Genesis> genesis = absl::DataLossError("there are no entries");
  const absl::Status first = copy.ForEachEntry(0, [&](const EntryRow& row) {
    genesis = DecodeGenesis(row.payload.value_or(absl::string_view()));
    return absl::CancelledError();  // one is enough
  });
  if (!first.ok() && !absl::IsCancelled(first)) return first;
  KS_RETURN_IF_ERROR(genesis.status());
  return genesis->key;
}

// A closed log ends at the head that the next one names.
void CheckEnd(const Checkpoint& head, absl::string_view next_origin,
              VerifyReport& report) {
  if (!report.close || report.close->next_origin != next_origin)
    report.Fail(absl::StrCat("it was not closed for ", next_origin,
                             ", which carries it on"));
  if (head.size != report.entries)
    report.Fail(absl::StrCat("it has ", report.entries, " entries, and ",
                             next_origin, " carries it on after ", head.size));
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

absl::StatusOr<VerifyReport> VerifyEarlier(LogCopy& copy,
                                           const Continues& continues,
                                           absl::string_view next_origin,
                                           VerifyOptions options) {
  KS_RETURN_IF_ERROR(copy.Find());
  VerifyReport none;
  const absl::StatusOr<crypto::VerifyKey> key = OwnKey(copy);
  if (!key.ok()) {
    if (!IsDamage(key.status()) && !absl::IsInvalidArgument(key.status()))
      return key.status();
    none.Fail(
        absl::StrCat("its GENESIS cannot be read: ", key.status().message()));
    return none;
  }
  const auto head =
      OpenCheckpoint(continues.checkpoint, continues.origin, *key);
  if (!head.ok()) {
    none.Fail(absl::StrCat(
        "the head at which ", next_origin,
        " carries it on is not one of its key: ", head.status().message()));
    return none;
  }
  const bool lost = continues.ground == ContinuesGround::kDataLoss;
  if (!lost) options.evidence.checkpoints.push_back(continues.checkpoint);
  const bool believing = options.manifests != nullptr;
  KS_ASSIGN_OR_RETURN(
      VerifyReport report,
      VerifyCopy(copy, continues.origin, *key, std::move(options)));
  if (!lost) CheckEnd(*head, next_origin, report);
  if (believing && !report.key_believed)
    report.Fail("no manifest in it that is believed names its key");
  return report;
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
