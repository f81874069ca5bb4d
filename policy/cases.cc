// SPDX-License-Identifier: Apache-2.0
// Decides each case and holds the answer against what was expected.

#include "policy/cases.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kinstile::policy {
namespace {

// What a decision came to, in the terms of an expectation.
struct Got {
  Outcome outcome = Outcome::kRefuse;
  std::set<std::string> released;
  std::map<std::string, Granularity> as;
  std::map<std::string, int64_t> look_back_days;
  std::set<std::string> withheld;
  std::vector<std::string> reasons;
  std::set<ObligationKind> obligations;
  std::map<ObligationKind, std::optional<int64_t>> numbers;
  std::optional<int64_t> keep_days;
  std::set<std::string> rules;
  std::set<Layer> layers;
};

Got Sum(const Permit& permit) {
  Got got;
  const PermitTerms& terms = permit.terms();
  got.outcome = terms.withheld.empty() ? Outcome::kShare : Outcome::kSharePart;
  for (const GrantedItem& each : terms.granted) {
    got.released.insert(each.item);
    got.as[each.item] = each.granularity;
    got.look_back_days[each.item] = each.look_back_days.value_or(0);
  }
  got.keep_days = terms.keep_days;
  for (const WithheldItem& each : terms.withheld) {
    got.withheld.insert(each.item);
    got.reasons.push_back(each.reason_for_record);
    got.layers.insert(each.layer);
    if (!each.rule.empty()) got.rules.insert(each.rule);
  }
  got.rules.insert(terms.flows.begin(), terms.flows.end());
  for (const Obligation& each : terms.obligations) {
    got.obligations.insert(each.kind);
    got.numbers[each.kind] = each.number;
  }
  return got;
}

Got Sum(const Refusal& refusal) {
  Got got;
  got.reasons.push_back(refusal.reason_for_record);
  got.layers.insert(refusal.layer);
  if (!refusal.rule.empty()) got.rules.insert(refusal.rule);
  return got;
}

template <class T>
std::set<T> Set(const std::vector<T>& list) {
  return {list.begin(), list.end()};
}

template <class T>
bool Holds(const std::set<T>& all, const std::vector<T>& some) {
  return std::all_of(some.begin(), some.end(),
                     [&](const T& each) { return all.count(each) > 0; });
}

bool Matches(const ExpectedOutcome& expected, const Got& got, bool refused) {
  if (expected.outcome != got.outcome) return false;
  // A refusal may list what it withholds or leave it out.
  if (!refused && (Set(expected.released) != got.released ||
                   Set(expected.withheld) != got.withheld)) {
    return false;
  }
  for (size_t i = 0; i < expected.as.size(); ++i) {
    const auto found = got.as.find(expected.released[i]);
    if (found == got.as.end() || found->second != expected.as[i]) return false;
  }
  for (size_t i = 0; i < expected.look_back_days.size(); ++i) {
    const auto found = got.look_back_days.find(expected.released[i]);
    if (found == got.look_back_days.end() ||
        found->second != expected.look_back_days[i]) {
      return false;
    }
  }
  for (const Obligation& each : expected.obliged) {
    const auto found = got.numbers.find(each.kind);
    if (found == got.numbers.end() || found->second != each.number) {
      return false;
    }
  }
  if (expected.keep_days && expected.keep_days != got.keep_days) return false;
  for (const std::string& because : expected.because) {
    if (std::none_of(got.reasons.begin(), got.reasons.end(),
                     [&](const std::string& reason) {
                       return absl::StrContains(reason, because);
                     })) {
      return false;
    }
  }
  return Holds(got.obligations, expected.obligations) &&
         Holds(got.rules, expected.by_rule) &&
         (!expected.layer || got.layers.count(*expected.layer) > 0);
}

template <class List>
void AppendList(absl::string_view label, const List& list, std::string* line) {
  if (list.empty()) return;
  absl::StrAppend(line, "; ", label, " ", absl::StrJoin(list, ", "));
}

template <class List>
std::vector<std::string> Names(const List& list) {
  std::vector<std::string> names;
  for (const auto& each : list) names.emplace_back(Name(each));
  return names;
}

std::string LookBack(int64_t days) {
  return days == 0 ? "" : absl::StrCat(" of ", days, " days");
}

// "item as GRAIN of N days" each.
std::vector<std::string> WithGrains(const ExpectedOutcome& expected) {
  std::vector<std::string> out = expected.released;
  for (size_t i = 0; i < expected.as.size(); ++i) {
    absl::StrAppend(&out[i], " as ", Name(expected.as[i]));
  }
  for (size_t i = 0; i < expected.look_back_days.size(); ++i) {
    absl::StrAppend(&out[i], LookBack(expected.look_back_days[i]));
  }
  return out;
}

std::vector<std::string> WithGrains(const Got& got) {
  std::vector<std::string> out;
  for (const auto& [item, as] : got.as) {
    out.push_back(absl::StrCat(item, " as ", Name(as),
                               LookBack(got.look_back_days.at(item))));
  }
  return out;
}

// "RETURN_OUTCOME_WITHIN_DAYS 28" each.
std::vector<std::string> Numbers(
    const std::map<ObligationKind, std::optional<int64_t>>& numbers) {
  std::vector<std::string> out;
  for (const auto& [kind, number] : numbers) {
    if (number) out.push_back(absl::StrCat(Name(kind), " ", *number));
  }
  return out;
}

std::string Line(const ExpectedOutcome& expected) {
  std::string line(Name(expected.outcome));
  AppendList("releases", WithGrains(expected), &line);
  AppendList("withholds", expected.withheld, &line);
  AppendList("obliges", Names(expected.obligations), &line);
  std::map<ObligationKind, std::optional<int64_t>> numbers;
  for (const Obligation& each : expected.obliged) {
    numbers[each.kind] = each.number;
  }
  AppendList("numbers", Numbers(numbers), &line);
  if (expected.keep_days) {
    absl::StrAppend(&line, "; kept ", *expected.keep_days, " days");
  }
  AppendList("by", expected.by_rule, &line);
  if (expected.layer) absl::StrAppend(&line, "; layer ", Name(*expected.layer));
  AppendList("because", expected.because, &line);
  return line;
}

std::string Line(const Got& got) {
  std::string line(Name(got.outcome));
  AppendList("releases", WithGrains(got), &line);
  AppendList("withholds", got.withheld, &line);
  AppendList("obliges", Names(got.obligations), &line);
  AppendList("numbers", Numbers(got.numbers), &line);
  if (got.keep_days) absl::StrAppend(&line, "; kept ", *got.keep_days, " days");
  AppendList("by", got.rules, &line);
  AppendList("layer", Names(got.layers), &line);
  AppendList("because", got.reasons, &line);
  return line;
}

}  // namespace

absl::string_view Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kShare:
      return "SHARE";
    case Outcome::kSharePart:
      return "SHARE_PART";
    case Outcome::kRefuse:
      break;
  }
  return "REFUSE";
}

std::vector<std::string> NotShown(const ActiveSet& set, const Suite& suite) {
  std::vector<std::string> out;
  const Agreement* agreement = set.Find(suite.agreement);
  if (!suite.nothing_else || agreement == nullptr) return out;
  using Cell = std::tuple<std::string, std::string, std::string, Purpose, Mode,
                          std::string, Granularity>;
  std::set<Cell> shown;
  for (const Case& each : suite.cases) {
    const ExpectedOutcome& expected = each.expected;
    for (size_t i = 0; i < expected.as.size(); ++i) {
      shown.emplace(each.ask.from, each.ask.to, each.ask.role, each.ask.purpose,
                    each.ask.mode, expected.released[i], expected.as[i]);
    }
  }
  for (const Flow& flow : agreement->flows) {
    for (const std::string& role : flow.roles) {
      for (Purpose purpose : flow.purposes) {
        for (const FlowItem& item : flow.items) {
          if (shown.count({flow.from, flow.to, role, purpose, flow.mode,
                           item.item, item.granularity})) {
            continue;
          }
          out.push_back(absl::StrCat("rule ", flow.id, " could release ",
                                     item.item, " as ", Name(item.granularity),
                                     " to ", role, " at ", flow.to, " for ",
                                     Name(purpose), ", and no case shows it"));
        }
      }
    }
  }
  return out;
}

bool Passes(const ActiveSet& set, const Case& each) {
  const Decision decision = Decide(set, each.ask, each.deciding);
  const Permit* permit = std::get_if<Permit>(&decision);
  return Matches(
      each.expected,
      permit != nullptr ? Sum(*permit) : Sum(std::get<Refusal>(decision)),
      permit == nullptr);
}

CasesReport RunCases(const ActiveSet& set, const NamedBytes& file) {
  CasesReport report;
  const Suite suite = ParseSuite(file, &report.issues);
  for (const Case& each : suite.cases) {
    const Agreement* agreement = set.Find(each.ask.agreement);
    if (agreement == nullptr || agreement->version != each.agreement_version) {
      report.issues.push_back(
          {file.name, each.line, 1, Severity::kError, "LP100",
           absl::StrCat("version ", each.agreement_version, " of agreement ",
                        each.ask.agreement, " is not loaded")});
      return report;
    }
    const Decision decision = Decide(set, each.ask, each.deciding);
    const Permit* permit = std::get_if<Permit>(&decision);
    const Got got =
        permit != nullptr ? Sum(*permit) : Sum(std::get<Refusal>(decision));
    report.results.push_back({each.ask.agreement, each.name,
                              Matches(each.expected, got, permit == nullptr),
                              Line(each.expected), Line(got), each.line});
  }
  for (std::string& line : NotShown(set, suite)) {
    report.issues.push_back(
        {file.name, 1, 1, Severity::kError, "LP164", std::move(line)});
  }
  return report;
}

}  // namespace kinstile::policy
