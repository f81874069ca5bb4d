// SPDX-License-Identifier: Apache-2.0
// The agreements in force, in an order that no file decides.

#include "policy/active_set.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kinstile::policy {
namespace {

template <class List, class Value>
bool Lists(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <class T>
const T* FindById(const std::vector<T>& list, absl::string_view id) {
  for (const T& each : list) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

// Decisions must not depend on the order in which rules were written.
std::vector<Agreement> Ordered(std::vector<Agreement> agreements) {
  auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(agreements.begin(), agreements.end(), by_id);
  for (Agreement& each : agreements) {
    std::sort(each.flows.begin(), each.flows.end(), by_id);
    std::sort(each.prohibitions.begin(), each.prohibitions.end(), by_id);
  }
  return agreements;
}

}  // namespace

std::string Basis::Text() const {
  std::string out = absl::StrCat(
      "power: ", gateway, provision.empty() ? "" : " ", provision,
      "; data protection: sender ", Name(article6_sender), ", receiver ",
      Name(article6_receiver), ", ", Name(article9), ", ", Name(schedule1));
  if (criminal_offence_data) {
    absl::StrAppend(&out, ", offence data ", Name(*criminal_offence_data));
  }
  absl::StrAppend(&out, "; confidence: ", Name(confidence), "; bars: ");
  if (bars.empty()) return out + "none";
  return out + absl::StrJoin(bars, ", ", [](std::string* to, const auto& bar) {
           absl::StrAppend(to, Name(bar.bar), ": ", bar.answered_by);
         });
}

const FlowItem* Flow::FindItem(absl::string_view item) const {
  for (const FlowItem& each : items) {
    if (each.item == item) return &each;
  }
  return nullptr;
}

bool Flow::AllowsRole(absl::string_view role) const {
  return Lists(roles, role);
}

const Flow* Agreement::FindFlow(absl::string_view flow) const {
  return FindById(flows, flow);
}

const Party* Agreement::FindParty(absl::string_view party) const {
  return FindById(parties, party);
}

bool Agreement::InForce(absl::CivilDay day) const {
  return effective_from <= day && day <= expires;
}

bool Agreement::CoversNation(Jurisdiction nation) const {
  return Lists(nations, nation);
}

ActiveSet::ActiveSet(std::vector<Agreement> agreements, Catalogue catalogue,
                     std::string digest, Agencies agencies)
    : agreements_(Ordered(std::move(agreements))),
      catalogue_(std::move(catalogue)),
      agencies_(std::move(agencies)),
      digest_(std::move(digest)),
      tables_(agreements_, catalogue_),
      phrases_(agreements_, tables_) {}

const Agreement* ActiveSet::Find(absl::string_view id) const {
  const uint32_t place = tables_.FindAgreement(id);
  return place == kNoName ? nullptr : &agreements_[place];
}

}  // namespace kinstile::policy
