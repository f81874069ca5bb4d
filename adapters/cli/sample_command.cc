// SPDX-License-Identifier: Apache-2.0
// kinstile sample: invented families for trying things out.
#include <cstdio>
#include <memory>

#include "absl/strings/str_join.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/cli/sample.h"

namespace kinstile::cli {

void AddSample(CLI::App& app, Chosen& chosen) {
  CLI::App* sample = app.add_subcommand(
      "sample", "write invented families for several agencies, with the truth");
  auto o = std::make_shared<SampleOptions>();
  auto json = std::make_shared<bool>(false);
  sample->add_option("--out", o->out_dir, "folder to write to")->required();
  sample->add_option("--families", o->families, "how many families")
      ->capture_default_str();
  sample
      ->add_option("--agencies", o->agencies,
                   "some of jcp, council, health, school, housing, charity")
      ->delimiter(',')
      ->capture_default_str();
  sample->add_option("--seed", o->seed, "same seed, same families")
      ->capture_default_str();
  sample
      ->add_option("--level", o->level,
                   "easy, or hard: more errors, movers and look-alikes")
      ->capture_default_str();
  sample->add_flag("--json", *json, "for machines");
  sample->callback([o, json, &chosen] {
    chosen = [o, json] {
      if (absl::Status s = WriteSample(*o); !s.ok())
        return Complain(s, absl::IsInvalidArgument(s) ? kUsage : kFailed);
      if (*json)
        PrintJson({{"folder", o->out_dir},
                   {"families", o->families},
                   {"agencies", o->agencies}});
      else
        std::printf("Wrote %s for %s, with truth.csv (all people invented).\n",
                    o->out_dir.c_str(),
                    absl::StrJoin(o->agencies, ", ").c_str());
      return static_cast<int>(kDone);
    };
  });
}

}  // namespace kinstile::cli
