// SPDX-License-Identifier: Apache-2.0
// Turns a batch of entries into leaves, a signed head and one transaction.
#ifndef KINSTILE_GATEWAY_AUDIT_SEQUENCER_H_
#define KINSTILE_GATEWAY_AUDIT_SEQUENCER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/log.h"
#include "gateway/audit/seal.h"
#include "gateway/audit/shred.h"
#include "gateway/merkle/tree.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// One entry on its way into the tree.
struct Item {
  EntryType type;
  Sealing sealing;
  std::string audience;
  std::string payload;  // padded plaintext to seal, or what is public
  std::string agreement = {};
  Digest binding{};
  uint64_t epoch = 0;    // of public entries; a sealed one gets its chain's
  uint32_t ratchet = 0;  // likewise
  std::function<absl::Status(storage::Transaction&)> also = nullptr;
};

// What became of a batch: its leaves are first_index, first_index + 1, ...
struct CommittedBatch {
  uint64_t first_index;
  uint64_t size;  // of the tree that `checkpoint` heads
  std::vector<std::string> leaves;
  std::string checkpoint;
};

// Start, Commit and SwitchRecipients: one thread at a time (the committer).
// Everything else: any thread.
class Sequencer {
 public:
  Sequencer(storage::Database& db, LogOptions options);

  // As Log::Open.
  absl::Status Start();
  // Instead of Start: ends every epoch and writes CLOSE, unless that was done
  // before. Gives the last checkpoint.
  absl::StatusOr<std::string> Close(const std::string& next_origin);

  // All items in one transaction, after whatever new epochs they need. On error
  // none is in the log; when it was one item that cannot be sealed to anybody,
  // or whose `also` failed, `culprit` says which, and the rest may be tried
  // again.
  absl::StatusOr<CommittedBatch> Commit(absl::Span<const Item* const> items,
                                        const Item** culprit);
  absl::Status SwitchRecipients(KeyManifest recipients);
  absl::Status Erase(const Shred& shred);

  bool healthy() const { return healthy_; }
  bool scrub_due() const { return scrub_due_; }
  const LogOptions& options() const { return options_; }
  int64_t log() const { return log_; }
  std::string checkpoint() const;
  uint64_t size() const;
  absl::StatusOr<merkle::Hash> RootAt(uint64_t size) const;
  absl::StatusOr<std::vector<merkle::Hash>> InclusionProof(uint64_t index,
                                                           uint64_t size) const;
  absl::StatusOr<std::vector<merkle::Hash>> ConsistencyProof(uint64_t a,
                                                             uint64_t b) const;

 private:
  struct EpochState {
    Chain chain;
    int64_t opened_ms;
  };
  using Epochs = std::map<Scope, EpochState>;
  // An epoch of an earlier process.
  struct LeftOpen {
    std::string audience;
    uint32_t entries = 0;
  };
  // What changes in memory if, and only if, a transaction commits.
  struct Delta {
    bool new_log = false;
    int64_t time_ms = 0;
    std::vector<merkle::Hash> leaf_hashes;
    Epochs epochs;  // changed or added
    std::vector<Scope> ended;
    std::optional<KeyManifest> recipients;
    Digest manifest_hash{};
    uint64_t last_epoch = 0;
    std::string checkpoint;
  };
  struct Row;

  absl::Status Load();
  absl::Status CheckHead(const std::string& note) const;
  absl::StatusOr<int64_t> Now() const;
  void FollowEpochs(const Leaf& leaf);
  absl::StatusOr<Delta> NewDelta() const;
  // The scope of each item; an item that nobody could open is the culprit.
  absl::StatusOr<std::vector<Scope>> Place(absl::Span<const Item* const> items,
                                           int64_t now,
                                           const Item** culprit) const;
  absl::Status OpenEpoch(const Scope& scope, Delta& delta,
                         std::vector<Item>& items) const;
  absl::Status RotateEpochs(const std::vector<Scope>& scopes, int64_t now);
  std::vector<Row> BuildRows(absl::Span<const Item* const> items,
                             const std::vector<Scope>& scopes, Delta& delta);
  absl::Status WriteRows(storage::Transaction& t, const std::vector<Row>& rows,
                         const Delta& delta, const Item** culprit) const;
  absl::StatusOr<CommittedBatch> TryCommit(absl::Span<const Item* const> items,
                                           const std::vector<Scope>& scopes,
                                           Delta delta, const Item** culprit);
  absl::StatusOr<std::vector<uint64_t>> EntriesOf(
      const ShredOrder& order) const;
  absl::Status CommitControl(std::vector<Item> items, Delta delta);
  absl::StatusOr<bool> ResolveDoubt();
  absl::Status Poison(absl::Status why);
  // Overwrites what was erased, if that is still due.
  void Scrub();
  void Apply(Delta delta);

  storage::Database& db_;
  const LogOptions options_;
  const Digest origin_hash_;
  const int64_t log_;
  std::atomic<bool> healthy_ = true;
  std::atomic<bool> scrub_due_ = false;

  // The committer's own.
  absl::Time scrub_tried_ = absl::InfinitePast();
  int64_t last_time_ms_ = 0;
  uint64_t last_epoch_ = 0;
  Epochs epochs_;
  KeyManifest recipients_;
  Digest manifest_hash_{};  // of the KEYMANIFEST in force; zero: none
  std::map<uint64_t, LeftOpen> left_open_;
  bool closed_ = false;
  // INVARIANT: while this is set nothing else is signed.
  std::optional<Delta> in_doubt_;

  mutable absl::Mutex mutex_;  // written by the committer only
  merkle::Tree tree_ ABSL_GUARDED_BY(mutex_);
  std::string checkpoint_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_SEQUENCER_H_
