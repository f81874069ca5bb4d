// SPDX-License-Identifier: Apache-2.0
// How records compared, counted: what weights are estimated from.
#ifndef KINSTILE_GATEWAY_SHARE_PATTERNS_H_
#define KINSTILE_GATEWAY_SHARE_PATTERNS_H_

#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/linkage/estimate.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

// Collects counts in memory, so that not every question writes them. What a
// stop or a crash loses is statistics. Thread-safe.
class PatternCounter {
 public:
  static constexpr int kQuestions = 50;
  // Gives everything since it last did when so many were added.
  std::optional<linkage::PatternCounts> Add(
      const linkage::PatternCounts& counts);

 private:
  std::mutex mutex_;
  int questions_ = 0;
  linkage::PatternCounts counts_;
};

// Adds counts to those of all questions.
absl::Status AddPatterns(storage::Transaction& tx,
                         const linkage::PatternCounts& counts);

// Those of the specification's version in use. FAILED_PRECONDITION when a
// pattern is none of it.
absl::StatusOr<linkage::PatternCounts> ReadPatterns(
    storage::Snapshot& snapshot);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_PATTERNS_H_
