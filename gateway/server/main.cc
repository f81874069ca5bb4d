// SPDX-License-Identifier: Apache-2.0
// kinstiled: the gateway, or a key holder.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "gateway/server/config.h"
#include "gateway/server/role.h"
#include "gateway/wire/process.h"

namespace kinstile::server {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
// The trail cannot be trusted to be on disk: the supervisor restarts us, and
// the restart reads back what is.
constexpr int kTrailLost = 3;

constexpr absl::Duration kLookEvery = absl::Milliseconds(100);
constexpr int kReloadEvery = 200;  // looks: 20 seconds

int Complain(const absl::Status& status, int code) {
  std::fprintf(stderr, "kinstiled: %s\n",
               std::string(status.message()).c_str());
  return code;
}

void Reload(Role& role) {
  if (absl::Status s = role.Reload(); !s.ok())
    wire::LogLine(absl::StrCat("kept what was in force: ", s.message()));
}

int Run(Role& role) {
  if (absl::Status s = role.Start({}); !s.ok()) return Complain(s, kFailed);
  for (int looks = 1;; ++looks) {
    const wire::Signal signal = wire::WaitForSignal(kLookEvery);
    if (signal == wire::Signal::kStop) break;
    if (!role.healthy()) {
      wire::LogLine("the audit store failed: exiting, nothing was answered");
      // No clean-up: what is in memory must not reach the disk.
      std::_Exit(kTrailLost);
    }
    role.Look();
    if (signal == wire::Signal::kReload || looks % kReloadEvery == 0)
      Reload(role);
  }
  role.Stop();
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app{
      "Kinstile daemon: gateway or key holder, as its configuration says.\n"
      "Exit codes: 0 stopped, 1 failed to start, 2 configuration or usage, "
      "3 the audit store failed (restart me)."};
  std::string file;
  bool check = false;
  app.add_option("--config", file, "configuration file (protobuf text)")
      ->required();
  app.add_flag("--check-config", check,
               "check the file, the manifest, keys, certificates and policy, "
               "then stop");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  wire::HardenProcess();
  wire::PrepareForManyCalls();
  wire::BlockSignals();
  auto config = ReadConfig(file);
  if (!config.ok()) return Complain(config.status(), kUsage);
  auto role = config->values.has_gateway()
                  ? OpenGateway(*config, SystemClock(), check)
                  : OpenKeyHolder(*config, SystemClock(), check);
  if (!role.ok()) return Complain(role.status(), kUsage);
  if (check) {
    std::printf("%s: good\n", file.c_str());
    return 0;
  }
  return Run(**role);
}

}  // namespace
}  // namespace kinstile::server

int main(int argc, char** argv) { return kinstile::server::Main(argc, argv); }
