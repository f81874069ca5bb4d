// SPDX-License-Identifier: Apache-2.0
// Checking a whole stored log, without a server and without a reader's key.
#ifndef KINSTILE_GATEWAY_AUDIT_VERIFY_H_
#define KINSTILE_GATEWAY_AUDIT_VERIFY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/crypto/sign.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// Evidence from outside the store. Without any, a log whose tail was cut off
// together with its checkpoints, or that was rewritten with the stolen log key,
// looks whole: that is what receipts and witnesses are for.
struct Evidence {
  std::vector<std::string> receipts;     // texts, as EncodeReceipt
  std::vector<std::string> checkpoints;  // signed notes
};

struct VerifyReport {
  uint64_t entries = 0;
  uint64_t sealed = 0;     // of the entries
  uint64_t keyframes = 0;  // likewise
  uint64_t erased = 0;     // payloads that a SHRED entry accounts for
  uint64_t checkpoints = 0;
  uint64_t receipts = 0;              // kept ones that were checked
  uint64_t kept_checkpoints = 0;      // likewise
  std::vector<std::string> failures;  // plain words; the first kMaxFailures
  uint64_t more_failures = 0;         // beyond those
  bool ok() const { return failures.empty(); }

  static constexpr size_t kMaxFailures = 200;
};

struct VerifyOptions {
  Evidence evidence;
  // Called now and then with the number of entries read so far.
  std::function<void(uint64_t entries)> progress;
};

// Rebuilds everything from the rows and holds it against every checkpoint:
//   entries numbered without a gap, of this log, in order of time;
//   GENESIS first, naming this origin and key;
//   every payload there, of the size and hash in its leaf, or erased by the
//   order in a SHRED entry;
//   every sealed entry under an epoch that a KEYFRAME opened before it, to the
//   recipients of the KEYMANIFEST in force, numbered without a gap, and as many
//   as the EPOCH_SEAL says;
//   every checkpoint signed by `key`, with the root of the entries it covers,
//   and the last one covering them all;
//   every piece of evidence.
// A log without entries is a failure. A status only when the store cannot be
// read for a reason that is not damage (locked, say); damage is a failure.
absl::StatusOr<VerifyReport> VerifyStore(storage::Database& db,
                                         absl::string_view origin,
                                         const crypto::VerifyKey& key,
                                         VerifyOptions options = {});

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_VERIFY_H_
