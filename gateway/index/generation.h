// SPDX-License-Identifier: Apache-2.0
// One generation of one agency's register: its row, its states, its end.
#ifndef KINSTILE_GATEWAY_INDEX_GENERATION_H_
#define KINSTILE_GATEWAY_INDEX_GENERATION_H_

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/base/ids.h"
#include "gateway/index/index.h"
#include "gateway/storage/database.h"

namespace kinstile::index {

// building -> visible -> dead, or building -> dead; never back.
enum class State : int64_t { kBuilding = 0, kVisible = 1, kDead = 2 };

struct Generation {
  int64_t generation = 0;
  int64_t part = 0;  // its number in the records and tokens tables
  State state = State::kDead;
  uint32_t spec_version = 0;
  uint32_t key_epoch = 0;
  Digest key_check;
  int64_t records = 0;
  int64_t tokens = 0;
  int64_t families = 0;
  int64_t finished_ms = 0;
};

// The row number of a person's record; persons are counted from 0.
inline constexpr int kPersonBits = 32;
inline int64_t RecordNumber(int64_t part, uint32_t person) {
  return part << kPersonBits | person;
}
inline int64_t FirstRecord(int64_t part) { return RecordNumber(part, 0); }
inline int64_t LastRecord(int64_t part) {
  return RecordNumber(part, std::numeric_limits<uint32_t>::max());
}
inline uint32_t PersonOf(int64_t record) {
  return static_cast<uint32_t>(record);
}

// The agency's visible generation, or NOT_FOUND.
absl::StatusOr<Generation> VisibleGeneration(storage::Snapshot& snapshot,
                                             const AgencyId& agency);
// `id`'s row; nullopt when it is gone.
absl::StatusOr<std::optional<Generation>> FindGeneration(
    storage::Snapshot& snapshot, const EnrolmentId& id);
// The same, and FAILED_PRECONDITION unless it is building under this key.
absl::StatusOr<Generation> BuildingGeneration(storage::Snapshot& snapshot,
                                              const EnrolmentId& id,
                                              const Digest& key_check);

// Inserts a building generation with the agency's next number.
absl::StatusOr<EnrolmentId> InsertGeneration(storage::Transaction& transaction,
                                             const AgencyId& agency,
                                             uint32_t spec_version,
                                             uint32_t key_epoch,
                                             const Digest& key_check);

// Deletes the token rows of `part`, in short transactions.
absl::Status DeleteTokens(storage::Database& database, int64_t part);
// Removes what the agency's dead generations left. Nobody reads a dead
// generation, so a crash in between only leaves work for the next call.
absl::Status PurgeDead(storage::Database& database, const AgencyId& agency);

}  // namespace kinstile::index

#endif  // KINSTILE_GATEWAY_INDEX_GENERATION_H_
