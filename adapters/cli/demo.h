// SPDX-License-Identifier: Apache-2.0
// The demonstration: real processes, invented people.
#ifndef KINSTILE_ADAPTERS_CLI_DEMO_H_
#define KINSTILE_ADAPTERS_CLI_DEMO_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/cli/output.h"

namespace kinstile::cli {

struct DemoOptions {
  uint64_t families = 300;
  uint64_t seed = 1;
  std::string keep;  // empty: a scratch folder, removed at the end
  std::string policy;
  bool json = false;  // say nothing while it runs
};

// Runs the scenario. Each step checks its own outcome: "all_as_expected" in the
// result is false when anything was shared, refused, found or missed against
// expectation. An error when it could not be run to the end.
absl::StatusOr<Json> RunDemo(const DemoOptions& options);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_DEMO_H_
