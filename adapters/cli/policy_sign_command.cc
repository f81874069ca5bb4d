// SPDX-License-Identifier: Apache-2.0
// kinstile policy sign, verify: what a party puts its name to, and whether all
// have.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

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
  std::string config;
  std::string agreement;
  std::string party;
  std::string key_file;
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
absl::Status CheckBeforeSigning(const Options& o, policy::PolicyFiles files,
                                policy::LoadOptions options) {
  options.verify = [](absl::string_view, absl::string_view, absl::string_view) {
    return true;
  };
  for (policy::AgreementFiles& each : files.agreements) {
    each.signatures.clear();
    for (const std::string& party : policy::PartiesOf(each))
      each.signatures.push_back({party, "to be"});
  }
  const policy::LoadResult loaded = policy::Load(files, options);
  if (loaded.set == nullptr)
    return absl::FailedPreconditionError(absl::StrCat(
        "not signed, for it does not check:\n", AllErrors(loaded.issues)));
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

absl::Status WriteNew(const std::string& path, const std::string& text) {
  if (fs::exists(path))
    return absl::AlreadyExistsError(absl::StrCat(
        path, ": exists; a signature is never written over another"));
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

int Sign(const Options& o) {
  auto files = ReadFiles(o);
  if (!files.ok()) return Complain(files.status(), kUsage);
  share::Consortium nobody;
  nobody.demonstration = o.demonstration;
  const policy::LoadOptions options =
      wire::PolicyOptions(nobody, SystemClock().Now());
  const policy::AgreementFiles* agreement = nullptr;
  for (const policy::AgreementFiles& each : files->agreements)
    if (each.id == o.agreement) agreement = &each;
  if (agreement == nullptr)
    return Complain(absl::NotFoundError("--agreement: no such folder"), kUsage);
  const std::vector<std::string> parties = policy::PartiesOf(*agreement);
  if (std::find(parties.begin(), parties.end(), o.party) == parties.end())
    return Complain(
        absl::InvalidArgumentError("--party: is no party of the agreement"),
        kUsage);
  if (absl::Status s = CheckBeforeSigning(o, *files, options); !s.ok())
    return Complain(s, kNotVerified);
  auto key = wire::ReadSigningKey(o.key_file);
  if (!key.ok()) return Complain(key.status(), kUsage);
  std::vector<policy::Issue> issues;
  const std::string statement =
      policy::StatementFor(*files, o.agreement, options, &issues);
  if (statement.empty())
    return Complain(absl::FailedPreconditionError(AllErrors(issues)));
  const std::string path =
      absl::StrCat(o.folder, "/agreements/", o.agreement, "/", o.party, ".sig");
  const crypto::Signature signature =
      key->Sign(wire::kAgreementLabel, statement);
  if (absl::Status s =
          WriteNew(path, absl::BytesToHexString(signature.view()) + "\n");
      !s.ok())
    return Complain(s);
  const std::string digest =
      absl::BytesToHexString(crypto::Sha256(agreement->agreement.bytes).view());
  if (o.json) {
    PrintJson({{"agreement", o.agreement},
               {"party", o.party},
               {"sha256", digest},
               {"file", path}});
    return kDone;
  }
  std::printf(
      "%s has signed %s.\nSigned were these bytes (SHA-256 %s),\ntogether with "
      "the law catalogue, the schema and the plain-English document that go "
      "with them.\nA change of any of them needs every signature again.\n"
      "The signature is in %s.\n",
      o.party.c_str(), o.agreement.c_str(), digest.c_str(), path.c_str());
  return kDone;
}

// Where each agreement of the folder stands with each of its parties.
struct Standing {
  std::string agreement;
  std::vector<std::string> have_signed, missing;
};

std::vector<Standing> StandingsOf(const policy::PolicyFiles& files,
                                  const policy::LoadOptions& options) {
  std::vector<Standing> out;
  for (const policy::AgreementFiles& each : files.agreements) {
    Standing standing{each.id, {}, {}};
    std::vector<policy::Issue> issues;
    const std::string statement =
        policy::StatementFor(files, each.id, options, &issues);
    for (const std::string& party : policy::PartiesOf(each)) {
      bool good = false;
      for (const policy::NamedBytes& s : each.signatures)
        good = good || (s.name == party && !statement.empty() &&
                        options.verify(party, statement, s.bytes));
      (good ? standing.have_signed : standing.missing).push_back(party);
    }
    out.push_back(std::move(standing));
  }
  return out;
}

int Verify(const Options& o) {
  auto config = daemon::ReadAdapterConfig(o.config);
  if (!config.ok()) return Complain(config.status(), kUsage);
  auto consortium = wire::LoadManifest(o.config, config->manifest());
  if (!consortium.ok()) return Complain(consortium.status(), kUsage);
  auto files = ReadFiles(o);
  if (!files.ok()) return Complain(files.status(), kUsage);
  const policy::LoadOptions options =
      wire::PolicyOptions(**consortium, SystemClock().Now());
  const policy::LoadResult loaded = policy::Load(*files, options);
  const std::vector<Standing> standings = StandingsOf(*files, options);
  bool all = true;
  for (const Standing& s : standings) all = all && s.missing.empty();
  const bool good = all && loaded.set != nullptr;
  if (o.json) {
    Json list = Json::array();
    for (const Standing& s : standings)
      list.push_back({{"agreement", s.agreement},
                      {"signed", s.have_signed},
                      {"not_signed", s.missing}});
    PrintJson({{"good", good},
               {"loads", loaded.set != nullptr},
               {"set", loaded.set == nullptr ? "" : loaded.set->digest()},
               {"agreements", list}});
    return good ? kDone : kNotVerified;
  }
  for (const Standing& s : standings)
    std::printf(
        "%s: %s%s%s\n", s.agreement.c_str(),
        s.have_signed.empty()
            ? "nobody has signed"
            : absl::StrCat("signed by ", absl::StrJoin(s.have_signed, ", "))
                  .c_str(),
        s.missing.empty() ? "" : "; no valid signature of ",
        absl::StrJoin(s.missing, ", ").c_str());
  if (loaded.set == nullptr)
    std::printf(
        "These files do not load, and nothing is in force by them:\n%s\n",
        AllErrors(loaded.issues).c_str());
  else
    std::printf(
        "They load%s. SHA-256 of all that would be in force: %s.\n"
        "Checked against the pinned manifest, version %u, without a server.\n",
        all ? ", and every party has signed"
            : " for a demonstration only: without every signature they are "
              "drafts",
        loaded.set->digest().c_str(), (*consortium)->version);
  return good ? kDone : kNotVerified;
}

}  // namespace

void AddPolicySigning(CLI::App& policy, Chosen& chosen) {
  CLI::App* sign = policy.add_subcommand(
      "sign",
      "sign an agreement for one party: its exact bytes, the law it cites, the "
      "schema and the plain-English document; only if it checks and its cases "
      "pass");
  auto s = std::make_shared<Options>();
  s->folder = ShippedPolicy();
  sign->add_option("folder", s->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  sign->add_option("--agreement", s->agreement, "its id")->required();
  sign->add_option("--party", s->party, "your agency's id")->required();
  sign->add_option("--key", s->key_file, "your agency's signing key file")
      ->required();
  sign->add_flag("--demonstration", s->demonstration,
                 "sign over a law catalogue that no lawyer has signed off");
  sign->add_flag("--json", s->json, "for machines");
  sign->callback([s, &chosen] { chosen = [s] { return Sign(*s); }; });
  CLI::App* verify = policy.add_subcommand(
      "verify", "who has signed what: against the pinned manifest, offline");
  auto v = std::make_shared<Options>();
  v->folder = ShippedPolicy();
  verify->add_option("folder", v->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  verify
      ->add_option("--config", v->config,
                   "an adapter's configuration: its pinned manifest has the "
                   "parties' keys")
      ->required();
  verify->add_flag("--json", v->json, "for machines");
  verify->callback([v, &chosen] { chosen = [v] { return Verify(*v); }; });
}

}  // namespace kinstile::cli
