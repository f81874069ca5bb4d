// SPDX-License-Identifier: Apache-2.0
// The order of sealing, signing, committing and believing.
#include "gateway/audit/sequencer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/storage/store_error.h"

namespace kinstile::audit {
namespace {

// A clock that was stepped back this little is waited out by standing still.
constexpr int64_t kMaxStepBackMs = 10'000;

std::vector<const Item*> PointersTo(const std::vector<Item>& items) {
  std::vector<const Item*> pointers;
  for (const Item& i : items) pointers.push_back(&i);
  return pointers;
}

Item PublicItem(EntryType type, std::string payload) {
  return {.type = type,
          .sealing = Sealing::kPublic,
          .audience = "",
          .payload = std::move(payload)};
}

// Says how many entries the epoch had, so that none can be cut from its end.
Item SealEpoch(const std::string& audience, uint64_t epoch, uint32_t entries) {
  return {.type = EntryType::kEpochSeal,
          .sealing = Sealing::kPublic,
          .audience = audience,
          .payload = "",
          .epoch = epoch,
          .ratchet = entries};
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

absl::StatusOr<Sequencer::Delta> Sequencer::NewDelta() const {
  Delta delta;
  KS_ASSIGN_OR_RETURN(delta.time_ms, Now());
  delta.last_epoch = last_epoch_;
  return delta;
}

absl::Status Sequencer::OpenEpoch(const Scope& scope, Delta& delta,
                                  std::vector<Item>& items) const {
  Chain chain = Chain::Random(origin_hash_, scope.audience, ++delta.last_epoch);
  KS_ASSIGN_OR_RETURN(
      KeyFrame frame,
      SealChain(chain, options_.origin, scope, RecipientsOf(recipients_, scope),
                recipients_.manifest_digest));
  items.push_back({.type = EntryType::kKeyFrame,
                   .sealing = Sealing::kPublic,
                   .audience = scope.audience,
                   .payload = EncodeKeyFrame(frame),
                   .epoch = chain.epoch()});
  delta.epochs.insert_or_assign(scope,
                                EpochState{std::move(chain), delta.time_ms});
  return absl::OkStatus();
}

absl::Status Sequencer::SwitchRecipients(KeyManifest recipients) {
  KS_RETURN_IF_ERROR(CheckKeyManifest(recipients));
  KS_RETURN_IF_ERROR(ResolveDoubt().status());
  KS_ASSIGN_OR_RETURN(Delta delta, NewDelta());
  std::vector<Item> items;
  if (checkpoint().empty()) {
    delta.new_log = true;
    items.push_back(PublicItem(
        EntryType::kGenesis,
        EncodeGenesis({options_.origin, options_.key.verify_key()})));
    if (options_.continues)
      items.push_back(PublicItem(EntryType::kContinues,
                                 EncodeContinues(*options_.continues)));
  }
  for (const auto& [epoch, left] : left_open_)
    items.push_back(SealEpoch(left.audience, epoch, left.entries));
  for (const auto& [scope, epoch] : epochs_) {
    items.push_back(
        SealEpoch(scope.audience, epoch.chain.epoch(), epoch.chain.next()));
    delta.ended.push_back(scope);
  }
  std::string encoded = EncodeKeyManifest(recipients);
  const Digest hash = crypto::Sha256(encoded);
  if (hash != manifest_hash_)
    items.push_back(PublicItem(EntryType::kKeyManifest, std::move(encoded)));
  delta.manifest_hash = hash;
  delta.recipients = std::move(recipients);
  if (!items.empty()) return CommitControl(std::move(items), std::move(delta));
  Apply(std::move(delta));
  return absl::OkStatus();
}

absl::StatusOr<std::string> Sequencer::Close(const std::string& next_origin) {
  KS_RETURN_IF_ERROR(Load());
  if (closed_) return checkpoint();
  KS_ASSIGN_OR_RETURN(Delta delta, NewDelta());
  std::vector<Item> items;
  for (const auto& [epoch, left] : left_open_)
    items.push_back(SealEpoch(left.audience, epoch, left.entries));
  items.push_back(PublicItem(EntryType::kClose, EncodeClose({next_origin})));
  KS_RETURN_IF_ERROR(CommitControl(std::move(items), std::move(delta)));
  return checkpoint();
}

absl::StatusOr<std::vector<Scope>> Sequencer::Place(
    absl::Span<const Item* const> items, int64_t now,
    const Item** culprit) const {
  std::vector<Scope> scopes;
  scopes.reserve(items.size());
  for (const Item* item : items) {
    scopes.push_back(
        ScopeOf(recipients_, item->audience, item->agreement, now));
    // An open epoch has recipients.
    if (epochs_.count(scopes.back()) > 0) continue;
    const auto is_its = [&](const Audience& a) {
      return a.id == item->audience;
    };
    if (std::none_of(recipients_.audiences.begin(), recipients_.audiences.end(),
                     is_its)) {
      *culprit = item;
      return absl::InvalidArgumentError(
          "audit: no such audience in the manifest");
    }
    if (RecipientsOf(recipients_, scopes.back()).size() < kMinRecipients) {
      *culprit = item;
      return absl::FailedPreconditionError(
          absl::StrCat("audit: the manifest has fewer than ", kMinRecipients,
                       " keys of audience ", scopes.back().audience, " for ",
                       scopes.back().bucket));
    }
  }
  return scopes;
}

absl::Status Sequencer::RotateEpochs(const std::vector<Scope>& scopes,
                                     int64_t now) {
  std::map<Scope, uint64_t> wanted;
  for (const Scope& scope : scopes) ++wanted[scope];
  KS_ASSIGN_OR_RETURN(Delta delta, NewDelta());
  delta.time_ms = now;
  std::vector<Item> control;
  // Ended by age even if nothing more is written under it: last month's keys
  // are not kept because somebody has stopped asking.
  for (const auto& [scope, epoch] : epochs_) {
    const auto it = wanted.find(scope);
    const uint64_t count = it == wanted.end() ? 0 : it->second;
    const bool full = epoch.chain.next() > 0 &&
                      epoch.chain.next() + count > options_.epoch_entries;
    const bool old =
        now - epoch.opened_ms > absl::ToInt64Milliseconds(options_.epoch_age);
    if (!full && !old) {
      wanted.erase(scope);
      continue;
    }
    control.push_back(
        SealEpoch(scope.audience, epoch.chain.epoch(), epoch.chain.next()));
    delta.ended.push_back(scope);
  }
  for (const auto& [scope, count] : wanted)
    KS_RETURN_IF_ERROR(OpenEpoch(scope, delta, control));
  if (control.empty()) return absl::OkStatus();
  // A transaction of its own: a key is durable before anything is sealed by it.
  return CommitControl(std::move(control), std::move(delta));
}

absl::StatusOr<CommittedBatch> Sequencer::Commit(
    absl::Span<const Item* const> items, const Item** culprit) {
  *culprit = nullptr;
  KS_RETURN_IF_ERROR(ResolveDoubt().status());
  KS_ASSIGN_OR_RETURN(const int64_t now, Now());
  KS_ASSIGN_OR_RETURN(const std::vector<Scope> scopes,
                      Place(items, now, culprit));
  KS_RETURN_IF_ERROR(RotateEpochs(scopes, now));
  KS_ASSIGN_OR_RETURN(Delta delta, NewDelta());
  // Of the month that the scopes are of, even if the next one began meanwhile.
  delta.time_ms = now;
  Scrub();
  return TryCommit(items, scopes, std::move(delta), culprit);
}

absl::Status Sequencer::CommitControl(std::vector<Item> items, Delta delta) {
  const Item* culprit = nullptr;
  return TryCommit(PointersTo(items), {}, std::move(delta), &culprit).status();
}

std::vector<Sequencer::Row> Sequencer::BuildRows(
    absl::Span<const Item* const> items, const std::vector<Scope>& scopes,
    Delta& delta) {
  std::vector<Row> rows;
  rows.reserve(items.size());
  uint64_t index = size();
  for (size_t i = 0; i < items.size(); ++i) {
    const Item* item = items[i];
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
      auto it = delta.epochs.find(scopes[i]);
      if (it == delta.epochs.end()) {
        const EpochState& now = epochs_.at(scopes[i]);
        it = delta.epochs
                 .emplace(scopes[i],
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
    absl::Span<const Item* const> items, const std::vector<Scope>& scopes,
    Delta delta, const Item** culprit) {
  std::vector<Row> rows = BuildRows(items, scopes, delta);
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
      return absl::IsUnknown(s)
                 ? storage::MarkStoreError(absl::UnavailableError(s.message()))
                 : s;
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
    return storage::MarkStoreError(absl::UnavailableError(absl::StrCat(
        "audit: how the last write ended is not known yet: ", s.message())));
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
  if (delta.recipients) {
    recipients_ = *std::move(delta.recipients);
    manifest_hash_ = delta.manifest_hash;
    left_open_.clear();
  }
  // An epoch that has ended leaves no key behind.
  for (const Scope& scope : delta.ended) epochs_.erase(scope);
  // Assigning wipes the chain keys that the batch used up.
  for (auto& [scope, epoch] : delta.epochs)
    epochs_.insert_or_assign(scope, std::move(epoch));
  absl::MutexLock lock(&mutex_);
  for (const merkle::Hash& h : delta.leaf_hashes) tree_.Append(h);
  if (!delta.checkpoint.empty()) checkpoint_ = std::move(delta.checkpoint);
}

std::string Sequencer::checkpoint() const {
  absl::ReaderMutexLock lock(&mutex_);
  return checkpoint_;
}

uint64_t Sequencer::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return tree_.size();
}

absl::StatusOr<merkle::Hash> Sequencer::RootAt(uint64_t size) const {
  absl::ReaderMutexLock lock(&mutex_);
  return tree_.RootAt(size);
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
