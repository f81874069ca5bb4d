// SPDX-License-Identifier: Apache-2.0
// The commands under `kinstile audit`, each adding itself.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_COMMANDS_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "adapters/cli/commands.h"

namespace kinstile::cli {

void AddVerify(CLI::App& audit, Chosen& chosen);      // verify, diff, canary
void AddReading(CLI::App& audit, Chosen& chosen);     // open, show
void AddProofs(CLI::App& audit, Chosen& chosen);      // prove, receipt
void AddSearch(CLI::App& audit, Chosen& chosen);      // search, report
void AddDisclosure(CLI::App& audit, Chosen& chosen);  // disclose, disclosed
void AddExport(CLI::App& audit, Chosen& chosen);      // export
void AddShred(CLI::App& audit, Chosen& chosen);       // shred

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_COMMANDS_H_
