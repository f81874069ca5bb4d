// SPDX-License-Identifier: Apache-2.0
// The slices: read, sort, write.
#include "gateway/index/token_table.h"

#include <algorithm>
#include <vector>

#include "gateway/base/status_macros.h"
#include "gateway/index/stored_token.h"

namespace kinstile::index {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;
using storage::Value;

constexpr absl::string_view kScan =
    "SELECT record, tokens FROM index_records "
    "WHERE record >= ?1 AND record <= ?2 ORDER BY record";
constexpr absl::string_view kInsertToken =
    "INSERT INTO index_tokens (slot, persons) VALUES (?1, ?2)";
// Some ten milliseconds a transaction.
constexpr size_t kRowsAtOnce = 20'000;

struct Entry {
  int64_t slot;
  uint32_t person;
  friend auto operator<=>(const Entry&, const Entry&) = default;
};

// Which of `slices` equal parts of the token space; ascends with the slot.
size_t SliceOf(int64_t slot, size_t slices) {
  const uint32_t high = static_cast<uint32_t>(slot >> (kSlotTokenBits - 32));
  return static_cast<size_t>(uint64_t{high} * slices >> 32);
}

absl::StatusOr<std::vector<Entry>> ReadSlice(storage::Database& database,
                                             int64_t part, size_t slice,
                                             size_t slices, size_t reserve) {
  std::vector<Entry> entries;
  entries.reserve(reserve);
  const auto take = [&](const Row& row) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const std::vector<KeyedStoredToken> tokens,
                        UnpackTokens(row.Blob(1)));
    for (const KeyedStoredToken& t : tokens) {
      const int64_t slot = Slot(part, t.token);
      if (SliceOf(slot, slices) == slice)
        entries.push_back({slot, PersonOf(row.Int(0))});
    }
    return absl::OkStatus();
  };
  KS_RETURN_IF_ERROR(database.Read([&](Snapshot& snapshot) {
    return snapshot.Query(
        kScan, {Value::Int(FirstRecord(part)), Value::Int(LastRecord(part))},
        take);
  }));
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  return entries;
}

using Position = std::vector<Entry>::const_iterator;

// One row: the records of the token at `begin`. Returns the next token's.
absl::StatusOr<Position> WriteToken(Transaction& transaction, Position begin,
                                    Position end) {
  std::vector<uint32_t> persons;
  Position next = begin;
  for (; next != end && next->slot == begin->slot; ++next)
    if (persons.size() <= kTooMany) persons.push_back(next->person);
  if (persons.size() > kTooMany) persons.clear();
  const std::string packed = PackPersons(persons);
  KS_RETURN_IF_ERROR(
      transaction
          .Execute(kInsertToken, {Value::Int(begin->slot), Value::Blob(packed)})
          .status());
  return next;
}

absl::Status WriteSlice(storage::Database& database, const EnrolmentId& id,
                        const Generation& row,
                        const std::vector<Entry>& entries) {
  Position next = entries.begin();
  while (next != entries.end()) {
    Position at = next;
    KS_RETURN_IF_ERROR(database.Write([&](Transaction& t) -> absl::Status {
      // INVARIANT: only a building generation gets rows, so that a purge that
      // has emptied a dead one need not come back.
      KS_RETURN_IF_ERROR(BuildingGeneration(t, id, row.key_check).status());
      at = next;
      for (size_t n = 0; n < kRowsAtOnce && at != entries.end(); ++n) {
        KS_ASSIGN_OR_RETURN(at, WriteToken(t, at, entries.end()));
      }
      return absl::OkStatus();
    }));
    next = at;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status BuildTokenTable(storage::Database& database, const EnrolmentId& id,
                             const Generation& row, size_t slice_tokens) {
  KS_RETURN_IF_ERROR(DeleteTokens(database, row.part));
  const size_t tokens = static_cast<size_t>(row.tokens);
  const size_t slices = tokens / slice_tokens + 1;
  // An even spread differs from the mean by far less than a sixteenth.
  const size_t reserve = tokens / slices + tokens / slices / 16 + 64;
  for (size_t slice = 0; slice < slices; ++slice) {
    KS_ASSIGN_OR_RETURN(const std::vector<Entry> entries,
                        ReadSlice(database, row.part, slice, slices, reserve));
    KS_RETURN_IF_ERROR(WriteSlice(database, id, row, entries));
  }
  return absl::OkStatus();
}

}  // namespace kinstile::index
