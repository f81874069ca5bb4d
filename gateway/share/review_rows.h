// SPDX-License-Identifier: Apache-2.0
// Pairs of records that wait for a reviewer, in the gateway's store.
#ifndef KINSTILE_GATEWAY_SHARE_REVIEW_ROWS_H_
#define KINSTILE_GATEWAY_SHARE_REVIEW_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/base/ids.h"
#include "gateway/share/corrections.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

struct ReviewTag {
  static constexpr char kWhat[] = "case id";
};
using ReviewId = FixedBytes<16, ReviewTag>;

// Two records that may be one person.
struct ReviewCase {
  ReviewId id;
  RecordOf source;     // whose reviewer decides
  RecordOf requester;  // who asked
  AgreementId agreement;
  std::string purpose;
  // Names of keys and comparisons that agreed, or did not; never a value.
  std::vector<std::string> pattern;
  int64_t opened_at_ms = 0;
  // What was decided and is not undone.
  std::optional<CorrectionId> correction;
  std::optional<Verdict> verdict;
};

// Once a pair: a case that is there, open or decided, stays as it is.
absl::Status KeepCase(storage::Transaction& tx, const ReviewCase& c);

// Of which the agency is source or requester, oldest first.
absl::StatusOr<std::vector<ReviewCase>> ReadCases(storage::Snapshot& snapshot,
                                                  const AgencyId& agency);
absl::StatusOr<std::optional<ReviewCase>> ReadCase(storage::Snapshot& snapshot,
                                                   const ReviewId& id);

// The decision in force from now on, or none: the case is open again. The
// correction itself is the caller's (corrections.h).
absl::Status KeepOutcome(storage::Transaction& tx, const ReviewId& id,
                         const std::optional<CorrectionId>& correction);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_REVIEW_ROWS_H_
