// SPDX-License-Identifier: Apache-2.0
// Reading stored entries with the key frames they need.
#ifndef KINSTILE_GATEWAY_AUDIT_ENTRIES_H_
#define KINSTILE_GATEWAY_AUDIT_ENTRIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// An entry as stored, for listing. The payload is empty when it was erased.
struct StoredEntry {
  uint64_t index = 0;
  std::string leaf;
  std::string payload;
};
struct EntryPage {
  std::vector<StoredEntry> entries;
  // KEYFRAME entries of epochs that `entries` use and that come before it.
  std::vector<StoredEntry> keyframes;
  uint64_t next = 0;  // index to go on from; 0 when there is no more
};
inline constexpr size_t kMaxPage = 1000;

// Up to `limit` (1 to kMaxPage, else clamped) of the audience's entries from
// index `from`, in order.
absl::StatusOr<EntryPage> ReadEntries(storage::Database& db, int64_t log,
                                      absl::string_view audience, uint64_t from,
                                      size_t limit);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_ENTRIES_H_
