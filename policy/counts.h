// SPDX-License-Identifier: Apache-2.0
// Counts of people that tell nothing about any of them, for a source that gives
// an item as AGGREGATE_ONLY.
#ifndef KINSTILE_POLICY_COUNTS_H_
#define KINSTILE_POLICY_COUNTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/active_set.h"
#include "policy/permit.h"

namespace kinstile::policy {

// How small numbers are hidden.
struct CountRules {
  int64_t suppress_below = 0;
  int64_t round_to = 1;
  // A count is made of no fewer people, whatever they have.
  int64_t least_people = 1;
  bool show_zero = false;
};

// Of what the permit's obligations and the agreement's disclosure control
// demand, the stricter. FAILED_PRECONDITION if neither says which numbers are
// small: then no count is given.
absl::StatusOr<CountRules> CountRulesOf(const Permit& permit,
                                        const DisclosureControl& control);

// Of one item, apart for each group of people (a small area; one group without
// a name where they are not told apart). Not thread-safe.
class Counts {
 public:
  // One person, counted as this value: "yes" as one, "no" as none (and what
  // YES_NO takes for them), a number of up to six digits as that many. Anything
  // else is not counted at all.
  void Add(absl::string_view group, absl::string_view value);

  // Whether anybody was counted.
  bool empty() const { return groups_.empty(); }

  // "E01000001: 15; E01000002: 40; fewer than 10 in each of 3 others", or the
  // number alone where nobody was told apart. Hidden is what fewer people than
  // `suppress_below` make up, whatever number it comes to, and what is made of
  // too few people; groups whose count is hidden are not named. There is no
  // total, so that what is hidden cannot be worked out from the rest.
  std::string Text(const CountRules& rules) const;

 private:
  struct Group {
    int64_t people = 0;
    int64_t having = 0;  // of them, with more than none
    int64_t count = 0;
  };
  std::map<std::string, Group> groups_;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_COUNTS_H_
