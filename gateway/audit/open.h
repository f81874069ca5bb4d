// SPDX-License-Identifier: Apache-2.0
// The officer's side: from sealed entries to records.
#ifndef KINSTILE_GATEWAY_AUDIT_OPEN_H_
#define KINSTILE_GATEWAY_AUDIT_OPEN_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/copy.h"
#include "gateway/audit/entries.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/record.h"
#include "gateway/audit/seal.h"
#include "gateway/crypto/hpke.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

struct OpenedEntry {
  uint64_t index = 0;
  Leaf leaf;
  Record record;
};
struct OpenFailure {
  uint64_t index = 0;
  std::string why;
};
struct OpenedEntries {
  std::vector<OpenedEntry> entries;
  std::vector<OpenFailure> failures;
};

// A sealed entry of this log under its own key. INVALID_ARGUMENT with what does
// not hold.
absl::StatusOr<OpenedEntry> OpenWithKey(absl::string_view origin,
                                        const StoredEntry& entry,
                                        const EntryKey& key);

// Opens one audience's entries in order of index, from pages of any source
// (AuditService, a mirror, a store). It checks that each payload is its leaf's
// and opens under the epoch's key alone; that leaf and frame are in the signed
// tree is VerifyStore's or a proof's to say. Not thread-safe.
class EntryOpener {
 public:
  EntryOpener(std::string origin, std::string audience,
              crypto::BoxSecretKey key);
  // A team's keys, one for each bucket: whichever a frame is sealed to opens
  // it.
  EntryOpener(std::string origin, std::string audience,
              std::vector<crypto::BoxSecretKey> keys);

  // A KEYFRAME entry; others are ignored. PERMISSION_DENIED when it was not
  // sealed to this key: the epoch's entries then fail one by one.
  absl::Status AddKeyFrame(const StoredEntry& entry);
  // The key of this entry alone, to disclose it (disclosure.h).
  absl::StatusOr<EntryKey> KeyFor(const StoredEntry& entry);
  // INVALID_ARGUMENT with the reason, or PERMISSION_DENIED without the epoch's
  // key. Going back in an epoch is allowed, and slower.
  absl::StatusOr<OpenedEntry> Open(const StoredEntry& entry);
  // Both of the above for a page: sealed entries are opened, the log's own
  // public ones are skipped.
  void OpenPage(const EntryPage& page, OpenedEntries& out);

 private:
  absl::StatusOr<EntryKey> KeyOf(const Leaf& leaf);

  const std::string origin_;
  const std::string audience_;
  const std::vector<crypto::BoxSecretKey> keys_;
  struct EpochChains {
    Chain first;
    Chain current;
  };
  std::map<uint64_t, EpochChains> epochs_;
};

// Everything of one audience in a store. A status only when the store cannot
// be read; entries that do not open are listed by index.
absl::StatusOr<OpenedEntries> OpenEntries(storage::Database& db,
                                          absl::string_view origin,
                                          absl::string_view audience,
                                          crypto::BoxSecretKey key);
absl::StatusOr<OpenedEntries> OpenEntries(
    storage::Database& db, absl::string_view origin, absl::string_view audience,
    std::vector<crypto::BoxSecretKey> keys);

// The same in any copy.
absl::StatusOr<OpenedEntries> OpenCopy(LogCopy& copy, absl::string_view origin,
                                       absl::string_view audience,
                                       std::vector<crypto::BoxSecretKey> keys);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_OPEN_H_
