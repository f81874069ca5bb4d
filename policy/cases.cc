// SPDX-License-Identifier: Apache-2.0
// Decides each case and holds the answer against what was expected.

#include "policy/cases.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kinstile::policy {
namespace {

// What a decision came to, in the terms of an expectation.
struct Got {
  Outcome outcome = Outcome::kRefuse;
  std::set<std::string> released;
  std::set<std::string> withheld;
  std::vector<std::string> reasons;
  std::set<ObligationKind> obligations;
  std::set<std::string> rules;
  std::set<Layer> layers;
};

Got Sum(const Permit& permit) {
  Got got;
  const PermitTerms& terms = permit.terms();
  got.outcome = terms.withheld.empty() ? Outcome::kShare : Outcome::kSharePart;
  for (const GrantedItem& each : terms.granted) got.released.insert(each.item);
  for (const WithheldItem& each : terms.withheld) {
    got.withheld.insert(each.item);
    got.reasons.push_back(each.reason_for_record);
    got.layers.insert(each.layer);
    if (!each.rule.empty()) got.rules.insert(each.rule);
  }
  got.rules.insert(terms.flows.begin(), terms.flows.end());
  for (const Obligation& each : terms.obligations) {
    got.obligations.insert(each.kind);
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

std::string Line(const ExpectedOutcome& expected) {
  std::string line(Name(expected.outcome));
  AppendList("releases", expected.released, &line);
  AppendList("withholds", expected.withheld, &line);
  AppendList("obliges", Names(expected.obligations), &line);
  AppendList("by", expected.by_rule, &line);
  if (expected.layer) absl::StrAppend(&line, "; layer ", Name(*expected.layer));
  AppendList("because", expected.because, &line);
  return line;
}

std::string Line(const Got& got) {
  std::string line(Name(got.outcome));
  AppendList("releases", got.released, &line);
  AppendList("withholds", got.withheld, &line);
  AppendList("obliges", Names(got.obligations), &line);
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

CasesReport RunCases(const ActiveSet& set, const NamedBytes& file) {
  CasesReport report;
  for (const Case& each : ParseCases(file, &report.issues)) {
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
  return report;
}

}  // namespace kinstile::policy
