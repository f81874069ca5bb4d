// SPDX-License-Identifier: Apache-2.0
// One generation's token table in memory: who carries a token.
#ifndef KINSTILE_GATEWAY_INDEX_TOKEN_MAP_H_
#define KINSTILE_GATEWAY_INDEX_TOKEN_MAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gateway/index/generation.h"
#include "gateway/storage/database.h"

namespace kinstile::index {

// The records that carry a token.
struct Carriers {
  bool too_many = false;
  // Not those of a token that too many carry.
  absl::Span<const uint32_t> persons;
};

// A copy of a visible generation's rows of index_tokens, 9 bytes a token: what
// the store finds in a page of a file each, dozens of times a query, this finds
// in a cache line. Rows of a visible generation are never added, only taken
// away, so an older copy names too many records, never too few.
//
// Immutable, thread-safe.
class TokenMap {
 public:
  // Reads all of `row`'s tokens, some three seconds for a million people.
  // RESOURCE_EXHAUSTED when that would take more than `most_bytes`; DATA_LOSS
  // when a row is malformed; CANCELLED once `stop` is set.
  static absl::StatusOr<TokenMap> Load(storage::Snapshot& snapshot,
                                       const Generation& row, size_t most_bytes,
                                       const std::atomic<bool>& stop);

  // `slot` as Slot() gives it. The persons live as long as the map.
  Carriers Find(int64_t slot) const;

  size_t bytes() const;

 private:
  struct Entry {
    uint32_t low;    // the slot's bits beneath those of its bucket
    uint32_t value;  // a person, or kList and where in lists_
  };
  explicit TokenMap(int bucket_bits);
  absl::Status Add(const storage::Row& row);
  size_t BucketOf(int64_t slot) const;
  uint32_t LowOf(int64_t slot) const;

  int low_bits_;
  // Where the entries of each bucket begin, and the end of the last.
  std::vector<uint32_t> buckets_;
  std::vector<Entry> entries_;  // ascending by slot
  // For tokens of several records: how many, then who. 0: too many.
  std::vector<uint32_t> lists_;
};

}  // namespace kinstile::index

#endif  // KINSTILE_GATEWAY_INDEX_TOKEN_MAP_H_
