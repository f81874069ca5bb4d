// SPDX-License-Identifier: Apache-2.0
// The slow honest double of the engine: the model of the design read aloud.
//
// No index, no numbers for names, no early exit; it shares no code with the
// engine but the types of agreements and asks.
#ifndef KINSTILE_TESTS_UNIT_POLICY_REFERENCE_H_
#define KINSTILE_TESTS_UNIT_POLICY_REFERENCE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/engine.h"

namespace kinstile::policy::testing {

struct ReferenceItem {
  bool granted = false;
  Granularity granularity{};
  std::string rule;  // flow that grants or failed, or prohibition; may be empty
  std::set<ConditionKind> not_met;
  std::set<ConditionKind> not_known;

  friend bool operator==(const ReferenceItem&, const ReferenceItem&) = default;
};

struct ReferenceAnswer {
  bool fits = false;  // some flow fits, so that items were looked at
  std::map<std::string, ReferenceItem> items;
  std::map<ObligationKind, std::optional<int64_t>> obligations;
  int64_t keep_days = 0;
  int64_t max_people = 0;
  std::set<std::string> flows;  // used

  friend bool operator==(const ReferenceAnswer&,
                         const ReferenceAnswer&) = default;
};

ReferenceAnswer Reference(const std::vector<Agreement>& agreements,
                          const Ask& ask, Deciding deciding);

// The engine's ruling in the same terms.
ReferenceAnswer InTermsOfReference(const ActiveSet& set, const Ask& ask,
                                   const Ruling& ruling);

}  // namespace kinstile::policy::testing

#endif  // KINSTILE_TESTS_UNIT_POLICY_REFERENCE_H_
