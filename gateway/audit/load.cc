// SPDX-License-Identifier: Apache-2.0
// Starting on what is stored: rebuild the tree, and refuse if it does not fit.
#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/audit/sequencer.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

absl::Status Mismatch(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("audit: the stored log does not hold together: ", what));
}

}  // namespace

absl::Status Sequencer::Start() {
  KS_RETURN_IF_ERROR(CheckKeyName(options_.origin));
  KS_RETURN_IF_ERROR(Load());
  if (closed_)
    return absl::FailedPreconditionError(
        "audit: this trail was closed, and another carries it on");
  // Of what a process erased that ended before it could do this.
  scrub_due_ = true;
  Scrub();
  return SwitchRecipients(options_.recipients);
}

absl::Status Sequencer::Load() {
  std::string note;
  absl::Status s = db_.Read([&](storage::Snapshot& snapshot) -> absl::Status {
    absl::Status found = FindLog(snapshot, options_.origin);
    if (absl::IsNotFound(found)) return absl::OkStatus();
    KS_RETURN_IF_ERROR(found);
    KS_ASSIGN_OR_RETURN(note, LatestCheckpoint(snapshot, log_));
    absl::MutexLock lock(&mutex_);
    return ForEachLeaf(snapshot, log_, [this](const EntryRow& row) {
      mutex_.AssertHeld();
      absl::StatusOr<Leaf> leaf = DecodeLeaf(row.leaf);
      if (row.index != tree_.size() || !leaf.ok() || leaf->index != row.index)
        return Mismatch(absl::StrCat("at entry ", tree_.size()));
      tree_.Append(merkle::HashLeaf(row.leaf));
      last_time_ms_ = std::max(last_time_ms_, leaf->time_ms);
      last_epoch_ = std::max(last_epoch_, leaf->epoch);
      FollowEpochs(*leaf);
      return absl::OkStatus();
    });
  });
  KS_RETURN_IF_ERROR(s);
  KS_RETURN_IF_ERROR(CheckHead(note));
  absl::MutexLock lock(&mutex_);
  checkpoint_ = note;
  return absl::OkStatus();
}

// Which epochs were never ended, and which manifest is in force.
void Sequencer::FollowEpochs(const Leaf& leaf) {
  if (leaf.type == EntryType::kKeyManifest)
    manifest_hash_ = leaf.payload_hash;
  else if (leaf.type == EntryType::kKeyFrame)
    left_open_[leaf.epoch] = {leaf.audience, 0};
  else if (leaf.type == EntryType::kEpochSeal)
    left_open_.erase(leaf.epoch);
  else if (leaf.type == EntryType::kClose)
    closed_ = true;
  else if (leaf.sealing == Sealing::kRatchetV1)
    ++left_open_[leaf.epoch].entries;
}

absl::Status Sequencer::CheckHead(const std::string& note) const {
  absl::ReaderMutexLock lock(&mutex_);
  if (note.empty())
    return tree_.size() == 0 ? absl::OkStatus()
                             : Mismatch("entries without a checkpoint");
  absl::StatusOr<Checkpoint> head =
      OpenCheckpoint(note, options_.origin, options_.key.verify_key());
  if (!head.ok()) return Mismatch(head.status().message());
  if (head->size != tree_.size())
    return Mismatch(absl::StrCat("the checkpoint covers ", head->size,
                                 " entries, there are ", tree_.size()));
  if (head->root != tree_.Root())
    return Mismatch("the checkpoint's root is not the entries'");
  return absl::OkStatus();
}

}  // namespace kinstile::audit
