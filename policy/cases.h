// SPDX-License-Identifier: Apache-2.0
// Runs the cases that stand beside an agreement against the loaded policy.
#ifndef KINSTILE_POLICY_CASES_H_
#define KINSTILE_POLICY_CASES_H_

#include <optional>
#include <string>
#include <vector>

#include "policy/active_set.h"
#include "policy/engine.h"
#include "policy/issue.h"
#include "policy/loader.h"

namespace kinstile::policy {

enum class Outcome { kShare, kSharePart, kRefuse };

// "SHARE", "SHARE_PART" or "REFUSE".
absl::string_view Name(Outcome outcome);

struct ExpectedOutcome {
  Outcome outcome = Outcome::kRefuse;
  std::vector<std::string> released;
  std::vector<std::string> withheld;
  std::vector<std::string> because;  // substrings of reasons for the record
  std::vector<ObligationKind> obligations;
  std::vector<std::string> by_rule;
  std::optional<Layer> layer;
};

struct Case {
  std::string name;
  Ask ask;
  int64_t agreement_version = 0;
  Deciding deciding = Deciding::kGateway;
  ExpectedOutcome expected;
  int line = 0;
};

struct CaseResult {
  std::string agreement;
  std::string name;
  bool passed = false;
  std::string expected;  // one line each
  std::string got;
  int line = 0;
};

struct CasesReport {
  std::vector<CaseResult> results;  // in file order
  std::vector<Issue> issues;        // mistakes in the file: no case was run
};

// Parses a cases.textproto with the loader's guards.
std::vector<Case> ParseCases(const NamedBytes& file,
                             std::vector<Issue>* issues);

CasesReport RunCases(const ActiveSet& set, const NamedBytes& file);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_CASES_H_
