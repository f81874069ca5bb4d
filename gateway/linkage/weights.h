// SPDX-License-Identifier: Apache-2.0
// What agreement is worth: level probabilities under three hypotheses.
#ifndef KINSTILE_GATEWAY_LINKAGE_WEIGHTS_H_
#define KINSTILE_GATEWAY_LINKAGE_WEIGHTS_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/linkage/compare.h"

namespace kinstile::linkage {

// Probability of each level of each comparator; unused levels are 0.
using LevelTable = std::array<std::array<double, kMaxLevels>, kComparators>;

// Classes of the probability that a member of a linked family is in the other
// register's family too.
inline constexpr std::array<double, 6> kPresence = {.02, .10, .30,
                                                    .60, .90, .98};

// Fellegi and Sunter (1969) with a third hypothesis. Data: shipped with the
// gateway or estimated from the consortium's own candidates, without truth.
struct Weights {
  std::string version;  // e.g. "shipped-1"; named in the audit
  std::string origin;   // what they were estimated from
  uint32_t spec_version = 0;
  // Hex, as loaded from a file; named in the audit beside the version.
  std::string digest;
  LevelTable m{};       // two records of one person
  LevelTable u{};       // two unrelated people
  LevelTable within{};  // two people of one household, inside one agency
  // Shares of the classes of kPresence among linked families.
  std::array<double, kPresence.size()> presence{};
  // Per person asked about: matching records of the register, and records of
  // other people of their household; per family asked about: linked families.
  double match_rate = 0;
  double household_rate = 0;
  double reach = 0;
  // Grades by posterior: MATCH and POSSIBLE at these or above.
  // For a cold start, before m is known of the consortium's own registers: two
  // people of one household who have a birth date and sex in common, but
  // forenames that have not even a beginning, are POSSIBLE at most. They may be
  // twins of whom each register has one.
  bool strict_names = true;
  double match_at = .95;
  double possible_at = .10;
};

// INVALID_ARGUMENT naming the part: a probability that is not in (0, 1], a
// comparator or mix that does not sum to 1, a rate or threshold out of range, a
// specification's version other than kIdentitySpecVersion.
absl::Status CheckWeights(const Weights& weights);

// The same, with what scoring needs made ready. Immutable.
class Model {
 public:
  // `weights` has passed CheckWeights.
  explicit Model(const Weights& weights);

  const Weights& weights() const { return weights_; }
  // log2 of the probability of all levels; what was not compared adds nothing.
  double LogMatch(const Levels& v) const { return Sum(log_m_, v); }
  double LogHousehold(const Levels& v) const { return Sum(log_h_, v); }
  double LogUnrelated(const Levels& v) const { return Sum(log_u_, v); }
  // log2 h/u of what a household shares (surname, address): evidence that the
  // families are one, not who is who.
  double Shared(const Levels& v) const;

 private:
  static double Sum(const LevelTable& log, const Levels& v);

  Weights weights_;
  LevelTable log_m_, log_h_, log_u_;
};

// How two different people of one household compare across agencies: a value
// that they share was written twice, with the errors of two records of one
// person; and the address agrees as in a match.
LevelTable HouseholdTable(const LevelTable& within, const LevelTable& m);

}  // namespace kinstile::linkage

#endif  // KINSTILE_GATEWAY_LINKAGE_WEIGHTS_H_
