// SPDX-License-Identifier: Apache-2.0
// Runs every analysis, and puts the findings in order.

#include "policy/analysis.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace kinstile::policy {
namespace internal {

void Findings::Add(Severity severity, const char* code, const FlowRow& at,
                   const std::string& message) {
  const Agreement& agreement = set_.agreements()[at.agreement];
  const Flow& flow = agreement.flows[at.flow];
  issues_->push_back({agreement.file, flow.line, flow.column, severity, code,
                      absl::StrCat("rule ", flow.id, ": ", message)});
}

void Findings::Error(const char* code, const FlowRow& at,
                     const std::string& message) {
  Add(Severity::kError, code, at, message);
}

void Findings::Warn(const char* code, const FlowRow& at,
                    const std::string& message) {
  Add(Severity::kWarning, code, at, message);
}

void Findings::ErrorOf(const char* code, const Agreement& agreement,
                       std::string message) {
  issues_->push_back(
      {agreement.file, 1, 1, Severity::kError, code, std::move(message)});
}

}  // namespace internal

namespace {

// A signature stands on a key that was good: a party all of whose keys have
// ended must sign again.
void AnalyseKeys(const ActiveSet& set, const AnalysisOptions& options,
                 internal::Findings* findings) {
  for (const Agreement& agreement : set.agreements()) {
    for (const Party& party : agreement.parties) {
      const Agency* agency = set.agencies().Find(party.id);
      if (agency == nullptr || agency->keys.empty() ||
          std::any_of(
              agency->keys.begin(), agency->keys.end(),
              [&](const KeySpan& key) { return key.GoodOn(options.today); })) {
        continue;
      }
      findings->ErrorOf(
          "LP183", agreement,
          absl::StrCat("party ", party.id,
                       " has no signing key that is good today: it must sign "
                       "again with a new one"));
    }
  }
}

}  // namespace

std::vector<Issue> Analyse(const ActiveSet& set,
                           const AnalysisOptions& options) {
  std::vector<Issue> issues;
  internal::Findings findings(set, &issues);
  AnalyseKeys(set, options, &findings);
  internal::AnalyseFlows(set, options, &findings);
  internal::AnalyseShadows(set, &findings);
  internal::AnalyseJoins(set, &findings);
  internal::AnalysePaths(set, &findings);
  auto key = [](const Issue& i) {
    return std::tie(i.file, i.line, i.column, i.code, i.message);
  };
  std::sort(issues.begin(), issues.end(),
            [&](const Issue& a, const Issue& b) { return key(a) < key(b); });
  return issues;
}

}  // namespace kinstile::policy
