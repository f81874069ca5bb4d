// SPDX-License-Identifier: Apache-2.0
// One snapshot for a page and its key frames.
#include "gateway/audit/entries.h"

#include <algorithm>
#include <set>

#include "gateway/audit/leaf.h"
#include "gateway/audit/rows.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

StoredEntry Copy(const EntryRow& row) {
  return {row.index, std::string(row.leaf),
          std::string(row.payload.value_or(absl::string_view()))};
}

// Epochs that sealed entries of the page use and whose frame is not in it.
std::set<uint64_t> MissingEpochs(const std::vector<StoredEntry>& entries) {
  std::set<uint64_t> missing, present;
  for (const StoredEntry& e : entries) {
    absl::StatusOr<Leaf> leaf = DecodeLeaf(e.leaf);
    if (!leaf.ok()) continue;  // left for verification to report
    if (leaf->type == EntryType::kKeyFrame) present.insert(leaf->epoch);
    if (leaf->sealing == Sealing::kRatchetV1 && !present.count(leaf->epoch))
      missing.insert(leaf->epoch);
  }
  return missing;
}

absl::Status AddKeyFrames(storage::Snapshot& s, int64_t log,
                          absl::string_view audience, EntryPage& page) {
  for (uint64_t epoch : MissingEpochs(page.entries)) {
    absl::StatusOr<uint64_t> index = FindKeyFrame(s, log, audience, epoch);
    if (absl::IsNotFound(index.status())) continue;
    KS_RETURN_IF_ERROR(index.status());
    KS_RETURN_IF_ERROR(ForEachEntryOf(s, log, audience, *index, 1,
                                      [&page](const EntryRow& row) {
                                        page.keyframes.push_back(Copy(row));
                                        return absl::OkStatus();
                                      }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EntryPage> ReadEntries(storage::Database& db, int64_t log,
                                      absl::string_view audience, uint64_t from,
                                      size_t limit) {
  limit = std::clamp<size_t>(limit, 1, kMaxPage);
  EntryPage page;
  KS_RETURN_IF_ERROR(db.Read([&](storage::Snapshot& s) -> absl::Status {
    // One more than asked for tells whether there is a next page.
    KS_RETURN_IF_ERROR(ForEachEntryOf(s, log, audience, from, limit + 1,
                                      [&](const EntryRow& row) {
                                        if (page.entries.size() < limit)
                                          page.entries.push_back(Copy(row));
                                        else
                                          page.next = row.index;
                                        return absl::OkStatus();
                                      }));
    return AddKeyFrames(s, log, audience, page);
  }));
  return page;
}

}  // namespace kinstile::audit
