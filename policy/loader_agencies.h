// SPDX-License-Identifier: Apache-2.0
// The register of agencies, read and checked, and parties held against it.
#ifndef KINSTILE_POLICY_LOADER_AGENCIES_H_
#define KINSTILE_POLICY_LOADER_AGENCIES_H_

#include <string>
#include <vector>

#include "policy/agencies.h"
#include "policy/loader.h"
#include "policy/loader_report.h"

namespace kinstile::v1 {
class Agreement;
}  // namespace kinstile::v1

namespace kinstile::policy::internal {

struct AgencyFile {
  Agencies agencies;
  // Given and read without mistakes: parties are held against it.
  bool usable = false;
};

// LP188 if there is none (a warning in a demonstration), LP182 for its
// signatures: those present must verify, and outside demonstrations those of
// two agencies that it lists must be present.
AgencyFile ReadAgencies(const PolicyFiles& files, const LoadOptions& options,
                        std::vector<Issue>* issues);

// Each party as the register has it: LP100, LP186; roles of receivers: LP187.
void CheckAgainstRegister(const v1::Agreement& agreement, const Node& node,
                          const AgencyFile& register_file, Report* report);

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_LOADER_AGENCIES_H_
