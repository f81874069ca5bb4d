// SPDX-License-Identifier: Apache-2.0
// kinstile audit search | report: over an index of one's own, recorded first.
#include <cstdio>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/cli/audit/commands.h"
#include "adapters/cli/audit/search.h"
#include "adapters/cli/audit_view.h"
#include "adapters/cli/output.h"
#include "gateway/base/status_macros.h"

namespace kinstile::cli {
namespace {

struct SearchOptions {
  Search search;
  std::string kind;  // of report
};

int RunSearch(SearchOptions& o) {
  if (absl::Status s = o.search.Prepare({}); !s.ok())
    return o.search.Complain(s);
  Json list = Json::array();
  uint64_t n = 0;
  const absl::Status s = o.search.ForEach([&](const Found& found) {
    ++n;
    const audit::OpenedEntry entry{found.index, {}, found.record};
    if (o.search.trail.json) {
      list.push_back(ToJson(entry));
    } else {
      for (const std::string& line : Describe(entry))
        std::printf("%s\n", line.c_str());
    }
    return absl::OkStatus();
  });
  if (!s.ok()) return o.search.Complain(s);
  if (o.search.trail.json)
    PrintJson({{"found", n},
               {"entries", list},
               {"trail", o.search.TrailJson()},
               {"not_opened", o.search.NotOpened()}});
  else
    std::printf("%llu entries found. %s\n", static_cast<unsigned long long>(n),
                o.search.Summary().c_str());
  return kDone;
}

std::unique_ptr<Report> NewReport(const std::string& kind,
                                  const Search& search) {
  const std::string& agency = search.audience();
  if (kind == "shares") return std::make_unique<SharesReport>(agency);
  if (kind == "refusals") return std::make_unique<RefusalsReport>(agency);
  if (kind == "subject")
    return std::make_unique<SubjectReport>(*search.query().subject);
  return std::make_unique<UnusualReport>();
}

int RunReport(SearchOptions& o) {
  if (o.kind == "subject" && o.search.subject.empty() &&
      o.search.case_ref.empty())
    return Complain(
        absl::InvalidArgumentError("give --subject or --case: whose report?"),
        kUsage);
  if (absl::Status s = o.search.Prepare({{"report", o.kind}}); !s.ok())
    return o.search.Complain(s);
  const auto report = NewReport(o.kind, o.search);
  const absl::Status s = o.search.ForEach([&](const Found& found) {
    report->Add(found);
    return absl::OkStatus();
  });
  if (!s.ok()) return o.search.Complain(s);
  if (o.search.trail.json) {
    PrintJson(report->ToJson());
  } else {
    for (const std::string& line : report->Sentences())
      std::printf("%s\n", PlainLines(line).c_str());
    std::printf("%s\n", o.search.Summary().c_str());
  }
  return kDone;
}

}  // namespace

void AddSearch(CLI::App& audit, Chosen& chosen) {
  auto search = std::make_shared<SearchOptions>();
  CLI::App* command = audit.add_subcommand(
      "search",
      "find entries of your agency; verifies the trail, and records the "
      "search in it, first");
  search->search.AddTo(command);
  search->search.AddFiltersTo(command);
  command->callback(
      [search, &chosen] { chosen = [search] { return RunSearch(*search); }; });

  auto report = std::make_shared<SearchOptions>();
  command = audit.add_subcommand(
      "report",
      "shares by purpose and basis, refusals by reason, who looked at one "
      "person, unusual patterns");
  command
      ->add_option("kind", report->kind, "shares, refusals, subject or unusual")
      ->required()
      ->check(CLI::IsMember({"shares", "refusals", "subject", "unusual"}));
  report->search.AddTo(command);
  report->search.AddFiltersTo(command);
  command->callback(
      [report, &chosen] { chosen = [report] { return RunReport(*report); }; });
}

}  // namespace kinstile::cli
