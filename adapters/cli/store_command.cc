// SPDX-License-Identifier: Apache-2.0
// kinstile backup | restore: a daemon's stores into one sealed file and back.
#include <cstdio>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "gateway/audit/note.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/server/backup.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string config;
  std::string file;
  std::string key_file;
  std::vector<std::string> heads;
  bool replace = false;
  bool json = false;
};

absl::StatusOr<crypto::BoxPublicKey> ReadPublicKey(const std::string& path) {
  KS_ASSIGN_OR_RETURN(const std::string text, wire::ReadFile(path, 1024));
  const std::string hex(absl::StripAsciiWhitespace(text));
  bool good = hex.size() == 2 * crypto::BoxPublicKey::kSize;
  for (char c : hex) good = good && absl::ascii_isxdigit(c);
  if (!good)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": must hold a public key of 32 bytes in hex"));
  return crypto::BoxPublicKey::FromBytes(absl::HexStringToBytes(hex));
}

// Size of a head that was checked before, for people.
uint64_t SizeOf(const std::string& note) {
  const auto parsed = audit::ParseNote(note);
  const auto head = parsed.ok()
                        ? audit::ParseCheckpoint(parsed->text)
                        : absl::StatusOr<audit::Checkpoint>(parsed.status());
  return head.ok() ? head->size : 0;
}

Json ToJson(const server::BackupInfo& info) {
  Json stores = Json::array();
  for (const auto& s : info.stores)
    stores.push_back({{"name", s.name}, {"bytes", s.size}});
  return {{"party", info.party},           {"trail", info.origin},
          {"made_at_ms", info.made_ms},    {"entries", SizeOf(info.checkpoint)},
          {"checkpoint", info.checkpoint}, {"stores", stores}};
}

// What a backup does not hold up to is no mistake of the command line.
int FailureCode(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status) ||
                 absl::IsFailedPrecondition(status) ||
                 absl::IsUnauthenticated(status)
             ? kNotVerified
             : kFailed;
}

absl::StatusOr<server::BackupInfo> MakeBackup(const Options& o,
                                              const server::Config& config) {
  KS_ASSIGN_OR_RETURN(const crypto::BoxPublicKey key,
                      ReadPublicKey(o.key_file));
  Progress progress("bytes sealed", 0);
  return server::Backup(config, key, o.file, SystemClock().Now(),
                        [&](uint64_t done, uint64_t) { progress.At(done); });
}

int RunBackup(const Options& o) {
  const auto config = server::ReadConfig(o.config);
  if (!config.ok()) return Complain(config.status(), kUsage);
  const auto info = MakeBackup(o, *config);
  if (!info.ok()) return Complain(info.status(), FailureCode(info.status()));
  if (o.json) {
    PrintJson(ToJson(*info));
    return kDone;
  }
  std::printf(
      "Backed up %s to %s: the trail up to entry %llu.\n"
      "It opens only with the key kept offline. A restore serves as long as no "
      "witness has seen more of the trail than is in it.\n",
      info->party.c_str(), o.file.c_str(),
      static_cast<unsigned long long>(SizeOf(info->checkpoint)));
  return kDone;
}

absl::StatusOr<server::Restored> RestoreFrom(const Options& o,
                                             const server::Config& config) {
  KS_ASSIGN_OR_RETURN(const auto key,
                      wire::ReadKey<crypto::BoxSecretKey>(o.key_file));
  server::RestoreOptions options;
  options.replace = o.replace;
  for (const std::string& path : o.heads) {
    KS_ASSIGN_OR_RETURN(std::string note, wire::ReadFile(path, 64 * 1024));
    options.heads.push_back(std::move(note));
  }
  Progress progress("bytes opened", 0);
  options.progress = [&](uint64_t done, uint64_t) { progress.At(done); };
  return server::Restore(config, key, o.file, SystemClock().Now(), options);
}

int RunRestore(const Options& o) {
  const auto config = server::ReadConfig(o.config);
  if (!config.ok()) return Complain(config.status(), kUsage);
  const auto restored = RestoreFrom(o, *config);
  if (!restored.ok())
    return Complain(restored.status(), FailureCode(restored.status()));
  if (o.json) {
    Json json = ToJson(restored->info);
    json["verified_entries"] = restored->report.entries;
    PrintJson(json);
    return kDone;
  }
  std::printf(
      "Restored %s from %s: %llu entries, all verified; the file is signed "
      "with this party's log key.\n"
      "Start the daemon. It serves once a quorum of witnesses has presented "
      "heads; if one of them has seen more than this copy holds, it serves "
      "nobody and says so: then restore a newer backup, or continue with a new "
      "trail (operator's guide, \"Backup and restore\").\n",
      restored->info.party.c_str(), o.file.c_str(),
      static_cast<unsigned long long>(restored->report.entries));
  return kDone;
}

}  // namespace

void AddBackup(CLI::App& app, Chosen& chosen) {
  CLI::App* backup = app.add_subcommand(
      "backup", "copy a running daemon's stores into one sealed file");
  auto o = std::make_shared<Options>();
  backup->add_option("--config", o->config, "the daemon's configuration")
      ->required();
  backup->add_option("--to", o->file, "new file to write")->required();
  backup
      ->add_option("--key", o->key_file,
                   "public key that it is sealed to, hex in a file (keys init "
                   "writes backup.pub)")
      ->required();
  backup->add_flag("--json", o->json, "for machines");
  backup->callback([o, &chosen] { chosen = [o] { return RunBackup(*o); }; });
}

void AddRestore(CLI::App& app, Chosen& chosen) {
  CLI::App* restore = app.add_subcommand(
      "restore",
      "verify a backup and put its stores in place; stop the daemon first");
  auto o = std::make_shared<Options>();
  restore->add_option("--config", o->config, "the daemon's configuration")
      ->required();
  restore->add_option("--from", o->file, "the backup")->required();
  restore
      ->add_option("--key", o->key_file, "the backup key's file, from offline")
      ->required();
  restore->add_option("--head", o->heads,
                      "a witness's last head, to refuse an older backup before "
                      "anything is touched (may be repeated; kinstile-adapter "
                      "--heads writes them)");
  restore->add_flag("--replace", o->replace,
                    "move stores that are there aside instead of refusing");
  restore->add_flag("--json", o->json, "for machines");
  restore->callback([o, &chosen] { chosen = [o] { return RunRestore(*o); }; });
}

}  // namespace kinstile::cli
