// SPDX-License-Identifier: Apache-2.0
// What reviewers have said of two records, in a store.
#ifndef KINSTILE_GATEWAY_SHARE_CORRECTIONS_H_
#define KINSTILE_GATEWAY_SHARE_CORRECTIONS_H_

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/base/ids.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

struct CorrectionTag {
  static constexpr char kWhat[] = "correction id";
};
using CorrectionId = FixedBytes<16, CorrectionTag>;

enum class Verdict : uint8_t { kSame = 1, kDifferent = 2 };

// One agency's record.
struct RecordOf {
  AgencyId agency;
  Handle handle;
  friend auto operator<=>(const RecordOf&, const RecordOf&) = default;
};

// Which of the two comes first changes nothing. Later is what has the later
// `at_ms`, or at the same moment the greater id. INVALID_ARGUMENT when the two
// are one record.
absl::Status KeepCorrection(storage::Transaction& tx, const CorrectionId& id,
                            const RecordOf& a, const RecordOf& b,
                            Verdict verdict, int64_t at_ms);

// From now on as if it had never been said; what was said before it, and not
// undone, holds again. Once: a second time changes nothing. NOT_FOUND.
absl::Status KeepUndoing(storage::Transaction& tx, const CorrectionId& id,
                         int64_t at_ms);

// What holds of `record` and each record of `other` that something was said of.
absl::StatusOr<std::map<Handle, Verdict>> ReadVerdicts(
    storage::Snapshot& snapshot, const RecordOf& record, const AgencyId& other);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_CORRECTIONS_H_
