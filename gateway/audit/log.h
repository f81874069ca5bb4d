// SPDX-License-Identifier: Apache-2.0
// The audit log: seals, appends and proves; no receipt before the commit.
#ifndef KINSTILE_GATEWAY_AUDIT_LOG_H_
#define KINSTILE_GATEWAY_AUDIT_LOG_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/entries.h"
#include "gateway/audit/receipt.h"
#include "gateway/audit/record.h"
#include "gateway/audit/shred.h"
#include "gateway/audit/succession.h"
#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/sign.h"
#include "gateway/merkle/tree.h"
#include "gateway/storage/database.h"
#include "gateway/storage/disk.h"

namespace kinstile::audit {

struct LogOptions {
  std::string origin;  // C2SP: a schema-less URL, e.g. "gw.example/audit/2026"
  crypto::SigningKey key;
  KeyManifest recipients;
  const Clock& clock = SystemClock();
  size_t queue_limit = 4096;       // entries waiting, then RESOURCE_EXHAUSTED
  size_t batch_limit = 512;        // entries in one commit
  uint32_t epoch_entries = 65536;  // then the scope gets a fresh chain
  absl::Duration epoch_age = absl::Minutes(10);
  // Watches the store's disk; may be null, then only ENOSPC tells.
  storage::Disk* disk = nullptr;
  // Of a log that does not exist yet: the one that it carries on.
  std::optional<Continues> continues = std::nullopt;
};

// One entry to be written.
struct Draft {
  std::string audience;  // an Audience::id
  Record record;
  // What the receipt proves this entry to be about.
  Digest request_digest;
  // 0: padded to a multiple of 256 bytes. Else the padded size, exactly;
  // INVALID_ARGUMENT when the record does not fit (a holder's entry must not
  // tell by its size, so it is never silently larger). For EntryType::kAsked 0
  // means kHolderEntrySize.
  size_t fixed_size = 0;
  // Where fixed_size is 0: padded to this or, when it does not fit, to the next
  // that is twice as large, so that the size tells little. A multiple of 256.
  size_t at_least = 0;
  // With at_least: how much longer the record could have been, had another
  // outcome been recorded. Counted in, so that near a limit too the padded size
  // is that of the question and not of its answer.
  size_t spare = 0;
  // The outcome of what an INTENT has begun: written even when the disk is
  // short, if need be in the room of the disk's reserve.
  bool finishes = false;
  // Rows of the caller that must be durable exactly when the entry is: run
  // inside the entry's transaction, on the committer's thread, once per try.
  // An error fails this Append, with that error, and no other.
  std::function<absl::Status(storage::Transaction&)> also = nullptr;
};
// An epoch is opened for at least so many keys: one lost key loses nothing.
inline constexpr size_t kMinRecipients = 2;
// What holders' entries (EntryType::kAsked) use.
inline constexpr size_t kHolderEntrySize = 8192;

// One log is one origin, one signing key, one Log object in one process.
// Thread-safe. A committer thread takes whatever is queued while the last
// commit ran (no tick), and commits leaves, payloads and the checkpoint, signed
// in memory, in one transaction.
//
// INVARIANT: a size is signed with one root only, as far as anybody can see: a
// checkpoint leaves this object only after its commit, and when an outcome is
// unknown it is read back before that size is signed again.
class Log {
 public:
  // Rebuilds the tree from the stored leaves, compares it with the stored
  // checkpoint, writes GENESIS in an empty store, an EPOCH_SEAL for every epoch
  // that another process left open, and KEYMANIFEST when it is not the one in
  // force. A process has its own epochs, opened by a KEYFRAME when an entry
  // first needs one, and no ratchet state is ever on disk. `db` must outlive
  // the Log.
  //   INVALID_ARGUMENT  a bad origin, audience or recipient
  //   DATA_LOSS         the store does not match its own checkpoint
  //   others            as storage::Database
  static absl::StatusOr<std::unique_ptr<Log>> Open(storage::Database& db,
                                                   LogOptions options);
  ~Log();  // finishes what is queued

  // Blocks until one transaction with all the drafts is committed; gives their
  // receipts in order. On error none of them is in the log.
  //   INVALID_ARGUMENT    unknown audience, a record that cannot be encoded or
  //                       does not fit; nothing was tried
  //   FAILED_PRECONDITION the manifest has fewer than kMinRecipients keys for
  //                       an entry's bucket
  //   RESOURCE_EXHAUSTED  queue full, or disk full or below a mark: try later
  //   UNAVAILABLE         store locked, outcome still unknown, or the clock is
  //                       behind the log: try later
  //   DATA_LOSS           a failed fsync or a corrupt store: healthy() is
  //                       false from here on and the process should exit
  absl::StatusOr<std::vector<AuditReceipt>> Append(std::vector<Draft> drafts);
  // The same for one entry.
  absl::StatusOr<AuditReceipt> AppendOne(Draft draft);

  // Replaces who can open what follows: writes EPOCH_SEALs and KEYMANIFEST.
  // Until it returns OK the old recipients stay. Codes as Append.
  absl::Status SetRecipients(KeyManifest recipients);

  // Removes the payloads that the order covers and says so in a SHRED entry,
  // in one transaction; leaves and proofs stay. The approvals are the caller's
  // to check (gateway/share/erasure.h). As Append, and
  //   NOT_FOUND            no such entry; nothing in the bucket
  //   FAILED_PRECONDITION  a public entry, a month that is not over, keys that
  //                        would still open it, or all of it erased already
  // Once it is OK the payloads are gone for whoever reads the store. That their
  // old bytes are overwritten in the files may take until nobody reads: it is
  // tried at once, then with later entries and at the next start (scrub_due).
  absl::Status Erase(const Shred& shred);
  bool scrub_due() const;
  // Whose entry it is. NOT_FOUND if there is none.
  absl::StatusOr<std::string> AudienceOf(uint64_t index) const;

  // kFine without a disk to watch.
  storage::DiskLevel disk_level() const;

  bool healthy() const;
  const std::string& origin() const;
  crypto::VerifyKey verify_key() const;

  // The newest committed, signed checkpoint.
  std::string checkpoint() const;
  uint64_t size() const;
  // Of committed entries only. OUT_OF_RANGE as merkle::Tree.
  absl::StatusOr<merkle::Hash> RootAt(uint64_t size) const;
  absl::StatusOr<std::vector<merkle::Hash>> InclusionProof(uint64_t index,
                                                           uint64_t size) const;
  absl::StatusOr<std::vector<merkle::Hash>> ConsistencyProof(uint64_t a,
                                                             uint64_t b) const;
  // Up to `limit` (at most 1000) of the audience's entries from index `from`.
  absl::StatusOr<EntryPage> ListEntries(absl::string_view audience,
                                        uint64_t from, size_t limit) const;

 private:
  class Committer;
  explicit Log(std::unique_ptr<Committer> committer);
  std::unique_ptr<Committer> committer_;
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_LOG_H_
