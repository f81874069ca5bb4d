// SPDX-License-Identifier: Apache-2.0
// An audit entry in plain English, and as JSON.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_VIEW_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_VIEW_H_

#include <string>
#include <vector>

#include "adapters/cli/output.h"
#include "gateway/audit/open.h"
#include "gateway/audit/verify.h"

namespace kinstile::cli {

// Lines for an officer: who asked what, why, on what basis, what became of it.
std::vector<std::string> Describe(const audit::OpenedEntry& entry);
Json ToJson(const audit::OpenedEntry& entry);

std::vector<std::string> Describe(const audit::VerifyReport& report);
Json ToJson(const audit::VerifyReport& report);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_VIEW_H_
