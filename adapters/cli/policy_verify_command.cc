// SPDX-License-Identifier: Apache-2.0
// kinstile policy verify: whether all have signed, and what.
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "gateway/base/clock.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/policy.h"
#include "policy/loader.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string folder;
  std::string config;
  bool json = false;
};

std::vector<std::string> Errors(const std::vector<policy::Issue>& issues) {
  std::vector<std::string> lines;
  for (const policy::Issue& issue : issues)
    if (issue.severity == policy::Severity::kError)
      lines.push_back(policy::Format(issue));
  return lines;
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
    standing.have_signed = policy::SignersOf(files, each.id, options, &issues);
    for (const std::string& party : policy::PartiesOf(each))
      if (std::find(standing.have_signed.begin(), standing.have_signed.end(),
                    party) == standing.have_signed.end())
        standing.missing.push_back(party);
    out.push_back(std::move(standing));
  }
  return out;
}

void Print(const std::vector<Standing>& standings,
           const policy::LoadResult& loaded, uint32_t manifest, bool all) {
  for (const Standing& s : standings)
    std::printf(
        "%s: %s%s%s\n", s.agreement.c_str(),
        s.have_signed.empty()
            ? "nobody has signed"
            : absl::StrCat("signed by ", absl::StrJoin(s.have_signed, ", "))
                  .c_str(),
        s.missing.empty() ? "" : "; no valid signature of ",
        absl::StrJoin(s.missing, ", ").c_str());
  if (loaded.set == nullptr) {
    std::printf(
        "These files do not load, and nothing is in force by them:\n%s\n",
        absl::StrJoin(Errors(loaded.issues), "\n").c_str());
    return;
  }
  const std::vector<std::string>& registrars = loaded.set->agencies().signed_by;
  std::printf("Register of agencies: %s\n",
              registrars.empty()
                  ? "nobody has signed"
                  : absl::StrCat("signed by ", absl::StrJoin(registrars, ", "))
                        .c_str());
  std::printf(
      "They load%s. SHA-256 of all that would be in force: %s.\n"
      "Checked against the pinned manifest, version %u, without a server.\n",
      all ? ", and every party has signed"
          : " for a demonstration only: without every signature they are "
            "drafts",
      loaded.set->digest().c_str(), manifest);
}

int Verify(const Options& o) {
  auto config = daemon::ReadAdapterConfig(o.config);
  if (!config.ok()) return Complain(config.status(), kUsage);
  auto consortium = wire::LoadManifest(o.config, config->manifest());
  if (!consortium.ok()) return Complain(consortium.status(), kUsage);
  auto files =
      wire::ReadPolicyFiles(o.folder + "/law", o.folder + "/agreements");
  if (!files.ok()) return Complain(files.status(), kUsage);
  const policy::LoadOptions options =
      wire::PolicyOptions(**consortium, SystemClock().Now());
  const policy::LoadResult loaded = policy::Load(*files, options);
  const std::vector<Standing> standings = StandingsOf(*files, options);
  bool all = true;
  for (const Standing& s : standings) all = all && s.missing.empty();
  const bool good = all && loaded.set != nullptr;
  if (!o.json) {
    Print(standings, loaded, (*consortium)->version, all);
    return good ? kDone : kNotVerified;
  }
  Json list = Json::array();
  for (const Standing& s : standings)
    list.push_back({{"agreement", s.agreement},
                    {"signed", s.have_signed},
                    {"not_signed", s.missing}});
  PrintJson({{"good", good},
             {"loads", loaded.set != nullptr},
             {"set", loaded.set == nullptr ? "" : loaded.set->digest()},
             {"register_signed", loaded.set == nullptr
                                     ? std::vector<std::string>()
                                     : loaded.set->agencies().signed_by},
             {"issues", Errors(loaded.issues)},
             {"agreements", list}});
  return good ? kDone : kNotVerified;
}

}  // namespace

void AddPolicyVerify(CLI::App& policy, Chosen& chosen) {
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
