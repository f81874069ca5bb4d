// SPDX-License-Identifier: Apache-2.0
// Identity from the manifest, copies from disk, evidence from the adapter.
#include "adapters/cli/audit/trail.h"

#include <filesystem>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "adapters/daemon/receipts.h"
#include "gateway/audit/folder.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/recipients.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

absl::StatusOr<LogIdentity> FromManifest(const Trail& trail) {
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  KS_ASSIGN_OR_RETURN(const auto consortium,
                      wire::LoadManifest(trail.config, config.manifest()));
  if (const share::Daemon* d = consortium->FindGateway(trail.party))
    return LogIdentity{d->log_origin, d->log_key};
  if (const share::KeyHolder* k = consortium->FindKeyHolder(trail.party))
    return LogIdentity{k->daemon.log_origin, k->daemon.log_key};
  return absl::InvalidArgumentError(
      "--party: keeps no audit in the manifest in force");
}

absl::StatusOr<std::unique_ptr<storage::Database>> OpenReadOnly(
    const std::string& path) {
  storage::OpenOptions options;
  options.read_only = true;
  return storage::Open("sqlite:" + path, options);
}

absl::Status AddKeptReceipts(const Trail& trail, audit::Evidence& evidence) {
  if (trail.config.empty() || trail.party != "gateway") return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  auto state = OpenReadOnly(wire::ResolvePath(trail.config, config.state()));
  // An adapter that has asked nothing yet has kept nothing.
  if (absl::IsNotFound(state.status())) return absl::OkStatus();
  if (!state.ok()) return state.status();
  KS_ASSIGN_OR_RETURN(const auto kept, daemon::ReadReceipts(**state));
  for (const daemon::KeptReceipt& r : kept)
    evidence.receipts.push_back(r.receipt);
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
                      "whose log this is, its kept receipts are held against "
                      "it");
  command->add_option("--party", party, "gateway or key holder whose log it is")
      ->capture_default_str();
  command->add_option("--origin", origin, "without --config: the log's name");
  command->add_option("--log-key", log_key,
                      "without --config: the log's public key, hex");
  command->add_flag("--json", json, "for machines");
}

void Trail::AddEvidenceTo(CLI::App* command) {
  command->add_option("--receipt", receipts,
                      "a file with a receipt kept elsewhere (repeatable)");
  command->add_option("--checkpoint", checkpoints,
                      "a file with a signed head kept elsewhere, a witness's "
                      "for example (repeatable)");
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
  if (absl::IsUnauthenticated(status)) return kNotVerified;
  return absl::IsInvalidArgument(status) ? kUsage : kFailed;
}

absl::StatusOr<LogIdentity> Identify(const Trail& trail) {
  if (!trail.config.empty()) return FromManifest(trail);
  bool good = trail.log_key.size() == 64 && !trail.origin.empty();
  for (char c : trail.log_key) good = good && absl::ascii_isxdigit(c);
  if (!good)
    return absl::InvalidArgumentError(
        "give --config, or --origin and --log-key (64 hex digits)");
  KS_ASSIGN_OR_RETURN(
      crypto::VerifyKey key,
      crypto::VerifyKey::FromBytes(absl::HexStringToBytes(trail.log_key)));
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
    audit::ManifestFacts facts{share::RecipientsOf(*consortium), {}};
    for (const share::Agency& agency : consortium->agencies)
      facts.signing_keys.emplace(agency.id.str(), agency.signing_key);
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

absl::StatusOr<audit::Evidence> EvidenceOf(const Trail& trail) {
  audit::Evidence evidence;
  KS_RETURN_IF_ERROR(AddKeptReceipts(trail, evidence));
  for (const std::string& file : trail.receipts) {
    KS_ASSIGN_OR_RETURN(std::string text, wire::ReadFile(file));
    evidence.receipts.push_back(std::move(text));
  }
  for (const std::string& file : trail.checkpoints) {
    KS_ASSIGN_OR_RETURN(std::string text, wire::ReadFile(file));
    evidence.checkpoints.push_back(std::move(text));
  }
  return evidence;
}

absl::StatusOr<audit::VerifyReport> Verify(const Trail& trail,
                                           const LogIdentity& log,
                                           audit::Evidence evidence) {
  audit::VerifyOptions options;
  options.evidence = std::move(evidence);
  KS_ASSIGN_OR_RETURN(options.manifests, ManifestsOf(trail));
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

}  // namespace kinstile::cli
