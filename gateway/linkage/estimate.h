// SPDX-License-Identifier: Apache-2.0
// Weights from a consortium's own candidates, without knowing who is who.
#ifndef KINSTILE_GATEWAY_LINKAGE_ESTIMATE_H_
#define KINSTILE_GATEWAY_LINKAGE_ESTIMATE_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gateway/linkage/compare.h"
#include "gateway/linkage/linkage.h"
#include "gateway/linkage/weights.h"

namespace kinstile::linkage {

// How often each level occurred. An aggregate: agencies may share it.
struct LevelCounts {
  LevelTable count{};
  void Add(const Levels& levels, double weight = 1);
  void Add(const LevelCounts& other);
};

// The levels of one pair, as a value.
using Pattern = std::array<int8_t, kComparators>;

// Compared pairs by pattern, over many questions: an aggregate that names
// nobody.
struct PatternCounts {
  std::map<Pattern, uint64_t> pairs;
  uint64_t people = 0;  // members asked about
  // Sum over them of the size of the register that each was looked for in.
  uint64_t space = 0;
  void Add(absl::Span<const ComparedPair> compared);
};

// u, from random pairs of different families inside each agency. Fields too
// rare to measure (identifiers) and those seen too seldom keep the prior.
// `same_address`: the share of pairs of different families that have the same
// postcode and house, 0 when it was not measured.
LevelTable EstimateUnrelated(const LevelCounts& counts, double same_address,
                             const LevelTable& prior);
// The within-household table, from all pairs inside the agencies' families.
LevelTable EstimateWithin(const LevelCounts& counts, const LevelTable& prior);

// EM for m and the rates from counts alone: u, the within-household table and
// what is known of families stay those of `start`, whose m is the prior.
// FAILED_PRECONDITION below kLeastPairs compared pairs.
inline constexpr uint64_t kLeastPairs = 1000;
absl::StatusOr<Weights> EstimateFromPatterns(const Weights& start,
                                             const PatternCounts& counts);

// EM for m, the rates and the presence of family members, over all compared
// pairs of all questions asked of one register; the pairs that were never
// compared count as unrelated. Memory: patterns of levels and one small record
// a pair of families; no token and no handle is kept.
class Estimator {
 public:
  // `start` has the u and within to use; its m is the prior of the new m.
  Estimator(const Weights& start, uint64_t asked_records,
            uint64_t asked_families, uint64_t register_records,
            uint64_t register_families);

  // The compared pairs of one question (ComparePairs).
  void Add(const Problem& problem, absl::Span<const ComparedPair> pairs);

  // The new weights; version and origin are left for the caller to set.
  Weights Estimate() const;

 private:
  struct Pair {
    uint32_t left = 0;
    uint32_t right = 0;
    uint32_t pattern = 0;
  };
  struct Families {
    uint32_t left_size = 0;
    uint32_t right_size = 0;
    std::vector<Pair> pairs;
  };

  friend absl::StatusOr<Weights> EstimateFromPatterns(const Weights& start,
                                                      const PatternCounts&);
  void EstimateMatch(Weights& weights) const;
  void LearnFamilyPrior(Weights& weights) const;

  const Weights start_;
  const double asked_records_, asked_families_;
  const double register_records_, register_families_;
  std::map<Pattern, uint32_t> numbers_;
  std::vector<Levels> patterns_;
  std::vector<double> counts_;
  std::vector<Families> families_;
};

}  // namespace kinstile::linkage

#endif  // KINSTILE_GATEWAY_LINKAGE_ESTIMATE_H_
