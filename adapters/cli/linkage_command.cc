// SPDX-License-Identifier: Apache-2.0
// kinstile linkage: the weights of matching, shown and estimated anew.
#include <cstdio>
#include <fstream>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/patterns.h"
#include "gateway/storage/database.h"
#include "gateway/wire/weights.h"

namespace kinstile::cli {
namespace {

using linkage::Comparator;
using linkage::Weights;

struct Options {
  std::string weights, store, version, out;
  bool json = false;
};

std::string DigestOf(const Weights& w) {
  return absl::BytesToHexString(wire::WeightsDigest(w).view());
}

Json ToJson(const Weights& w) {
  Json json = {
      {"version", w.version},         {"origin", w.origin},
      {"digest", DigestOf(w)},        {"match_at", w.match_at},
      {"possible_at", w.possible_at}, {"strict_names", w.strict_names}};
  for (size_t c = 0; c < linkage::kComparators; ++c) {
    const auto comparator = static_cast<Comparator>(c);
    const auto levels = linkage::LevelNames(comparator);
    Json& table =
        json["comparators"][std::string(linkage::ComparatorName(comparator))];
    for (size_t l = 0; l < levels.size(); ++l)
      table[std::string(levels[l])] = {
          {"m", w.m[c][l]}, {"u", w.u[c][l]}, {"within", w.within[c][l]}};
  }
  return json;
}

void Print(const Weights& w) {
  std::printf("weights %s: %s\ndigest %s\nMATCH at %.2f, POSSIBLE at %.2f%s\n",
              Bold(w.version).c_str(), w.origin.c_str(), DigestOf(w).c_str(),
              w.match_at, w.possible_at,
              w.strict_names ? "; other forenames, one birth date: POSSIBLE at "
                               "most"
                             : "");
  std::printf("%-34s %10s %10s %10s\n", "comparison", "one person", "strangers",
              "household");
  for (size_t c = 0; c < linkage::kComparators; ++c) {
    const auto comparator = static_cast<Comparator>(c);
    const auto levels = linkage::LevelNames(comparator);
    for (size_t l = 0; l < levels.size(); ++l)
      std::printf(
          "%-34s %10.6f %10.6f %10.6f\n",
          absl::StrCat(linkage::ComparatorName(comparator), " ", levels[l])
              .c_str(),
          w.m[c][l], w.u[c][l], w.within[c][l]);
  }
}

int Show(const Options& o) {
  const auto weights = wire::LoadWeights(o.weights);
  if (!weights.ok()) return Complain(weights.status(), kNotVerified);
  if (o.json)
    PrintJson(ToJson(*weights));
  else
    Print(*weights);
  return kDone;
}

absl::StatusOr<linkage::PatternCounts> Read(const std::string& path) {
  if (!std::ifstream(path).good())
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  KS_ASSIGN_OR_RETURN(auto store, storage::Open(absl::StrCat("sqlite:", path)));
  linkage::PatternCounts counts;
  KS_RETURN_IF_ERROR(store->Read([&](storage::Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(counts, share::ReadPatterns(s));
    return absl::OkStatus();
  }));
  return counts;
}

int Estimate(const Options& o) {
  const auto start = wire::LoadWeights(o.weights);
  if (!start.ok()) return Complain(start.status(), kNotVerified);
  const auto counts = Read(o.store);
  if (!counts.ok()) return Complain(counts.status());
  auto estimated = linkage::EstimateFromPatterns(*start, *counts);
  if (!estimated.ok()) return Complain(estimated.status());
  uint64_t pairs = 0;
  for (const auto& [pattern, n] : counts->pairs) pairs += n;
  estimated->version = o.version;
  estimated->origin = absl::StrCat(
      "estimated without truth from ", pairs, " compared pairs of ",
      counts->people, " people asked about; unrelated and household tables of ",
      start->version);
  if (absl::Status s = linkage::CheckWeights(*estimated); !s.ok())
    return Complain(s);
  std::ofstream file(o.out);
  file << wire::WeightsText(*estimated);
  file.close();
  if (!file)
    return Complain(
        absl::UnavailableError(absl::StrCat(o.out, ": cannot be written")));
  if (o.json)
    PrintJson({{"version", o.version},
               {"digest", DigestOf(*estimated)},
               {"pairs", pairs},
               {"people", counts->people},
               {"file", o.out}});
  else
    std::printf(
        "%s: weights %s from %llu compared pairs.\nCompare them with kinstile "
        "linkage show, then set linkage_weights and linkage_weights_digest "
        "(%s).\n",
        o.out.c_str(), o.version.c_str(),
        static_cast<unsigned long long>(pairs), DigestOf(*estimated).c_str());
  return kDone;
}

}  // namespace

void AddLinkage(CLI::App& app, Chosen& chosen) {
  CLI::App* linkage = app.add_subcommand(
      "linkage", "the weights of matching: show them, estimate them anew");
  linkage->require_subcommand(1);
  CLI::App* show = linkage->add_subcommand(
      "show", "what agreement of each field is worth; checks the file");
  auto s = std::make_shared<Options>();
  show->add_option("--weights", s->weights,
                   "a file; without it the shipped ones");
  show->add_flag("--json", s->json, "for machines");
  show->callback([s, &chosen] { chosen = [s] { return Show(*s); }; });
  CLI::App* estimate = linkage->add_subcommand(
      "estimate",
      "new weights from what a gateway counted while it matched; nobody needs "
      "to know who is who");
  auto e = std::make_shared<Options>();
  estimate->add_option("--store", e->store, "the gateway's store, or a backup")
      ->required();
  estimate
      ->add_option("--version", e->version,
                   "name of the new weights, e.g. northbridge-2")
      ->required();
  estimate->add_option("--out", e->out, "file to write")->required();
  estimate->add_option("--weights", e->weights,
                       "weights to start from; without it the shipped ones");
  estimate->add_flag("--json", e->json, "for machines");
  estimate->callback([e, &chosen] { chosen = [e] { return Estimate(*e); }; });
}

}  // namespace kinstile::cli
