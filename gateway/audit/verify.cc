// SPDX-License-Identifier: Apache-2.0
// One pass over the entries, one over the heads, then the evidence.
#include "gateway/audit/verify.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/log.h"
#include "gateway/audit/note.h"
#include "gateway/audit/receipt.h"
#include "gateway/audit/rows.h"
#include "gateway/audit/shred.h"
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
        origin_hash_(crypto::Sha256(origin)),
        key_(key),
        options_(std::move(options)) {}

  absl::Status Check(storage::Snapshot& s);
  // The store itself is damaged: what can be said is said.
  void StoreFailed(const absl::Status& s) {
    Fail(absl::StrCat("the store cannot be read after entry ", tree_.size(),
                      ": ", s.message()));
  }
  VerifyReport Report() && { return std::move(report_); }

 private:
  struct Epoch {
    std::string audience;
    uint32_t next;
  };

  void Fail(std::string what) {
    if (report_.failures.size() < VerifyReport::kMaxFailures)
      report_.failures.push_back(std::move(what));
    else
      ++report_.more_failures;
  }
  void FailAt(uint64_t index, absl::string_view what) {
    Fail(absl::StrCat("entry ", index, ": ", what));
  }

  void CheckEntry(const EntryRow& row);
  void CheckPlace(const EntryRow& row, const Leaf& leaf);
  void CheckPayload(const EntryRow& row, const Leaf& leaf);
  void CheckShred(const Leaf& leaf, absl::string_view payload);
  void CheckMissing();
  void CheckSealed(const Leaf& leaf);
  void CheckPublic(const Leaf& leaf, absl::string_view payload);
  void CheckGenesis(const Leaf& leaf, absl::string_view payload);
  void CheckKeyManifest(const Leaf& leaf, absl::string_view payload);
  void CheckKeyFrame(const Leaf& leaf, absl::string_view payload);
  void CheckEpochSeal(const Leaf& leaf);
  absl::Status CheckListing(storage::Snapshot& s, int64_t log);
  absl::Status CheckKeyFrameRows(storage::Snapshot& s, int64_t log);
  absl::Status CheckHeads(storage::Snapshot& s, int64_t log);
  void CheckRoot(const std::string& what, const Checkpoint& head);
  void CheckEvidence();
  void CheckReceipt(const std::string& what, absl::string_view text);

  const std::string origin_;
  const Digest origin_hash_;
  const crypto::VerifyKey key_;
  const VerifyOptions options_;
  VerifyReport report_;

  merkle::Tree tree_;
  std::map<std::string, uint64_t> per_audience_;  // entries
  uint64_t next_index_ = 0;
  int64_t last_time_ = INT64_MIN;
  uint64_t last_epoch_ = 0;
  KeyManifest manifest_;
  std::map<uint64_t, Epoch> open_;           // epochs in use
  std::map<uint64_t, std::string> buckets_;  // of every epoch
  std::map<uint64_t, uint64_t> missing_;     // entry without payload -> epoch
  std::set<uint64_t> erased_;
  std::set<std::string> erased_buckets_;
  std::map<std::pair<std::string, uint64_t>, uint64_t> frames_;  // -> index
};

absl::Status Verifier::Check(storage::Snapshot& s) {
  const int64_t log = LogNumber(origin_);
  absl::Status found = FindLog(s, origin_);
  if (absl::IsNotFound(found)) {
    Fail("there is no log of this origin");
    return absl::OkStatus();
  }
  KS_RETURN_IF_ERROR(found);
  KS_RETURN_IF_ERROR(ForEachEntry(s, log, [this](const EntryRow& row) {
    CheckEntry(row);
    if (options_.progress && report_.entries % kProgressStep == 0)
      options_.progress(report_.entries);
    return absl::OkStatus();
  }));
  CheckMissing();
  if (report_.entries == 0) Fail("there are no entries");
  KS_ASSIGN_OR_RETURN(uint64_t payloads, CountPayloads(s, log));
  if (payloads > report_.entries)
    Fail("there are payloads that belong to no entry");
  KS_RETURN_IF_ERROR(CheckListing(s, log));
  KS_RETURN_IF_ERROR(CheckKeyFrameRows(s, log));
  KS_RETURN_IF_ERROR(CheckHeads(s, log));
  CheckEvidence();
  return absl::OkStatus();
}

void Verifier::CheckEntry(const EntryRow& row) {
  ++report_.entries;
  if (row.index != next_index_)
    Fail(row.index == next_index_ + 1
             ? absl::StrCat("entry ", next_index_, ": missing")
             : absl::StrCat("entries ", next_index_, " to ", row.index - 1,
                            ": missing"));
  next_index_ = row.index + 1;
  ++per_audience_[std::string(row.audience)];
  // The tree takes the row whatever it is: the roots will tell.
  tree_.Append(merkle::HashLeaf(row.leaf));
  absl::StatusOr<Leaf> leaf = DecodeLeaf(row.leaf);
  if (!leaf.ok()) return FailAt(row.index, leaf.status().message());
  CheckPlace(row, *leaf);
  CheckPayload(row, *leaf);
  if (leaf->sealing == Sealing::kRatchetV1)
    CheckSealed(*leaf);
  else
    CheckPublic(*leaf, row.payload.value_or(absl::string_view()));
}

void Verifier::CheckPlace(const EntryRow& row, const Leaf& leaf) {
  if (leaf.index != row.index)
    FailAt(row.index, absl::StrCat("its leaf is that of entry ", leaf.index));
  if (leaf.origin_hash != origin_hash_)
    FailAt(row.index, "its leaf is of another log");
  if (leaf.audience != row.audience)
    FailAt(row.index, "stored under another audience than its leaf says");
  if (leaf.time_ms < last_time_)
    FailAt(row.index, "earlier than the one before");
  last_time_ = std::max(last_time_, leaf.time_ms);
  if ((row.index == 0) != (leaf.type == EntryType::kGenesis))
    FailAt(row.index, "GENESIS is not the first entry, or not the only one");
}

void Verifier::CheckPayload(const EntryRow& row, const Leaf& leaf) {
  if (!row.payload) {
    missing_[row.index] = leaf.epoch;
    return;
  }
  if (row.payload->size() != leaf.payload_size ||
      crypto::Sha256(*row.payload) != leaf.payload_hash)
    FailAt(row.index, "payload is not the one that the leaf was made for");
}

void Verifier::CheckSealed(const Leaf& leaf) {
  ++report_.sealed;
  auto epoch = open_.find(leaf.epoch);
  if (epoch == open_.end() || epoch->second.audience != leaf.audience)
    return FailAt(leaf.index, "sealed in an epoch that no KEYFRAME opened");
  if (leaf.ratchet != epoch->second.next)
    FailAt(leaf.index, absl::StrCat("is number ", leaf.ratchet,
                                    " of its epoch, not ", epoch->second.next));
  epoch->second.next = leaf.ratchet + 1;
}

void Verifier::CheckPublic(const Leaf& leaf, absl::string_view payload) {
  switch (leaf.type) {
    case EntryType::kGenesis:
      return CheckGenesis(leaf, payload);
    case EntryType::kKeyManifest:
      return CheckKeyManifest(leaf, payload);
    case EntryType::kKeyFrame:
      return CheckKeyFrame(leaf, payload);
    case EntryType::kEpochSeal:
      return CheckEpochSeal(leaf);
    case EntryType::kShred:
      return CheckShred(leaf, payload);
    default:
      FailAt(leaf.index, "not sealed");
  }
}

void Verifier::CheckShred(const Leaf& leaf, absl::string_view payload) {
  absl::StatusOr<Shred> shred = DecodeShred(payload);
  if (!shred.ok()) return FailAt(leaf.index, shred.status().message());
  if (shred->order.origin != origin_)
    return FailAt(leaf.index, "SHRED is of another log");
  if (shred->order.bucket.empty())
    erased_.insert(shred->order.index);
  else
    erased_buckets_.insert(shred->order.bucket);
}

// Erased by an order that stands in the log, or simply gone.
void Verifier::CheckMissing() {
  for (const auto& [index, epoch] : missing_) {
    auto bucket = buckets_.find(epoch);
    if (erased_.count(index) > 0 ||
        (bucket != buckets_.end() && erased_buckets_.count(bucket->second) > 0))
      ++report_.erased;
    else
      FailAt(index, "payload missing");
  }
}

void Verifier::CheckGenesis(const Leaf& leaf, absl::string_view payload) {
  absl::StatusOr<Genesis> g = DecodeGenesis(payload);
  if (!g.ok() || g->origin != origin_ || g->key != key_)
    FailAt(leaf.index, "GENESIS names another origin or log key");
}

void Verifier::CheckKeyManifest(const Leaf& leaf, absl::string_view payload) {
  absl::StatusOr<KeyManifest> m = DecodeKeyManifest(payload);
  if (!m.ok()) return FailAt(leaf.index, m.status().message());
  manifest_ = *std::move(m);
  // Who could read under the old manifest reads nothing further.
  open_.clear();
}

void Verifier::CheckKeyFrame(const Leaf& leaf, absl::string_view payload) {
  ++report_.keyframes;
  absl::StatusOr<KeyFrame> f = DecodeKeyFrame(payload);
  if (!f.ok()) return FailAt(leaf.index, f.status().message());
  if (f->scope.audience != leaf.audience || f->epoch != leaf.epoch)
    FailAt(leaf.index, "KEYFRAME is of another audience or epoch");
  if (leaf.epoch <= last_epoch_) FailAt(leaf.index, "epoch used before");
  last_epoch_ = std::max(last_epoch_, leaf.epoch);
  std::vector<Recipient> wraps;
  for (const SealedKey& k : f->keys) wraps.push_back(k.recipient);
  if (wraps.size() < kMinRecipients ||
      wraps != RecipientsOf(manifest_, f->scope) ||
      f->manifest_digest != manifest_.manifest_digest)
    FailAt(leaf.index,
           "KEYFRAME is not sealed to the KEYMANIFEST's recipients");
  open_[leaf.epoch] = {leaf.audience, 0};
  buckets_[leaf.epoch] = f->scope.bucket;
  frames_[{leaf.audience, leaf.epoch}] = leaf.index;
}

void Verifier::CheckEpochSeal(const Leaf& leaf) {
  auto epoch = open_.find(leaf.epoch);
  if (epoch == open_.end() || epoch->second.audience != leaf.audience)
    return FailAt(leaf.index, "EPOCH_SEAL of an epoch that is not open");
  if (epoch->second.next != leaf.ratchet)
    FailAt(leaf.index,
           absl::StrCat("EPOCH_SEAL counts ", leaf.ratchet,
                        " entries, there are ", epoch->second.next));
  open_.erase(epoch);
}

// An index that skips entries would hide them from their readers.
absl::Status Verifier::CheckListing(storage::Snapshot& s, int64_t log) {
  for (const auto& [audience, entries] : per_audience_) {
    KS_ASSIGN_OR_RETURN(uint64_t listed, CountListed(s, log, audience));
    if (listed != entries)
      Fail(absl::StrCat("audience ", audience, ": ", listed, " of ", entries,
                        " entries are listed"));
  }
  return absl::OkStatus();
}

absl::Status Verifier::CheckKeyFrameRows(storage::Snapshot& s, int64_t log) {
  size_t rows = 0;
  KS_RETURN_IF_ERROR(ForEachKeyFrame(s, log, [&](const KeyFrameRow& row) {
    ++rows;
    auto it = frames_.find({std::string(row.audience), row.epoch});
    if (it == frames_.end() || it->second != row.index)
      FailAt(row.index, "listed as a KEYFRAME that it is not");
    return absl::OkStatus();
  }));
  if (rows < frames_.size()) Fail("the list of KEYFRAMEs is not complete");
  return absl::OkStatus();
}

void Verifier::CheckRoot(const std::string& what, const Checkpoint& head) {
  absl::StatusOr<merkle::Hash> root = tree_.RootAt(head.size);
  if (!root.ok())
    return Fail(absl::StrCat(
        what, " covers ", head.size, " entries, only ", tree_.size(),
        " are there: the log was cut short or rolled back"));
  if (*root != head.root)
    Fail(
        absl::StrCat(what, ": the entries are not the ones it was signed for"));
}

absl::Status Verifier::CheckHeads(storage::Snapshot& s, int64_t log) {
  uint64_t covered = 0;
  KS_RETURN_IF_ERROR(ForEachCheckpoint(s, log, [&](const CheckpointRow& row) {
    ++report_.checkpoints;
    std::string what = absl::StrCat("checkpoint ", row.size);
    absl::StatusOr<Checkpoint> head = OpenCheckpoint(row.note, origin_, key_);
    if (!head.ok()) {
      Fail(absl::StrCat(what, ": ", head.status().message()));
      return absl::OkStatus();
    }
    if (head->size != row.size)
      Fail(absl::StrCat(what, ": stored under another size than it says"));
    CheckRoot(what, *head);
    covered = std::max(covered, head->size);
    return absl::OkStatus();
  }));
  if (report_.checkpoints == 0) Fail("there are no checkpoints");
  if (covered < tree_.size())
    Fail(absl::StrCat("the last ", tree_.size() - covered,
                      " entries are covered by no checkpoint"));
  return absl::OkStatus();
}

void Verifier::CheckReceipt(const std::string& what, absl::string_view text) {
  absl::StatusOr<Receipt> r = ParseReceipt(text);
  if (!r.ok()) return Fail(absl::StrCat(what, ": ", r.status().message()));
  absl::StatusOr<Checkpoint> head =
      OpenCheckpoint(r->checkpoint, origin_, key_);
  if (!head.ok())
    return Fail(absl::StrCat(what, ": ", head.status().message()));
  // Sound in itself? Then the log must agree with it.
  if (absl::Status s = merkle::VerifyInclusion(r->index, head->size,
                                               merkle::HashLeaf(r->leaf),
                                               r->proof, head->root);
      !s.ok())
    return Fail(absl::StrCat(what, ": ", s.message()));
  CheckRoot(what, *head);
}

void Verifier::CheckEvidence() {
  for (const std::string& text : options_.evidence.receipts)
    CheckReceipt(absl::StrCat("kept receipt ", ++report_.receipts), text);
  for (const std::string& note : options_.evidence.checkpoints) {
    std::string what =
        absl::StrCat("kept checkpoint ", ++report_.kept_checkpoints);
    absl::StatusOr<Checkpoint> head = OpenCheckpoint(note, origin_, key_);
    if (head.ok())
      CheckRoot(what, *head);
    else
      Fail(absl::StrCat(what, ": ", head.status().message()));
  }
}

// Corrupt pages, a value of the wrong type, a missing table: somebody or
// something changed the file.
bool IsDamage(const absl::Status& s) {
  return absl::IsDataLoss(s) || absl::IsInternal(s);
}

}  // namespace

absl::StatusOr<VerifyReport> VerifyStore(storage::Database& db,
                                         absl::string_view origin,
                                         const crypto::VerifyKey& key,
                                         VerifyOptions options) {
  Verifier verifier(origin, key, std::move(options));
  absl::Status s = db.Read(
      [&](storage::Snapshot& snapshot) { return verifier.Check(snapshot); });
  if (IsDamage(s))
    verifier.StoreFailed(s);
  else
    KS_RETURN_IF_ERROR(s);
  return std::move(verifier).Report();
}

}  // namespace kinstile::audit
