// SPDX-License-Identifier: Apache-2.0
// kinstile keys: the key ceremony.
#include <cstdio>
#include <memory>

#include "absl/strings/str_split.h"
#include "adapters/cli/ceremony.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "gateway/base/clock.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string out;
  std::string name = "consortium";
  std::vector<std::string> agencies;
  std::vector<std::string> holders;
  std::string gateway = "gateway";
  int threshold = 1;
  int witness_quorum = 0;
  uint64_t register_size = 100'000;
  int audit_months = 0;
  int keep_months = 24;
  std::vector<std::string> agreements;
  bool demonstration = false;
  bool json = false;
};

// "id" or "id=Name" and "id:organisation".
std::pair<std::string, std::string> SplitOnce(const std::string& text,
                                              char at) {
  return absl::StrSplit(text, absl::MaxSplits(at, 1));
}

ConsortiumPlan ToPlan(const Options& o) {
  ConsortiumPlan plan;
  plan.name = o.name;
  plan.demonstration = o.demonstration;
  plan.gateway = o.gateway;
  plan.threshold = o.threshold;
  plan.audit_months = o.audit_months;
  plan.keep_months = o.keep_months;
  plan.agreements = o.agreements;
  plan.witness_quorum = o.witness_quorum;
  for (const std::string& a : o.agencies) {
    auto [id, name] = SplitOnce(a, '=');
    plan.agencies.push_back({id, name, o.register_size});
  }
  for (const std::string& h : o.holders) {
    auto [id, organisation] = SplitOnce(h, ':');
    plan.key_holders.push_back({id, organisation});
  }
  return plan;
}

int Init(const Options& o) {
  const ConsortiumPlan plan = ToPlan(o);
  absl::Status status = HoldCeremony(plan, o.out, SystemClock().Now());
  if (!status.ok())
    return Complain(status, absl::IsInvalidArgument(status) ? kUsage : kFailed);
  if (o.json) {
    PrintJson({{"folder", o.out},
               {"manifest", o.out + "/manifest.textproto"},
               {"agencies", plan.agencies.size()},
               {"key_holders", plan.key_holders.size()},
               {"threshold", plan.threshold}});
    return kDone;
  }
  std::printf(
      "Made the keys of %zu agencies, the gateway and %zu key holders in %s.\n"
      "Each party's folder goes to that party alone; ca/, backup/ and the "
      "officers' folders go offline.\n"
      "%s/manifest.textproto is signed by %s and %s; every daemon pins "
      "their keys.\n",
      plan.agencies.size(), plan.key_holders.size(), o.out.c_str(),
      o.out.c_str(), plan.agencies[0].id.c_str(), plan.agencies[1].id.c_str());
  return kDone;
}

struct SignOptions {
  std::string manifest;
  std::string agency;
  std::string key_file;
};

int Sign(const SignOptions& o) {
  if (absl::Status s = SignManifest(o.manifest, o.agency, o.key_file); !s.ok())
    return Complain(s);
  std::printf(
      "Signed %s for %s. It is believed once two pinned agencies have "
      "signed these bytes.\n",
      o.manifest.c_str(), o.agency.c_str());
  return kDone;
}

void AddSign(CLI::App& keys, Chosen& chosen) {
  CLI::App* sign = keys.add_subcommand(
      "sign", "sign a new version of the manifest for one agency");
  auto o = std::make_shared<SignOptions>();
  sign->add_option("--manifest", o->manifest, "the manifest's file")
      ->required();
  sign->add_option("--agency", o->agency, "the signing agency's id")
      ->required();
  sign->add_option("--key", o->key_file, "its signing key file")->required();
  sign->callback([o, &chosen] { chosen = [o] { return Sign(*o); }; });
}

}  // namespace

void AddKeys(CLI::App& app, Chosen& chosen) {
  CLI::App* keys = app.add_subcommand("keys", "make a consortium's keys");
  keys->require_subcommand(1);
  CLI::App* init = keys->add_subcommand(
      "init",
      "make certificates, signing, comparison, audit and matching keys and "
      "the signed manifest; never overwrites");
  auto o = std::make_shared<Options>();
  init->add_option("--out", o->out, "folder to make; must be empty")
      ->required();
  init->add_option("--name", o->name, "name of the consortium (a-z, 0-9, -)")
      ->capture_default_str();
  init->add_option("--agency", o->agencies,
                   "agency as ID or ID=NAME; at least two")
      ->required();
  init->add_option("--audit-months", o->audit_months,
                   "give every team audit keys for so many months ahead, each "
                   "to be destroyed when that month's entries are to go; 0: "
                   "one key, and entries cannot be erased by time")
      ->capture_default_str();
  init->add_option("--keep-months", o->keep_months,
                   "how long entries of the audit are kept")
      ->capture_default_str();
  init->add_option("--agreement", o->agreements,
                   "agreement whose entries have audit keys of their own");
  init->add_option("--key-holder", o->holders,
                   "key holder as ID:AGENCY, the agency that runs it")
      ->required();
  init->add_option("--threshold", o->threshold,
                   "how many key holders must answer")
      ->capture_default_str();
  init->add_option("--witness-quorum", o->witness_quorum,
                   "how many agencies must have witnessed the trail for the "
                   "gateway to serve; 0: more than half, at least two")
      ->capture_default_str();
  init->add_option("--gateway", o->gateway, "id of the gateway")
      ->capture_default_str();
  init->add_option("--register-size", o->register_size,
                   "most people in an agency's register; sizes its budgets")
      ->capture_default_str();
  init->add_flag("--demonstration", o->demonstration,
                 "let draft agreements and law load; never for real data");
  init->add_flag("--json", o->json, "for machines");
  AddSign(*keys, chosen);
  init->callback([o, &chosen] { chosen = [o] { return Init(*o); }; });
}

}  // namespace kinstile::cli
