// SPDX-License-Identifier: Apache-2.0
// Walks the tables once.

#include "policy/access.h"

namespace kinstile::policy {
namespace {

bool Wanted(const std::string& filter, const std::string& value) {
  return filter.empty() || filter == value;
}

}  // namespace

std::vector<Access> WhoCanSee(const ActiveSet& set,
                              const AccessFilter& filter) {
  const Tables& tables = set.tables();
  std::vector<Access> rows;
  for (const FlowRow& row : tables.flows()) {
    const Flow& flow = set.FlowOf(row);
    if (row.Closed()) continue;
    if (!Wanted(filter.to, flow.to) || !Wanted(filter.from, flow.from)) {
      continue;
    }
    if (filter.on && !row.InForce(DayNumber(*filter.on))) continue;
    for (Purpose purpose : flow.purposes) {
      for (const FlowItem& item : flow.items) {
        if (!Wanted(filter.item, item.item)) continue;
        if (tables.FindNever(row.agreement, row.to, purpose,
                             tables.Find(item.item)) != kNoName) {
          continue;
        }
        rows.push_back(
            {&row, &set.agreements()[row.agreement], &flow, &item, purpose});
      }
    }
  }
  return rows;
}

}  // namespace kinstile::policy
