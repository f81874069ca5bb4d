// SPDX-License-Identifier: Apache-2.0
// kinstile audit: verify a trail alone, and open one's own part of it.
#include <cstdio>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/cli/audit_view.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "adapters/daemon/receipts.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string store;
  std::string config;
  std::string party = "gateway";
  std::string origin;
  std::string log_key;
  std::string audience;
  std::string key_file;
  bool json = false;
};

// Whose log this is: believed from the signed manifest, or given by hand.
struct LogIdentity {
  std::string origin;
  crypto::VerifyKey key;
};

absl::StatusOr<LogIdentity> FromManifest(const Options& o) {
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(o.config));
  KS_ASSIGN_OR_RETURN(const auto consortium,
                      wire::LoadManifest(o.config, config.manifest()));
  if (const share::Daemon* d = consortium->FindGateway(o.party))
    return LogIdentity{d->log_origin, d->log_key};
  if (const share::KeyHolder* k = consortium->FindKeyHolder(o.party))
    return LogIdentity{k->daemon.log_origin, k->daemon.log_key};
  return absl::InvalidArgumentError(
      "--party: keeps no audit in the manifest in force");
}

absl::StatusOr<LogIdentity> Identify(const Options& o) {
  if (!o.config.empty()) return FromManifest(o);
  bool good = o.log_key.size() == 64 && !o.origin.empty();
  for (char c : o.log_key) good = good && absl::ascii_isxdigit(c);
  if (!good)
    return absl::InvalidArgumentError(
        "give --config, or --origin and --log-key (64 hex digits)");
  KS_ASSIGN_OR_RETURN(
      crypto::VerifyKey key,
      crypto::VerifyKey::FromBytes(absl::HexStringToBytes(o.log_key)));
  return LogIdentity{o.origin, key};
}

absl::StatusOr<std::unique_ptr<storage::Database>> OpenStore(
    const std::string& path) {
  storage::OpenOptions options;
  options.read_only = true;
  return storage::Open("sqlite:" + path, options);
}

// The receipts that the adapter of --config has kept of this log.
absl::Status AddKeptReceipts(const Options& o, audit::Evidence& evidence) {
  if (o.config.empty() || o.party != "gateway") return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(o.config));
  auto state = OpenStore(wire::ResolvePath(o.config, config.state()));
  // An adapter that has asked nothing yet has kept nothing.
  if (absl::IsNotFound(state.status())) return absl::OkStatus();
  if (!state.ok()) return state.status();
  KS_ASSIGN_OR_RETURN(const auto kept, daemon::ReadReceipts(**state));
  for (const daemon::KeptReceipt& r : kept)
    evidence.receipts.push_back(r.receipt);
  return absl::OkStatus();
}

absl::StatusOr<audit::VerifyReport> Verify(const Options& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o));
  KS_ASSIGN_OR_RETURN(const auto store, OpenStore(o.store));
  audit::VerifyOptions options;
  KS_RETURN_IF_ERROR(AddKeptReceipts(o, options.evidence));
  Progress progress("entries", 0);
  options.progress = [&](uint64_t n) { progress.At(n); };
  return audit::VerifyStore(*store, log.origin, log.key, std::move(options));
}

int RunVerify(const Options& o) {
  auto report = Verify(o);
  if (!report.ok())
    return Complain(report.status(), absl::IsInvalidArgument(report.status())
                                         ? kUsage
                                         : kFailed);
  if (o.json)
    PrintJson(ToJson(*report));
  else
    for (const std::string& line : Describe(*report))
      std::printf("%s\n", line.c_str());
  return report->ok() ? kDone : kNotVerified;
}

absl::StatusOr<audit::OpenedEntries> Open(const Options& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o));
  KS_ASSIGN_OR_RETURN(const auto store, OpenStore(o.store));
  KS_ASSIGN_OR_RETURN(auto key,
                      wire::ReadKey<crypto::BoxSecretKey>(o.key_file));
  return audit::OpenEntries(*store, log.origin, o.audience, std::move(key));
}

int RunOpen(const Options& o) {
  auto opened = Open(o);
  if (!opened.ok()) return Complain(opened.status());
  if (o.json) {
    Json entries = Json::array();
    for (const auto& e : opened->entries) entries.push_back(ToJson(e));
    Json failures = Json::array();
    for (const auto& f : opened->failures)
      failures.push_back({{"index", f.index}, {"why", f.why}});
    PrintJson({{"entries", entries}, {"not_opened", failures}});
  } else {
    for (const auto& e : opened->entries)
      for (const std::string& line : Describe(e))
        std::printf("%s\n", line.c_str());
    for (const auto& f : opened->failures)
      std::printf("entry %llu could not be opened: %s\n",
                  static_cast<unsigned long long>(f.index), f.why.c_str());
    std::printf(
        "%zu entries opened. Opening shows what was written; only "
        "\"audit verify\" proves that nothing is missing.\n",
        opened->entries.size());
  }
  return opened->failures.empty() ? kDone : kNotVerified;
}

void AddCommon(CLI::App* command, Options& o) {
  command->add_option("--store", o.store, "the audit's database, or a copy")
      ->required();
  command->add_option("--config", o.config,
                      "an adapter's configuration: its pinned manifest says "
                      "whose log this is, its kept receipts are held against "
                      "it");
  command
      ->add_option("--party", o.party,
                   "gateway or key holder whose log it "
                   "is")
      ->capture_default_str();
  command->add_option("--origin", o.origin, "without --config: the log's name");
  command->add_option("--log-key", o.log_key,
                      "without --config: the log's public key, hex");
  command->add_flag("--json", o.json, "for machines");
}

}  // namespace

void AddAudit(CLI::App& app, Chosen& chosen) {
  CLI::App* audit = app.add_subcommand("audit", "the audit trail");
  audit->require_subcommand(1);
  auto o = std::make_shared<Options>();
  CLI::App* verify = audit->add_subcommand(
      "verify",
      "rebuild and check a whole trail; needs no server and no "
      "secret key");
  AddCommon(verify, *o);
  verify->callback([o, &chosen] { chosen = [o] { return RunVerify(*o); }; });
  CLI::App* open = audit->add_subcommand(
      "open", "read your agency's entries with your officers' key");
  AddCommon(open, *o);
  open->add_option("--audience", o->audience, "your agency's id")->required();
  open->add_option("--key", o->key_file, "your officers' key file")->required();
  open->callback([o, &chosen] { chosen = [o] { return RunOpen(*o); }; });
}

}  // namespace kinstile::cli
