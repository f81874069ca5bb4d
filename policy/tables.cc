// SPDX-License-Identifier: Apache-2.0
// Compiling, once, and looking up, often.

#include "policy/tables.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "policy/active_set.h"

namespace kinstile::policy {
namespace {

uint64_t Packed(uint32_t high, uint32_t low) {
  return uint64_t{high} << 32 | low;
}

uint32_t PurposeNumber(Purpose purpose) {
  return static_cast<uint32_t>(purpose);
}

uint32_t CellKind(Purpose purpose, Mode mode) {
  return PurposeNumber(purpose) << 8 | static_cast<uint32_t>(mode);
}

template <class List>
uint32_t BitsOf(const List& list) {
  uint32_t bits = 0;
  for (auto each : list) bits |= uint32_t{1} << static_cast<unsigned>(each);
  return bits;
}

template <class Map, class Key>
absl::Span<const uint32_t> RowsOf(const Map& map, const Key& key) {
  const auto found = map.find(key);
  if (found == map.end()) return {};
  return found->second;
}

}  // namespace

int32_t DayNumber(absl::CivilDay day) {
  return static_cast<int32_t>(day - absl::CivilDay(1970, 1, 1));
}

Tables::Tables(const std::vector<Agreement>& agreements,
               const Catalogue& catalogue) {
  for (uint32_t a = 0; a < agreements.size(); ++a) {
    const Agreement& agreement = agreements[a];
    agreements_.emplace(agreement.id, a);
    std::vector<NameId> parties;
    for (const Party& party : agreement.parties) {
      parties.push_back(Intern(party.id));
    }
    std::sort(parties.begin(), parties.end());
    parties_.push_back(std::move(parties));
    for (uint32_t f = 0; f < agreement.flows.size(); ++f) {
      AddFlow(agreement, a, f);
    }
    AddNevers(agreement, a, catalogue);
  }
}

NameId Tables::Intern(absl::string_view name) {
  return names_.try_emplace(name, static_cast<NameId>(names_.size()))
      .first->second;
}

void Tables::AddFlow(const Agreement& agreement, uint32_t a, uint32_t f) {
  const Flow& flow = agreement.flows[f];
  FlowRow row;
  row.agreement = a;
  row.flow = f;
  row.from = Intern(flow.from);
  row.to = Intern(flow.to);
  row.purposes = BitsOf(flow.purposes);
  row.mode = flow.mode;
  row.suspended = !flow.suspended_by.empty();
  row.nations = static_cast<uint8_t>(BitsOf(agreement.nations));
  row.first_day = DayNumber(agreement.effective_from);
  row.last_day = DayNumber(agreement.expires);
  row.max_people = flow.max_people;
  row.max_per_day =
      flow.max_requests_per_day.value_or(std::numeric_limits<int64_t>::max());
  row.obligations = 0;
  for (const Obligation& each : flow.obligations) {
    row.obligations |= uint32_t{1} << static_cast<unsigned>(each.kind);
  }
  const Party* from = agreement.FindParty(flow.from);
  const Party* to = agreement.FindParty(flow.to);
  const auto works_in =
      to ? static_cast<uint8_t>(BitsOf(to->nations)) : uint8_t{0};
  row.everywhere = works_in != 0 && (works_in & ~row.nations) == 0;
  row.cannot = CannotCarryOut(row.obligations,
                              from ? from->carries_out : ObligationKinds(),
                              to ? to->carries_out : ObligationKinds());
  row.roles_.begin = static_cast<uint32_t>(roles_.size());
  for (const std::string& role : flow.roles) roles_.push_back(Intern(role));
  row.roles_.end = static_cast<uint32_t>(roles_.size());
  row.items_.begin = static_cast<uint32_t>(items_.size());
  for (const FlowItem& item : flow.items) {
    items_.push_back({Intern(item.item), item.granularity});
  }
  row.items_.end = static_cast<uint32_t>(items_.size());
  row.conditions_.begin = static_cast<uint32_t>(conditions_.size());
  for (const Condition& each : flow.conditions) {
    conditions_.push_back({each.kind, each.decided_by_source,
                           each.number.has_value(), each.layer,
                           each.number.value_or(0)});
  }
  row.conditions_.end = static_cast<uint32_t>(conditions_.size());

  const auto place = static_cast<uint32_t>(flows_.size());
  row.place = place;
  flows_.push_back(row);
  pairs_[Packed(row.from, row.to)].push_back(place);
  for (Purpose purpose :
       std::set<Purpose>(flow.purposes.begin(), flow.purposes.end())) {
    cells_[Key(Packed(row.from, row.to), CellKind(purpose, flow.mode))]
        .push_back(place);
    receivers_[Key(row.to, PurposeNumber(purpose))].push_back(place);
    senders_[Key(row.from, PurposeNumber(purpose))].push_back(place);
  }
}

void Tables::AddNevers(const Agreement& agreement, uint32_t a,
                       const Catalogue& catalogue) {
  if (agreement.prohibitions.empty()) return;
  std::map<std::string, DataCategory> categories;
  for (const Flow& flow : agreement.flows) {
    for (const FlowItem& item : flow.items) {
      categories.emplace(item.item, item.category);
    }
  }
  // What no flow names, a prohibition by category still knows.
  for (const ItemTerm& term : catalogue.items) {
    categories.emplace(term.item, term.category);
  }
  for (uint32_t n = 0; n < agreement.prohibitions.size(); ++n) {
    const Prohibition& never = agreement.prohibitions[n];
    std::set<NameId> covered;
    for (const std::string& item : never.items) covered.insert(Intern(item));
    for (const auto& [item, category] : categories) {
      if (std::find(never.categories.begin(), never.categories.end(),
                    category) != never.categories.end()) {
        covered.insert(Intern(item));
      }
    }
    if (never.items.empty() && never.categories.empty()) {
      covered.insert(kNoName);
    }
    std::set<NameId> receivers;
    for (const std::string& to : never.to) receivers.insert(Intern(to));
    if (never.to.empty()) {
      receivers.insert(parties_[a].begin(), parties_[a].end());
    }
    const NeverRow row{a, n, BitsOf(never.purposes)};
    for (NameId to : receivers) {
      for (NameId item : covered) nevers_[Packed(to, item)].push_back(row);
    }
  }
}

std::vector<NameId> Tables::NumbersIn(const Tables& there) const {
  std::vector<NameId> numbers(names_.size());
  for (const auto& [name, id] : names_) numbers[id] = there.Find(name);
  return numbers;
}

uint32_t Tables::FindAgreement(absl::string_view id) const {
  const auto found = agreements_.find(id);
  return found == agreements_.end() ? kNoName : found->second;
}

bool Tables::AllowsRole(const FlowRow& flow, NameId role) const {
  for (NameId each : Roles(flow)) {
    if (each == role) return true;
  }
  return false;
}

std::optional<Granularity> Tables::GrainOf(const FlowRow& flow,
                                           NameId item) const {
  for (const ItemCell& each : Items(flow)) {
    if (each.item == item) return each.granularity;
  }
  return std::nullopt;
}

absl::Span<const uint32_t> Tables::Candidates(NameId from, NameId to,
                                              Purpose purpose,
                                              Mode mode) const {
  return RowsOf(cells_, Key(Packed(from, to), CellKind(purpose, mode)));
}

absl::Span<const uint32_t> Tables::OfPair(NameId from, NameId to) const {
  return RowsOf(pairs_, Packed(from, to));
}

absl::Span<const uint32_t> Tables::OfReceiver(NameId to,
                                              Purpose purpose) const {
  return RowsOf(receivers_, Key(to, PurposeNumber(purpose)));
}

absl::Span<const uint32_t> Tables::OfSender(NameId from,
                                            Purpose purpose) const {
  return RowsOf(senders_, Key(from, PurposeNumber(purpose)));
}

bool Tables::HasParty(uint32_t agreement, NameId party) const {
  return std::binary_search(parties_[agreement].begin(),
                            parties_[agreement].end(), party);
}

uint32_t Tables::FindNever(uint32_t agreement, NameId to, Purpose purpose,
                           NameId item) const {
  uint32_t first = kNoName;
  for (NameId covered : {item, kNoName}) {
    const auto found = nevers_.find(Packed(to, covered));
    if (found == nevers_.end()) continue;
    auto row =
        std::lower_bound(found->second.begin(), found->second.end(), agreement,
                         [](const NeverRow& each, uint32_t wanted) {
                           return each.agreement < wanted;
                         });
    for (; row != found->second.end() && row->agreement == agreement; ++row) {
      if (row->purposes != 0 &&
          !(row->purposes >> PurposeNumber(purpose) & 1)) {
        continue;
      }
      first = std::min(first, row->never);
      break;
    }
    if (item == kNoName) break;
  }
  return first;
}

std::optional<NeverRow> Tables::FindNeverOfPair(NameId from, NameId to,
                                                Purpose purpose, NameId item,
                                                uint32_t only_agreement) const {
  std::optional<NeverRow> first;
  for (NameId covered : {item, kNoName}) {
    const auto found = nevers_.find(Packed(to, covered));
    if (found == nevers_.end()) continue;
    for (const NeverRow& row : found->second) {
      if (only_agreement != kNoName && row.agreement != only_agreement) {
        continue;
      }
      if (row.purposes != 0 && !(row.purposes >> PurposeNumber(purpose) & 1))
        continue;
      if (!HasParty(row.agreement, from) || !HasParty(row.agreement, to)) {
        continue;
      }
      if (!first || std::pair(row.agreement, row.never) <
                        std::pair(first->agreement, first->never)) {
        first = row;
      }
      break;
    }
    if (item == kNoName) break;
  }
  return first;
}

}  // namespace kinstile::policy
