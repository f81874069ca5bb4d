// SPDX-License-Identifier: Apache-2.0
// What only shows when rules are held beside each other: the analyses that a
// load does not need, and an officer does before anybody signs.
//
// The loader holds each rule against the law (LP001 to LP150, LP152 to LP160,
// LP164, LP180 to LP182, LP184 to LP188). Here are the rest, over the compiled
// agreements:
//   LP009  the plain sentence does not name the parties and the items
//   LP151  exact where a coarser grain serves the same purpose elsewhere
//   LP161  a rule that can never fire
//   LP162  a rule shadowed by a wider one
//   LP163  a condition that is always true
//   LP170  over-broad: any role, long look-back, many items or purposes
//   LP171  composition: two rules give what a third party may not have
//   LP172  re-identification: a pseudonym, and the same one beside a name
//   LP173  differencing: the same counts under two protections
//   LP183  a signatory's key has expired, by the register of agencies
//   LP189  an obligation that an end of the flow cannot carry out
// A clean report says nothing of necessity: that is for people.
#ifndef KINSTILE_POLICY_ANALYSIS_H_
#define KINSTILE_POLICY_ANALYSIS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "policy/active_set.h"
#include "policy/issue.h"

namespace kinstile::policy {

struct AnalysisOptions {
  absl::CivilDay today;
  // What LP170 calls too much.
  int64_t look_back_days = 5 * 366;
  size_t items = 12;
  size_t purposes = 4;
};

// Ordered by agreement, line and code.
std::vector<Issue> Analyse(const ActiveSet& set,
                           const AnalysisOptions& options);

namespace internal {

// Adds an issue at the flow, "rule ID: ..." in front of the message.
class Findings {
 public:
  Findings(const ActiveSet& set, std::vector<Issue>* issues)
      : set_(set), issues_(issues) {}
  void Error(const char* code, const FlowRow& at, const std::string& message);
  void Warn(const char* code, const FlowRow& at, const std::string& message);
  void ErrorOf(const char* code, const Agreement& agreement,
               std::string message);

 private:
  void Add(Severity severity, const char* code, const FlowRow& at,
           const std::string& message);
  const ActiveSet& set_;
  std::vector<Issue>* issues_;
};

// Whether `a`, once shown, shows `b` too: the same kind and no weaker number.
bool Implies(const ConditionRow& a, const ConditionRow& b);

// One flow by itself: LP009, LP161, LP163, LP170.
void AnalyseFlows(const ActiveSet& set, const AnalysisOptions& options,
                  Findings* findings);
// Flows of one agreement beside each other: LP162.
void AnalyseShadows(const ActiveSet& set, Findings* findings);
// Items of all agreements beside each other: LP151, LP172, LP173.
void AnalyseJoins(const ActiveSet& set, Findings* findings);
// What travels on: LP171.
void AnalysePaths(const ActiveSet& set, Findings* findings);

}  // namespace internal
}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ANALYSIS_H_
