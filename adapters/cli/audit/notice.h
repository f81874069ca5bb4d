// SPDX-License-Identifier: Apache-2.0
// Who searches, and why: written to the trail before anything is looked at.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_NOTICE_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_NOTICE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/cli/audit/trail.h"
#include "gateway/audit/record.h"

namespace kinstile::cli {

struct Officer {
  std::string id;
  std::string purpose;
  std::string reason;
  bool offline = false;

  void AddTo(CLI::App* command);
  // With --offline instead: for a copy that is read where no gateway is (a
  // court, a lost site). Then nothing is recorded, and the output says so.
  void AddOrOfflineTo(CLI::App* command);

 private:
  std::vector<CLI::Option*> AddOptionsTo(CLI::App* command);
};

// A SEARCH entry's receipt, checked.
struct Recorded {
  std::string origin;  // of the log that it is in; empty when offline
  uint64_t entry = 0;
  std::string receipt;
};

// Nothing when offline. Else has the gateway of --config write a SEARCH entry
// with these criteria, and checks its receipt. Unless it is OK nothing may be
// searched: without the gateway there is no record, and without a record no
// search.
absl::StatusOr<Recorded> RecordSearch(const Trail& trail,
                                      const Officer& officer,
                                      std::vector<audit::Criterion> criteria);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_NOTICE_H_
