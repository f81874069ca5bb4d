// SPDX-License-Identifier: Apache-2.0
// Covering: does one policy allow whatever a rule of the other does?

#include "policy/diff.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "policy/analysis.h"
#include "policy/conditions.h"
#include "policy/granularity.h"

namespace kinstile::policy {
namespace {

template <class List, class Value>
bool Contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Whether `g` passes at the least evidence and the highest numbers at which
// `f` does. A condition that the source decides is not met by one that the
// gateway takes from the request.
bool PassesAt(const Tables& of_f, const FlowRow& f, const Tables& of_g,
              const FlowRow& g) {
  if (g.max_people < f.max_people || g.max_per_day < f.max_per_day) {
    return false;
  }
  const auto shown = of_f.Conditions(f);
  for (const ConditionRow& needed : of_g.Conditions(g)) {
    if (std::none_of(shown.begin(), shown.end(), [&](const auto& each) {
          return internal::Implies(each, needed);
        })) {
      return false;
    }
  }
  return true;
}

const Obligation* FindObligation(const Flow& flow, ObligationKind kind) {
  for (const Obligation& each : flow.obligations) {
    if (each.kind == kind) return &each;
  }
  return nullptr;
}

// Whether `g` asks of the receiver nothing that `f` does not.
bool NoMoreObliged(const Flow& f, const Flow& g) {
  for (const Obligation& owed : g.obligations) {
    const Obligation* have = FindObligation(f, owed.kind);
    if (have == nullptr) return false;
    if (!owed.number) continue;
    if (!have->number) return false;
    const bool looser = MoreIsStricter(owed.kind)
                            ? *owed.number <= *have->number
                            : *owed.number >= *have->number;
    if (!looser) return false;
  }
  return true;
}

// Whether counts under `g` show no less than under `f`.
bool ShowsNoLess(const DisclosureControl& f, const DisclosureControl& g) {
  return g.suppress_below <= f.suppress_below && g.round_to <= f.round_to &&
         (f.secondary_suppression || !g.secondary_suppression) &&
         (g.show_zero || !f.show_zero);
}

// Whether what `g` gives is no less than what `f` gives.
bool GivesNoLess(const Flow& f, const FlowItem& item_of_f, const Flow& g,
                 const FlowItem& item_of_g) {
  if (!Allows(item_of_g.granularity, item_of_f.granularity)) return false;
  if (g.keep_days < f.keep_days) return false;
  if (item_of_g.look_back_days &&
      (!item_of_f.look_back_days ||
       *item_of_g.look_back_days < *item_of_f.look_back_days)) {
    return false;
  }
  for (const std::string& party : f.may_pass_on_to) {
    if (!Contains(g.may_pass_on_to, party)) return false;
  }
  return NoMoreObliged(f, g);
}

bool SameFlow(const Flow& a, const Flow& b) {
  auto item = [](const FlowItem& i) {
    return std::tie(i.item, i.category, i.granularity, i.look_back_days);
  };
  auto condition = [](const Condition& c) {
    return std::tie(c.kind, c.number, c.decided_by_source);
  };
  auto obligation = [](const Obligation& o) {
    return std::tie(o.kind, o.number);
  };
  auto same = [](const auto& x, const auto& y, auto key) {
    return std::equal(
        x.begin(), x.end(), y.begin(), y.end(),
        [&](const auto& p, const auto& q) { return key(p) == key(q); });
  };
  return a.from == b.from && a.to == b.to && a.roles == b.roles &&
         a.purposes == b.purposes && a.mode == b.mode &&
         same(a.items, b.items, item) &&
         same(a.conditions, b.conditions, condition) &&
         same(a.obligations, b.obligations, obligation) &&
         a.keep_days == b.keep_days && a.may_pass_on_to == b.may_pass_on_to &&
         a.max_people == b.max_people && a.suspended_by == b.suspended_by &&
         a.max_requests_per_day == b.max_requests_per_day;
}

bool SameNevers(const Agreement& a, const Agreement& b) {
  return std::equal(a.prohibitions.begin(), a.prohibitions.end(),
                    b.prohibitions.begin(), b.prohibitions.end(),
                    [](const Prohibition& x, const Prohibition& y) {
                      return x.to == y.to && x.purposes == y.purposes &&
                             x.categories == y.categories && x.items == y.items;
                    });
}

bool SameParties(const Agreement& a, const Agreement& b) {
  return std::equal(a.parties.begin(), a.parties.end(), b.parties.begin(),
                    b.parties.end(), [](const Party& x, const Party& y) {
                      return x.id == y.id && x.nations == y.nations &&
                             x.carries_out.bits() == y.carries_out.bits();
                    });
}

// One rule of one policy, one of its items, and a role of its receiver.
struct Place {
  const FlowRow* row;
  const Flow* flow;
  uint32_t item;
  uint32_t role;
  Purpose purpose;
};

bool Open(const ActiveSet& set, const FlowRow& row, Purpose purpose,
          NameId item) {
  return set.tables().FindNever(row.agreement, row.to, purpose, item) ==
         kNoName;
}

// Holds one policy's rules against the other's.
class Covering {
 public:
  Covering(const ActiveSet& mine, const ActiveSet& theirs)
      : mine_(mine),
        theirs_(theirs),
        there_(mine.tables().NumbersIn(theirs.tables())) {
    for (const Agreement& a : mine.agreements()) {
      const Agreement* b = theirs.Find(a.id);
      steady_.push_back(b != nullptr && a.effective_from == b->effective_from &&
                                a.expires == b->expires &&
                                a.nations == b->nations && SameNevers(a, *b) &&
                                SameParties(a, *b) &&
                                ShowsNoLess(a.disclosure, b->disclosure) &&
                                ShowsNoLess(b->disclosure, a.disclosure) &&
                                SameCategories(a, *b)
                            ? b
                            : nullptr);
    }
  }

  // Calls `report(place, uncovered)` for each alternative that is not covered.
  template <class Report>
  size_t Run(Report report) {
    const Tables& tables = mine_.tables();
    size_t compared = 0;
    for (const FlowRow& row : tables.flows()) {
      const Flow& flow = mine_.FlowOf(row);
      // What cannot be asked at all gives nothing.
      if (row.Closed() || row.max_people < 1 || row.max_per_day < 1) continue;
      compared += flow.items.size() * flow.purposes.size();
      if (Unchanged(row, flow)) continue;
      for (Purpose purpose : flow.purposes) {
        for (uint32_t i = 0; i < flow.items.size(); ++i) {
          if (!Open(mine_, row, purpose, tables.Items(row)[i].item)) continue;
          for (uint32_t r = 0; r < flow.roles.size(); ++r) {
            const Place place{&row, &flow, i, r, purpose};
            Uncovered uncovered{&row, i, {}, 0};
            if (!Covered(place, &uncovered)) report(place, uncovered);
          }
        }
      }
    }
    return compared;
  }

 private:
  static bool SameCategories(const Agreement& a, const Agreement& b) {
    return a.flows.size() == b.flows.size() &&
           std::equal(a.flows.begin(), a.flows.end(), b.flows.begin(),
                      [](const Flow& x, const Flow& y) {
                        return std::equal(x.items.begin(), x.items.end(),
                                          y.items.begin(), y.items.end(),
                                          [](const auto& i, const auto& j) {
                                            return i.item == j.item &&
                                                   i.category == j.category;
                                          });
                      });
  }

  // The same rule in the same agreement with the same dates and prohibitions.
  bool Unchanged(const FlowRow& row, const Flow& flow) const {
    const Agreement* other = steady_[row.agreement];
    if (other == nullptr || row.flow >= other->flows.size()) return false;
    return SameFlow(flow, other->flows[row.flow]);
  }

  bool Covered(const Place& mine, Uncovered* uncovered) {
    FindCovering(mine);
    for (Jurisdiction nation : {Jurisdiction::kEngland, Jurisdiction::kWales,
                                Jurisdiction::kScotland}) {
      if (!mine.row->InNation(nation)) continue;
      const int32_t open = FirstOpenDay(*mine.row, nation);
      if (open > mine.row->last_day) continue;
      uncovered->nation = nation;
      uncovered->day = open;
      return false;
    }
    return true;
  }

  // Fills covering_ with the other policy's rules that pass whenever this one
  // does and give no less.
  void FindCovering(const Place& mine) {
    covering_.clear();
    const Tables& tables = theirs_.tables();
    const NameId item = there_[mine_.tables().Items(*mine.row)[mine.item].item];
    const NameId role = there_[mine_.tables().Roles(*mine.row)[mine.role]];
    if (item == kNoName || role == kNoName) return;
    for (uint32_t place :
         tables.Candidates(there_[mine.row->from], there_[mine.row->to],
                           mine.purpose, mine.row->mode)) {
      const FlowRow& row = tables.flows()[place];
      if (row.Closed() || !tables.AllowsRole(row, role)) continue;
      const auto items = tables.Items(row);
      for (uint32_t i = 0; i < items.size(); ++i) {
        if (items[i].item != item) continue;
        const Flow& flow = theirs_.FlowOf(row);
        if (PassesAt(mine_.tables(), *mine.row, tables, row) &&
            GivesNoLess(*mine.flow, mine.flow->items[mine.item], flow,
                        flow.items[i]) &&
            CountsShowNoLess(mine, row) &&
            Open(theirs_, row, mine.purpose, item)) {
          covering_.push_back(&row);
        }
        break;
      }
    }
  }

  bool CountsShowNoLess(const Place& mine, const FlowRow& theirs) const {
    return mine.flow->items[mine.item].granularity !=
               Granularity::kAggregateOnly ||
           ShowsNoLess(mine_.agreements()[mine.row->agreement].disclosure,
                       theirs_.agreements()[theirs.agreement].disclosure);
  }

  // The first day of the rule on which none of covering_ is in force.
  int32_t FirstOpenDay(const FlowRow& mine, Jurisdiction nation) const {
    int32_t day = mine.first_day;
    for (bool moved = true; moved && day <= mine.last_day;) {
      moved = false;
      for (const FlowRow* row : covering_) {
        if (!row->InNation(nation) || !row->InForce(day)) continue;
        day = row->last_day + 1;
        moved = true;
      }
    }
    return day;
  }

  const ActiveSet& mine_;
  const ActiveSet& theirs_;
  const std::vector<NameId> there_;       // by number of mine
  std::vector<const Agreement*> steady_;  // of each of mine, or null
  std::vector<const FlowRow*> covering_;
};

Effect Join(Effect a, Effect b) {
  if (a == Effect::kSame || a == b) return b;
  return b == Effect::kSame ? a : Effect::kMixed;
}

bool SameBasis(const Basis& a, const Basis& b) {
  return a.gateway == b.gateway && a.provision == b.provision &&
         a.article6_sender == b.article6_sender &&
         a.article6_receiver == b.article6_receiver &&
         a.recognised_interest == b.recognised_interest &&
         a.article9 == b.article9 && a.schedule1 == b.schedule1 &&
         a.criminal_offence_data == b.criminal_offence_data &&
         a.confidence == b.confidence &&
         std::equal(a.bars.begin(), a.bars.end(), b.bars.begin(), b.bars.end(),
                    [](const BarAnswer& x, const BarAnswer& y) {
                      return x.bar == y.bar && x.answered_by == y.answered_by;
                    });
}

bool SameTexts(const Flow& a, const Flow& b) {
  auto same = [](const auto& x, const auto& y) {
    return std::equal(
        x.begin(), x.end(), y.begin(), y.end(),
        [](const auto& p, const auto& q) { return p.text == q.text; });
  };
  return same(a.conditions, b.conditions) && same(a.obligations, b.obligations);
}

// What binds and is not a matter of more or less, rule by rule.
void Besides(const Agreement& a, const Agreement& b,
             std::vector<std::string>* out) {
  auto add = [&](const std::string& what, const char* how) {
    out->push_back(absl::StrCat("Agreement ", a.id, ": ", what, how));
  };
  for (const Flow& flow : a.flows) {
    const Flow* other = b.FindFlow(flow.id);
    if (other == nullptr) continue;
    const std::string rule = absl::StrCat("rule ", flow.id);
    if (!SameBasis(flow.basis, other->basis)) {
      add(rule, " rests on another lawful basis.");
    }
    if (flow.about != other->about) add(rule, " is about other people.");
    if (SameFlow(flow, *other) && !SameTexts(flow, *other)) {
      add(rule, " words its conditions or duties in another way.");
    }
  }
  for (const Party& party : a.parties) {
    const Party* other = b.FindParty(party.id);
    if (other == nullptr ||
        (party.type == other->type && party.role == other->role &&
         party.public_authority == other->public_authority)) {
      continue;
    }
    add(absl::StrCat("party ", party.id), " is another kind of body.");
  }
}

using Cell = std::tuple<absl::string_view, absl::string_view, absl::string_view,
                        Purpose, Mode, absl::string_view>;

}  // namespace

absl::string_view Name(Effect effect) {
  switch (effect) {
    case Effect::kSame:
      return "SAME";
    case Effect::kNarrower:
      return "NARROWER";
    case Effect::kWider:
      return "WIDER";
    case Effect::kMixed:
      break;
  }
  return "MIXED";
}

Difference Compare(const ActiveSet& before, const ActiveSet& after) {
  Difference difference;
  std::map<Cell, CellChange> cells;
  auto collect = [&](const ActiveSet& mine, const ActiveSet& theirs,
                     Effect effect) {
    Covering covering(mine, theirs);
    difference.compared +=
        covering.Run([&](const Place& at, const Uncovered& uncovered) {
          const Flow& flow = *at.flow;
          CellChange& cell =
              cells[Cell(flow.from, flow.to, flow.roles[at.role], at.purpose,
                         flow.mode, flow.items[at.item].item)];
          cell.effect = Join(cell.effect, effect);
          (effect == Effect::kWider ? cell.wider : cell.narrower)
              .push_back(uncovered);
        });
  };
  collect(after, before, Effect::kWider);
  collect(before, after, Effect::kNarrower);
  for (auto& [key, cell] : cells) {
    const auto& [from, to, role, purpose, mode, item] = key;
    cell.from = std::string(from);
    cell.to = std::string(to);
    cell.role = std::string(role);
    cell.purpose = purpose;
    cell.mode = mode;
    cell.item = std::string(item);
    difference.effect = Join(difference.effect, cell.effect);
    difference.cells.push_back(std::move(cell));
  }
  for (const Agreement& agreement : before.agreements()) {
    const Agreement* other = after.Find(agreement.id);
    if (other != nullptr) Besides(agreement, *other, &difference.besides);
  }
  if (!difference.besides.empty()) difference.effect = Effect::kMixed;
  return difference;
}

}  // namespace kinstile::policy
