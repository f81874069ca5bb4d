// SPDX-License-Identifier: Apache-2.0
// Identity from the manifest, copies from disk, evidence from the adapter.
#include "adapters/cli/audit/trail.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/cli/audit/index.h"
#include "adapters/cli/audit/query.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "adapters/daemon/receipts.h"
#include "gateway/audit/folder.h"
#include "gateway/audit/receipt.h"
#include "gateway/audit/witness.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/recipients.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

absl::StatusOr<crypto::VerifyKey> ParseLogKey(const std::string& hex) {
  if (hex.size() != 64 ||
      !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit))
    return absl::InvalidArgumentError("--log-key: must be 64 hex digits");
  return crypto::VerifyKey::FromBytes(absl::HexStringToBytes(hex));
}

absl::StatusOr<LogIdentity> FromManifest(const Trail& trail) {
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  KS_ASSIGN_OR_RETURN(const auto consortium,
                      wire::LoadManifest(trail.config, config.manifest()));
  const share::Daemon* daemon = consortium->FindGateway(trail.party);
  if (const share::KeyHolder* k = consortium->FindKeyHolder(trail.party))
    daemon = &k->daemon;
  if (daemon == nullptr)
    return absl::InvalidArgumentError(
        "--party: keeps no audit in the manifest in force");
  LogIdentity log{daemon->log_origin, daemon->log_key};
  // An older one of this party, that was closed since.
  if (!trail.origin.empty()) log.origin = trail.origin;
  if (!trail.log_key.empty()) {
    KS_ASSIGN_OR_RETURN(log.key, ParseLogKey(trail.log_key));
  }
  return log;
}

absl::StatusOr<std::unique_ptr<storage::Database>> OpenReadOnly(
    const std::string& path) {
  storage::OpenOptions options;
  options.read_only = true;
  return storage::Open("sqlite:" + path, options);
}

// By its checkpoint's first line; what cannot be read is anybody's.
bool IsOf(absl::string_view receipt, absl::string_view origin) {
  const auto r = audit::ParseReceipt(receipt);
  return !r.ok() || absl::StartsWith(r->checkpoint, absl::StrCat(origin, "\n"));
}

absl::Status AddKept(const Trail& trail, const std::string& origin,
                     audit::Evidence& evidence) {
  if (trail.config.empty()) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  auto state = OpenReadOnly(wire::ResolvePath(trail.config, config.state()));
  // An adapter that has asked nothing yet has kept nothing.
  if (absl::IsNotFound(state.status())) return absl::OkStatus();
  if (!state.ok()) return state.status();
  // Only the gateway gives receipts. Those of the log that this one carries on
  // are held against that.
  if (trail.party == "gateway") {
    KS_ASSIGN_OR_RETURN(const auto kept, daemon::ReadReceipts(**state));
    for (const daemon::KeptReceipt& r : kept)
      if (IsOf(r.receipt, origin)) evidence.receipts.push_back(r.receipt);
  }
  KS_ASSIGN_OR_RETURN(const auto heads, audit::ReadWitnessHeads(**state));
  for (const audit::WitnessHead& h : heads)
    if (h.origin == origin) evidence.witnessed.push_back(h.note);
  KS_ASSIGN_OR_RETURN(const auto refused, audit::ReadWitnessEvidence(**state));
  for (const audit::WitnessEvidence& e : refused)
    if (e.origin == origin) evidence.refused.push_back(e.note);
  return absl::OkStatus();
}

}  // namespace

void Trail::AddTo(CLI::App* command, bool needs_store) {
  auto* option = command->add_option(
      "--store", store,
      "the audit's database, a copy of it, or an exported folder");
  if (needs_store) option->required();
  command->add_option("--config", config,
                      "an adapter's configuration: its pinned manifest says "
                      "whose log this is; its kept receipts, and the heads "
                      "that it witnessed, are held against it");
  command->add_option("--party", party, "gateway or key holder whose log it is")
      ->capture_default_str();
  command->add_option("--origin", origin,
                      "the log's name: without --config, or for an older log "
                      "that was closed");
  command->add_option("--log-key", log_key, "likewise: its public key, hex");
  command->add_flag("--json", json, "for machines");
}

void Trail::AddEvidenceTo(CLI::App* command) {
  command->add_option("--receipt", receipts,
                      "a file with a receipt kept elsewhere (repeatable)");
  command->add_option("--checkpoint", checkpoints,
                      "a file with a signed head kept elsewhere, a witness's "
                      "for example (repeatable)");
  command->add_option("--as-of", as_of,
                      "the copy is one of this day or moment, UTC: what was "
                      "kept later is left out, and said");
}

void Trail::AddReaderTo(CLI::App* command, bool required) {
  command->add_option("--audience", audience,
                      "your agency's id (default: that of --config)");
  auto* option = command->add_option(
      "--key", key_files,
      "your officers' key file (repeatable: one for each month, say)");
  if (required) option->required();
}

int ExitCodeOf(const absl::Status& status) {
  if (absl::IsUnauthenticated(status) || absl::IsDataLoss(status))
    return kNotVerified;
  return absl::IsInvalidArgument(status) ? kUsage : kFailed;
}

absl::StatusOr<LogIdentity> Identify(const Trail& trail) {
  if (!trail.config.empty()) return FromManifest(trail);
  if (trail.origin.empty() || trail.log_key.empty())
    return absl::InvalidArgumentError(
        "give --config, or --origin and --log-key");
  KS_ASSIGN_OR_RETURN(const crypto::VerifyKey key, ParseLogKey(trail.log_key));
  return LogIdentity{trail.origin, key};
}

absl::StatusOr<audit::ManifestReader> ManifestsOf(const Trail& trail) {
  if (trail.config.empty()) return audit::ManifestReader();
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  KS_ASSIGN_OR_RETURN(const wire::PinnedKeys pinned,
                      wire::ReadPinned(trail.config, config.manifest()));
  return audit::ManifestReader([pinned](const audit::KeyManifest& manifest)
                                   -> absl::StatusOr<audit::ManifestFacts> {
    wire::ManifestSignatures signatures;
    for (const audit::ManifestSignature& s : manifest.signatures)
      signatures[s.agency] = absl::BytesToHexString(s.signature.view());
    KS_ASSIGN_OR_RETURN(const auto consortium,
                        wire::ParseManifest(manifest.signed_bytes, "manifest",
                                            signatures, pinned));
    audit::ManifestFacts facts{share::RecipientsOf(*consortium),
                               {},
                               consortium->witnesses.policy,
                               consortium->version};
    for (const share::Agency& agency : consortium->agencies)
      facts.signing_keys.emplace(agency.id.str(), agency.signing_key);
    for (const share::Daemon& gateway : consortium->gateways)
      facts.log_keys.emplace(gateway.log_origin, gateway.log_key);
    for (const share::KeyHolder& holder : consortium->key_holders)
      facts.log_keys.emplace(holder.daemon.log_origin, holder.daemon.log_key);
    return facts;
  });
}

absl::StatusOr<std::string> AudienceOf(const Trail& trail) {
  if (!trail.audience.empty()) return trail.audience;
  if (trail.config.empty())
    return absl::InvalidArgumentError("give --audience, or --config");
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  return config.agency();
}

absl::StatusOr<std::vector<crypto::BoxSecretKey>> OfficerKeys(
    const Trail& trail) {
  std::vector<crypto::BoxSecretKey> keys;
  for (const std::string& file : trail.key_files) {
    KS_ASSIGN_OR_RETURN(auto key, wire::ReadKey<crypto::BoxSecretKey>(file));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return absl::InvalidArgumentError("give --key");
  return keys;
}

absl::Status WithCopy(
    const std::string& path, absl::string_view origin,
    absl::FunctionRef<absl::Status(audit::LogCopy& copy)> body) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    audit::FolderCopy copy(path, origin);
    return body(copy);
  }
  KS_ASSIGN_OR_RETURN(const auto db, OpenReadOnly(path));
  return db->Read([&](storage::Snapshot& snapshot) {
    audit::StoreCopy copy(snapshot, origin);
    return body(copy);
  });
}

absl::StatusOr<audit::Evidence> EvidenceOf(const Trail& trail,
                                           const LogIdentity& log) {
  audit::Evidence evidence;
  KS_RETURN_IF_ERROR(AddKept(trail, log.origin, evidence));
  for (const std::string& file : trail.receipts) {
    KS_ASSIGN_OR_RETURN(std::string text, wire::ReadFile(file));
    evidence.receipts.push_back(std::move(text));
  }
  for (const std::string& file : trail.checkpoints) {
    KS_ASSIGN_OR_RETURN(std::string text, wire::ReadFile(file));
    evidence.checkpoints.push_back(std::move(text));
  }
  if (!trail.index_file.empty()) {
    KS_ASSIGN_OR_RETURN(IndexEvidence kept,
                        SearchIndex::ReadEvidence(trail.index_file));
    if (!kept.head.empty()) evidence.checkpoints.push_back(kept.head);
    for (std::string& receipt : kept.receipts)
      evidence.receipts.push_back(std::move(receipt));
  }
  return evidence;
}

absl::StatusOr<audit::VerifyOptions> OptionsOf(const Trail& trail,
                                               audit::Evidence evidence) {
  audit::VerifyOptions options;
  options.evidence = std::move(evidence);
  KS_ASSIGN_OR_RETURN(options.manifests, ManifestsOf(trail));
  if (!trail.config.empty()) {
    KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                        daemon::ReadAdapterConfig(trail.config));
    KS_ASSIGN_OR_RETURN(const auto consortium,
                        wire::LoadManifest(trail.config, config.manifest()));
    options.manifest_version = consortium->version;
  }
  if (!trail.as_of.empty()) {
    KS_ASSIGN_OR_RETURN(options.as_of_ms, ParseTime("--as-of", trail.as_of));
    constexpr int64_t kDayMs = 24 * 60 * 60 * 1000;
    // A day: its end.
    if (!absl::StrContains(trail.as_of, 'T')) *options.as_of_ms += kDayMs - 1;
  }
  return options;
}

absl::StatusOr<audit::VerifyReport> Verify(const Trail& trail,
                                           const LogIdentity& log,
                                           audit::Evidence evidence) {
  KS_ASSIGN_OR_RETURN(audit::VerifyOptions options,
                      OptionsOf(trail, std::move(evidence)));
  Progress progress("entries verified", 0);
  options.progress = [&](uint64_t n) { progress.At(n); };
  absl::StatusOr<audit::VerifyReport> report =
      absl::InternalError("audit: not verified");
  const absl::Status read =
      WithCopy(trail.store, log.origin, [&](audit::LogCopy& copy) {
        report =
            audit::VerifyCopy(copy, log.origin, log.key, std::move(options));
        return absl::OkStatus();
      });
  if (absl::IsDataLoss(read)) {
    // Too damaged to be looked into at all.
    audit::VerifyReport damaged;
    damaged.failures = {absl::StrCat("the file is damaged: ", read.message())};
    return damaged;
  }
  KS_RETURN_IF_ERROR(read);
  return report;
}

absl::StatusOr<std::vector<EarlierLog>> VerifyEarlierLogs(
    const Trail& trail, const LogIdentity& log,
    const audit::VerifyReport& report) {
  std::vector<EarlierLog> out;
  std::string next = log.origin;
  std::optional<audit::Continues> continues = report.continues;
  std::set<std::string> seen = {next};
  while (continues && seen.insert(continues->origin).second) {
    EarlierLog earlier{continues->origin, std::nullopt};
    std::error_code error;
    // An exported folder holds one log.
    if (!std::filesystem::is_directory(trail.store, error)) {
      audit::Evidence evidence;
      KS_RETURN_IF_ERROR(AddKept(trail, continues->origin, evidence));
      KS_ASSIGN_OR_RETURN(audit::VerifyOptions options,
                          OptionsOf(trail, std::move(evidence)));
      const absl::Status read =
          WithCopy(trail.store, continues->origin,
                   [&](audit::LogCopy& copy) -> absl::Status {
                     KS_ASSIGN_OR_RETURN(
                         earlier.report,
                         audit::VerifyEarlier(copy, *continues, next, options));
                     return absl::OkStatus();
                   });
      if (!read.ok() && !absl::IsNotFound(read)) return read;
    }
    next = continues->origin;
    continues = earlier.report ? earlier.report->continues : std::nullopt;
    out.push_back(std::move(earlier));
  }
  return out;
}

}  // namespace kinstile::cli
