// SPDX-License-Identifier: Apache-2.0
// How a mistake in a policy file is printed.

#include "policy/issue.h"

#include "absl/strings/str_cat.h"

namespace kinstile::policy {

std::string Format(const Issue& issue) {
  std::string out = issue.file;
  if (issue.line > 0) {
    absl::StrAppend(&out, ":", issue.line, ":", issue.column);
  }
  absl::StrAppend(&out, ": ",
                  issue.severity == Severity::kWarning ? "warning: " : "",
                  issue.message);
  if (!issue.code.empty()) absl::StrAppend(&out, " [", issue.code, "]");
  return out;
}

bool HasErrors(const std::vector<Issue>& issues) {
  for (const Issue& issue : issues) {
    if (issue.severity == Severity::kError) return true;
  }
  return false;
}

}  // namespace kinstile::policy
