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
  std::vector<Granularity> as;  // of each of `released`; empty: not checked
  std::vector<int64_t> look_back_days;  // likewise; 0: any time
  std::vector<std::string> withheld;
  std::vector<std::string> because;  // substrings of reasons for the record
  std::vector<ObligationKind> obligations;
  std::vector<Obligation> obliged;  // with the numbers that they must have
  std::optional<int64_t> keep_days;
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

struct Suite {
  std::string agreement;
  // Whatever no case releases must be out of reach.
  bool nothing_else = false;
  std::vector<Case> cases;
};

// Parses a cases.textproto with the loader's guards. No cases: see `issues`.
Suite ParseSuite(const NamedBytes& file, std::vector<Issue>* issues);
std::vector<Case> ParseCases(const NamedBytes& file,
                             std::vector<Issue>* issues);

// What the flows of the suite's agreement could release though no case shows
// it: one line each, empty if nothing, or if the suite does not claim so.
std::vector<std::string> NotShown(const ActiveSet& set, const Suite& suite);

// Whether the decision on a case is the one expected.
bool Passes(const ActiveSet& set, const Case& each);

CasesReport RunCases(const ActiveSet& set, const NamedBytes& file);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_CASES_H_
