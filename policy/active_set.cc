// SPDX-License-Identifier: Apache-2.0
// Builds the tables that decisions look up.

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

uint64_t Pair(uint32_t from, uint32_t to) { return uint64_t{from} << 32 | to; }

uint32_t Kind(Purpose purpose, Mode mode) {
  return static_cast<uint32_t>(purpose) << 8 | static_cast<uint32_t>(mode);
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

bool Prohibition::Covers(absl::string_view receiver, Purpose purpose,
                         absl::string_view item,
                         std::optional<DataCategory> category) const {
  if (!to.empty() && !Lists(to, receiver)) return false;
  if (!purposes.empty() && !Lists(purposes, purpose)) return false;
  if (categories.empty() && items.empty()) return true;
  return (category && Lists(categories, *category)) || Lists(items, item);
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
                     std::string digest)
    : agreements_(std::move(agreements)),
      catalogue_(std::move(catalogue)),
      digest_(std::move(digest)),
      categories_(agreements_.size()) {
  auto number = [this](const std::string& party) {
    return parties_.emplace(party, parties_.size()).first->second;
  };
  for (uint32_t a = 0; a < agreements_.size(); ++a) {
    for (uint32_t f = 0; f < agreements_[a].flows.size(); ++f) {
      const Flow& flow = agreements_[a].flows[f];
      const uint64_t pair = Pair(number(flow.from), number(flow.to));
      for (Purpose purpose : flow.purposes) {
        index_[Key(pair, Kind(purpose, flow.mode))].push_back({a, f});
      }
      for (const FlowItem& item : flow.items) {
        categories_[a].emplace(item.item, item.category);
      }
    }
  }
}

const Agreement* ActiveSet::Find(absl::string_view id) const {
  return FindById(agreements_, id);
}

const std::vector<FlowRef>& ActiveSet::Candidates(absl::string_view from,
                                                  absl::string_view to,
                                                  Purpose purpose,
                                                  Mode mode) const {
  static const std::vector<FlowRef>* const kNone = new std::vector<FlowRef>;
  const auto f = parties_.find(from);
  const auto t = parties_.find(to);
  if (f == parties_.end() || t == parties_.end()) return *kNone;
  const auto found =
      index_.find(Key(Pair(f->second, t->second), Kind(purpose, mode)));
  return found == index_.end() ? *kNone : found->second;
}

std::optional<DataCategory> ActiveSet::CategoryOf(
    uint32_t agreement, absl::string_view item) const {
  const auto found = categories_[agreement].find(item);
  if (found != categories_[agreement].end()) return found->second;
  // No flow names it, but a prohibition by category still knows it.
  const ItemTerm* term = catalogue_.FindItem(item);
  if (term == nullptr) return std::nullopt;
  return term->category;
}

}  // namespace kinstile::policy
