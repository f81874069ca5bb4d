// SPDX-License-Identifier: Apache-2.0
// kinstile policy explain, why-not, who-can-see, what-can and diff: questions
// to the agreements, for officers.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/policy.h"
#include "policy/did_you_mean.h"
#include "policy/diff.h"
#include "policy/explain.h"
#include "policy/loader.h"

namespace kinstile::cli {
namespace {

using Set = std::shared_ptr<const policy::ActiveSet>;

absl::CivilDay Today() {
  return absl::ToCivilDay(SystemClock().Now(), absl::UTCTimeZone());
}

// As the files say, drafts too, whoever has signed them: `policy verify` looks
// at signatures.
absl::StatusOr<Set> LoadFolder(const std::string& folder) {
  KS_ASSIGN_OR_RETURN(
      const policy::PolicyFiles files,
      wire::ReadPolicyFiles(folder + "/law", folder + "/agreements"));
  share::Consortium nobody;
  nobody.demonstration = true;
  policy::LoadOptions options =
      wire::PolicyOptions(nobody, SystemClock().Now());
  options.signatures_aside = true;
  policy::LoadResult loaded = policy::Load(files, options);
  if (loaded.set != nullptr) return loaded.set;
  std::string mistakes = absl::StrCat(folder, ": does not load");
  for (const policy::Issue& issue : loaded.issues)
    if (issue.severity == policy::Severity::kError)
      absl::StrAppend(&mistakes, "\n", policy::Format(issue));
  return absl::InvalidArgumentError(mistakes);
}

constexpr char kUnverified[] =
    "(By the files as they are: no signature was looked at. `kinstile policy "
    "verify` does.)";

// ---- names, for a mistyped one must not be answered with "nobody"

struct Names {
  std::vector<std::string> agencies, items, roles, agreements, rules;
};

Names NamesOf(const policy::ActiveSet& set) {
  Names names;
  for (const policy::ItemTerm& term : set.catalogue().items)
    names.items.push_back(term.item);
  for (const policy::Agreement& a : set.agreements()) {
    names.agreements.push_back(a.id);
    for (const policy::Party& party : a.parties)
      names.agencies.push_back(party.id);
    for (const policy::Flow& flow : a.flows) {
      names.rules.push_back(flow.id);
      names.roles.insert(names.roles.end(), flow.roles.begin(),
                         flow.roles.end());
      for (const policy::FlowItem& item : flow.items)
        names.items.push_back(item.item);
    }
    for (const policy::Prohibition& never : a.prohibitions)
      names.items.insert(names.items.end(), never.items.begin(),
                         never.items.end());
  }
  return names;
}

absl::Status Check(absl::string_view option, const std::string& name,
                   const std::vector<std::string>& known) {
  if (name.empty() ||
      std::find(known.begin(), known.end(), name) != known.end())
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": no such name in these files",
                   policy::DidYouMean(name, known)));
}

absl::Status CheckNames(const policy::ActiveSet& set, const policy::Ask& ask) {
  const Names names = NamesOf(set);
  KS_RETURN_IF_ERROR(Check("--from", ask.from, names.agencies));
  KS_RETURN_IF_ERROR(Check("--to", ask.to, names.agencies));
  KS_RETURN_IF_ERROR(Check("--role", ask.role, names.roles));
  KS_RETURN_IF_ERROR(Check("--agreement", ask.agreement, names.agreements));
  KS_RETURN_IF_ERROR(Check("--rule", ask.flow, names.rules));
  for (const std::string& item : ask.items)
    KS_RETURN_IF_ERROR(Check("--item", item, names.items));
  return absl::OkStatus();
}

// ---- explain and why-not

struct AskOptions {
  std::string folder = ShippedPolicy();
  policy::Ask ask;
  std::string purpose, mode, day, nation;
  std::vector<std::string> facts, items;
  bool at_source = false;
  bool json = false;

  policy::Deciding deciding() const {
    return at_source ? policy::Deciding::kSource : policy::Deciding::kGateway;
  }
};

// Every word of a vocabulary.
template <class T>
std::vector<std::string> AllNames() {
  std::vector<std::string> out;
  for (int i = 1; i < 64; ++i) {
    const absl::string_view name = policy::Name(static_cast<T>(i));
    if (!name.empty()) out.emplace_back(name);
  }
  return out;
}

// "KIND", "KIND=yes", "KIND=no", "KIND=unknown" or "KIND=NUMBER".
absl::Status AddFact(const std::string& text, policy::Facts& facts) {
  const std::vector<std::string> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const auto kind = policy::ConditionKindFromName(parts[0]);
  if (!kind)
    return absl::InvalidArgumentError(absl::StrCat(
        "--fact: no condition of that name",
        policy::DidYouMean(parts[0], AllNames<policy::ConditionKind>())));
  policy::Fact fact{policy::Truth::kYes, {}};
  const std::string truth =
      parts.size() == 1 ? "yes" : absl::AsciiStrToLower(parts[1]);
  int64_t number;
  if (truth == "no") {
    fact.truth = policy::Truth::kNo;
  } else if (truth == "unknown") {
    fact.truth = policy::Truth::kUnknown;
  } else if (absl::SimpleAtoi(truth, &number)) {
    if (number < 0)
      return absl::InvalidArgumentError("--fact: a number is not negative");
    fact.number = number;
  } else if (truth != "yes") {
    return absl::InvalidArgumentError(
        "--fact: must be KIND, KIND=yes, KIND=no, KIND=unknown or KIND=NUMBER");
  }
  facts.Set(*kind, fact);
  return absl::OkStatus();
}

absl::Status Fill(AskOptions& o) {
  const auto purpose = policy::PurposeFromName(o.purpose);
  if (!purpose)
    return absl::InvalidArgumentError(absl::StrCat(
        "--purpose: is none of the schema",
        policy::DidYouMean(o.purpose, AllNames<policy::Purpose>())));
  const auto mode = policy::ModeFromName(o.mode);
  if (!mode)
    return absl::InvalidArgumentError(
        absl::StrCat("--mode: is none of the schema",
                     policy::DidYouMean(o.mode, AllNames<policy::Mode>())));
  o.ask.purpose = *purpose;
  o.ask.mode = *mode;
  o.ask.today = Today();
  if (!o.day.empty() && !absl::ParseCivilTime(o.day, &o.ask.today))
    return absl::InvalidArgumentError("--on: is not a day YYYY-MM-DD");
  if (!o.nation.empty()) {
    o.ask.nation = policy::JurisdictionFromName(o.nation);
    if (!o.ask.nation) return absl::InvalidArgumentError("--nation: is none");
  }
  for (const std::string& text : o.items) {
    const std::vector<std::string> parts =
        absl::StrSplit(text, absl::MaxSplits('=', 1));
    policy::Granularity grain{};
    if (parts.size() == 2) {
      const auto named = policy::GranularityFromName(parts[1]);
      if (!named)
        return absl::InvalidArgumentError(absl::StrCat(
            "--item: no granularity of that name",
            policy::DidYouMean(parts[1], AllNames<policy::Granularity>())));
      grain = *named;
    }
    o.ask.items.push_back(parts[0]);
    o.ask.grains.push_back(grain);
  }
  for (const std::string& fact : o.facts)
    KS_RETURN_IF_ERROR(AddFact(fact, o.ask.facts));
  // Counted from the request, as gateway and source do.
  const policy::Fact people{policy::Truth::kYes, o.ask.people};
  o.ask.facts.Set(policy::ConditionKind::kCohortAtLeast, people)
      .Set(policy::ConditionKind::kConnectedPeopleAtMost, people);
  return absl::OkStatus();
}

Json Kinds(const std::vector<policy::ConditionKind>& kinds) {
  Json out = Json::array();
  for (policy::ConditionKind kind : kinds)
    out.push_back(std::string(policy::Name(kind)));
  return out;
}

Json ToJson(const policy::Permit& permit) {
  const policy::PermitTerms& t = permit.terms();
  Json granted = Json::array(), withheld = Json::array();
  for (const policy::GrantedItem& g : t.granted)
    granted.push_back({{"item", g.item},
                       {"as", std::string(policy::Name(g.granularity))},
                       {"rule", g.flow}});
  for (const policy::WithheldItem& w : t.withheld)
    withheld.push_back({{"item", w.item},
                        {"rule", w.rule},
                        {"layer", std::string(policy::Name(w.layer))},
                        {"for_record", w.reason_for_record},
                        {"for_asker", w.reason_for_asker}});
  Json obligations = Json::array(), deferred = Json::array();
  for (const policy::Obligation& o : t.obligations) {
    Json each = {{"kind", std::string(policy::Name(o.kind))}};
    if (o.number) each["number"] = *o.number;
    obligations.push_back(std::move(each));
  }
  for (const policy::Condition& c : t.deferred)
    deferred.push_back(std::string(policy::Name(c.kind)));
  return {{"outcome", t.withheld.empty() ? "SHARE" : "SHARE_PART"},
          {"agreement", t.agreement},
          {"version", t.version},
          {"agreement_digest", t.agreement_digest},
          {"set_digest", t.set_digest},
          {"granted", granted},
          {"withheld", withheld},
          {"basis", t.basis},
          {"obligations", obligations},
          {"deferred_to_source", deferred},
          {"keep_days", t.keep_days},
          {"max_people", t.max_people}};
}

Json ToJson(const policy::Refusal& r) {
  return {{"outcome", "REFUSE"},
          {"agreement", r.agreement},
          {"flow", r.flow},
          {"rule", r.rule},
          {"layer", std::string(policy::Name(r.layer))},
          {"missing", Kinds(r.missing)},
          {"for_record", r.reason_for_record},
          {"for_asker", r.reason_for_asker}};
}

int RunExplain(AskOptions& o) {
  if (auto filled = Fill(o); !filled.ok()) return Complain(filled, kUsage);
  auto set = LoadFolder(o.folder);
  if (!set.ok()) return Complain(set.status(), kUsage);
  if (auto known = CheckNames(**set, o.ask); !known.ok())
    return Complain(known, kUsage);
  const policy::Decision decision = policy::Decide(**set, o.ask, o.deciding());
  const auto* permit = std::get_if<policy::Permit>(&decision);
  if (o.json)
    PrintJson(permit ? ToJson(*permit)
                     : ToJson(std::get<policy::Refusal>(decision)));
  else
    std::printf("%s%s\n", policy::Explain(**set, o.ask, o.deciding()).c_str(),
                kUnverified);
  return permit ? kDone : kNothingShared;
}

int RunWhyNot(AskOptions& o) {
  if (auto filled = Fill(o); !filled.ok()) return Complain(filled, kUsage);
  auto set = LoadFolder(o.folder);
  if (!set.ok()) return Complain(set.status(), kUsage);
  if (auto known = CheckNames(**set, o.ask); !known.ok())
    return Complain(known, kUsage);
  const auto reasons = policy::WhyNot(**set, o.ask, o.deciding());
  if (o.json) {
    PrintJson({{"shared", reasons.empty()}, {"reasons", reasons}});
  } else {
    for (const std::string& reason : reasons)
      std::printf("%s\n", reason.c_str());
    if (reasons.empty()) std::printf("Everything asked for is shared.\n");
    std::printf("%s\n", kUnverified);
  }
  return reasons.empty() ? kDone : kNothingShared;
}

void AddAsk(CLI::App& policy, Chosen& chosen, const char* name,
            const char* about, int (*run)(AskOptions&)) {
  CLI::App* command = policy.add_subcommand(name, about);
  auto o = std::make_shared<AskOptions>();
  command->add_option("--from", o->ask.from, "agency that would give")
      ->required();
  command->add_option("--to", o->ask.to, "agency that would get")->required();
  command->add_option("--role", o->ask.role, "job role of who asks")
      ->required();
  command->add_option("--purpose", o->purpose, "such as REFERRAL")->required();
  command->add_option("--mode", o->mode, "the shape of the request")
      ->default_val("ASK_ONE_HOUSEHOLD");
  command
      ->add_option("--item", o->items,
                   "item asked for, or ITEM=GRAIN for no finer than that "
                   "(repeat)")
      ->required();
  command->add_option("--fact", o->facts,
                      "what is known: KIND, KIND=no, KIND=unknown or "
                      "KIND=NUMBER (repeat)");
  command->add_option("--agreement", o->ask.agreement,
                      "id; default: the one that fits");
  command->add_option("--rule", o->ask.flow, "id; default: any that fits");
  command->add_option("--people", o->ask.people, "how many are asked about")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
      ->capture_default_str();
  command
      ->add_option("--requests-today", o->ask.requests_today,
                   "made already under the rule")
      ->check(CLI::Range(int64_t{0}, int64_t{100'000'000}))
      ->capture_default_str();
  command->add_option("--nation", o->nation, "ENGLAND, WALES or SCOTLAND");
  command->add_option("--on", o->day, "day YYYY-MM-DD; default: today");
  command->add_flag("--at-source", o->at_source,
                    "decide as the source does, deferring nothing");
  command->add_option("--policy", o->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  command->add_flag("--json", o->json, "for machines");
  command->footer(
      "exit code: 0 something is shared (why-not: everything is), 3 not, "
      "2 wrong arguments or policy");
  command->callback(
      [o, run, &chosen] { chosen = [o, run] { return run(*o); }; });
}

// ---- who-can-see and what-can

struct AccessOptions {
  std::string folder = ShippedPolicy();
  policy::AccessFilter filter;
  bool json = false;
};

int RunAccess(const AccessOptions& o) {
  auto set = LoadFolder(o.folder);
  if (!set.ok()) return Complain(set.status(), kUsage);
  const Names names = NamesOf(**set);
  for (const absl::Status& known :
       {Check("item", o.filter.item, names.items),
        Check("--to or agency", o.filter.to, names.agencies),
        Check("--from", o.filter.from, names.agencies)})
    if (!known.ok()) return Complain(known, kUsage);
  const auto rows = policy::WhoCanSee(**set, o.filter);
  if (o.json) {
    Json out = Json::array();
    for (const policy::Access& row : rows) {
      Json conditions = Json::array();
      for (const policy::Condition& c : row.flow->conditions)
        conditions.push_back(std::string(policy::Name(c.kind)));
      out.push_back({{"item", row.item->item},
                     {"as", std::string(policy::Name(row.item->granularity))},
                     {"from", row.flow->from},
                     {"to", row.flow->to},
                     {"roles", row.flow->roles},
                     {"purpose", std::string(policy::Name(row.purpose))},
                     {"mode", std::string(policy::Name(row.flow->mode))},
                     {"agreement", row.agreement->id},
                     {"rule", row.flow->id},
                     {"only_if", conditions},
                     {"keep_days", row.flow->keep_days}});
    }
    PrintJson(out);
    return kDone;
  }
  for (const policy::Access& row : rows)
    std::printf("%s\n", policy::AccessSentence(**set, row).c_str());
  if (rows.empty())
    std::printf(o.filter.item.empty() ? "Nothing, under these agreements.\n"
                                      : "Nobody, under these agreements.\n");
  std::printf("%s\n", kUnverified);
  return kDone;
}

void AddAccess(CLI::App& policy, Chosen& chosen, bool by_item) {
  CLI::App* command =
      by_item ? policy.add_subcommand("who-can-see",
                                      "every rule that can release an item")
              : policy.add_subcommand("what-can",
                                      "everything that an agency can see");
  auto o = std::make_shared<AccessOptions>();
  if (by_item) {
    command->add_option("item", o->filter.item, "name of the item")->required();
    command->add_option("--to", o->filter.to, "only this receiver");
  } else {
    command->add_option("party", o->filter.to, "the agency")->required();
    command->add_option("--item", o->filter.item, "only this item");
  }
  command->add_option("--from", o->filter.from, "only this sender");
  command->add_option("--policy", o->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  command->add_flag("--json", o->json, "for machines");
  command->callback([o, &chosen] { chosen = [o] { return RunAccess(*o); }; });
}

// ---- diff

struct DiffOptions {
  std::string before, after;
  bool json = false;
};

// 4 where nothing could be compared, for 0 to 3 are the four answers.
int RunDiff(const DiffOptions& o) {
  auto before = LoadFolder(o.before);
  if (!before.ok()) return Complain(before.status(), kNotVerified);
  auto after = LoadFolder(o.after);
  if (!after.ok()) return Complain(after.status(), kNotVerified);
  const policy::Difference d = policy::Compare(**before, **after);
  const bool same_bytes = (*before)->digest() == (*after)->digest();
  if (o.json) {
    Json cells = Json::array();
    for (const policy::CellChange& c : d.cells)
      cells.push_back({{"change", std::string(policy::Name(c.effect))},
                       {"from", c.from},
                       {"to", c.to},
                       {"role", c.role},
                       {"purpose", std::string(policy::Name(c.purpose))},
                       {"mode", std::string(policy::Name(c.mode))},
                       {"item", c.item},
                       {"sentences", policy::Sentences(**before, **after, c)}});
    PrintJson({{"change", std::string(policy::Name(d.effect))},
               {"compared", d.compared},
               {"same_bytes", same_bytes},
               {"besides", d.besides},
               {"cells", cells}});
  } else {
    for (const policy::CellChange& c : d.cells)
      for (const std::string& sentence :
           policy::Sentences(**before, **after, c))
        std::printf("%s\n", sentence.c_str());
    for (const std::string& sentence : d.besides)
      std::printf("OTHER: %s\n", sentence.c_str());
    std::printf(
        "%s: %zu cells changed, %zu compared.%s\n",
        std::string(policy::Name(d.effect)).c_str(), d.cells.size(), d.compared,
        d.effect == policy::Effect::kWider || d.effect == policy::Effect::kMixed
            ? " Every party must sign again."
        : same_bytes ? " The files say the same."
                     : " Signatures cover bytes: whatever was changed is to be "
                       "signed again.");
  }
  return static_cast<int>(d.effect);
}

void AddDiff(CLI::App& policy, Chosen& chosen) {
  CLI::App* command = policy.add_subcommand(
      "diff", "does a new policy allow more than an old one, or less?");
  auto o = std::make_shared<DiffOptions>();
  command->add_option("old", o->before, "folder with law/ and agreements/")
      ->required();
  command->add_option("new", o->after, "likewise")->required();
  command->add_flag("--json", o->json, "for machines");
  command->footer(
      "exit code: 0 SAME, 1 NARROWER, 2 WIDER, 3 MIXED, "
      "4 a policy does not load");
  command->callback([o, &chosen] { chosen = [o] { return RunDiff(*o); }; });
}

}  // namespace

void AddPolicyQueries(CLI::App& policy, Chosen& chosen) {
  AddAsk(policy, chosen, "explain", "decide an ask, and say all of why",
         RunExplain);
  AddAsk(policy, chosen, "why-not",
         "what stands between an ask and a share, and what would change it",
         RunWhyNot);
  AddAccess(policy, chosen, true);
  AddAccess(policy, chosen, false);
  AddDiff(policy, chosen);
}

}  // namespace kinstile::cli
