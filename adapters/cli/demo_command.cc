// SPDX-License-Identifier: Apache-2.0
// kinstile demo: a consortium on one machine, from keys to a caught tampering.
#include <cstdio>
#include <memory>

#include "adapters/cli/commands.h"
#include "adapters/cli/demo.h"
#include "adapters/cli/output.h"

namespace kinstile::cli {

void AddDemo(CLI::App& app, Chosen& chosen) {
  CLI::App* demo = app.add_subcommand(
      "demo",
      "run three invented agencies, gateway, key holders and officer on this "
      "machine, and show what each of them sees");
  auto o = std::make_shared<DemoOptions>();
  demo->add_option("--families", o->families, "invented families")
      ->capture_default_str();
  demo->add_option("--seed", o->seed, "same seed, same families")
      ->capture_default_str();
  demo->add_option("--keep", o->keep,
                   "leave everything in this (new) folder to look at");
  demo->add_flag("--json", o->json,
                 "the steps and their outcomes for machines");
  o->policy = ShippedPolicy();
  demo->callback([o, &chosen] {
    chosen = [o] {
      auto report = RunDemo(*o);
      if (!report.ok()) return Complain(report.status());
      if (o->json) PrintJson(*report);
      return static_cast<int>((*report)["all_as_expected"] ? kDone
                                                           : kNotVerified);
    };
  });
}

}  // namespace kinstile::cli
