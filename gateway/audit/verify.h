// SPDX-License-Identifier: Apache-2.0
// Checking a whole stored log, without a server and without a reader's key.
#ifndef KINSTILE_GATEWAY_AUDIT_VERIFY_H_
#define KINSTILE_GATEWAY_AUDIT_VERIFY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/copy.h"
#include "gateway/audit/succession.h"
#include "gateway/audit/tlog_policy.h"
#include "gateway/crypto/sign.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// Evidence from outside the store. Without any, a log whose tail was cut off
// together with its checkpoints, or that was rewritten with the stolen log key,
// looks whole: that is what receipts and witnesses are for.
struct Evidence {
  std::vector<std::string> receipts;     // texts, as EncodeReceipt
  std::vector<std::string> checkpoints;  // signed notes
  // What a witness cosigned last, and what it was shown and refused.
  std::vector<std::string> witnessed = {};
  std::vector<std::string> refused = {};
};

// What a consortium manifest, believed, says about the trail.
struct ManifestFacts {
  KeyManifest recipients;  // audiences and classes, as derived from its bytes
  std::map<std::string, crypto::VerifyKey> signing_keys;  // by agency
  TlogPolicy witnesses = {};
  uint32_t version = 0;  // the log's manifests have ascending ones
  std::map<std::string, crypto::VerifyKey> log_keys = {};  // by origin
};
// Believes a KEYMANIFEST's signed bytes by its signatures, or says why not.
using ManifestReader =
    std::function<absl::StatusOr<ManifestFacts>(const KeyManifest& manifest)>;

struct VerifyReport {
  uint64_t entries = 0;
  uint64_t sealed = 0;              // of the entries
  uint64_t keyframes = 0;           // likewise; one opens each epoch
  uint64_t epochs_open = 0;         // not ended by an EPOCH_SEAL yet
  uint64_t manifests = 0;           // KEYMANIFESTs
  uint64_t manifests_believed = 0;  // whose signatures were checked and hold
  uint32_t manifest_version = 0;    // of the last one believed
  uint64_t shreds = 0;
  uint64_t erased = 0;  // payloads gone, and a SHRED says so
  uint64_t checkpoints = 0;
  uint64_t receipts = 0;          // kept ones that were checked
  uint64_t kept_checkpoints = 0;  // likewise, a witness's among them
  uint64_t newer_evidence = 0;    // left out: VerifyOptions::as_of_ms
  bool key_believed = false;      // a believed manifest names the log's key
  std::optional<Continues> continues = {};  // what its CONTINUES says
  std::optional<Close> close = {};          // what its CLOSE says
  uint64_t cosignatures = 0;                // stored with the checkpoints
  bool cosignatures_checked = false;        // by a believed manifest's keys
  uint64_t quorum_size = 0;  // entries that a quorum of witnesses has cosigned
  int64_t quorum_ms = 0;     // since when
  int64_t first_ms = 0;      // time of the first and the last entry
  int64_t last_ms = 0;
  std::vector<std::string> notes;     // what is no failure, and worth saying
  std::vector<std::string> failures;  // plain words; the first kMaxFailures
  uint64_t more_failures = 0;         // beyond those
  bool ok() const { return failures.empty(); }
  void Fail(std::string what);

  static constexpr size_t kMaxFailures = 200;
};

struct VerifyOptions {
  Evidence evidence;
  // None: the signatures of manifests and of orders to erase are not checked,
  // because nobody said whose are believed; the report says so.
  ManifestReader manifests;
  // The reader's own manifest's: a log that ends under a lower version has
  // readers who may have been dismissed. None: not held against it.
  std::optional<uint32_t> manifest_version = {};
  // The copy is one of this moment or, when that is later, of its last entry's:
  // evidence from later, of what it does not hold, is left out and counted.
  // None: it is of now, and whatever is kept has to be in it.
  std::optional<int64_t> as_of_ms = {};
  // Called now and then with the number of entries read so far.
  std::function<void(uint64_t entries)> progress;
};

// Rebuilds everything from the copy and holds it against every checkpoint:
//   entries numbered without a gap, of this log, in order of time;
//   GENESIS first, naming this origin and key;
//   every payload there, of the size and hash in its leaf, or else erased by
//   the order of two agencies that a later SHRED records, which the gateway
//   could have carried out: of one entry by its own agency too, of a bucket
//   whose month was over by naming all the keys that open it; and none there
//   that such an order covers;
//   every KEYMANIFEST signed by agencies that are believed, with the recipients
//   that follow from what they signed, and none older than the one before;
//   every sealed entry under an epoch that one KEYFRAME opened before it, to
//   the recipients of the KEYMANIFEST in force, numbered without a gap, and as
//   many as its EPOCH_SEAL says; no epoch opened beside another of its scope;
//   every checkpoint signed by `key`, with the root of the entries it covers,
//   and the last one covering them all;
//   every cosignature made by a witness of a believed manifest;
//   whatever else is in the copy (LogCopy::CheckRest);
//   every piece of evidence, and that the head it was given under is stored.
// A log without entries is a failure. A status only when the copy cannot be
// read for a reason that is not damage (locked, say); damage is a failure.
absl::StatusOr<VerifyReport> VerifyCopy(LogCopy& copy, absl::string_view origin,
                                        const crypto::VerifyKey& key,
                                        VerifyOptions options = {});
// The same for a log in a store.
absl::StatusOr<VerifyReport> VerifyStore(storage::Database& db,
                                         absl::string_view origin,
                                         const crypto::VerifyKey& key,
                                         VerifyOptions options = {});

// The log that the one of `next_origin`, verified already, carries on: found in
// the same store, by what its CONTINUES says. Its key is the one in its own
// GENESIS, which signed the head that CONTINUES names and which, where
// manifests are believed, one in it names. `options` are the earlier log's. As
// VerifyCopy, and
//   it ends where CONTINUES says, by a CLOSE for the next log, unless its end
//   is said to be lost.
// NOT_FOUND when it is not in this copy.
absl::StatusOr<VerifyReport> VerifyEarlier(LogCopy& copy,
                                           const Continues& continues,
                                           absl::string_view next_origin,
                                           VerifyOptions options = {});

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_VERIFY_H_
