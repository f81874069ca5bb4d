// SPDX-License-Identifier: Apache-2.0
// kinstile audit: the officer's commands.
#include "adapters/cli/audit/commands.h"

namespace kinstile::cli {

void AddAudit(CLI::App& app, Chosen& chosen) {
  CLI::App* audit = app.add_subcommand(
      "audit", "the audit trail: check it, read it, search it, report on it");
  audit->require_subcommand(1);
  AddVerify(*audit, chosen);
  AddReading(*audit, chosen);
  AddSearch(*audit, chosen);
  AddProofs(*audit, chosen);
  AddDisclosure(*audit, chosen);
  AddExport(*audit, chosen);
  AddShred(*audit, chosen);
}

}  // namespace kinstile::cli
