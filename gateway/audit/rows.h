// SPDX-License-Identifier: Apache-2.0
// The audit tables (storage/migrations/0001_audit.sql), statement by statement.
#ifndef KINSTILE_GATEWAY_AUDIT_ROWS_H_
#define KINSTILE_GATEWAY_AUDIT_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/leaf.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// The number of the log with this origin: 63 bits of SHA-256(origin).
int64_t LogNumber(absl::string_view origin);

absl::Status InsertLog(storage::Transaction& t, absl::string_view origin);
absl::Status ForEachLog(
    storage::Snapshot& s,
    absl::FunctionRef<absl::Status(absl::string_view origin)> f);
// OK if the log exists, NOT_FOUND if not, DATA_LOSS if its number is taken.
absl::Status FindLog(storage::Snapshot& s, absl::string_view origin);

absl::Status InsertEntry(storage::Transaction& t, int64_t log, uint64_t index,
                         absl::string_view audience, absl::string_view leaf,
                         absl::string_view payload);
absl::Status InsertKeyFrame(storage::Transaction& t, int64_t log,
                            absl::string_view audience, uint64_t epoch,
                            uint64_t index);
absl::Status InsertCheckpoint(storage::Transaction& t, int64_t log,
                              uint64_t size, absl::string_view note);

// Views are valid during the callback.
struct EntryRow {
  uint64_t index;
  absl::string_view audience;
  absl::string_view leaf;
  std::optional<absl::string_view> payload;  // none when erased or lost
};
using EntryCallback = absl::FunctionRef<absl::Status(const EntryRow&)>;

// All leaves in order; the payload is not read.
absl::Status ForEachLeaf(storage::Snapshot& s, int64_t log, EntryCallback f);
// From index `from` on, in order.
absl::Status ForEachEntry(storage::Snapshot& s, int64_t log, uint64_t from,
                          EntryCallback f);
// Up to `limit` entries of one audience from index `from`.
absl::Status ForEachEntryOf(storage::Snapshot& s, int64_t log,
                            absl::string_view audience, uint64_t from,
                            size_t limit, EntryCallback f);

// All KEYFRAME entries in order.
absl::Status ForEachKeyFrameEntry(storage::Snapshot& s, int64_t log,
                                  EntryCallback f);
// NOT_FOUND beyond the log's end.
absl::StatusOr<Leaf> ReadLeaf(storage::Snapshot& s, int64_t log,
                              uint64_t index);
// 1, or 0 if it is gone.
absl::StatusOr<int64_t> DeletePayload(storage::Transaction& t, int64_t log,
                                      uint64_t index);

// The index of the entry that holds an epoch's key; NOT_FOUND if none.
absl::StatusOr<uint64_t> FindKeyFrame(storage::Snapshot& s, int64_t log,
                                      absl::string_view audience,
                                      uint64_t epoch);
struct KeyFrameRow {
  absl::string_view audience;
  uint64_t epoch;
  uint64_t index;
};
absl::Status ForEachKeyFrame(
    storage::Snapshot& s, int64_t log,
    absl::FunctionRef<absl::Status(const KeyFrameRow&)> f);

struct CheckpointRow {
  uint64_t size;
  absl::string_view note;  // and after it the witnesses' lines
};
absl::Status ForEachCheckpoint(
    storage::Snapshot& s, int64_t log,
    absl::FunctionRef<absl::Status(const CheckpointRow&)> f);
// A witness's signature line on the checkpoint of this size.
struct CosignatureRow {
  uint64_t size;
  absl::string_view witness;  // the name that it signs under
  absl::string_view line;
};
// Replaces the witness's earlier line for the same size.
absl::Status UpsertCosignature(storage::Transaction& t, int64_t log,
                               const CosignatureRow& row);
absl::Status ForEachCosignature(
    storage::Snapshot& s, int64_t log,
    absl::FunctionRef<absl::Status(const CosignatureRow&)> f);
// Rows of every table here whose log is not in the list of logs.
absl::StatusOr<uint64_t> CountStrayRows(storage::Snapshot& s);
// Heads with more lines than the log writes: cosignatures are kept apart.
absl::StatusOr<uint64_t> CountOddHeads(storage::Snapshot& s, int64_t log);
// Those that no checkpoint is stored for.
absl::StatusOr<uint64_t> CountStrayCosignatures(storage::Snapshot& s,
                                                int64_t log);
// The note of the largest size; empty if there is none.
absl::StatusOr<std::string> LatestCheckpoint(storage::Snapshot& s, int64_t log);
// By the index that ListEntries uses: what a listing would show.
absl::StatusOr<uint64_t> CountListed(storage::Snapshot& s, int64_t log,
                                     absl::string_view audience);
absl::StatusOr<uint64_t> CountPayloads(storage::Snapshot& s, int64_t log);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_ROWS_H_
