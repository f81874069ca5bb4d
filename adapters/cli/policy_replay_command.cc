// SPDX-License-Identifier: Apache-2.0
// kinstile policy replay: takes a decision of the trail again.
#include <cstdio>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "adapters/daemon/own_decisions.h"
#include "gateway/audit/open.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/decision_record.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/text.h"
#include "policy/plain_words.h"

namespace kinstile::cli {
namespace {

struct Options {
  uint64_t entry = 0;
  bool entry_given = false;
  std::string request;  // instead: hex
  std::string store;
  std::string config;
  std::string audience;
  std::string key_file;
  std::string folder;
  bool json = false;
};

struct Replayed {
  std::string of;  // who was asked, or about which member
  std::optional<uint32_t> member;
  bool holds = true;  // our own signature, where we keep the decision
  share::RecordedDecision recorded;
  std::shared_ptr<const policy::ActiveSet> set;  // the archived one
  absl::StatusOr<std::string> again = std::string();
  bool same = false;
};

absl::StatusOr<audit::Record> OpenEntry(const Options& o,
                                        const share::Consortium& consortium) {
  storage::OpenOptions options;
  options.read_only = true;
  KS_ASSIGN_OR_RETURN(const auto store,
                      storage::Open("sqlite:" + o.store, options));
  KS_ASSIGN_OR_RETURN(auto key,
                      wire::ReadKey<crypto::BoxSecretKey>(o.key_file));
  if (consortium.gateways.empty())
    return absl::FailedPreconditionError("manifest: names no gateway");
  KS_ASSIGN_OR_RETURN(
      const audit::OpenedEntries opened,
      audit::OpenEntries(*store, consortium.gateways.front().log_origin,
                         o.audience, std::move(key)));
  for (const audit::OpenedEntry& e : opened.entries)
    if (e.index == o.entry) return e.record;
  for (const audit::OpenFailure& f : opened.failures)
    if (f.index == o.entry)
      return absl::FailedPreconditionError(
          absl::StrCat("entry: cannot be opened: ", f.why));
  return absl::NotFoundError("entry: is none of this audience");
}

// The archived set as it was loaded: on the day of the decision or, for an
// agreement that had ended by then while a daemon kept it loaded, on the last
// day before on which the files load.
absl::StatusOr<std::shared_ptr<const policy::ActiveSet>> LoadArchived(
    const Options& o, const share::Consortium& consortium,
    absl::CivilDay decided_on) {
  constexpr int kDaysBack = 366;
  absl::Status first;
  for (int back = 0; back <= kDaysBack; ++back) {
    auto set = wire::LoadPolicy(
        o.folder + "/law", o.folder + "/agreements", consortium,
        absl::FromCivil(decided_on - back, absl::UTCTimeZone()));
    if (set.ok()) return set;
    first.Update(set.status());
  }
  return first;
}

absl::StatusOr<Replayed> ReplayOne(const Options& o,
                                   const share::Consortium& consortium,
                                   std::string of,
                                   const std::string& decision) {
  Replayed out;
  out.of = std::move(of);
  KS_ASSIGN_OR_RETURN(out.recorded, share::ReadDecision(decision));
  KS_ASSIGN_OR_RETURN(
      auto set, LoadArchived(o, consortium, out.recorded.input.ask.today));
  out.set = set;
  out.again = share::Replay(std::move(set), decision);
  out.same = out.again.ok() && *out.again == decision;
  return out;
}

void Print(const Replayed& r) {
  std::printf("%s:\n", r.of.c_str());
  for (const auto& [heading, text] : r.recorded.form)
    std::printf("  %-36s %s\n", heading.c_str(),
                policy::PlainWords(r.set->catalogue(), text).c_str());
  if (!r.holds)
    std::printf("  NOT as it was kept: our own signature does not hold\n");
  if (r.recorded.form.empty())
    std::printf("  (a long form, of which the trail keeps the SHA-256)\n");
  if (!r.again.ok())
    std::printf("  NOT taken again: %s\n",
                std::string(r.again.status().message()).c_str());
  else
    std::printf("  %s\n",
                r.same ? "Taken again from the archived files: the same, byte "
                         "for byte."
                       : "Taken again from the archived files: NOT THE SAME.");
}

Json ToJson(const Replayed& r) {
  Json form = Json::object();
  for (const auto& [heading, text] : r.recorded.form) form[heading] = text;
  Json out = {
      {"of", r.of},
      {"same", r.same},
      {"holds", r.holds},
      {"why_not", r.again.ok() ? "" : std::string(r.again.status().message())},
      {"set", r.recorded.input.set_digest},
      {"law", r.recorded.input.catalogue_digest},
      {"agreement", r.recorded.input.agreement_digest},
      {"form", form}};
  if (r.member) out["member"] = *r.member;
  return out;
}

absl::StatusOr<std::vector<Replayed>> ReplayEntry(const Options& o) {
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(o.config));
  KS_ASSIGN_OR_RETURN(const auto consortium,
                      wire::LoadManifest(o.config, config.manifest()));
  KS_ASSIGN_OR_RETURN(const audit::Record record, OpenEntry(o, *consortium));
  std::vector<Replayed> out;
  for (const audit::Leg& leg : record.legs) {
    if (leg.decision.empty()) continue;
    KS_ASSIGN_OR_RETURN(
        Replayed replayed,
        ReplayOne(o, *consortium, "Asked of " + leg.agency.str(),
                  leg.decision));
    out.push_back(std::move(replayed));
  }
  if (out.empty()) return absl::NotFoundError("entry: holds no decision");
  return out;
}

// What this agency decided as a source, from its own record.
absl::StatusOr<std::vector<Replayed>> ReplayOwn(const Options& o) {
  bool hex = o.request.size() == 32;
  for (char c : o.request)
    hex = hex && absl::ascii_isxdigit(static_cast<unsigned char>(c));
  if (!hex)
    return absl::InvalidArgumentError("--request: must be 32 hex digits");
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(o.config));
  KS_ASSIGN_OR_RETURN(const auto consortium,
                      wire::LoadManifest(o.config, config.manifest()));
  const share::Agency* self = consortium->FindAgency(config.agency());
  if (self == nullptr)
    return absl::FailedPreconditionError("agency: is not in the manifest");
  storage::OpenOptions options;
  options.read_only = true;
  KS_ASSIGN_OR_RETURN(
      const auto state,
      storage::Open("sqlite:" + wire::ResolvePath(o.config, config.state()),
                    options));
  KS_ASSIGN_OR_RETURN(
      const auto decisions,
      daemon::ReadOwnDecisions(
          *state, *RequestId::FromBytes(absl::HexStringToBytes(o.request)),
          self->signing_key));
  std::vector<Replayed> out;
  for (const daemon::KeptDecision& each : decisions) {
    KS_ASSIGN_OR_RETURN(Replayed replayed,
                        ReplayOne(o, *consortium, "", each.what.decision));
    const bool early =
        replayed.recorded.input.deciding == policy::Deciding::kGateway;
    replayed.of = each.what.member ? absl::StrCat("Finally, about member ",
                                                  *each.what.member + 1)
                  : early          ? "Before anybody was looked at"
                                   : "Finally, about counts of everybody";
    replayed.member = each.what.member;
    replayed.holds = each.holds;
    out.push_back(std::move(replayed));
  }
  if (out.empty())
    return absl::NotFoundError(
        "--request: this agency decided about nobody in it");
  return out;
}

int Run(const Options& o) {
  const bool own = !o.request.empty();
  if (own == (o.entry_given || !o.store.empty()) ||
      (!own && (o.audience.empty() || o.key_file.empty() || o.store.empty())))
    return Complain(
        absl::InvalidArgumentError(
            "name either ENTRY with --store, --audience and --key, or "
            "--request for what your own agency decided as a source"),
        kUsage);
  const auto replayed = own ? ReplayOwn(o) : ReplayEntry(o);
  if (!replayed.ok())
    return Complain(
        replayed.status(),
        absl::IsInvalidArgument(replayed.status()) && own ? kUsage : kFailed);
  bool same = true;
  Json list = Json::array();
  for (const Replayed& r : *replayed) {
    same = same && r.same && r.holds;
    if (o.json)
      list.push_back(ToJson(r));
    else
      Print(r);
  }
  if (o.json) PrintJson({{"same", same}, {"decisions", list}});
  return same ? kDone : kNotVerified;
}

}  // namespace

void AddPolicyReplay(CLI::App& policy, Chosen& chosen) {
  CLI::App* replay = policy.add_subcommand(
      "replay",
      "take the decisions of an audit entry again, from the agreements and law "
      "of that day, and compare byte for byte");
  auto o = std::make_shared<Options>();
  o->folder = ShippedPolicy();
  CLI::Option* entry =
      replay->add_option("entry", o->entry, "the entry's number in the trail");
  replay->add_option("--store", o->store, "the audit's database, or a copy");
  replay->add_option("--request", o->request,
                     "instead of an entry: id of a request (32 hex digits) "
                     "that your agency answered as a source");
  replay
      ->add_option("--config", o->config,
                   "an adapter's configuration: whose log, whose keys")
      ->required();
  replay->add_option("--audience", o->audience, "your agency's id");
  replay->add_option("--key", o->key_file, "your officers' key file");
  replay
      ->add_option("--policy", o->folder,
                   "folder with law/ and agreements/ as they were then")
      ->capture_default_str();
  replay->add_flag("--json", o->json, "for machines");
  replay->callback([o, entry, &chosen] {
    o->entry_given = entry->count() > 0;
    chosen = [o] { return Run(*o); };
  });
}

}  // namespace kinstile::cli
