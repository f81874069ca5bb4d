// SPDX-License-Identifier: Apache-2.0
// kinstile link: two registers through the whole private pipeline.
#include <sys/resource.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/link.h"
#include "adapters/cli/output.h"

namespace kinstile::cli {
namespace {

struct Options {
  LinkOptions link;
  std::string truth;
  bool json = false;
};

double PeakMiB(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void Print(const LinkReport& r) {
  std::printf(
      "%zu left and %zu right records: %zu MATCH, %zu POSSIBLE pairs; "
      "%zu pairs of families\n",
      r.left_records, r.right_records, r.matches, r.possibles, r.family_pairs);
  if (r.resumed > 0)
    std::printf("of them %zu families were answered by an earlier run\n",
                r.resumed);
  if (r.quality)
    std::printf(
        "MATCH against the truth: precision %.5f, recall %.5f, F1 "
        "%.5f (%zu right, %zu wrong, %zu missed)\n"
        "MATCH and POSSIBLE:      precision %.5f, recall %.5f, F1 "
        "%.5f\n",
        r.quality->match.precision(), r.quality->match.recall(),
        r.quality->match.f1(), r.quality->match.right, r.quality->match.wrong,
        r.quality->match.missed, r.quality->any.precision(),
        r.quality->any.recall(), r.quality->any.f1());
  std::printf(
      "enrolment %.1f s, matching %.1f s; peak memory %.0f MiB here, "
      "%.0f MiB in the largest daemon\n",
      r.enrol_seconds, r.match_seconds, PeakMiB(RUSAGE_SELF),
      PeakMiB(RUSAGE_CHILDREN));
}

Json ToJson(const Score& s) {
  return {{"precision", s.precision()},
          {"recall", s.recall()},
          {"f1", s.f1()},
          {"right", s.right},
          {"wrong", s.wrong},
          {"missed", s.missed}};
}

Json ToJson(const LinkReport& r) {
  Json out = {{"left_records", r.left_records},
              {"right_records", r.right_records},
              {"matches", r.matches},
              {"possibles", r.possibles},
              {"family_pairs", r.family_pairs},
              {"families_resumed", r.resumed},
              {"enrol_seconds", r.enrol_seconds},
              {"match_seconds", r.match_seconds},
              {"peak_mib", PeakMiB(RUSAGE_SELF)},
              {"peak_mib_largest_daemon", PeakMiB(RUSAGE_CHILDREN)}};
  if (r.quality)
    out["quality"] = {{"match", ToJson(r.quality->match)},
                      {"match_and_possible", ToJson(r.quality->any)}};
  return out;
}

int Run(const Options& o) {
  auto report = Link(o.link, o.truth);
  if (!report.ok())
    return Complain(report.status(), absl::IsInvalidArgument(report.status())
                                         ? kUsage
                                         : kFailed);
  if (o.json)
    PrintJson(ToJson(*report));
  else
    Print(*report);
  return kDone;
}

}  // namespace

void AddLink(CLI::App& app, Chosen& chosen) {
  CLI::App* link = app.add_subcommand(
      "link", "link two registers through adapters, key holder and gateway");
  auto o = std::make_shared<Options>();
  link->add_option("--left", o->link.left_csv, "CSV of the register that asks")
      ->required();
  link->add_option("--left-map", o->link.left_mapping, "its column mapping")
      ->required();
  link->add_option("--right", o->link.right_csv,
                   "CSV of the register that is enrolled")
      ->required();
  link->add_option("--right-map", o->link.right_mapping, "its column mapping")
      ->required();
  link->add_option("--out", o->link.out,
                   "folder for pairs.csv and families.csv")
      ->required();
  link->add_option("--truth", o->truth,
                   "CSV left_id,right_id: prints precision, recall, F1");
  link->add_flag("--resume", o->link.resume,
                 "go on from an interrupted run's --out");
  link->add_flag("--json", o->json, "for machines");
  o->link.policy = ShippedPolicy();
  link->callback([o, &chosen] { chosen = [o] { return Run(*o); }; });
}

}  // namespace kinstile::cli
