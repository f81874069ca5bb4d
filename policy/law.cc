// SPDX-License-Identifier: Apache-2.0
// Questions to the catalogue.

#include "policy/law.h"

#include <algorithm>

namespace kinstile::policy {
namespace {

template <class T>
bool AnyOr(const std::vector<T>& list, T value) {
  return list.empty() ||
         std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool Gateway::MayDisclose(AgencyType type) const {
  return AnyOr(may_disclose, type);
}

bool Gateway::MayReceive(AgencyType type) const {
  return AnyOr(may_receive, type);
}

bool Gateway::InForceThroughout(Jurisdiction nation, absl::CivilDay first,
                                absl::CivilDay last) const {
  return std::any_of(in_force.begin(), in_force.end(), [&](const auto& span) {
    return span.where == nation && span.from <= first &&
           (!span.to || *span.to >= last);
  });
}

const Gateway* Catalogue::FindGateway(absl::string_view id) const {
  for (const Gateway& each : gateways) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

const Provision* Catalogue::FindProvision(absl::string_view answer) const {
  for (const Provision& each : provisions) {
    if (each.answer == answer) return &each;
  }
  return nullptr;
}

const CategoryTerm* Catalogue::FindCategory(DataCategory category) const {
  for (const CategoryTerm& each : categories) {
    if (each.value == category) return &each;
  }
  return nullptr;
}

const ItemTerm* Catalogue::FindItem(absl::string_view item) const {
  for (const ItemTerm& each : items) {
    if (each.item == item) return &each;
  }
  return nullptr;
}

}  // namespace kinstile::policy
