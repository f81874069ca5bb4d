// SPDX-License-Identifier: Apache-2.0
// Who can see what: the agreements read out of the tables that decide.
#ifndef KINSTILE_POLICY_ACCESS_H_
#define KINSTILE_POLICY_ACCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "policy/active_set.h"

namespace kinstile::policy {

// One item that one rule can release for one purpose, once its conditions are
// shown. What a prohibition strips is not in the list.
struct Access {
  const FlowRow* row;
  const Agreement* agreement;
  const Flow* flow;
  const FlowItem* item;
  Purpose purpose;
};

// What to list; what is not given is not asked.
struct AccessFilter {
  std::string item;
  std::string to;
  std::string from;
  std::optional<absl::CivilDay> on;  // in force on that day
};

// Suspended rules are left out.
// Complete: Decide grants an item on some facts exactly if a row for it is
// here. Ordered by agreement, flow, purpose and item.
std::vector<Access> WhoCanSee(const ActiveSet& set, const AccessFilter& filter);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ACCESS_H_
