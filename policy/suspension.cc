// SPDX-License-Identifier: Apache-2.0
// Marks suspended flows in a copy of the set.

#include "policy/suspension.h"

#include <algorithm>
#include <utility>

namespace kinstile::policy {
namespace {

bool IsAbout(const Suspension& statement, const Agreement& agreement,
             const Flow& flow) {
  return statement.agreement == agreement.id &&
         (statement.flows.empty() ||
          std::find(statement.flows.begin(), statement.flows.end(), flow.id) !=
              statement.flows.end());
}

bool SuspendedBy(const std::string& party,
                 const std::vector<Suspension>& statements,
                 const Agreement& agreement, const Flow& flow) {
  bool suspended = false;
  for (const Suspension& each : statements) {
    if (each.party == party && IsAbout(each, agreement, flow)) {
      suspended = !each.resume;
    }
  }
  return suspended;
}

}  // namespace

std::shared_ptr<const ActiveSet> Suspend(
    std::shared_ptr<const ActiveSet> set,
    const std::vector<Suspension>& statements) {
  if (statements.empty()) return set;
  std::vector<Agreement> agreements = set->agreements();
  for (Agreement& agreement : agreements) {
    for (Flow& flow : agreement.flows) {
      for (const std::string& party : {flow.from, flow.to}) {
        if (flow.suspended_by.empty() &&
            SuspendedBy(party, statements, agreement, flow)) {
          flow.suspended_by = party;
        }
      }
    }
  }
  return std::make_shared<const ActiveSet>(
      std::move(agreements), set->catalogue(), set->digest(), set->agencies());
}

}  // namespace kinstile::policy
