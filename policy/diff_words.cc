// SPDX-License-Identifier: Apache-2.0
// Sentences about a change, in the order in which an officer would ask.

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/diff.h"
#include "policy/explain.h"
#include "policy/phrases.h"

namespace kinstile::policy {
namespace {

// One rule of one policy for one item.
struct Alternative {
  const ActiveSet* set;
  const FlowRow* row;
  const Flow* flow;
  const FlowItem* item;
};

template <class T>
std::vector<std::string> AllInWords(const std::vector<T>& list) {
  std::vector<std::string> out;
  for (const T& each : list) out.push_back(InWords(each));
  return out;
}

// What is in `a` and not in `b`.
std::vector<std::string> Without(const std::vector<std::string>& a,
                                 const std::vector<std::string>& b) {
  std::vector<std::string> out;
  for (const std::string& each : a) {
    if (std::find(b.begin(), b.end(), each) == b.end()) out.push_back(each);
  }
  return out;
}

void ListChanges(absl::string_view gone, absl::string_view come,
                 const std::vector<std::string>& old_list,
                 const std::vector<std::string>& new_list,
                 std::vector<std::string>* out) {
  const auto lost = Without(old_list, new_list);
  const auto added = Without(new_list, old_list);
  if (!lost.empty()) {
    out->push_back(absl::StrCat(gone, " ", absl::StrJoin(lost, " and ")));
  }
  if (!added.empty()) {
    out->push_back(absl::StrCat(come, " ", absl::StrJoin(added, " and ")));
  }
}

// "up to 20 people in a request instead of 12"; `days`: "90 days" for 90.
void NumberChange(absl::string_view before, absl::string_view after, bool days,
                  const std::optional<int64_t>& old_number,
                  const std::optional<int64_t>& new_number,
                  std::vector<std::string>* out) {
  if (old_number == new_number) return;
  const auto text = [days](const std::optional<int64_t>& number) {
    if (!number) return std::string("any number");
    return days ? DaysInWords(*number) : absl::StrCat(*number);
  };
  out->push_back(absl::StrCat(before, text(new_number), after, " instead of ",
                              text(old_number)));
}

std::vector<std::string> Nations(const Alternative& rule) {
  std::vector<std::string> out;
  for (Jurisdiction each :
       rule.set->agreements()[rule.row->agreement].nations) {
    out.emplace_back(InWords(each));
  }
  return out;
}

std::string Days(const Alternative& rule) {
  const Agreement& agreement = rule.set->agreements()[rule.row->agreement];
  return absl::StrCat("from ", DayInWords(agreement.effective_from), " to ",
                      DayInWords(agreement.expires));
}

// How the new rule differs from the old one.
std::string Differences(const Alternative& was, const Alternative& is) {
  std::vector<std::string> out;
  if (was.item->granularity != is.item->granularity) {
    out.push_back(absl::StrCat(InWords(is.item->granularity), " instead of ",
                               InWords(was.item->granularity)));
  }
  ListChanges("no longer only if", "now only if",
              AllInWords(was.flow->conditions), AllInWords(is.flow->conditions),
              &out);
  ListChanges("the receiver no longer must", "the receiver now must",
              AllInWords(was.flow->obligations),
              AllInWords(is.flow->obligations), &out);
  NumberChange("kept for ", "", true, was.flow->keep_days, is.flow->keep_days,
               &out);
  NumberChange("up to ", " people in a request", false, was.flow->max_people,
               is.flow->max_people, &out);
  NumberChange("up to ", " requests a day", false,
               was.flow->max_requests_per_day, is.flow->max_requests_per_day,
               &out);
  NumberChange("no older than ", "", true, was.item->look_back_days,
               is.item->look_back_days, &out);
  ListChanges("no longer to be passed on to", "may be passed on to",
              was.flow->may_pass_on_to, is.flow->may_pass_on_to, &out);
  ListChanges("no longer in", "also in", Nations(was), Nations(is), &out);
  if (Days(was) != Days(is)) {
    out.push_back(absl::StrCat(Days(is), " instead of ", Days(was)));
  }
  return absl::StrJoin(out, "; ");
}

// The rule of the same id, else the one with the fewest words of difference.
const Alternative* Nearest(const Alternative& rule,
                           const std::vector<Alternative>& others) {
  const Alternative* nearest = nullptr;
  size_t least = std::numeric_limits<size_t>::max();
  for (const Alternative& other : others) {
    if (other.flow->id == rule.flow->id) return &other;
    const size_t size = Differences(other, rule).size();
    if (size >= least) continue;
    least = size;
    nearest = &other;
  }
  return nearest;
}

Alternative ToAlternative(const ActiveSet& set, const Uncovered& u) {
  const Flow& flow = set.FlowOf(*u.row);
  return {&set, u.row, &flow, &flow.items[u.item]};
}

// The policy's rules for the cell, on whatever evidence.
std::vector<Alternative> RulesOf(const ActiveSet& set, const CellChange& cell) {
  std::vector<Alternative> rules;
  const Tables& tables = set.tables();
  for (uint32_t place :
       tables.Candidates(tables.Find(cell.from), tables.Find(cell.to),
                         cell.purpose, cell.mode)) {
    const FlowRow& row = tables.flows()[place];
    const Flow& flow = set.FlowOf(row);
    const FlowItem* item = flow.FindItem(cell.item);
    if (item == nullptr || row.Closed() || !flow.AllowsRole(cell.role) ||
        tables.FindNever(row.agreement, row.to, cell.purpose,
                         tables.Find(cell.item)) != kNoName) {
      continue;
    }
    rules.push_back({&set, &row, &flow, item});
  }
  return rules;
}

// On a rule that the other policy, whose rules for the cell are `others`, does
// not cover. `wider`: the rule is of the new policy.
std::string ChangeSentence(const Alternative& rule,
                           const std::vector<Alternative>& others,
                           const CellChange& cell, bool wider) {
  const Flow& flow = *rule.flow;
  const Catalogue& catalogue = rule.set->catalogue();
  const std::string who = absl::StrCat(
      cell.to, " (", cell.role, ") could ", wider ? "get " : "no longer get ",
      ItemLabel(catalogue, cell.item), " [", cell.item, "] from ", cell.from,
      " in order to ", PurposeInWords(catalogue, cell.purpose), " [",
      Name(cell.purpose), "], asked ", InWords(cell.mode));
  const Alternative* other = Nearest(rule, others);
  const absl::string_view end =
      wider ? ". This is WIDER." : ". This is NARROWER.";
  if (other == nullptr) {
    return absl::StrCat(wider ? "NEW: " : "GONE: ", who, ", ",
                        InWords(rule.item->granularity), " (rule ", flow.id,
                        ")", end);
  }
  const std::string how =
      wider ? Differences(*other, rule) : Differences(rule, *other);
  return absl::StrCat("CHANGED: ", who, wider ? "" : " as before", " (rule ",
                      flow.id, "): ", how.empty() ? "under another rule" : how,
                      end);
}

}  // namespace

std::vector<std::string> Sentences(const ActiveSet& before,
                                   const ActiveSet& after,
                                   const CellChange& cell) {
  std::vector<std::string> out;
  for (const Uncovered& each : cell.wider) {
    out.push_back(ChangeSentence(ToAlternative(after, each),
                                 RulesOf(before, cell), cell, true));
  }
  for (const Uncovered& each : cell.narrower) {
    out.push_back(ChangeSentence(ToAlternative(before, each),
                                 RulesOf(after, cell), cell, false));
  }
  return out;
}

Ask Witness(const ActiveSet& set, const CellChange& cell,
            const Uncovered& uncovered) {
  const Flow& flow = set.FlowOf(*uncovered.row);
  Ask ask;
  ask.agreement = set.agreements()[uncovered.row->agreement].id;
  ask.flow = flow.id;
  ask.from = cell.from;
  ask.to = cell.to;
  ask.role = cell.role;
  ask.purpose = cell.purpose;
  ask.mode = cell.mode;
  ask.items = {cell.item};
  for (const Condition& each : flow.conditions) {
    ask.facts.Set(each.kind, LeastFact(each));
  }
  ask.people = flow.max_people;
  ask.requests_today = uncovered.row->max_per_day - 1;
  ask.today = absl::CivilDay(1970, 1, 1) + uncovered.day;
  ask.nation = uncovered.nation;
  return ask;
}

}  // namespace kinstile::policy
