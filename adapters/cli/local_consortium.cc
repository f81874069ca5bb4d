// SPDX-License-Identifier: Apache-2.0
// Starting and stopping a local consortium.
#include "adapters/cli/local_consortium.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kPatience = std::chrono::seconds(20);
constexpr auto kLook = std::chrono::milliseconds(10);

absl::Status WriteConfig(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

}  // namespace

std::string LocalConsortium::Path(const std::string& name) const {
  return absl::StrCat(options_.folder, "/", name);
}
std::string LocalConsortium::Folder(const std::string& party) const {
  return Path(party);
}
std::string LocalConsortium::AdapterConfig(const std::string& agency) const {
  return Path(agency + "/adapter.textproto");
}
std::string LocalConsortium::DaemonConfig(const std::string& party) const {
  return Path(party + "/kinstiled.textproto");
}
std::string LocalConsortium::Store(const std::string& party) const {
  return Path(party + "/store.db");
}
std::string LocalConsortium::LogFile(const std::string& name) const {
  return Path("log/" + name + ".log");
}
std::string LocalConsortium::Address(const std::string& party) const {
  return absl::StrCat("127.0.0.1:", ports_.at(party));
}

absl::StatusOr<std::unique_ptr<LocalConsortium>> LocalConsortium::Start(
    const LocalOptions& options) {
  std::unique_ptr<LocalConsortium> c(new LocalConsortium(options));
  KS_RETURN_IF_ERROR(
      HoldCeremony(options.plan, options.folder, SystemClock().Now()));
  KS_ASSIGN_OR_RETURN(c->manifest_,
                      ManifestConfigText(options.folder, options.plan));
  if (options.before_start) KS_RETURN_IF_ERROR(options.before_start(*c));
  fs::create_directories(c->Path("log"));
  KS_RETURN_IF_ERROR(c->WriteDaemonConfigs());
  for (const KeyHolderPlan& h : options.plan.key_holders)
    KS_RETURN_IF_ERROR(c->StartDaemon(h.id));
  KS_RETURN_IF_ERROR(c->StartDaemon(options.plan.gateway));
  KS_RETURN_IF_ERROR(c->WriteAdapterConfigs());
  return c;
}

absl::Status LocalConsortium::WriteDaemonConfigs() {
  auto common = [&](const std::string& party) {
    return absl::StrCat("party: \"", party, "\"\n", manifest_,
                        "tls { folder: \"tls\" }\nlisten: \"127.0.0.1:0\"\n",
                        "port_file: \"port\"\nlog_key_file: \"log.key\"\n",
                        "store: \"sqlite:store.db\"\n");
  };
  const std::string& gateway = options_.plan.gateway;
  KS_RETURN_IF_ERROR(WriteConfig(
      DaemonConfig(gateway),
      absl::StrCat(
          common(gateway), "gateway {\n  index_key_file: \"index.key\"\n",
          "  index_store: \"sqlite:index.db\"\n", "  agreements_folder: \"",
          options_.gateway_agreements.empty() ? options_.agreements
                                              : options_.gateway_agreements,
          "\"\n  law_folder: \"", options_.law, "\"\n}\n")));
  for (const KeyHolderPlan& h : options_.plan.key_holders)
    KS_RETURN_IF_ERROR(WriteConfig(
        DaemonConfig(h.id),
        absl::StrCat(common(h.id),
                     "key_holder {\n  share_file: \"share.key\"\n",
                     "  query_budget: ", options_.query_budget, "\n}\n")));
  return absl::OkStatus();
}

absl::Status LocalConsortium::WriteAdapterConfigs() {
  std::string endpoints =
      absl::StrCat("gateway { party: \"", options_.plan.gateway,
                   "\" address: \"", Address(options_.plan.gateway), "\" }\n");
  for (const KeyHolderPlan& h : options_.plan.key_holders)
    absl::StrAppend(&endpoints, "key_holders { party: \"", h.id,
                    "\" address: \"", Address(h.id), "\" }\n");
  for (const LocalAgency& a : options_.agencies) {
    KS_RETURN_IF_ERROR(
        WriteConfig(Path(a.id + "/practitioners.textproto"), a.practitioners));
    KS_RETURN_IF_ERROR(WriteConfig(
        AdapterConfig(a.id),
        absl::StrCat(
            "agency: \"", a.id, "\"\n", manifest_, "tls { folder: \"tls\" }\n",
            "signing_key_file: \"signing.key\"\n",
            "comparison_key_file: \"comparison.key\"\n",
            "handle_key_file: \"handle.key\"\n",
            "witness_key_file: \"witness.key\"\nwitness_every_ms: ",
            options_.witness_every_ms, "\n", endpoints, "agreements_folder: \"",
            options_.agreements, "\"\nlaw_folder: \"", options_.law, "\"\n",
            !a.source.empty()
                ? a.source
                : absl::StrCat("csv { file: \"", a.csv, "\" mapping: \"",
                               a.mapping, "\" }\n"),
            "state: \"state.db\"\n",
            "practitioners_file: \"practitioners.textproto\"\n")));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> LocalConsortium::WaitForPort(const std::string& party) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    Process* process = Find(party);
    if (process == nullptr)
      return absl::UnavailableError(absl::StrCat(
          party, ": did not start; its words are in ", LogFile(party)));
    int port = 0;
    auto text = wire::ReadFile(Path(party + "/port"));
    if (text.ok() && absl::SimpleAtoi(*text, &port)) return port;
    std::this_thread::sleep_for(kLook);
  }
  return absl::DeadlineExceededError(absl::StrCat(party, ": did not start"));
}

absl::Status LocalConsortium::StartDaemon(const std::string& party,
                                          bool wait_until_serving) {
  fs::remove(Path(party + "/port"));
  std::string config = DaemonConfig(party);
  // A restart listens where the adapters already dial.
  if (auto port = ports_.find(party); port != ports_.end()) {
    KS_ASSIGN_OR_RETURN(std::string text, wire::ReadFile(config));
    const std::string any = "listen: \"127.0.0.1:0\"";
    if (const size_t at = text.find(any); at != std::string::npos) {
      text.replace(at, any.size(),
                   absl::StrCat("listen: \"127.0.0.1:", port->second, "\""));
      KS_RETURN_IF_ERROR(WriteConfig(config, text));
    }
  }
  KS_ASSIGN_OR_RETURN(
      Process process,
      Process::Start({options_.programs + "/kinstiled", "--config", config},
                     LogFile(party)));
  processes_.insert_or_assign(party, std::move(process));
  KS_ASSIGN_OR_RETURN(ports_[party], WaitForPort(party));
  const bool gateway = party == options_.plan.gateway;
  if (gateway && wait_until_serving && RunningAdapters() >= 2)
    return WaitUntilServing();
  return absl::OkStatus();
}

absl::Status LocalConsortium::Enrol(const std::string& agency) {
  const std::string log = LogFile(agency + "-enrol");
  KS_ASSIGN_OR_RETURN(
      Process process,
      Process::Start({options_.programs + "/kinstile-adapter", "--config",
                      AdapterConfig(agency), "--enrol"},
                     log));
  if (process.Wait() == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(agency, ": enrolment failed; its words are in ", log));
}

absl::Status LocalConsortium::StartAdapter(const std::string& agency) {
  const std::string log = LogFile(agency);
  fs::remove(log);
  KS_ASSIGN_OR_RETURN(Process process,
                      Process::Start({options_.programs + "/kinstile-adapter",
                                      "--config", AdapterConfig(agency)},
                                     log));
  processes_.insert_or_assign(agency, std::move(process));
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    auto words = wire::ReadFile(log);
    if (words.ok() && absl::StrContains(*words, "source link up"))
      return absl::OkStatus();
    if (Find(agency) == nullptr)
      return absl::UnavailableError(absl::StrCat(
          agency, ": adapter did not start; its words are in ", log));
    std::this_thread::sleep_for(kLook);
  }
  return absl::DeadlineExceededError(
      absl::StrCat(agency, ": the adapter's link did not come up"));
}

absl::Status LocalConsortium::StartAdapters() {
  for (const LocalAgency& a : options_.agencies)
    KS_RETURN_IF_ERROR(StartAdapter(a.id));
  return WaitUntilServing();
}

bool LocalConsortium::Serving() const {
  const auto words = wire::ReadFile(LogFile(options_.plan.gateway));
  if (!words.ok()) return false;
  const size_t start = words->rfind("listens on port");
  return start != std::string::npos &&
         words->find("serving: what", start) != std::string::npos;
}

absl::Status LocalConsortium::WaitUntilServing() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (Serving()) return absl::OkStatus();
    std::this_thread::sleep_for(kLook);
  }
  return absl::DeadlineExceededError(
      "the gateway does not serve: too few adapters have presented heads");
}

size_t LocalConsortium::RunningAdapters() {
  size_t n = 0;
  for (const LocalAgency& a : options_.agencies) n += Find(a.id) != nullptr;
  return n;
}

void LocalConsortium::StopAdapter(const std::string& agency) {
  processes_.erase(agency);
}

Process* LocalConsortium::Find(const std::string& name) {
  auto it = processes_.find(name);
  if (it == processes_.end() || !it->second.running()) return nullptr;
  return &it->second;
}

void LocalConsortium::StopAll() {
  for (const LocalAgency& a : options_.agencies) processes_.erase(a.id);
  processes_.erase(options_.plan.gateway);
  processes_.clear();
}

}  // namespace kinstile::cli
