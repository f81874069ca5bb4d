// SPDX-License-Identifier: Apache-2.0
// kinstile policy render and test: what people read, and whether the cases
// would notice a change.
#include <cstdio>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/text.h"
#include "policy/mutation.h"
#include "policy/render.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string agreement;
  std::string folder;
  std::string format = "markdown";
  bool mutants = false;
  bool json = false;
};

// Drafts can be read and tested as well: nothing is decided with them here.
policy::LoadOptions LoadOptions() {
  share::Consortium nobody;
  nobody.demonstration = true;
  policy::LoadOptions options =
      wire::PolicyOptions(nobody, SystemClock().Now());
  options.signatures_aside = true;
  return options;
}

absl::StatusOr<policy::PolicyFiles> ReadFiles(const Options& o) {
  return wire::ReadPolicyFiles(o.folder + "/law", o.folder + "/agreements");
}

absl::StatusOr<policy::AgreementFiles> Find(const policy::PolicyFiles& files,
                                            const std::string& agreement) {
  for (const policy::AgreementFiles& each : files.agreements) {
    if (each.id == agreement) return each;
  }
  return absl::NotFoundError(absl::StrCat("no agreement ", agreement));
}

int Refused(const std::vector<policy::Issue>& issues) {
  for (const policy::Issue& issue : issues) {
    std::fprintf(stderr, "%s\n", policy::Format(issue).c_str());
  }
  std::fprintf(stderr, "refused: nothing was loaded\n");
  return kNotVerified;
}

int RunRender(const Options& o) {
  const auto files = ReadFiles(o);
  if (!files.ok()) return Complain(files.status(), kUsage);
  const auto agreement = Find(*files, o.agreement);
  if (!agreement.ok()) return Complain(agreement.status(), kUsage);
  const policy::LoadResult loaded =
      policy::Load({files->law, {*agreement}, files->agencies}, LoadOptions());
  if (loaded.set == nullptr) return Refused(loaded.issues);
  const policy::Document document =
      policy::Render(*loaded.set->Find(o.agreement), loaded.set->catalogue());
  std::string out = o.format == "html"   ? document.Html()
                    : o.format == "text" ? document.Text()
                                         : document.Markdown();
  if (o.json) {
    PrintJson(
        {{"agreement", o.agreement}, {"format", o.format}, {"document", out}});
  } else {
    std::fwrite(out.data(), 1, out.size(), stdout);
  }
  return kDone;
}

struct Tested {
  std::string agreement;
  policy::CasesReport cases;
  policy::MutationReport mutation;  // empty unless asked for

  size_t Failed() const {
    size_t failed = 0;
    for (const policy::CaseResult& each : cases.results) failed += !each.passed;
    return failed;
  }
  bool Good() const {
    return Failed() == 0 && !policy::HasErrors(cases.issues) &&
           (mutation.agreement.empty() || mutation.Score() >= 95);
  }
};

absl::StatusOr<Tested> Test(const Options& o, const policy::PolicyFiles& files,
                            const policy::ActiveSet& set,
                            const policy::AgreementFiles& agreement) {
  const std::string path =
      absl::StrCat(o.folder, "/agreements/", agreement.id, "/cases.textproto");
  KS_ASSIGN_OR_RETURN(std::string bytes, wire::ReadFile(path));
  const policy::NamedBytes cases{path, std::move(bytes)};
  Tested tested;
  tested.agreement = agreement.id;
  tested.cases = policy::RunCases(set, cases);
  if (o.mutants) {
    tested.mutation =
        policy::Mutate(files.law, agreement, cases, LoadOptions());
  }
  return tested;
}

void Print(const Tested& tested) {
  for (const policy::Issue& issue : tested.cases.issues) {
    std::printf("%s\n", policy::Format(issue).c_str());
  }
  for (const policy::CaseResult& each : tested.cases.results) {
    if (each.passed) continue;
    std::printf("FAILED \"%s\" (line %d)\n  expected %s\n  got      %s\n",
                each.name.c_str(), each.line, each.expected.c_str(),
                each.got.c_str());
  }
  std::printf("%s: %zu cases, %zu failed\n", tested.agreement.c_str(),
              tested.cases.results.size(), tested.Failed());
  if (tested.mutation.agreement.empty()) return;
  std::printf(
      "  of %d changes for the worse %.1f %% are noticed: %.1f %% by what the "
      "cases show, the rest by their claim to show everything\n",
      tested.mutation.mutants, tested.mutation.Score(),
      tested.mutation.ScoreByCases());
  for (const std::string& survivor : tested.mutation.survivors) {
    std::printf("  not noticed: %s\n", survivor.c_str());
  }
}

Json ToJson(const Tested& tested) {
  Json cases = Json::array();
  for (const policy::CaseResult& each : tested.cases.results) {
    cases.push_back({{"name", each.name},
                     {"passed", each.passed},
                     {"expected", each.expected},
                     {"got", each.got}});
  }
  Json issues = Json::array();
  for (const policy::Issue& issue : tested.cases.issues) {
    issues.push_back(policy::Format(issue));
  }
  Json out = {{"agreement", tested.agreement},
              {"good", tested.Good()},
              {"issues", issues},
              {"cases", cases}};
  if (!tested.mutation.agreement.empty()) {
    out["mutants"] = tested.mutation.mutants;
    out["score"] = tested.mutation.Score();
    out["score_by_cases"] = tested.mutation.ScoreByCases();
    out["survivors"] = tested.mutation.survivors;
  }
  return out;
}

int RunTest(const Options& o) {
  const auto files = ReadFiles(o);
  if (!files.ok()) return Complain(files.status(), kUsage);
  if (!o.agreement.empty()) {
    const auto found = Find(*files, o.agreement);
    if (!found.ok()) return Complain(found.status(), kUsage);
  }
  const policy::LoadResult loaded = policy::Load(*files, LoadOptions());
  if (loaded.set == nullptr) return Refused(loaded.issues);
  bool good = true;
  Json all = Json::array();
  for (const policy::AgreementFiles& each : files->agreements) {
    if (!o.agreement.empty() && each.id != o.agreement) continue;
    const auto tested = Test(o, *files, *loaded.set, each);
    if (!tested.ok()) return Complain(tested.status(), kUsage);
    good &= tested->Good();
    if (o.json) {
      all.push_back(ToJson(*tested));
    } else {
      Print(*tested);
    }
  }
  if (o.json) PrintJson(all);
  return good ? kDone : kNotVerified;
}

}  // namespace

void AddPolicyDocuments(CLI::App& policy, Chosen& chosen) {
  auto render = std::make_shared<Options>();
  render->folder = ShippedPolicy();
  CLI::App* r = policy.add_subcommand(
      "render", "an agreement as the document that its parties sign");
  r->add_option("agreement", render->agreement, "its id")->required();
  r->add_option("--folder", render->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  r->add_option("--format", render->format, "markdown, html or text")
      ->check(CLI::IsMember({"markdown", "html", "text"}))
      ->capture_default_str();
  r->add_flag("--json", render->json, "for machines");
  r->callback(
      [render, &chosen] { chosen = [render] { return RunRender(*render); }; });

  auto test = std::make_shared<Options>();
  test->folder = ShippedPolicy();
  CLI::App* t = policy.add_subcommand(
      "test",
      "run the cases of agreements, and see whether they would notice "
      "a change (exit 4 if a case fails or the score is below 95)");
  t->add_option("agreement", test->agreement, "its id; default: all");
  t->add_option("--folder", test->folder, "folder with law/ and agreements/")
      ->capture_default_str();
  t->add_flag("--mutants", test->mutants,
              "change each agreement for the worse, one small change at a "
              "time, and count the changes that a case notices");
  t->add_flag("--json", test->json, "for machines");
  t->callback([test, &chosen] { chosen = [test] { return RunTest(*test); }; });
}

}  // namespace kinstile::cli
