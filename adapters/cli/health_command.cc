// SPDX-License-Identifier: Apache-2.0
// kinstile health: how the daemons are, and why they do not serve.
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/client/channel.h"
#include "adapters/daemon/node.h"
#include "gateway/base/status_macros.h"
#include "gateway/server/config.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"
#include "kinstile/v1/health_service.grpc.pb.h"

namespace kinstile::cli {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);

struct Options {
  std::string config;
  bool daemon = false;
  bool json = false;
};

// Whom to ask, as whom.
struct Target {
  std::shared_ptr<const share::Consortium> consortium;
  wire::TlsFolder tls;
  std::vector<client::Peer> peers;
};

absl::StatusOr<Target> FromAdapter(const std::string& file) {
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(file));
  Target out;
  KS_ASSIGN_OR_RETURN(out.consortium,
                      wire::LoadManifest(file, config.manifest()));
  out.tls = {wire::ResolvePath(file, config.tls().folder())};
  out.peers.push_back({config.gateway().party(), config.gateway().address()});
  for (const v1::Endpoint& e : config.key_holders())
    out.peers.push_back({e.party(), e.address()});
  return out;
}

// The daemon on this machine, with its own certificate.
absl::StatusOr<Target> FromDaemon(const std::string& file) {
  KS_ASSIGN_OR_RETURN(const server::Config config, server::ReadConfig(file));
  Target out;
  KS_ASSIGN_OR_RETURN(out.consortium,
                      wire::LoadManifest(file, config.values.manifest()));
  out.tls = {config.Path(config.values.tls().folder())};
  std::string address = config.values.listen();
  const size_t colon = address.rfind(':');
  if (absl::EndsWith(address, ":0") && !config.values.port_file().empty()) {
    KS_ASSIGN_OR_RETURN(
        const std::string port,
        wire::ReadFile(config.Path(config.values.port_file()), 16));
    address = absl::StrCat(address.substr(0, colon + 1),
                           absl::StripAsciiWhitespace(port));
  }
  // A daemon that listens on every address is on this one too.
  if (absl::StartsWith(address, "0.0.0.0:") ||
      absl::StartsWith(address, "[::]:"))
    address = absl::StrCat("127.0.0.1", address.substr(address.rfind(':')));
  out.peers.push_back({config.values.party(), address});
  return out;
}

struct Answer {
  std::string party;
  absl::Status status;
  v1::GetHealthResponse health;
};

Answer Ask(const Target& target, const share::Directory& directory,
           const client::Peer& peer) {
  Answer out{peer.party, {}, {}};
  const auto stub =
      v1::HealthService::NewStub(client::Connect(peer, target.tls, directory));
  out.status = client::CallOnce(kPatience, [&](grpc::ClientContext& context) {
    context.set_wait_for_ready(true);
    return stub->GetHealth(&context, {}, &out.health);
  });
  return out;
}

Json ToJson(const Answer& a) {
  if (!a.status.ok())
    return {{"party", a.party},
            {"reached", false},
            {"problems", {std::string(a.status.message())}}};
  const v1::GetHealthResponse& h = a.health;
  const auto& w = h.witnessing();
  Json witnesses = Json::array();
  for (const auto& x : w.witnesses())
    witnesses.push_back(
        {{"agency", x.agency()},
         {"presented", x.presented()},
         {"entries_cosigned", x.size()},
         {"seconds_ago",
          x.has_age_seconds() ? Json(x.age_seconds()) : Json()}});
  return {{"party", a.party},
          {"reached", true},
          {"serving", h.serving()},
          {"problems",
           std::vector<std::string>(h.problems().begin(), h.problems().end())},
          {"stores_ok", h.stores_ok()},
          {"trail_entries", h.trail_size()},
          {"quorum_needed", w.quorum_needed()},
          {"quorum_seconds_ago",
           w.has_quorum_age_seconds() ? Json(w.quorum_age_seconds()) : Json()},
          {"sensitive_answers", w.sensitive_answers()},
          {"sensitive_limit_seconds", w.sensitive_limit_seconds()},
          {"ordinary_answers", w.ordinary_answers()},
          {"ordinary_limit_seconds", w.ordinary_limit_seconds()},
          {"witnesses", witnesses}};
}

void Print(const Answer& a) {
  if (!a.status.ok()) {
    std::printf("%s: %s: %s\n", a.party.c_str(),
                Red("cannot be reached").c_str(),
                std::string(a.status.message()).c_str());
    return;
  }
  const v1::GetHealthResponse& h = a.health;
  std::printf("%s: %s; %llu entries in its trail\n", a.party.c_str(),
              (h.serving() ? Green("serving") : Red("not serving")).c_str(),
              static_cast<unsigned long long>(h.trail_size()));
  for (const std::string& problem : h.problems())
    std::printf("  problem: %s\n", problem.c_str());
  for (const auto& w : h.witnessing().witnesses())
    std::printf("  witness %s: %s\n", w.agency().c_str(),
                w.has_age_seconds()
                    ? absl::StrCat("cosigned ", w.size(), " entries ",
                                   w.age_seconds(), " seconds ago")
                          .c_str()
                    : "has not cosigned since the daemon started");
}

int Health(const Options& o) {
  const auto target = o.daemon ? FromDaemon(o.config) : FromAdapter(o.config);
  if (!target.ok()) return Complain(target.status(), kUsage);
  const share::Directory directory(target->consortium);
  Json all = Json::array();
  bool reached = true;
  bool well = true;
  for (const client::Peer& peer : target->peers) {
    const Answer answer = Ask(*target, directory, peer);
    reached = reached && answer.status.ok();
    well = well && answer.status.ok() && answer.health.serving() &&
           answer.health.problems().empty();
    o.json ? all.push_back(ToJson(answer)) : Print(answer);
  }
  if (o.json) PrintJson({{"well", well}, {"daemons", all}});
  return !reached ? kFailed : well ? kDone : kNotVerified;
}

}  // namespace

void AddHealth(CLI::App& app, Chosen& chosen) {
  CLI::App* health = app.add_subcommand(
      "health",
      "whether the gateway and the key holders serve, how far witnesses are, "
      "and what is wrong (exit code 4: something is)");
  auto o = std::make_shared<Options>();
  health
      ->add_option("--config", o->config,
                   "your adapter's configuration; with --daemon, a daemon's")
      ->required();
  health->add_flag("--daemon", o->daemon,
                   "ask the one daemon of this configuration, as itself");
  health->add_flag("--json", o->json, "for machines");
  health->callback([o, &chosen] { chosen = [o] { return Health(*o); }; });
}

}  // namespace kinstile::cli
