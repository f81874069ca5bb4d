// SPDX-License-Identifier: Apache-2.0
// kinstile policy sign: what a party puts its name to.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/text.h"
#include "policy/cases.h"
#include "policy/loader.h"

namespace kinstile::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder;
  std::string agreement;
  bool agencies = false;
  std::string party;
  std::string key_file;
  std::string config;  // of the party's adapter; may be empty
  bool demonstration = false;
  bool json = false;
};

absl::StatusOr<policy::PolicyFiles> ReadFiles(const Options& o) {
  return wire::ReadPolicyFiles(o.folder + "/law", o.folder + "/agreements");
}

std::string AllErrors(const std::vector<policy::Issue>& issues) {
  std::vector<std::string> lines;
  for (const policy::Issue& issue : issues)
    if (issue.severity == policy::Severity::kError)
      lines.push_back(policy::Format(issue));
  return absl::StrJoin(lines, "\n");
}

// Nobody signs what does not check or whose cases do not pass: the load as it
// will be once every party has signed.
absl::Status CheckBeforeSigning(const Options& o,
                                const policy::PolicyFiles& files,
                                policy::LoadOptions options) {
  options.signatures_aside = true;
  const policy::LoadResult loaded = policy::Load(files, options);
  if (loaded.set == nullptr)
    return absl::FailedPreconditionError(absl::StrCat(
        "not signed, for it does not check:\n", AllErrors(loaded.issues)));
  if (loaded.set->Find(o.agreement)->draft && !o.demonstration)
    return absl::FailedPreconditionError(
        "not signed, for it is a draft: `status: SIGNED` is part of what is "
        "signed, and must be set before the first signature");
  const std::string path =
      absl::StrCat(o.folder, "/agreements/", o.agreement, "/cases.textproto");
  KS_ASSIGN_OR_RETURN(std::string bytes, wire::ReadFile(path));
  const policy::CasesReport report =
      policy::RunCases(*loaded.set, {path, std::move(bytes)});
  if (policy::HasErrors(report.issues) || report.results.empty())
    return absl::FailedPreconditionError(absl::StrCat(
        "not signed, for its cases do not run:\n", AllErrors(report.issues)));
  for (const policy::CaseResult& c : report.results)
    if (!c.passed)
      return absl::FailedPreconditionError(
          absl::StrCat("not signed, for its case \"", c.name,
                       "\" fails: expected ", c.expected, ", got ", c.got));
  return absl::OkStatus();
}

absl::Status WriteText(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

std::string HexOfSha256(absl::string_view bytes) {
  return absl::BytesToHexString(crypto::Sha256(bytes).view());
}

// What is signed, and where it goes.
struct ToSign {
  std::string statement;  // "" where there is no text but the file itself
  std::string message;
  std::string statement_path;
  std::string signature_path;
  std::string digest;  // of the file, for people
};

absl::StatusOr<ToSign> AgreementToSign(const Options& o,
                                       const policy::PolicyFiles& files,
                                       const policy::LoadOptions& options) {
  const policy::AgreementFiles* agreement = nullptr;
  for (const policy::AgreementFiles& each : files.agreements)
    if (each.id == o.agreement) agreement = &each;
  if (agreement == nullptr)
    return absl::NotFoundError("--agreement: no such folder");
  const std::vector<std::string> parties = policy::PartiesOf(*agreement);
  if (std::find(parties.begin(), parties.end(), o.party) == parties.end())
    return absl::InvalidArgumentError("--party: is no party of the agreement");
  KS_RETURN_IF_ERROR(CheckBeforeSigning(o, files, options));
  std::vector<policy::Issue> issues;
  ToSign out;
  out.statement =
      policy::StatementFor(files, o.agreement, o.party, options, &issues);
  if (out.statement.empty())
    return absl::FailedPreconditionError(AllErrors(issues));
  out.message = policy::StatementToSign(out.statement);
  const std::string folder =
      absl::StrCat(o.folder, "/agreements/", o.agreement, "/sig");
  out.statement_path = absl::StrCat(folder, "/", o.party, ".textproto");
  out.signature_path = absl::StrCat(folder, "/", o.party, ".sig");
  out.digest = HexOfSha256(agreement->agreement.bytes);
  return out;
}

absl::StatusOr<ToSign> RegisterToSign(const Options& o,
                                      const policy::PolicyFiles& files,
                                      policy::LoadOptions options) {
  if (files.agencies.name.empty())
    return absl::NotFoundError(
        absl::StrCat(o.folder, "/agreements: no agencies.textproto"));
  options.signatures_aside = true;
  const policy::LoadResult loaded = policy::Load(files, options);
  if (loaded.set == nullptr)
    return absl::FailedPreconditionError(absl::StrCat(
        "not signed, for it does not check:\n", AllErrors(loaded.issues)));
  if (loaded.set->agencies().Find(o.party) == nullptr)
    return absl::InvalidArgumentError("--party: is no agency of the register");
  ToSign out;
  out.message = policy::RegisterToSign(files.agencies.bytes);
  out.signature_path = absl::StrCat(files.agencies.name, ".", o.party, ".sig");
  out.digest = HexOfSha256(files.agencies.bytes);
  return out;
}

absl::Status Write(const ToSign& what, const crypto::Signature& signature) {
  if (fs::exists(what.signature_path))
    return absl::AlreadyExistsError(
        absl::StrCat(what.signature_path,
                     ": exists; a signature is never written over another"));
  std::error_code error;
  fs::create_directories(fs::path(what.signature_path).parent_path(), error);
  if (!what.statement_path.empty())
    KS_RETURN_IF_ERROR(WriteText(what.statement_path, what.statement));
  return WriteText(what.signature_path,
                   absl::BytesToHexString(signature.view()) + "\n");
}

// Whether the key is the party's by the pinned manifest, where a configuration
// says which manifest that is.
absl::Status CheckKey(const Options& o, const crypto::SigningKey& key) {
  if (o.config.empty()) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(o.config));
  KS_ASSIGN_OR_RETURN(const auto consortium,
                      wire::LoadManifest(o.config, config.manifest()));
  KS_ASSIGN_OR_RETURN(const AgencyId party, AgencyId::Create(o.party));
  const share::Agency* agency = consortium->FindAgency(party);
  if (agency == nullptr)
    return absl::InvalidArgumentError("--party: is not in the manifest");
  if (agency->signing_key.view() != key.verify_key().view())
    return absl::FailedPreconditionError(
        "--key: is not the party's by the manifest; nothing was signed");
  return absl::OkStatus();
}

int Refuse(const absl::Status& why) {
  return Complain(why, absl::IsFailedPrecondition(why) ? kNotVerified : kUsage);
}

int Sign(const Options& o) {
  if (o.agencies == !o.agreement.empty())
    return Complain(
        absl::InvalidArgumentError("name either --agreement ID or --agencies"),
        kUsage);
  auto files = ReadFiles(o);
  if (!files.ok()) return Complain(files.status(), kUsage);
  share::Consortium nobody;
  nobody.demonstration = o.demonstration;
  const policy::LoadOptions options =
      wire::PolicyOptions(nobody, SystemClock().Now());
  const auto what = o.agencies ? RegisterToSign(o, *files, options)
                               : AgreementToSign(o, *files, options);
  if (!what.ok()) return Refuse(what.status());
  auto key = wire::ReadSigningKey(o.key_file);
  if (!key.ok()) return Complain(key.status(), kUsage);
  if (absl::Status s = CheckKey(o, *key); !s.ok()) return Refuse(s);
  if (absl::Status s =
          Write(*what, key->Sign(wire::kAgreementLabel, what->message));
      !s.ok())
    return Complain(s);
  if (o.json) {
    PrintJson({{"agreement", o.agreement},
               {"party", o.party},
               {"sha256", what->digest},
               {"statement", what->statement_path},
               {"file", what->signature_path}});
    return kDone;
  }
  if (o.agencies)
    std::printf(
        "%s has signed the register of agencies.\nSigned were these bytes "
        "(SHA-256 %s).\nA change needs the signatures of two agencies again.\n"
        "The signature is in %s.\n",
        o.party.c_str(), what->digest.c_str(), what->signature_path.c_str());
  else
    std::printf(
        "%s has signed %s.\nSigned was the statement in %s:\n\n%s\nA change "
        "of agreement, law, schema or plain-English document needs every "
        "signature again.\nThe signature is in %s. %s\n",
        o.party.c_str(), o.agreement.c_str(), what->statement_path.c_str(),
        what->statement.c_str(), what->signature_path.c_str(),
        o.config.empty()
            ? "Nobody has looked whether the key is this party's: give "
              "--config, or ask `kinstile policy verify`."
            : "The key is this party's by the manifest.");
  return kDone;
}

}  // namespace

void AddPolicySigning(CLI::App& policy, Chosen& chosen) {
  CLI::App* sign = policy.add_subcommand(
      "sign",
      "sign an agreement for one party: who signs, in which post and when, its "
      "exact bytes, the version before, the law it cites, the schema and the "
      "plain-English document; only if it checks and its cases pass");
  auto s = std::make_shared<Options>();
  s->folder = ShippedPolicy();
  sign->add_option("folder", s->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  sign->add_option("--agreement", s->agreement, "its id");
  sign->add_flag("--agencies", s->agencies,
                 "sign the register of agencies instead");
  sign->add_option("--party", s->party, "your agency's id")->required();
  sign->add_option("--key", s->key_file, "your agency's signing key file")
      ->required();
  sign->add_option("--config", s->config,
                   "your adapter's configuration: the key is then held against "
                   "the manifest before anything is signed");
  sign->add_flag("--demonstration", s->demonstration,
                 "sign a draft, or over a law catalogue that no lawyer has "
                 "signed off");
  sign->add_flag("--json", s->json, "for machines");
  sign->callback([s, &chosen] { chosen = [s] { return Sign(*s); }; });
}

}  // namespace kinstile::cli
