// SPDX-License-Identifier: Apache-2.0
// Two copies of one log: does one carry on the other, or do they fork?
#ifndef KINSTILE_GATEWAY_AUDIT_DIFF_H_
#define KINSTILE_GATEWAY_AUDIT_DIFF_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/audit/copy.h"

namespace kinstile::audit {

struct Difference {
  uint64_t size_a = 0;
  uint64_t size_b = 0;
  // The first entry whose leaf is not the same in both.
  std::optional<uint64_t> fork;
  // Before a fork: payloads that only one copy has, or that differ although
  // the leaf is the same (one of the two is then damaged).
  std::vector<uint64_t> only_in_a;
  std::vector<uint64_t> only_in_b;
  std::vector<uint64_t> damaged;

  // One is the beginning of the other, or they are equal.
  bool consistent() const { return !fork && damaged.empty(); }
  static constexpr size_t kMaxListed = 200;  // in each list
};

// Leaf by leaf. Neither copy is verified: two copies may agree and both be bad.
// A status when a copy cannot be read.
absl::StatusOr<Difference> Compare(LogCopy& a, LogCopy& b);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_DIFF_H_
