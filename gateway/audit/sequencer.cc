// SPDX-License-Identifier: Apache-2.0
// The order of sealing, signing, committing and believing.
#include "gateway/audit/sequencer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

// A clock that was stepped back this little is waited out by standing still.
constexpr int64_t kMaxStepBackMs = 10'000;

std::vector<const Item*> PointersTo(const std::vector<Item>& items) {
  std::vector<const Item*> pointers;
  for (const Item& i : items) pointers.push_back(&i);
  return pointers;
}

}  // namespace

struct Sequencer::Row {
  const Item* item;
  Leaf leaf;
  std::string leaf_bytes;
  std::string payload;
};

Sequencer::Sequencer(storage::Database& db, LogOptions options)
    : db_(db),
      options_(std::move(options)),
      origin_hash_(crypto::Sha256(options_.origin)),
      log_(LogNumber(options_.origin)) {}

absl::StatusOr<int64_t> Sequencer::Now() const {
  int64_t now = ToMillis(options_.clock.Now());
  if (now >= last_time_ms_) return now;
  if (last_time_ms_ - now <= kMaxStepBackMs) return last_time_ms_;
  return absl::UnavailableError("audit: the clock is behind the log");
}

Sequencer::Delta Sequencer::NewDelta() const {
  Delta delta;
  delta.last_epoch = last_epoch_;
  return delta;
}

absl::Status Sequencer::OpenEpochs(const AudienceSet& set,
                                   const std::vector<std::string>& ids,
                                   Delta& delta,
                                   std::vector<Item>& items) const {
  KS_ASSIGN_OR_RETURN(int64_t now, Now());
  for (const std::string& id : ids) {
    Chain chain = Chain::Random(origin_hash_, id, ++delta.last_epoch);
    KS_ASSIGN_OR_RETURN(KeyFrame frame,
                        SealChain(chain, options_.origin, set.by_id.at(id),
                                  set.manifest_digest));
    items.push_back({EntryType::kKeyFrame,
                     Sealing::kPublic,
                     id,
                     EncodeKeyFrame(frame),
                     {},
                     chain.epoch()});
    delta.epochs.insert_or_assign(id, EpochState{std::move(chain), now});
  }
  return absl::OkStatus();
}

Item Sequencer::SealEpoch(const EpochState& epoch) const {
  // Says how many entries the epoch had, so that none can be cut from its end.
  return {
      EntryType::kEpochSeal, Sealing::kPublic,  epoch.chain.audience(), "", {},
      epoch.chain.epoch(),   epoch.chain.next()};
}

absl::Status Sequencer::SwitchAudiences(std::vector<Audience> audiences,
                                        const Digest& manifest_digest) {
  KS_RETURN_IF_ERROR(CheckAudiences(audiences));
  KS_RETURN_IF_ERROR(ResolveDoubt().status());
  Delta delta = NewDelta();
  std::vector<Item> items;
  if (checkpoint().empty()) {
    delta.new_log = true;
    items.push_back(
        {EntryType::kGenesis, Sealing::kPublic, "",
         EncodeGenesis({options_.origin, options_.key.verify_key()})});
  }
  for (const auto& [id, epoch] : epochs_) items.push_back(SealEpoch(epoch));
  items.push_back({EntryType::kKeyManifest, Sealing::kPublic, "",
                   EncodeKeyManifest({manifest_digest, audiences})});
  AudienceSet set;
  set.manifest_digest = manifest_digest;
  std::vector<std::string> ids;
  for (Audience& a : audiences) {
    ids.push_back(a.id);
    set.by_id.emplace(a.id, std::move(a));
  }
  KS_RETURN_IF_ERROR(OpenEpochs(set, ids, delta, items));
  delta.audiences = std::move(set);
  return CommitControl(std::move(items), std::move(delta));
}

absl::Status Sequencer::RotateEpochs(absl::Span<const Item* const> items) {
  KS_ASSIGN_OR_RETURN(int64_t now, Now());
  std::map<std::string, uint64_t> wanted;
  for (const Item* i : items) ++wanted[i->audience];
  std::vector<std::string> stale;
  std::vector<Item> control;
  for (const auto& [id, count] : wanted) {
    const EpochState& epoch = epochs_.at(id);
    const bool full = epoch.chain.next() > 0 &&
                      epoch.chain.next() + count > options_.epoch_entries;
    const bool old =
        now - epoch.opened_ms > absl::ToInt64Milliseconds(options_.epoch_age);
    if (!full && !old) continue;
    stale.push_back(id);
    control.push_back(SealEpoch(epoch));
  }
  if (stale.empty()) return absl::OkStatus();
  AudienceSet set;
  {
    absl::ReaderMutexLock lock(&mutex_);
    set = audiences_;
  }
  Delta delta = NewDelta();
  KS_RETURN_IF_ERROR(OpenEpochs(set, stale, delta, control));
  // A transaction of its own: a key is durable before anything is sealed by it.
  return CommitControl(std::move(control), std::move(delta));
}

absl::StatusOr<CommittedBatch> Sequencer::Commit(
    absl::Span<const Item* const> items, const Item** culprit) {
  *culprit = nullptr;
  KS_RETURN_IF_ERROR(ResolveDoubt().status());
  KS_RETURN_IF_ERROR(RotateEpochs(items));
  return TryCommit(items, NewDelta(), culprit);
}

absl::Status Sequencer::CommitControl(std::vector<Item> items, Delta delta) {
  const Item* culprit = nullptr;
  return TryCommit(PointersTo(items), std::move(delta), &culprit).status();
}

std::vector<Sequencer::Row> Sequencer::BuildRows(
    absl::Span<const Item* const> items, Delta& delta) {
  std::vector<Row> rows;
  rows.reserve(items.size());
  uint64_t index = size();
  for (const Item* item : items) {
    Leaf leaf{.type = item->type,
              .sealing = item->sealing,
              .origin_hash = origin_hash_,
              .index = index++,
              .time_ms = delta.time_ms,
              .epoch = item->epoch,
              .audience = item->audience,
              .ratchet = item->ratchet,
              .binding = item->binding};
    std::string payload;
    if (item->sealing == Sealing::kPublic) {
      payload = item->payload;
      leaf.payload_size = static_cast<uint32_t>(payload.size());
      leaf.payload_hash = crypto::Sha256(payload);
    } else {
      // The chain that moves on is a copy: the batch may yet fail, and then the
      // next one starts where this one did.
      auto it = delta.epochs.find(item->audience);
      if (it == delta.epochs.end()) {
        const EpochState& now = epochs_.at(item->audience);
        it = delta.epochs
                 .emplace(item->audience,
                          EpochState{now.chain.Clone(), now.opened_ms})
                 .first;
      }
      leaf.epoch = it->second.chain.epoch();
      payload = SealPayload(it->second.chain, item->payload, leaf);
    }
    std::string bytes = EncodeLeaf(leaf);
    delta.leaf_hashes.push_back(merkle::HashLeaf(bytes));
    rows.push_back(
        {item, std::move(leaf), std::move(bytes), std::move(payload)});
  }
  return rows;
}

absl::Status Sequencer::WriteRows(storage::Transaction& t,
                                  const std::vector<Row>& rows,
                                  const Delta& delta,
                                  const Item** culprit) const {
  if (delta.new_log) KS_RETURN_IF_ERROR(InsertLog(t, options_.origin));
  for (const Row& r : rows) {
    KS_RETURN_IF_ERROR(InsertEntry(t, log_, r.leaf.index, r.leaf.audience,
                                   r.leaf_bytes, r.payload));
    if (r.leaf.type == EntryType::kKeyFrame)
      KS_RETURN_IF_ERROR(
          InsertKeyFrame(t, log_, r.leaf.audience, r.leaf.epoch, r.leaf.index));
  }
  KS_RETURN_IF_ERROR(
      InsertCheckpoint(t, log_, rows.back().leaf.index + 1, delta.checkpoint));
  for (const Row& r : rows) {
    if (!r.item->also) continue;
    if (absl::Status s = r.item->also(t); !s.ok()) {
      *culprit = r.item;
      return s;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<CommittedBatch> Sequencer::TryCommit(
    absl::Span<const Item* const> items, Delta delta, const Item** culprit) {
  KS_ASSIGN_OR_RETURN(delta.time_ms, Now());
  std::vector<Row> rows = BuildRows(items, delta);
  merkle::CompactRange range;
  {
    absl::ReaderMutexLock lock(&mutex_);
    range = tree_.range();
  }
  CommittedBatch batch{range.size(), range.size() + rows.size(), {}, {}};
  for (const merkle::Hash& h : delta.leaf_hashes) range.Append(h);
  delta.checkpoint = SignCheckpoint(
      {options_.origin, range.size(), range.Root()}, options_.key);
  // Signed, in memory only. Nobody has seen it; if the transaction fails it is
  // forgotten, and this size may be signed again.
  absl::Status s = db_.Write([&](storage::Transaction& t) {
    return WriteRows(t, rows, delta, culprit);
  });
  if (!s.ok()) {
    if (absl::IsDataLoss(s) || !db_.healthy()) return Poison(std::move(s));
    // The body ended the transaction itself: certainly nothing was committed.
    if (*culprit != nullptr) return s;
    in_doubt_ = std::move(delta);
    KS_ASSIGN_OR_RETURN(bool committed, ResolveDoubt());
    if (!committed)
      return absl::IsUnknown(s) ? absl::UnavailableError(s.message()) : s;
  } else {
    // Committed and synced. A crash from here on leaves an entry whose answer
    // was never sent: over-reported, never the reverse.
    batch.checkpoint = delta.checkpoint;
    Apply(std::move(delta));
  }
  if (batch.checkpoint.empty()) batch.checkpoint = checkpoint();
  for (Row& r : rows) batch.leaves.push_back(std::move(r.leaf_bytes));
  return batch;
}

// Reads back how the last, unclear transaction ended. True if it is in.
absl::StatusOr<bool> Sequencer::ResolveDoubt() {
  if (!healthy_)
    return absl::DataLossError("audit: an earlier write was lost; restart");
  if (!in_doubt_) return false;
  std::string stored;
  absl::Status s = db_.Read([&](storage::Snapshot& snapshot) -> absl::Status {
    KS_ASSIGN_OR_RETURN(stored, LatestCheckpoint(snapshot, log_));
    return absl::OkStatus();
  });
  if (!s.ok())
    return absl::UnavailableError(absl::StrCat(
        "audit: how the last write ended is not known yet: ", s.message()));
  Delta delta = *std::exchange(in_doubt_, std::nullopt);
  if (stored == checkpoint()) return false;
  if (stored != delta.checkpoint)
    return Poison(absl::DataLossError("audit: another process wrote this log"));
  Apply(std::move(delta));
  return true;
}

absl::Status Sequencer::Poison(absl::Status why) {
  healthy_ = false;
  return absl::DataLossError(why.message());
}

void Sequencer::Apply(Delta delta) {
  last_time_ms_ = delta.time_ms;
  last_epoch_ = delta.last_epoch;
  if (delta.audiences) epochs_.clear();
  // Assigning wipes the chain keys that the batch used up.
  for (auto& [id, epoch] : delta.epochs)
    epochs_.insert_or_assign(id, std::move(epoch));
  absl::MutexLock lock(&mutex_);
  for (const merkle::Hash& h : delta.leaf_hashes) tree_.Append(h);
  checkpoint_ = std::move(delta.checkpoint);
  if (delta.audiences) audiences_ = *std::move(delta.audiences);
}

bool Sequencer::HasAudience(const std::string& id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return audiences_.by_id.count(id) != 0;
}

std::string Sequencer::checkpoint() const {
  absl::ReaderMutexLock lock(&mutex_);
  return checkpoint_;
}

uint64_t Sequencer::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return tree_.size();
}

absl::StatusOr<std::vector<merkle::Hash>> Sequencer::InclusionProof(
    uint64_t index, uint64_t size) const {
  absl::ReaderMutexLock lock(&mutex_);
  return tree_.InclusionProof(index, size);
}

absl::StatusOr<std::vector<merkle::Hash>> Sequencer::ConsistencyProof(
    uint64_t a, uint64_t b) const {
  absl::ReaderMutexLock lock(&mutex_);
  return tree_.ConsistencyProof(a, b);
}

}  // namespace kinstile::audit
