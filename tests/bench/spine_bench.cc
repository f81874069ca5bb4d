// SPDX-License-Identifier: Apache-2.0
// How fast the spine is, as ratios to what it stands on, all in one run.
#include <cstdio>
#include <exception>
#include <string>

#include "CLI/CLI.hpp"
#include "gateway/base/status_macros.h"
#include "gateway/wire/process.h"
#include "tests/bench/spine/empty_call.h"
#include "tests/bench/spine/spine.h"

namespace kinstile::bench {
namespace {

absl::Status Measure(const Options& options, std::vector<Figure>& figures) {
  auto wanted = [&](char part) {
    return options.parts.find(part) != std::string::npos;
  };
  if (wanted('a') || wanted('b')) {
    KS_ASSIGN_OR_RETURN(const auto scene, Scene::Start(options));
    if (wanted('a'))
      KS_RETURN_IF_ERROR(MeasureEvaluate(options, *scene, figures));
    if (wanted('b')) KS_RETURN_IF_ERROR(MeasureMatch(options, *scene, figures));
  }
  if (wanted('c')) KS_RETURN_IF_ERROR(MeasureShare(options, figures));
  if (wanted('d')) KS_RETURN_IF_ERROR(MeasureShield(options, figures));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app{
      "Measures the spine against libsodium, an empty call and its own "
      "cryptography.\nRatios compare figures of the same run; the best of "
      "interleaved rounds counts."};
  Options options;
  options.cache = KINSTILE_BENCH_CACHE;
  bool smoke = false;
  app.add_option("--people", options.people, "people in the index")
      ->check(CLI::Range(int64_t{8}, int64_t{10'000'000}))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "of each load")
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "interleaved rounds")
      ->capture_default_str();
  app.add_option("--parts", options.parts,
                 "a evaluations, b look-ups and matches, c shares, d shields")
      ->capture_default_str();
  app.add_option("--cache", options.cache, "folder for filled indexes")
      ->capture_default_str();
  app.add_flag("--json", options.json, "print JSON");
  app.add_flag("--smoke", smoke, "run everything once, in seconds");
  CLI11_PARSE(app, argc, argv);
  if (smoke) {
    options.people = 2000;
    options.seconds = 0.2;
    options.rounds = 1;
  }
  std::vector<Figure> figures;
  if (const absl::Status s = Measure(options, figures); !s.ok()) {
    std::fprintf(stderr, "spine_bench: %s\n", s.ToString().c_str());
    return 1;
  }
  options.json ? PrintJson(figures) : PrintTable(figures);
  return 0;
}

}  // namespace
}  // namespace kinstile::bench

int main(int argc, char** argv) {
  kinstile::wire::PrepareForManyCalls();
  // How it starts its own empty server.
  if (argc == 4 && std::string(argv[1]) == "--empty-server")
    return kinstile::bench::ServeEmptyCalls(argv[2], argv[3]);
  return kinstile::bench::Main(argc, argv);
}
