// SPDX-License-Identifier: Apache-2.0
// add-checkpoint by the letter of c2sp.org/tlog-witness.
#include "gateway/audit/witness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/audit/tlog_proof.h"
#include "gateway/base/status_macros.h"
#include "gateway/merkle/proof.h"

namespace kinstile::audit {
namespace {

using storage::Value;

// Evidence is for people: a log that shows rubbish for ever must not fill the
// witness's disk.
constexpr int64_t kMaxEvidence = 1000;

absl::Status InsertEvidence(storage::Transaction& tx,
                            const WitnessEvidence& e) {
  return tx
      .Execute(
          "INSERT INTO witness_evidence (origin, note, seen_ms, why) "
          "SELECT ?1, ?2, ?3, ?4 WHERE "
          "(SELECT COUNT(*) FROM witness_evidence) < ?5 "
          "ON CONFLICT (origin, note) DO NOTHING",
          {Value::Text(e.origin), Value::Text(e.note), Value::Int(e.seen_ms),
           Value::Text(e.why), Value::Int(kMaxEvidence)})
      .status();
}

absl::StatusOr<std::optional<WitnessHead>> FindHead(storage::Snapshot& s,
                                                    absl::string_view origin) {
  std::optional<WitnessHead> head;
  KS_RETURN_IF_ERROR(s.Query(
      "SELECT size, note FROM witness_heads WHERE origin = ?1",
      {Value::Text(origin)}, [&](const storage::Row& row) {
        head =
            WitnessHead{std::string(origin), static_cast<uint64_t>(row.Int(0)),
                        std::string(row.Text(1))};
        return absl::OkStatus();
      }));
  return head;
}

// The root of a head that this witness stored itself.
absl::StatusOr<merkle::Hash> RootOf(const WitnessHead& head) {
  auto note = ParseNote(head.note);
  if (!note.ok()) return absl::DataLossError("witness: stored head is broken");
  KS_ASSIGN_OR_RETURN(const Checkpoint c, ParseCheckpoint(note->text));
  return c.root;
}

WitnessAnswer Refuse(WitnessCode code, absl::string_view why) {
  return {code, absl::StrCat(why, "\n")};
}

}  // namespace

std::string FormatAddCheckpoint(const AddCheckpointRequest& r) {
  return absl::StrCat("old ", r.old_size, "\n", FormatHashes(r.proof),
                      r.checkpoint);
}

absl::StatusOr<AddCheckpointRequest> ParseAddCheckpoint(
    absl::string_view body) {
  AddCheckpointRequest request;
  KS_ASSIGN_OR_RETURN(absl::string_view line, TakeLine(body));
  if (!absl::ConsumePrefix(&line, "old "))
    return absl::InvalidArgumentError("add-checkpoint: no old size");
  KS_ASSIGN_OR_RETURN(request.old_size, ParseDecimal(line));
  KS_ASSIGN_OR_RETURN(request.proof, TakeHashes(body));
  if (body.empty())
    return absl::InvalidArgumentError("add-checkpoint: no checkpoint");
  request.checkpoint = std::string(body);
  return request;
}

absl::StatusOr<WitnessAnswer> Witness::AddCheckpoint(const NoteVerifier& log,
                                                     absl::string_view body) {
  const auto request = ParseAddCheckpoint(body);
  if (!request.ok())
    return Refuse(WitnessCode::kBadRequest, request.status().message());
  // By its first line alone: whose it is comes before whether it is one.
  const std::string& text = request->checkpoint;
  if (text.substr(0, text.find('\n')) != log.name)
    return Refuse(WitnessCode::kUnknownLog, "unknown log");
  // A signature that cannot be read does not verify.
  const auto note = ParseNote(text);
  if (!note.ok() || !VerifyNoteBy(*note, log.name, log.key).ok())
    return Refuse(WitnessCode::kForbidden, "invalid signature");
  const auto head = ParseCheckpoint(note->text);
  if (!head.ok())
    return Refuse(WitnessCode::kBadRequest, head.status().message());
  if (request->old_size > head->size)
    return Refuse(WitnessCode::kBadRequest, "the old size is above the new");
  WitnessAnswer answer{WitnessCode::kBadRequest, ""};
  KS_RETURN_IF_ERROR(db_.Write([&](storage::Transaction& tx) -> absl::Status {
    KS_ASSIGN_OR_RETURN(answer, Cosign(tx, *head, *request, *note));
    return absl::OkStatus();
  }));
  // Committed: a crash from here on has stored a head whose cosignature nobody
  // got, and the same request is answered again.
  return answer;
}

absl::StatusOr<WitnessAnswer> Witness::Cosign(
    storage::Transaction& tx, const Checkpoint& head,
    const AddCheckpointRequest& request, const Note& note) {
  KS_ASSIGN_OR_RETURN(const auto last, FindHead(tx, head.origin));
  const uint64_t last_size = last ? last->size : 0;
  auto evidence = [&](absl::string_view why) {
    return InsertEvidence(tx, {head.origin, request.checkpoint,
                               ToMillis(clock_.Now()), std::string(why)});
  };
  if (request.old_size != last_size)
    return WitnessAnswer{WitnessCode::kConflict, absl::StrCat(last_size, "\n")};
  // From nothing everything follows; a proof would prove nothing.
  if (last_size == 0 && !request.proof.empty())
    return Refuse(WitnessCode::kUnprocessable,
                  "a consistency proof from size 0");
  if (last_size > 0) {
    KS_ASSIGN_OR_RETURN(const merkle::Hash root, RootOf(*last));
    if (head.size == last_size && request.proof.empty() && head.root != root) {
      KS_RETURN_IF_ERROR(evidence("another root for the size last cosigned"));
      return WitnessAnswer{WitnessCode::kConflict,
                           absl::StrCat(last_size, "\n")};
    }
    if (!merkle::VerifyConsistency(last_size, head.size, request.proof, root,
                                   head.root)
             .ok()) {
      KS_RETURN_IF_ERROR(
          evidence("not proved to extend the head last cosigned"));
      return Refuse(WitnessCode::kUnprocessable,
                    "the consistency proof does not hold");
    }
  }
  const std::string line =
      audit::Cosign(note.text, name_, key_,
                    static_cast<uint64_t>(absl::ToUnixSeconds(clock_.Now())));
  const std::string whole = absl::StrCat(request.checkpoint, line);
  KS_RETURN_IF_ERROR(
      tx.Execute(
            "INSERT INTO witness_heads (origin, size, note) "
            "VALUES (?1, ?2, ?3) ON CONFLICT (origin) DO UPDATE "
            "SET size = excluded.size, note = excluded.note",
            {Value::Text(head.origin),
             Value::Int(static_cast<int64_t>(head.size)), Value::Text(whole)})
          .status());
  return WitnessAnswer{WitnessCode::kCosigned, line};
}

absl::StatusOr<std::optional<WitnessHead>> Witness::Head(
    absl::string_view origin) const {
  std::optional<WitnessHead> head;
  KS_RETURN_IF_ERROR(db_.Read([&](storage::Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(head, FindHead(s, origin));
    return absl::OkStatus();
  }));
  return head;
}

absl::Status KeepEvidence(storage::Database& db, const WitnessEvidence& found) {
  return db.Write(
      [&](storage::Transaction& tx) { return InsertEvidence(tx, found); });
}

absl::StatusOr<std::vector<WitnessHead>> ReadWitnessHeads(
    storage::Database& db) {
  std::vector<WitnessHead> out;
  KS_RETURN_IF_ERROR(db.Read([&](storage::Snapshot& s) {
    return s.Query(
        "SELECT origin, size, note FROM witness_heads ORDER BY origin", {},
        [&](const storage::Row& row) {
          out.push_back({std::string(row.Text(0)),
                         static_cast<uint64_t>(row.Int(1)),
                         std::string(row.Text(2))});
          return absl::OkStatus();
        });
  }));
  return out;
}

absl::StatusOr<std::vector<WitnessEvidence>> ReadWitnessEvidence(
    storage::Database& db) {
  std::vector<WitnessEvidence> out;
  KS_RETURN_IF_ERROR(db.Read([&](storage::Snapshot& s) {
    return s.Query(
        "SELECT origin, note, seen_ms, why FROM witness_evidence "
        "ORDER BY seen_ms, origin",
        {}, [&](const storage::Row& row) {
          out.push_back({std::string(row.Text(0)), std::string(row.Text(1)),
                         row.Int(2), std::string(row.Text(3))});
          return absl::OkStatus();
        });
  }));
  return out;
}

}  // namespace kinstile::audit
