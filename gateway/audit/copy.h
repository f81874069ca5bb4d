// SPDX-License-Identifier: Apache-2.0
// One log to look at, wherever it lies: in a store, or in an exported folder.
#ifndef KINSTILE_GATEWAY_AUDIT_COPY_H_
#define KINSTILE_GATEWAY_AUDIT_COPY_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/rows.h"
#include "gateway/merkle/tree.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// What reading all entries of a copy came to: what the rest of the copy (lists,
// tiles) must agree with.
struct Contents {
  merkle::Tree tree;
  uint64_t payloads = 0;                         // that were there
  std::map<std::string, uint64_t> per_audience;  // entries
  // (audience, epoch) -> index of its KEYFRAME
  std::map<std::pair<std::string, uint64_t>, uint64_t> keyframes;
};
// Takes one failure, in plain words.
using Complaint = absl::FunctionRef<void(std::string)>;

// Read-only; nothing in it is believed. A status of any call means that the
// copy could not be read: DATA_LOSS or INVALID_ARGUMENT when it is damaged.
class LogCopy {
 public:
  virtual ~LogCopy() = default;
  // NOT_FOUND when no log of this origin is here.
  virtual absl::Status Find() = 0;
  // From index `from` to the end, in the order in which they are numbered.
  virtual absl::Status ForEachEntry(uint64_t from, EntryCallback f) = 0;
  // By size, each with the cosignatures that are kept of it.
  virtual absl::Status ForEachCheckpoint(
      absl::FunctionRef<absl::Status(const CheckpointRow&)> f) = 0;
  // Holds everything else in the copy against the entries and heads that were
  // read: what is missing, superfluous or different is a failure.
  virtual absl::Status CheckRest(const Contents& contents,
                                 Complaint complain) = 0;
};

// A log in a store, as of one snapshot. A schema that the migrations did not
// make is unexplained: a view or trigger could show each reader another log.
class StoreCopy final : public LogCopy {
 public:
  StoreCopy(storage::Snapshot& snapshot, absl::string_view origin);
  absl::Status Find() override;
  absl::Status ForEachEntry(uint64_t from, EntryCallback f) override;
  absl::Status ForEachCheckpoint(
      absl::FunctionRef<absl::Status(const CheckpointRow&)> f) override;
  absl::Status CheckRest(const Contents& contents, Complaint complain) override;

 private:
  absl::Status CheckListing(const Contents& contents, Complaint complain);
  absl::Status CheckKeyFrames(const Contents& contents, Complaint complain);
  absl::Status CheckCosignatures(Complaint complain);

  storage::Snapshot& snapshot_;
  const std::string origin_;
  const int64_t log_;
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_COPY_H_
