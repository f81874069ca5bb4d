// SPDX-License-Identifier: Apache-2.0
// All SQL of the audit log.
#include "gateway/audit/rows.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;
using storage::Value;

Value Number(uint64_t v) { return Value::Int(static_cast<int64_t>(v)); }
uint64_t NumberAt(const Row& row, int column) {
  return static_cast<uint64_t>(row.Int(column));
}

// idx, audience, leaf, payload
absl::Status GiveEntry(const Row& row, EntryCallback f) {
  EntryRow e{NumberAt(row, 0), row.Text(1), row.Blob(2), std::nullopt};
  if (!row.IsNull(3)) e.payload = row.Blob(3);
  return f(e);
}

absl::StatusOr<uint64_t> CountOf(Snapshot& s, absl::string_view sql,
                                 absl::Span<const Value> params) {
  uint64_t n = 0;
  KS_RETURN_IF_ERROR(s.Query(sql, params, [&n](const Row& row) {
    n = NumberAt(row, 0);
    return absl::OkStatus();
  }));
  return n;
}

}  // namespace

int64_t LogNumber(absl::string_view origin) {
  const Digest hash = crypto::Sha256(origin);
  uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v = v << 8 | hash.bytes[i];
  return static_cast<int64_t>(v >> 1);
}

absl::Status InsertLog(Transaction& t, absl::string_view origin) {
  return t
      .Execute("INSERT INTO audit_logs (log, origin) VALUES (?1, ?2)",
               {Value::Int(LogNumber(origin)), Value::Text(origin)})
      .status();
}

absl::Status ForEachLog(
    Snapshot& s, absl::FunctionRef<absl::Status(absl::string_view origin)> f) {
  return s.Query("SELECT origin FROM audit_logs ORDER BY origin", {},
                 [&f](const Row& row) { return f(row.Text(0)); });
}

absl::Status FindLog(Snapshot& s, absl::string_view origin) {
  absl::Status found = absl::NotFoundError("audit: no log of this origin");
  KS_RETURN_IF_ERROR(s.Query(
      "SELECT origin FROM audit_logs WHERE log = ?1",
      {Value::Int(LogNumber(origin))}, [&](const Row& row) {
        found =
            row.Text(0) == origin
                ? absl::OkStatus()
                : absl::DataLossError("audit: the log's row is not its own");
        return absl::OkStatus();
      }));
  return found;
}

absl::Status InsertEntry(Transaction& t, int64_t log, uint64_t index,
                         absl::string_view audience, absl::string_view leaf,
                         absl::string_view payload) {
  KS_RETURN_IF_ERROR(
      t.Execute("INSERT INTO audit_leaves (log, idx, audience, leaf) "
                "VALUES (?1, ?2, ?3, ?4)",
                {Value::Int(log), Number(index), Value::Text(audience),
                 Value::Blob(leaf)})
          .status());
  return t
      .Execute(
          "INSERT INTO audit_payloads (log, idx, payload) "
          "VALUES (?1, ?2, ?3)",
          {Value::Int(log), Number(index), Value::Blob(payload)})
      .status();
}

absl::Status InsertKeyFrame(Transaction& t, int64_t log,
                            absl::string_view audience, uint64_t epoch,
                            uint64_t index) {
  return t
      .Execute(
          "INSERT INTO audit_keyframes (log, audience, epoch, idx) "
          "VALUES (?1, ?2, ?3, ?4)",
          {Value::Int(log), Value::Text(audience), Number(epoch),
           Number(index)})
      .status();
}

absl::Status InsertCheckpoint(Transaction& t, int64_t log, uint64_t size,
                              absl::string_view note) {
  return t
      .Execute(
          "INSERT INTO audit_checkpoints (log, size, note) "
          "VALUES (?1, ?2, ?3)",
          {Value::Int(log), Number(size), Value::Text(note)})
      .status();
}

absl::Status ForEachLeaf(Snapshot& s, int64_t log, EntryCallback f) {
  return s.Query(
      "SELECT idx, audience, leaf, NULL FROM audit_leaves WHERE log = ?1 "
      "ORDER BY idx",
      {Value::Int(log)}, [&f](const Row& row) { return GiveEntry(row, f); });
}

absl::Status ForEachEntry(Snapshot& s, int64_t log, uint64_t from,
                          EntryCallback f) {
  return s.Query(
      "SELECT l.idx, l.audience, l.leaf, p.payload FROM audit_leaves l "
      "LEFT JOIN audit_payloads p ON p.log = l.log AND p.idx = l.idx "
      "WHERE l.log = ?1 AND l.idx >= ?2 ORDER BY l.idx",
      {Value::Int(log), Number(from)},
      [&f](const Row& row) { return GiveEntry(row, f); });
}

absl::Status ForEachEntryOf(Snapshot& s, int64_t log,
                            absl::string_view audience, uint64_t from,
                            size_t limit, EntryCallback f) {
  return s.Query(
      "SELECT l.idx, l.audience, l.leaf, p.payload FROM audit_leaves l "
      "LEFT JOIN audit_payloads p ON p.log = l.log AND p.idx = l.idx "
      "WHERE l.log = ?1 AND l.audience = ?2 AND l.idx >= ?3 "
      "ORDER BY l.idx LIMIT ?4",
      {Value::Int(log), Value::Text(audience), Number(from), Number(limit)},
      [&f](const Row& row) { return GiveEntry(row, f); });
}

absl::Status ForEachKeyFrameEntry(Snapshot& s, int64_t log, EntryCallback f) {
  return s.Query(
      "SELECT l.idx, l.audience, l.leaf, p.payload FROM audit_keyframes k "
      "JOIN audit_leaves l ON l.log = k.log AND l.idx = k.idx "
      "LEFT JOIN audit_payloads p ON p.log = k.log AND p.idx = k.idx "
      "WHERE k.log = ?1 ORDER BY l.idx",
      {Value::Int(log)}, [&f](const Row& row) { return GiveEntry(row, f); });
}

absl::StatusOr<Leaf> ReadLeaf(Snapshot& s, int64_t log, uint64_t index) {
  absl::StatusOr<Leaf> leaf = absl::NotFoundError("audit: no such entry");
  KS_RETURN_IF_ERROR(
      s.Query("SELECT leaf FROM audit_leaves WHERE log = ?1 AND idx = ?2",
              {Value::Int(log), Number(index)}, [&leaf](const Row& row) {
                leaf = DecodeLeaf(row.Blob(0));
                return absl::OkStatus();
              }));
  return leaf;
}

absl::StatusOr<int64_t> DeletePayload(Transaction& t, int64_t log,
                                      uint64_t index) {
  return t.Execute("DELETE FROM audit_payloads WHERE log = ?1 AND idx = ?2",
                   {Value::Int(log), Number(index)});
}

absl::StatusOr<uint64_t> FindKeyFrame(Snapshot& s, int64_t log,
                                      absl::string_view audience,
                                      uint64_t epoch) {
  absl::StatusOr<uint64_t> index =
      absl::NotFoundError("audit: no key frame for this epoch");
  KS_RETURN_IF_ERROR(
      s.Query("SELECT idx FROM audit_keyframes "
              "WHERE log = ?1 AND audience = ?2 AND epoch = ?3",
              {Value::Int(log), Value::Text(audience), Number(epoch)},
              [&index](const Row& row) {
                index = NumberAt(row, 0);
                return absl::OkStatus();
              }));
  return index;
}

absl::Status ForEachKeyFrame(
    Snapshot& s, int64_t log,
    absl::FunctionRef<absl::Status(const KeyFrameRow&)> f) {
  return s.Query(
      "SELECT audience, epoch, idx FROM audit_keyframes WHERE log = ?1 "
      "ORDER BY idx",
      {Value::Int(log)}, [&f](const Row& row) {
        return f(KeyFrameRow{row.Text(0), NumberAt(row, 1), NumberAt(row, 2)});
      });
}

absl::Status ForEachCheckpoint(
    Snapshot& s, int64_t log,
    absl::FunctionRef<absl::Status(const CheckpointRow&)> f) {
  // A checkpoint comes once for each of its lines, or once without any.
  uint64_t size = 0;
  std::string note;
  KS_RETURN_IF_ERROR(s.Query(
      "SELECT c.size, c.note, s.line FROM audit_checkpoints c "
      "LEFT JOIN audit_cosignatures s ON s.log = c.log AND s.size = c.size "
      "WHERE c.log = ?1 ORDER BY c.size, s.witness",
      {Value::Int(log)}, [&](const Row& row) {
        if (note.empty() || NumberAt(row, 0) != size) {
          if (!note.empty()) KS_RETURN_IF_ERROR(f({size, note}));
          size = NumberAt(row, 0);
          note = std::string(row.Text(1));
        }
        if (!row.IsNull(2)) absl::StrAppend(&note, row.Text(2));
        return absl::OkStatus();
      }));
  return note.empty() ? absl::OkStatus() : f({size, note});
}

absl::StatusOr<std::string> LatestCheckpoint(Snapshot& s, int64_t log) {
  std::string note;
  KS_RETURN_IF_ERROR(
      s.Query("SELECT note FROM audit_checkpoints WHERE log = ?1 "
              "ORDER BY size DESC LIMIT 1",
              {Value::Int(log)}, [&note](const Row& row) {
                note = std::string(row.Text(0));
                return absl::OkStatus();
              }));
  return note;
}

absl::StatusOr<uint64_t> CountListed(Snapshot& s, int64_t log,
                                     absl::string_view audience) {
  return CountOf(s,
                 "SELECT COUNT(*) FROM audit_leaves "
                 "WHERE log = ?1 AND audience = ?2",
                 {Value::Int(log), Value::Text(audience)});
}

absl::Status UpsertCosignature(Transaction& t, int64_t log,
                               const CosignatureRow& row) {
  return t
      .Execute(
          "INSERT INTO audit_cosignatures (log, size, witness, line) "
          "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (log, size, witness) "
          "DO UPDATE SET line = excluded.line",
          {Value::Int(log), Value::Int(static_cast<int64_t>(row.size)),
           Value::Text(row.witness), Value::Text(row.line)})
      .status();
}

absl::Status ForEachCosignature(
    Snapshot& s, int64_t log,
    absl::FunctionRef<absl::Status(const CosignatureRow&)> f) {
  return s.Query(
      "SELECT size, witness, line FROM audit_cosignatures WHERE log = ?1 "
      "ORDER BY size, witness",
      {Value::Int(log)}, [&](const Row& row) {
        return f({static_cast<uint64_t>(row.Int(0)), row.Text(1), row.Text(2)});
      });
}

absl::StatusOr<uint64_t> CountStrayRows(Snapshot& s) {
  return CountOf(
      s,
      "SELECT (SELECT COUNT(*) FROM audit_leaves WHERE log NOT IN "
      "(SELECT log FROM audit_logs)) + (SELECT COUNT(*) FROM audit_payloads "
      "WHERE log NOT IN (SELECT log FROM audit_logs)) + (SELECT COUNT(*) FROM "
      "audit_checkpoints WHERE log NOT IN (SELECT log FROM audit_logs)) + "
      "(SELECT COUNT(*) FROM audit_keyframes WHERE log NOT IN (SELECT log FROM "
      "audit_logs)) + (SELECT COUNT(*) FROM audit_cosignatures WHERE log NOT "
      "IN (SELECT log FROM audit_logs))",
      {});
}

absl::StatusOr<uint64_t> CountOddHeads(Snapshot& s, int64_t log) {
  // Origin, size, root, an empty line, one signature.
  return CountOf(s,
                 "SELECT COUNT(*) FROM audit_checkpoints WHERE log = ?1 AND "
                 "length(note) - length(replace(note, char(10), '')) <> 5",
                 {Value::Int(log)});
}

absl::StatusOr<uint64_t> CountStrayCosignatures(Snapshot& s, int64_t log) {
  return CountOf(s,
                 "SELECT COUNT(*) FROM audit_cosignatures s WHERE s.log = ?1 "
                 "AND NOT EXISTS (SELECT 1 FROM audit_checkpoints c "
                 "WHERE c.log = s.log AND c.size = s.size)",
                 {Value::Int(log)});
}

absl::StatusOr<uint64_t> CountPayloads(Snapshot& s, int64_t log) {
  return CountOf(s, "SELECT COUNT(*) FROM audit_payloads WHERE log = ?1",
                 {Value::Int(log)});
}

}  // namespace kinstile::audit
