// SPDX-License-Identifier: Apache-2.0
// A mistake of an author in a policy file, told to people.
#ifndef KINSTILE_POLICY_ISSUE_H_
#define KINSTILE_POLICY_ISSUE_H_

#include <string>
#include <vector>

namespace kinstile::policy {

enum class Severity { kWarning, kError };

// Where and what. Lines and columns count from 1; 0 means the whole file. The
// message names fields, rules and gateways in the author's words; it has no
// capital and no full stop.
struct Issue {
  std::string file;
  int line = 0;
  int column = 0;
  Severity severity = Severity::kError;
  // the check that found it, such as "LP102"
  std::string code;
  std::string message;
};

// "file:line:column: message [LP102]"; a warning says so after the place.
std::string Format(const Issue& issue);

// True if anything in the list stops a load.
bool HasErrors(const std::vector<Issue>& issues);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ISSUE_H_
