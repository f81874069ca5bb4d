// SPDX-License-Identifier: Apache-2.0
// The commands of kinstile, each adding itself to the command line.
#ifndef KINSTILE_ADAPTERS_CLI_COMMANDS_H_
#define KINSTILE_ADAPTERS_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace kinstile::cli {

// What the chosen command runs; set while the command line is parsed.
using Chosen = std::function<int()>;

// Each declares a command with its options under `app`; when it is the one
// given, `chosen` runs it and gives the exit code.
void AddDemo(CLI::App& app, Chosen& chosen);
void AddSample(CLI::App& app, Chosen& chosen);
void AddLink(CLI::App& app, Chosen& chosen);
void AddShare(CLI::App& app, Chosen& chosen);
void AddConsent(CLI::App& app, Chosen& chosen);
void AddReview(CLI::App& app, Chosen& chosen);
void AddLinkage(CLI::App& app, Chosen& chosen);
void AddPolicy(CLI::App& app, Chosen& chosen);
// render and test, under `kinstile policy`.
void AddPolicyDocuments(CLI::App& policy, Chosen& chosen);
// explain, why-not, who-can-see, what-can and diff, under `kinstile policy`.
void AddPolicyQueries(CLI::App& policy, Chosen& chosen);
// Under `kinstile policy`: suspend and resume; sign and verify; replay.
void AddPolicyLife(CLI::App& policy, Chosen& chosen);
void AddPolicySigning(CLI::App& policy, Chosen& chosen);
void AddPolicyVerify(CLI::App& policy, Chosen& chosen);
void AddPolicyReplay(CLI::App& policy, Chosen& chosen);
void AddAdapter(CLI::App& app, Chosen& chosen);
void AddAudit(CLI::App& app, Chosen& chosen);
void AddKeys(CLI::App& app, Chosen& chosen);
void AddBackup(CLI::App& app, Chosen& chosen);
void AddRestore(CLI::App& app, Chosen& chosen);
void AddHealth(CLI::App& app, Chosen& chosen);

// The folder of law and agreements that came with the program.
std::string ShippedPolicy();

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_COMMANDS_H_
