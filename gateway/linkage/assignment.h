// SPDX-License-Identifier: Apache-2.0
// Stage 3: two families as a whole, over every way to pair their members.
#ifndef KINSTILE_GATEWAY_LINKAGE_ASSIGNMENT_H_
#define KINSTILE_GATEWAY_LINKAGE_ASSIGNMENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "gateway/linkage/weights.h"

namespace kinstile::linkage {

// One compared pair of records, of the left family's member `left` and the
// right family's member `right`.
struct ScoredPair {
  uint32_t left = 0;
  uint32_t right = 0;
  double random = 0;     // log2 m/u
  double household = 0;  // log2 m/h
  double shared = 0;     // log2 h/u of what households share
  bool vetoed = false;
};

// At most this many partial one-to-one assignments of one pair of families are
// summed; beyond it the weakest alternative of the widest row is dropped.
inline constexpr size_t kMaxAssignments = 20'000;

// What the compared pairs say about two families, before any prior.
//
// INVARIANT: total[k] is the sum over all assignments with k pairs of the
// product of their odds; with[p][k] the same over those that have pair p.
struct FamilyEvidence {
  uint32_t left_size = 0;
  uint32_t right_size = 0;
  double log_base = 0;
  std::vector<size_t> pairs;  // places in the span given; those not dropped
  std::vector<double> total;
  std::vector<std::vector<double>> with;
};

// Surname and address count once, as evidence that the families are one; only
// personal fields count for who is who, and a match must beat the best
// explanation "another member of this household", not only chance.
FamilyEvidence Weigh(absl::Span<const ScoredPair> pairs, uint32_t left_size,
                     uint32_t right_size);

struct FamilyPosterior {
  double linked = 0;          // P(the families are one household)
  std::vector<double> match;  // P(same person), by place in evidence.pairs
  std::array<double, kPresence.size()> mass{};  // of `linked`, by class
};

// `log_prior`: log2 of the probability that these two families are linked.
FamilyPosterior Judge(const FamilyEvidence& evidence, double log_prior,
                      const std::array<double, kPresence.size()>& presence);

}  // namespace kinstile::linkage

#endif  // KINSTILE_GATEWAY_LINKAGE_ASSIGNMENT_H_
