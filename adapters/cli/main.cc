// SPDX-License-Identifier: Apache-2.0
// kinstile: the command line for practitioners, officers and operators.
#include <cstdlib>

#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "gateway/crypto/random.h"
#include "gateway/wire/process.h"

namespace kinstile::cli {
namespace {

constexpr char kAbout[] =
    "Kinstile: find out that agencies share a family, pass on exactly what a\n"
    "signed agreement allows, and prove it.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration,\n"
    "3 decided but nothing was shared, 4 checked and found not to hold.";

// Usage, help and dispatch all come from this one table.
constexpr void (*kCommands[])(CLI::App&, Chosen&) = {
    AddDemo,    AddSample, AddLink,    AddAdapter, AddShare,
    AddConsent, AddReview, AddLinkage, AddPolicy,  AddAudit,
    AddKeys,    AddBackup, AddRestore, AddHealth};

int Main(int argc, char** argv) {
  CLI::App app{kAbout, "kinstile"};
  app.require_subcommand(1);
  Chosen chosen;
  for (auto* add : kCommands) add(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kDone : kUsage;
  }
  if (absl::Status s = crypto::Init(); !s.ok()) return Complain(s);
  wire::HardenProcess();
  wire::PrepareForManyCalls();
  return chosen ? chosen() : kUsage;
}

}  // namespace

std::string ShippedPolicy() {
  const char* from_environment = std::getenv("KINSTILE_POLICY");
  return from_environment != nullptr ? from_environment : KINSTILE_POLICY_DIR;
}

}  // namespace kinstile::cli

int main(int argc, char** argv) { return kinstile::cli::Main(argc, argv); }
