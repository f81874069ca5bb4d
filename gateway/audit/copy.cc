// SPDX-License-Identifier: Apache-2.0
// The store's lists beside its entries: what listing shows must be all.
#include "gateway/audit/copy.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/storage/schema.h"

namespace kinstile::audit {

StoreCopy::StoreCopy(storage::Snapshot& snapshot, absl::string_view origin)
    : snapshot_(snapshot), origin_(origin), log_(LogNumber(origin)) {}

absl::Status StoreCopy::Find() { return FindLog(snapshot_, origin_); }

absl::Status StoreCopy::ForEachEntry(uint64_t from, EntryCallback f) {
  return audit::ForEachEntry(snapshot_, log_, from, f);
}

absl::Status StoreCopy::ForEachCheckpoint(
    absl::FunctionRef<absl::Status(const CheckpointRow&)> f) {
  return audit::ForEachCheckpoint(snapshot_, log_, f);
}

absl::Status StoreCopy::CheckRest(const Contents& contents,
                                  Complaint complain) {
  KS_ASSIGN_OR_RETURN(uint64_t payloads, CountPayloads(snapshot_, log_));
  if (payloads != contents.payloads)
    complain("there are payloads that belong to no entry");
  KS_ASSIGN_OR_RETURN(const uint64_t strays, CountStrayRows(snapshot_));
  if (strays > 0)
    complain(absl::StrCat(strays, " rows belong to no log of this store"));
  KS_ASSIGN_OR_RETURN(const std::vector<std::string> schema,
                      storage::UnexplainedSchema(snapshot_));
  for (const std::string& what : schema)
    complain(absl::StrCat("the store's schema: ", what));
  KS_ASSIGN_OR_RETURN(const uint64_t odd, CountOddHeads(snapshot_, log_));
  if (odd > 0)
    complain(absl::StrCat(odd,
                          " heads have a line that the log does not "
                          "write"));
  KS_RETURN_IF_ERROR(CheckListing(contents, complain));
  KS_RETURN_IF_ERROR(CheckKeyFrames(contents, complain));
  return CheckCosignatures(complain);
}

// An index that skips entries would hide them from their readers.
absl::Status StoreCopy::CheckListing(const Contents& contents,
                                     Complaint complain) {
  for (const auto& [audience, entries] : contents.per_audience) {
    KS_ASSIGN_OR_RETURN(uint64_t listed,
                        CountListed(snapshot_, log_, audience));
    if (listed != entries)
      complain(absl::StrCat("audience ", audience, ": ", listed, " of ",
                            entries, " entries are listed"));
  }
  return absl::OkStatus();
}

absl::Status StoreCopy::CheckKeyFrames(const Contents& contents,
                                       Complaint complain) {
  size_t rows = 0;
  KS_RETURN_IF_ERROR(
      ForEachKeyFrame(snapshot_, log_, [&](const KeyFrameRow& row) {
        ++rows;
        auto it =
            contents.keyframes.find({std::string(row.audience), row.epoch});
        if (it == contents.keyframes.end() || it->second != row.index)
          complain(absl::StrCat("entry ", row.index,
                                ": listed as a KEYFRAME that it is not"));
        return absl::OkStatus();
      }));
  if (rows < contents.keyframes.size())
    complain("the list of KEYFRAMEs is not complete");
  return absl::OkStatus();
}

// What the lines say is checked with the checkpoints; here, that each is one
// line, where it says it belongs.
absl::Status StoreCopy::CheckCosignatures(Complaint complain) {
  KS_ASSIGN_OR_RETURN(const uint64_t stray,
                      CountStrayCosignatures(snapshot_, log_));
  if (stray > 0) complain("there are cosignatures of no checkpoint");
  return ForEachCosignature(snapshot_, log_, [&](const CosignatureRow& row) {
    const std::string start = absl::StrCat("\xe2\x80\x94 ", row.witness, " ");
    if (!absl::StartsWith(row.line, start) ||
        row.line.find('\n') != row.line.size() - 1)
      complain(absl::StrCat("checkpoint ", row.size,
                            ": a cosignature is under another name"));
    return absl::OkStatus();
  });
}

}  // namespace kinstile::audit
