// SPDX-License-Identifier: Apache-2.0
// Rules that another rule of the agreement makes pointless.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "policy/analysis.h"
#include "policy/conditions.h"
#include "policy/granularity.h"

namespace kinstile::policy::internal {
namespace {

// Whether `wide` passes whenever `narrow` does, for whatever narrow is for.
bool PassesWhenever(const ActiveSet& set, const FlowRow& narrow,
                    const FlowRow& wide) {
  const Tables& tables = set.tables();
  if (wide.from != narrow.from || wide.to != narrow.to ||
      wide.mode != narrow.mode || (narrow.purposes & ~wide.purposes) != 0 ||
      wide.max_people < narrow.max_people ||
      wide.max_per_day < narrow.max_per_day ||
      (wide.obligations & ~narrow.obligations) != 0) {
    return false;
  }
  for (NameId role : tables.Roles(narrow)) {
    if (!tables.AllowsRole(wide, role)) return false;
  }
  const auto shown = tables.Conditions(narrow);
  for (const ConditionRow& needed : tables.Conditions(wide)) {
    if (std::none_of(shown.begin(), shown.end(),
                     [&](const auto& each) { return Implies(each, needed); })) {
      return false;
    }
  }
  return true;
}

// Whether `wide` gives each item of `narrow`, finely enough or more coarsely,
// so that narrow's own grain never decides anything.
bool GivesAll(const ActiveSet& set, const FlowRow& narrow,
              const FlowRow& wide) {
  for (const ItemCell& cell : set.tables().Items(narrow)) {
    const auto grain = set.tables().GrainOf(wide, cell.item);
    if (!grain || (!Allows(*grain, cell.granularity) &&
                   Coarseness(*grain) < Coarseness(cell.granularity))) {
      return false;
    }
  }
  return true;
}

bool Shadows(const ActiveSet& set, const FlowRow& wide, const FlowRow& narrow) {
  return PassesWhenever(set, narrow, wide) && GivesAll(set, narrow, wide);
}

}  // namespace

bool Implies(const ConditionRow& a, const ConditionRow& b) {
  if (a.kind != b.kind || a.by_source != b.by_source) return false;
  if (!b.has_number) return true;
  return a.has_number && Reaches(a.kind, b.number, a.number);
}

void AnalyseShadows(const ActiveSet& set, Findings* findings) {
  const auto flows = set.tables().flows();
  for (size_t i = 0; i < flows.size(); ++i) {
    for (uint32_t j : set.tables().OfPair(flows[i].from, flows[i].to)) {
      if (i == j || flows[i].agreement != flows[j].agreement ||
          !Shadows(set, flows[j], flows[i])) {
        continue;
      }
      // Of two that do the same, the later one is too many.
      if (i < j && Shadows(set, flows[i], flows[j])) continue;
      findings->Warn("LP162", flows[i],
                     absl::StrCat("shadowed by rule ", set.FlowOf(flows[j]).id,
                                  ", which gives the same on no more "
                                  "conditions"));
      break;
    }
  }
}

}  // namespace kinstile::policy::internal
