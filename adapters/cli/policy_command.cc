// SPDX-License-Identifier: Apache-2.0
// kinstile policy: does the policy load, and do its cases pass?
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/text.h"
#include "policy/analysis.h"
#include "policy/cases.h"
#include "policy/loader.h"

namespace kinstile::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder;
  std::string agreements;
  bool demonstration = false;
  bool json = false;
};

struct Checked {
  policy::LoadResult load;
  std::vector<policy::CaseResult> cases;
  std::vector<policy::Issue> case_issues;

  bool Good() const {
    if (load.set == nullptr || policy::HasErrors(load.issues) ||
        policy::HasErrors(case_issues))
      return false;
    for (const policy::CaseResult& c : cases)
      if (!c.passed) return false;
    return true;
  }
};

absl::Status RunCaseFiles(const std::string& agreements, Checked& checked) {
  for (const policy::Agreement& a : checked.load.set->agreements()) {
    const std::string path =
        absl::StrCat(agreements, "/", a.id, "/cases.textproto");
    if (!fs::exists(path)) {
      checked.case_issues.push_back({path, 0, 0, policy::Severity::kError, "",
                                     "an agreement must have test cases"});
      continue;
    }
    KS_ASSIGN_OR_RETURN(std::string bytes, wire::ReadFile(path));
    policy::CasesReport report =
        policy::RunCases(*checked.load.set, {path, std::move(bytes)});
    for (auto& r : report.results) checked.cases.push_back(std::move(r));
    for (auto& i : report.issues) checked.case_issues.push_back(std::move(i));
  }
  return absl::OkStatus();
}

absl::StatusOr<Checked> Check(const Options& o) {
  const std::string law = o.folder + "/law";
  const std::string agreements =
      o.agreements.empty() ? o.folder + "/agreements" : o.agreements;
  Checked checked;
  KS_ASSIGN_OR_RETURN(const policy::PolicyFiles files,
                      wire::ReadPolicyFiles(law, agreements));
  share::Consortium nobody;
  nobody.demonstration = o.demonstration;
  policy::LoadOptions options =
      wire::PolicyOptions(nobody, SystemClock().Now());
  options.signatures_aside = true;  // `policy verify` has the keys
  checked.load = policy::Load(files, options);
  if (checked.load.set == nullptr) return checked;
  policy::AnalysisOptions analysis;
  analysis.today = absl::ToCivilDay(SystemClock().Now(), absl::UTCTimeZone());
  for (policy::Issue& issue : policy::Analyse(*checked.load.set, analysis))
    checked.load.issues.push_back(std::move(issue));
  KS_RETURN_IF_ERROR(RunCaseFiles(agreements, checked));
  return checked;
}

// What no lawyer has signed off is one matter for each entry of the law,
// however many rules cite it: one line, with the first place and their number.
std::string EntryOf(const policy::Issue& issue) {
  const size_t at = issue.message.find("no lawyer has signed");
  return issue.code != "LP109" || at == std::string::npos
             ? ""
             : issue.message.substr(at);
}

void PrintIssues(const std::vector<policy::Issue>& issues) {
  std::map<std::string, size_t> places;
  for (const policy::Issue& i : issues) ++places[EntryOf(i)];
  for (const policy::Issue& i : issues) {
    const auto entry = places.find(EntryOf(i));
    if (entry == places.end()) continue;  // said
    if (entry->first.empty()) {
      std::printf("%s\n", policy::Format(i).c_str());
      continue;
    }
    std::printf("%s%s\n", policy::Format(i).c_str(),
                entry->second == 1 ? ""
                                   : absl::StrCat(" and in ", entry->second - 1,
                                                  " more places")
                                         .c_str());
    places.erase(entry);
  }
}

void Print(const Checked& checked) {
  PrintIssues(checked.load.issues);
  PrintIssues(checked.case_issues);
  size_t failed = 0;
  for (const policy::CaseResult& c : checked.cases) {
    if (c.passed) continue;
    ++failed;
    std::printf("%s: case \"%s\" (line %d)\n  expected %s\n  got      %s\n",
                c.agreement.c_str(), c.name.c_str(), c.line, c.expected.c_str(),
                c.got.c_str());
  }
  if (checked.load.set == nullptr) {
    std::printf("refused: nothing was loaded\n");
    return;
  }
  std::printf(
      "%zu agreement%s, %zu cases, %zu failed. This checks form and catalogue, "
      "not necessity: that is for people. Signatures are looked at by "
      "`kinstile "
      "policy verify`.\n",
      checked.load.set->agreements().size(),
      checked.load.set->agreements().size() == 1 ? "" : "s",
      checked.cases.size(), failed);
}

Json ToJson(const Checked& checked) {
  Json issues = Json::array();
  for (const auto* list : {&checked.load.issues, &checked.case_issues})
    for (const policy::Issue& i : *list)
      issues.push_back({{"file", i.file},
                        {"line", i.line},
                        {"column", i.column},
                        {"code", i.code},
                        {"error", i.severity == policy::Severity::kError},
                        {"message", i.message}});
  Json cases = Json::array();
  for (const policy::CaseResult& c : checked.cases)
    cases.push_back({{"agreement", c.agreement},
                     {"name", c.name},
                     {"passed", c.passed},
                     {"expected", c.expected},
                     {"got", c.got}});
  return {{"loaded", checked.load.set != nullptr},
          {"good", checked.Good()},
          {"issues", issues},
          {"cases", cases}};
}

int Run(const Options& o) {
  auto checked = Check(o);
  if (!checked.ok()) return Complain(checked.status(), kUsage);
  if (o.json)
    PrintJson(ToJson(*checked));
  else
    Print(*checked);
  return checked->Good() ? kDone : kNotVerified;
}

}  // namespace

void AddPolicy(CLI::App& app, Chosen& chosen) {
  CLI::App* policy = app.add_subcommand("policy", "law and agreements");
  policy->require_subcommand(1);
  CLI::App* check = policy->add_subcommand(
      "check",
      "load law and agreements, list every mistake and what the analyses find, "
      "run the cases");
  auto o = std::make_shared<Options>();
  o->folder = ShippedPolicy();
  check->add_option("folder", o->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  check->add_option("--agreements", o->agreements,
                    "another folder of agreements, held against the same law");
  check->add_flag("--demonstration", o->demonstration,
                  "accept drafts: unsigned agreements and law");
  check->add_flag("--json", o->json, "for machines");
  check->callback([o, &chosen] { chosen = [o] { return Run(*o); }; });
  AddPolicyDocuments(*policy, chosen);
  AddPolicyQueries(*policy, chosen);
  AddPolicySigning(*policy, chosen);
  AddPolicyVerify(*policy, chosen);
  AddPolicyLife(*policy, chosen);
  AddPolicyReplay(*policy, chosen);
}

}  // namespace kinstile::cli
