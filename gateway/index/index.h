// SPDX-License-Identifier: Apache-2.0
// The index of match tokens: registers are enrolled, candidates are found.
#ifndef KINSTILE_GATEWAY_INDEX_INDEX_H_
#define KINSTILE_GATEWAY_INDEX_INDEX_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hash.h"
#include "gateway/storage/database.h"

namespace kinstile::index {

// A token carried by more records of one agency than this says nothing about
// anybody: it makes no candidate, no agreement and no conflict, and is flagged.
// "Too many" never widens an answer.
inline constexpr size_t kTooMany = 100;

// Limits of one record and of one AddRecords call.
inline constexpr size_t kMaxTokensPerRecord = 40;
inline constexpr size_t kMaxRecordsPerBatch = 10'000;
inline constexpr size_t kMaxMembersPerFind = 32;

// Of tokens in memory: some twenty million people.
inline constexpr size_t kDefaultMemory = size_t{2} << 30;

struct EnrolledRecord {
  Handle handle;
  FamilyHandle family;
  bool shielded = false;
  // A key may stand more than once (a previous surname, a swapped date).
  std::vector<KeyedToken> tokens;
};

// One enrolment in progress. Numbers are never used again, so what is left of
// an enrolment that was superseded can do nothing.
struct EnrolmentId {
  AgencyId agency;
  int64_t generation = 0;
  friend bool operator==(const EnrolmentId&, const EnrolmentId&) = default;
};

struct RegisterStatus {
  uint64_t records = 0;
  uint64_t families = 0;
  int64_t generation = 0;
  uint32_t spec_version = 0;
  uint32_t key_epoch = 0;
  absl::Time enrolled_at;
};

struct QueryMember {
  std::vector<KeyedToken> tokens;
};

struct Candidate {
  Handle handle;
  FamilyHandle family;
  // From its record or from SetShield. What follows is gateway/share's rule.
  bool shielded = false;
  // So is some record of its family, whatever tokens that one has.
  bool family_shielded = false;
  // Keys with an equal token, ascending; never empty.
  std::vector<KeyId> agreed;
  // Identifier-tier keys that both sides have without one equal token.
  std::vector<KeyId> conflicting;
};

struct MemberResult {
  std::vector<Candidate> candidates;  // ascending by handle
  std::vector<KeyId> too_many;        // keys whose token was not used
};

struct FindResult {
  std::vector<MemberResult> members;  // one per query member, in order
  // How large the register is: a namesake is likelier in a larger one.
  uint64_t records = 0;
  uint64_t families = 0;
  // What was searched: bound into the audit entry of the query.
  int64_t generation = 0;
  uint32_t spec_version = 0;
  uint32_t key_epoch = 0;
};

// A record of the visible register.
struct KnownRecord {
  FamilyHandle family;
  bool family_shielded = false;  // as in Candidate
};

class TokenMap;

// What it guarantees:
// - A token is stored only as the first 16 bytes of HMAC-SHA-256 under
//   `index_key`, which is never written, with the agency's name inside: whoever
//   has the disk has nothing to run a dictionary against, nor to join one
//   register with another, or with another gateway's.
// - A register becomes visible as a whole or not at all, and replaces the
//   agency's former one in the same transaction. An enrolment that is killed
//   leaves nothing visible; the agency's next StartEnrolment purges it.
// - A shield that was set with SetShield survives every enrolment.
// - Enrolment holds one batch in memory, and FinishEnrolment at most about
//   64 MB, whatever the size of the register; writes are short transactions, so
//   that others can commit in between.
// - Tokens of visible registers are kept in memory too (token_map.h), as far as
//   `memory` goes, 9 bytes a token, and twice that of a register whose next one
//   is being finished. What is not in memory yet, or does not fit, is found in
//   the store, as surely and some five times slower.
//
// Thread-safe. Several processes may share one database; one enrolment of an
// agency at a time (a second StartEnrolment supersedes the first).
//
// Status codes: INVALID_ARGUMENT for bad input (the text names the field, never
// a value), FAILED_PRECONDITION for an enrolment that was superseded, finished
// or abandoned, NOT_FOUND for an agency without a register, and whatever
// gateway/storage reports (UNAVAILABLE: try again).
class Index {
 public:
  // `database` and `clock` outlive the index. A register that was enrolled
  // under another index key is not found but reported (Find:
  // FAILED_PRECONDITION); enrolling it again is how the key is changed.
  static absl::StatusOr<std::unique_ptr<Index>> Open(
      storage::Database& database, crypto::MacKey index_key,
      const Clock& clock = SystemClock(), size_t memory = kDefaultMemory);
  ~Index();

  // Starts to read the tokens of the visible registers into memory, on a thread
  // of its own; a register that is enrolled later is read when it finishes.
  void StartLoading();
  // Bytes of tokens that are in memory.
  size_t memory_used() const;

  // A new, invisible generation of `agency`'s register. Purges what earlier
  // enrolments of this agency left behind.
  absl::StatusOr<EnrolmentId> StartEnrolment(const AgencyId& agency,
                                             uint32_t spec_version,
                                             uint32_t key_epoch);
  // All of `records` or none. INVALID_ARGUMENT for a handle that this enrolment
  // already has, an unknown key id, or a batch or record over the limits.
  absl::Status AddRecords(const EnrolmentId& id,
                          absl::Span<const EnrolledRecord> records);
  // Makes the generation visible and removes the former one. INVALID_ARGUMENT
  // (and nothing visible) unless exactly `expected_records` were added. Safe to
  // repeat: OK once visible, even if removal is left to a later call. About 20
  // seconds for a million people.
  absl::Status FinishEnrolment(const EnrolmentId& id,
                               uint64_t expected_records);
  // Safe to repeat; OK for an enrolment that is gone already.
  // FAILED_PRECONDITION when it has become visible.
  absl::Status AbandonEnrolment(const EnrolmentId& id);

  // Removes records from the visible register; returns how many there were. An
  // enrolment that is under way is not touched: if it holds what was withdrawn,
  // withdraw again after it.
  // Shields stay: they hold for whatever is enrolled under the handle later.
  absl::StatusOr<uint64_t> Withdraw(const AgencyId& agency,
                                    absl::Span<const Handle> handles);
  // Same answer whether or not the handle is enrolled. Lifting a shield does
  // not undo a flag that the record itself carries.
  absl::Status SetShield(const AgencyId& agency, const Handle& handle,
                         bool shielded);
  absl::StatusOr<RegisterStatus> GetStatus(const AgencyId& agency);

  // For each query member the records of `source` that share at least one
  // usable token. One snapshot of one generation.
  absl::StatusOr<FindResult> Find(const AgencyId& source,
                                  absl::Span<const QueryMember> members);

  // Those of the handles that are enrolled; none of an agency without a
  // register.
  absl::StatusOr<std::map<Handle, KnownRecord>> LookUp(
      const AgencyId& agency, absl::Span<const Handle> handles);

 private:
  Index(storage::Database& database, crypto::MacKey index_key,
        const Clock& clock, size_t memory);

  // The tokens of that generation, or null.
  std::shared_ptr<const TokenMap> MapOf(const AgencyId& agency,
                                        int64_t generation) const;
  // Reads the tokens of the agency's visible register into memory, if it can.
  void LoadMap(const AgencyId& agency);
  void LoadAll();

  struct Loaded {
    int64_t generation = 0;
    std::shared_ptr<const TokenMap> map;
  };

  storage::Database& database_;
  const crypto::MacKey index_key_;
  const Clock& clock_;
  const size_t memory_;
  std::atomic<bool> stopping_ = false;
  std::thread loader_;
  mutable absl::Mutex mutex_;
  std::map<AgencyId, Loaded> maps_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinstile::index

#endif  // KINSTILE_GATEWAY_INDEX_INDEX_H_
