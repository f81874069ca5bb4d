// SPDX-License-Identifier: Apache-2.0
// kinstiled and kinstile-adapter, by the name they are called with, with their
// whole object graphs and a clock that the test moves. For tests only.
#include <cstdio>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/daemon/node.h"
#include "gateway/server/role.h"
#include "gateway/wire/process.h"
#include "tests/e2e/moved_clock.h"

namespace kinstile::e2e {
namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 2;
}

// Until told to stop; reloads when told to.
template <class Reloadable>
void Serve(Reloadable& daemon) {
  while (true) {
    const wire::Signal signal = wire::WaitForSignal(absl::Milliseconds(100));
    if constexpr (requires { daemon.Look(); }) daemon.Look();
    if (signal == wire::Signal::kStop) return;
    if (signal != wire::Signal::kReload) continue;
    const absl::Status status = daemon.Reload();
    wire::LogLine(status.ok() ? "reloaded"
                              : absl::StrCat("kept what was in force: ",
                                             status.message()));
  }
}

int Kinstiled(const std::string& file, const Clock& clock) {
  auto config = server::ReadConfig(file);
  if (!config.ok()) return Fail(config.status());
  auto role = config->values.has_gateway()
                  ? server::OpenGateway(*config, clock, false)
                  : server::OpenKeyHolder(*config, clock, false);
  if (!role.ok()) return Fail(role.status());
  if (absl::Status s = (*role)->Start({}); !s.ok()) return Fail(s);
  Serve(**role);
  (*role)->Stop();
  return 0;
}

int Adapter(const std::string& file, bool enrol, const Clock& clock) {
  auto node = daemon::Node::Create(file, clock);
  if (!node.ok()) return Fail(node.status());
  if (enrol) {
    const auto report = (*node)->Enrol([](uint64_t, uint64_t) {});
    return report.ok() ? 0 : Fail(report.status());
  }
  const absl::Status up =
      (*node)->Serve([](bool is_up, const std::string& why) {
        wire::LogLine(
            absl::StrCat("source link ", is_up ? "up" : "down", ": ", why));
      });
  if (!up.ok()) return Fail(up);
  (*node)->Witness(
      [](const std::string& party, bool is_up, const std::string& why) {
        wire::LogLine(absl::StrCat("witness of ", party,
                                   is_up ? " up" : " down", ": ", why));
      });
  Serve(**node);
  return 0;
}

}  // namespace
}  // namespace kinstile::e2e

int main(int argc, char** argv) {
  if (argc < 3 || std::strcmp(argv[1], "--config") != 0) return 2;
  kinstile::wire::BlockSignals();
  const kinstile::e2e::MovedClock clock;
  return absl::EndsWith(argv[0], "kinstiled")
             ? kinstile::e2e::Kinstiled(argv[2], clock)
             : kinstile::e2e::Adapter(argv[2], argc > 3, clock);
}
