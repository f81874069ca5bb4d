// SPDX-License-Identifier: Apache-2.0
// Finding the old log, closing it, and naming its last head.
#include "gateway/audit/carry_on.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/audit/sequencer.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

// The CLOSE at the end of the log with this number, or nothing.
absl::StatusOr<std::optional<Close>> CloseOf(storage::Snapshot& s,
                                             int64_t log) {
  KS_ASSIGN_OR_RETURN(const std::string note, LatestCheckpoint(s, log));
  KS_ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  KS_ASSIGN_OR_RETURN(const Checkpoint head, ParseCheckpoint(parsed.text));
  std::optional<Close> close;
  KS_RETURN_IF_ERROR(ForEachEntry(
      s, log, head.size - 1, [&](const EntryRow& row) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const Leaf leaf, DecodeLeaf(row.leaf));
        if (leaf.type != EntryType::kClose) return absl::OkStatus();
        KS_ASSIGN_OR_RETURN(
            close, DecodeClose(row.payload.value_or(absl::string_view())));
        return absl::OkStatus();
      }));
  return close;
}

}  // namespace

absl::StatusOr<std::optional<Continues>> CarryOn(
    storage::Database& db, const LogOptions& options,
    const crypto::SigningKey& key) {
  std::vector<std::string> origins;  // open, or closed for the new one
  bool exists = false;
  KS_RETURN_IF_ERROR(db.Read([&](storage::Snapshot& s) -> absl::Status {
    std::vector<std::string> all;
    KS_RETURN_IF_ERROR(ForEachLog(s, [&](absl::string_view origin) {
      all.emplace_back(origin);
      return absl::OkStatus();
    }));
    for (const std::string& origin : all) {
      exists = exists || origin == options.origin;
      if (origin == options.origin) continue;
      KS_ASSIGN_OR_RETURN(const auto close, CloseOf(s, LogNumber(origin)));
      if (!close || close->next_origin == options.origin)
        origins.push_back(origin);
    }
    return absl::OkStatus();
  }));
  if (exists || origins.empty()) return std::nullopt;
  if (origins.size() > 1)
    return absl::FailedPreconditionError(
        "audit: the store holds several trails that the new one could carry "
        "on");
  Sequencer old(db, {.origin = origins[0],
                     .key = key.Clone(),
                     .recipients = {},
                     .clock = options.clock,
                     .disk = options.disk});
  absl::StatusOr<std::string> head = old.Close(options.origin);
  if (absl::IsDataLoss(head.status()))
    return absl::FailedPreconditionError(absl::StrCat(
        "audit: the trail ", origins[0],
        " in the store cannot be closed and carried on: ",
        head.status().message(),
        ". If its key was replaced, previous_log_key_file is needed"));
  KS_RETURN_IF_ERROR(head.status());
  return Continues{origins[0], *std::move(head), ContinuesGround::kRollover};
}

}  // namespace kinstile::audit
