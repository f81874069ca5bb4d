// SPDX-License-Identifier: Apache-2.0
// Sorted entries behind a directory of buckets.
#include "gateway/index/token_map.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "gateway/base/status_macros.h"
#include "gateway/index/stored_token.h"

namespace kinstile::index {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Value;

constexpr absl::string_view kTokens =
    "SELECT slot, persons FROM index_tokens WHERE slot >= ?1 AND slot <= ?2 "
    "ORDER BY slot";

// A value with this bit is a place in lists_.
constexpr uint32_t kList = uint32_t{1} << 31;

// Tokens are spread evenly: some ten a bucket, one or two cache lines.
constexpr int kPerBucketBits = 3;
// So that what is left of a slot fits 32 bits.
constexpr int kLeastBucketBits = kSlotTokenBits - 32;
constexpr int kMostBucketBits = 28;

int BucketBits(int64_t tokens) {
  const int bits = std::bit_width(static_cast<uint64_t>(tokens));
  return std::clamp(bits - kPerBucketBits, kLeastBucketBits, kMostBucketBits);
}

}  // namespace

TokenMap::TokenMap(int bucket_bits)
    : low_bits_(kSlotTokenBits - bucket_bits),
      buckets_((size_t{1} << bucket_bits) + 1) {}

size_t TokenMap::BucketOf(int64_t slot) const {
  return static_cast<size_t>((slot & kSlotTokenMask) >> low_bits_);
}

uint32_t TokenMap::LowOf(int64_t slot) const {
  return static_cast<uint32_t>(slot & ((int64_t{1} << low_bits_) - 1));
}

absl::Status TokenMap::Add(const Row& row) {
  const int64_t slot = row.Int(0);
  KS_ASSIGN_OR_RETURN(const std::vector<uint32_t> persons,
                      UnpackPersons(row.Blob(1)));
  Entry entry{LowOf(slot), 0};
  if (persons.size() == 1 && persons[0] < kList) {
    entry.value = persons[0];
  } else {
    entry.value = kList | static_cast<uint32_t>(lists_.size());
    lists_.push_back(static_cast<uint32_t>(persons.size()));
    lists_.insert(lists_.end(), persons.begin(), persons.end());
  }
  entries_.push_back(entry);
  // For now how many there are up to and with this bucket.
  buckets_[BucketOf(slot) + 1] = static_cast<uint32_t>(entries_.size());
  return absl::OkStatus();
}

absl::StatusOr<TokenMap> TokenMap::Load(Snapshot& snapshot,
                                        const Generation& row,
                                        size_t most_bytes,
                                        const std::atomic<bool>& stop) {
  const absl::Status too_large = absl::ResourceExhaustedError(
      "index: its tokens are too many to be kept in memory");
  TokenMap map(BucketBits(row.tokens));
  // At least as many as there are rows.
  const size_t tokens = static_cast<size_t>(row.tokens);
  if (tokens >= kList || map.bytes() + tokens * sizeof(Entry) > most_bytes)
    return too_large;
  map.entries_.reserve(tokens);
  KS_RETURN_IF_ERROR(snapshot.Query(
      kTokens,
      {Value::Int(row.part << kSlotTokenBits),
       Value::Int(row.part << kSlotTokenBits | kSlotTokenMask)},
      [&](const Row& r) -> absl::Status {
        if (stop) return absl::CancelledError("index: stopping");
        if (map.entries_.size() >= tokens || map.lists_.size() >= kList / 2)
          return too_large;
        return map.Add(r);
      }));
  // A bucket without entries begins where the one before it ends.
  for (size_t b = 1; b < map.buckets_.size(); ++b)
    map.buckets_[b] = std::max(map.buckets_[b], map.buckets_[b - 1]);
  if (map.bytes() > most_bytes) return too_large;
  return map;
}

Carriers TokenMap::Find(int64_t slot) const {
  const size_t bucket = BucketOf(slot);
  const uint32_t low = LowOf(slot);
  for (size_t i = buckets_[bucket]; i < buckets_[bucket + 1]; ++i) {
    const Entry& entry = entries_[i];
    if (entry.low < low) continue;
    if (entry.low > low) break;
    if ((entry.value & kList) == 0) return {false, {&entry.value, 1}};
    const uint32_t* list = &lists_[entry.value & ~kList];
    return {list[0] == 0, {list + 1, list[0]}};
  }
  return {};
}

size_t TokenMap::bytes() const {
  return buckets_.size() * sizeof buckets_[0] +
         entries_.size() * sizeof entries_[0] +
         lists_.size() * sizeof lists_[0];
}

}  // namespace kinstile::index
