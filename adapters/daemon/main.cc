// SPDX-License-Identifier: Apache-2.0
// kinstile-adapter: the daemon that an agency runs beside its own systems.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/daemon/node.h"
#include "adapters/daemon/progress.h"
#include "gateway/audit/witness.h"
#include "gateway/wire/process.h"

namespace kinstile::daemon {
namespace {

// Exit codes: 0 done, 1 failed while running, 2 configuration or usage.
constexpr int kFailed = 1;
constexpr int kUsage = 2;

constexpr absl::Duration kReloadEvery = absl::Seconds(20);

int Complain(const absl::Status& status, int code) {
  std::fprintf(stderr, "kinstile-adapter: %s\n",
               std::string(status.message()).c_str());
  return code;
}

void PrintIssue(const sources::RowIssue& issue) {
  if (issue.row == 0) {
    std::printf("%s\n", issue.problem.c_str());
    return;
  }
  std::printf("%s%srow %zu: %s%s%s (row %s)\n", issue.table.c_str(),
              issue.table.empty() ? "" : ", ", issue.row, issue.field.c_str(),
              issue.field.empty() ? "" : ": ", issue.problem.c_str(),
              issue.kept ? "kept" : "left out");
}

void PrintReport(const EnrolmentReport& report, bool dry_run) {
  if (dry_run)
    std::printf("read %llu people; nothing was sent\n",
                static_cast<unsigned long long>(report.read));
  else
    std::printf("enrolled %llu people in %llu families\n",
                static_cast<unsigned long long>(report.enrolled),
                static_cast<unsigned long long>(report.families));
  for (const sources::RowIssue& issue : report.row_issues) PrintIssue(issue);
  for (const auto& [what, n] : report.field_issues)
    std::printf("%llu people: %s\n", static_cast<unsigned long long>(n),
                what.c_str());
  if (report.without_keys > 0)
    std::printf("%llu people have too few details to be found\n",
                static_cast<unsigned long long>(report.without_keys));
}

void PrintJson(const EnrolmentReport& report, bool dry_run) {
  using Json = nlohmann::ordered_json;
  Json rows = Json::array();
  for (const sources::RowIssue& issue : report.row_issues)
    rows.push_back({{"file", issue.table},
                    {"row", issue.row},
                    {"field", issue.field},
                    {"problem", issue.problem},
                    {"row_kept", issue.kept}});
  const Json out = {{"dry_run", dry_run},
                    {"read", report.read},
                    {"enrolled", report.enrolled},
                    {"families", report.families},
                    {"new", report.fresh},
                    {"changed", report.changed},
                    {"gone", report.gone},
                    {"unchanged", report.unchanged},
                    {"without_keys", report.without_keys},
                    {"rows", rows},
                    {"fields", report.field_issues}};
  std::printf("%s\n", out.dump(2).c_str());
}

int Enrol(Node& node, bool dry_run, bool json) {
  absl::StatusOr<EnrolmentReport> report;
  {
    Progress progress("people read", 0);
    report = node.Enrol(
        [&](uint64_t n, uint64_t expected) {
          progress.Expect(expected);
          progress.At(n);
        },
        dry_run);
  }
  if (!report.ok()) return Complain(report.status(), kFailed);
  json ? PrintJson(*report, dry_run) : PrintReport(*report, dry_run);
  return 0;
}

// For a restore, for "audit verify", and as evidence: signed notes, one a file.
int WriteHeads(Node& node, const std::string& folder) {
  const auto heads = audit::ReadWitnessHeads(node.state());
  if (!heads.ok()) return Complain(heads.status(), kFailed);
  const auto evidence = audit::ReadWitnessEvidence(node.state());
  if (!evidence.ok()) return Complain(evidence.status(), kFailed);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto write = [&](const std::string& name, const std::string& note) {
    const std::string path = absl::StrCat(folder, "/", name);
    std::ofstream out(path, std::ios::binary);
    out << note;
    out.close();
    if (out) std::printf("%s\n", path.c_str());
    return static_cast<bool>(out);
  };
  const auto consortium = node.directory().Current();
  bool good = !error;
  for (const audit::WitnessHead& h : *heads) {
    std::string party = "earlier";
    for (const share::Daemon& g : consortium->gateways)
      if (g.log_origin == h.origin) party = g.id;
    for (const share::KeyHolder& k : consortium->key_holders)
      if (k.daemon.log_origin == h.origin) party = k.daemon.id;
    good = good && write(absl::StrCat(party, ".", h.size, ".head"), h.note);
  }
  for (size_t i = 0; i < evidence->size(); ++i)
    good = good && write(absl::StrCat("evidence.", i + 1), (*evidence)[i].note);
  if (good) return 0;
  return Complain(absl::UnavailableError("--heads: cannot be written"),
                  kFailed);
}

int Serve(Node& node) {
  const absl::Status status = node.Serve([](bool up, const std::string& why) {
    wire::LogLine(absl::StrCat("source link ", up ? "up" : "down", ": ", why));
  });
  if (!status.ok()) return Complain(status, kFailed);
  node.Witness([](const std::string& party, bool up, const std::string& why) {
    wire::LogLine(absl::StrCat("witness of ", party, "'s trail ",
                               up ? "up" : "down", ": ", why));
  });
  while (wire::WaitForSignal(kReloadEvery) != wire::Signal::kStop)
    if (absl::Status s = node.Reload(); !s.ok())
      wire::LogLine(absl::StrCat("kept what was in force: ", s.message()));
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app{"Kinstile adapter: answers for one agency, and enrols it."};
  std::string config;
  bool check = false;
  bool enrol = false;
  bool dry_run = false;
  bool json = false;
  std::string heads;
  app.add_option("--config", config, "configuration file (protobuf text)")
      ->required();
  app.add_flag("--check-config", check, "check everything, then stop");
  app.add_flag("--enrol", enrol, "enrol the register once, then stop");
  app.add_flag("--dry-run", dry_run, "with --enrol: read and report only");
  app.add_option("--heads", heads,
                 "write the last checkpoint that this agency's witness has "
                 "cosigned of each trail, and what contradicts one, into this "
                 "folder, then stop");
  app.add_flag("--json", json, "with --enrol: the report for machines");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  wire::HardenProcess();
  wire::PrepareForManyCalls();
  wire::BlockSignals();
  auto node = Node::Create(config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  if (check) {
    std::printf("%s: good\n", config.c_str());
    return 0;
  }
  if (!heads.empty()) return WriteHeads(**node, heads);
  return enrol ? Enrol(**node, dry_run, json) : Serve(**node);
}

}  // namespace
}  // namespace kinstile::daemon

int main(int argc, char** argv) { return kinstile::daemon::Main(argc, argv); }
