// SPDX-License-Identifier: Apache-2.0
// Policy at size: 500 agreements and 4,000 flows, each figure beside its limit.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"
#include "gateway/crypto/sign.h"
#include "policy/analysis.h"
#include "policy/diff.h"
#include "policy/engine.h"
#include "policy/loader.h"
#include "policy/words.h"

namespace kinstile::policy {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kUsage[] =
    "usage: policy_bench [--asks=N] [--agreements=N]\n"
    "Loads, verifies, analyses, decides and compares copies of the shipped\n"
    "family-support agreement, each with eight flows and three signatures.\n"
    "Decisions are timed one by one by the clock, the rest by the program's\n"
    "own processor time.\n";
// One agreement in ten shares its parties with another.
constexpr int kCircles = 50;
constexpr int kFlows = 8;

// Seconds of this program's own work: others share the machine.
double CpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double Since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// The share blocks of an agreement, and what is left of it.
std::vector<std::string> TakeShares(std::string& text) {
  std::vector<std::string> shares;
  for (size_t at; (at = text.find("\nshare {")) != std::string::npos;) {
    const size_t end = text.find("\n}", at) + 2;
    shares.push_back(text.substr(at, end - at));
    text.erase(at, end - at);
  }
  return shares;
}

std::string Copy(const std::string& original, int number) {
  std::string text = original;
  const std::vector<std::string> shares = TakeShares(text);
  for (int f = 0; f < kFlows; ++f) {
    std::string share = shares[f % shares.size()];
    const std::string round = absl::StrCat("-", f / shares.size(), "\"");
    text +=
        absl::StrReplaceAll(share, {{"\"fs-jcp\"", "\"fs-jcp" + round},
                                    {"\"fs-health\"", "\"fs-health" + round},
                                    {"\"fs-council\"", "\"fs-council" + round},
                                    {"key worker\"", "key worker" + round},
                                    {"work coach\"", "work coach" + round}});
  }
  const std::string circle = absl::StrCat("-", number % kCircles, "\"");
  return absl::StrReplaceAll(text,
                             {{"id: \"family-support\"",
                               absl::StrCat("id: \"agreement-", number, "\"")},
                              {"\"jcp\"", "\"jcp" + circle},
                              {"\"council\"", "\"council" + circle},
                              {"\"health\"", "\"health" + circle}});
}

NamedBytes ReadNamed(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return {path.string(), out.str()};
}

struct Scene {
  PolicyFiles files;
  LoadOptions options;
};

constexpr char kLabel[] = "kinstile/v1/agreement";

Scene MakeScene(int agreements) {
  Scene scene;
  for (const auto& entry :
       std::filesystem::directory_iterator(KINSTILE_POLICY_DIR "/law"))
    scene.files.law.push_back(ReadNamed(entry.path()));
  const auto key =
      crypto::SigningKey::FromSeed(crypto::RandomKey<crypto::SigningSeed>());
  scene.options.demo_mode = true;
  scene.options.today = absl::CivilDay(2026, 11, 24);
  scene.options.sha256 = [](absl::string_view bytes) {
    return std::string(crypto::Sha256(bytes).str());
  };
  scene.options.verify = [public_key = key.verify_key()](
                             absl::string_view, absl::string_view message,
                             absl::string_view signature) {
    const auto bytes = crypto::Signature::FromBytes(signature);
    return bytes.ok() &&
           crypto::Verify(public_key, kLabel, message, *bytes).ok();
  };
  const std::string original =
      ReadNamed(KINSTILE_POLICY_DIR
                "/agreements/family-support/agreement.textproto")
          .bytes;
  for (int i = 0; i < agreements; ++i) {
    AgreementFiles files;
    files.id = absl::StrCat("agreement-", i);
    files.agreement = {absl::StrCat(files.id, ".textproto"), Copy(original, i)};
    PolicyFiles alone = {scene.files.law, {files}};
    std::vector<Issue> issues;
    const std::string circle = absl::StrCat("-", i % kCircles);
    const std::string statement = StatementFor(
        alone, files.id, absl::StrCat("jcp", circle), scene.options, &issues);
    const std::pair<const char*, const char*> parties[] = {
        {"jcp", "DWP Data Sharing lead"},
        {"council", "Director of Children's Services"},
        {"health", "Senior Information Risk Owner"}};
    for (const auto& [party, post] : parties) {
      const std::string said = absl::StrReplaceAll(
          statement, {{"\"jcp-", absl::StrCat("\"", party, "-")},
                      {"DWP Data Sharing lead", post}});
      files.signatures.push_back(
          {absl::StrCat(party, circle),
           {absl::StrCat(party, ".textproto"), said},
           std::string(key.Sign(kLabel, StatementToSign(said)).str())});
    }
    scene.files.agreements.push_back(std::move(files));
  }
  return scene;
}

// Half are asked as some flow allows, with some of the evidence; the others
// miss by party, purpose, role or agreement.
std::vector<Ask> MakeAsks(const ActiveSet& set, int count) {
  std::mt19937_64 random(1);
  auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const auto flows = set.tables().flows();
  std::vector<Ask> asks;
  for (int i = 0; i < count; ++i) {
    const FlowRow& row = flows[below(flows.size())];
    const Flow& flow = set.FlowOf(row);
    Ask ask;
    ask.agreement = set.agreements()[row.agreement].id;
    ask.from = flow.from;
    ask.to = flow.to;
    ask.role = flow.roles[0];
    ask.purpose = flow.purposes[0];
    ask.mode = flow.mode;
    for (const FlowItem& item : flow.items) ask.items.push_back(item.item);
    ask.items.push_back("benefit_type");
    ask.people = 4;
    ask.today = absl::CivilDay(2026, 11, 24);
    ask.nation = set.agreements()[row.agreement].nations[0];
    for (const Condition& each : flow.conditions)
      if (below(8) != 0) ask.facts.Set(each.kind, {Truth::kYes, each.number});
    switch (below(8)) {
      case 0:
        ask.to = "nobody";
        break;
      case 1:
        ask.purpose = Purpose::kCrimePrevention;
        break;
      case 2:
        ask.role = "caretaker";
        break;
      case 3:
        ask.agreement = "";
        break;
      default:
        break;
    }
    asks.push_back(std::move(ask));
  }
  return asks;
}

struct Percentiles {
  double p50 = 0, p99 = 0;
};

// Microseconds of each call, the clock's own two reads taken off.
template <class Call>
Percentiles Time(const std::vector<Ask>& asks, Call call) {
  std::vector<double> clock;
  for (int i = 0; i < 1000; ++i) {
    const auto start = SteadyClock::now();
    clock.push_back(Since(start) * 1e6);
  }
  std::nth_element(clock.begin(), clock.begin() + 500, clock.end());
  std::vector<double> times;
  times.reserve(asks.size());
  for (const Ask& ask : asks) {
    const auto start = SteadyClock::now();
    call(ask);
    times.push_back(Since(start) * 1e6 - clock[500]);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() * 99 / 100]};
}

void Print(const char* what, double value, const char* unit, double limit) {
  std::printf("%-52s %9.3f %s   limit %g%s\n", what, value, unit, limit,
              value <= limit ? "" : "   SHORT");
}

int Run(int agreements, int asks_wanted) {
  const Scene scene = MakeScene(agreements);
  double start = CpuSeconds();
  const LoadResult loaded = Load(scene.files, scene.options);
  const double load = CpuSeconds() - start;
  if (loaded.set == nullptr) {
    for (const Issue& issue : loaded.issues)
      if (issue.severity == Severity::kError)
        std::fprintf(stderr, "%s\n", Format(issue).c_str());
    return 1;
  }
  const ActiveSet& set = *loaded.set;
  std::printf("%zu agreements, %zu flows, %zu signatures\n",
              set.agreements().size(), set.tables().flows().size(),
              set.agreements().size() * 3);

  const std::vector<Ask> asks = MakeAsks(set, asks_wanted);
  size_t granted = 0;
  auto rule = [&](const Ask& ask) {
    granted += Rule(set, ask, Deciding::kGateway).items.size();
  };
  for (const Ask& ask : asks) rule(ask);  // the caches warm, as in a daemon
  const Percentiles numbers = Time(asks, rule);
  // Every reason in words, for the record and for the asker, and on which basis
  // each granted item stands.
  auto tell = [&](const Ask& ask) {
    const Ruling ruling = Rule(set, ask, Deciding::kGateway);
    if (ruling.fit != Fit::kFits) {
      Told told;
      TellMiss(set, ask, ruling, &told);
      granted += told.for_record.size();
    }
    for (const ItemRuling& item : ruling.items) {
      Told told;
      Tell(set, ask, ruling, item, &told);
      granted += told.for_record.size() + told.for_asker.size();
    }
  };
  for (const Ask& ask : asks) tell(ask);
  const Percentiles words = Time(asks, tell);
  const Percentiles permits = Time(asks, [&](const Ask& ask) {
    granted += Decide(set, ask, Deciding::kGateway).index();
  });
  Print("decision with every reason in words, p50", words.p50, "us", 1);
  Print("decision with every reason in words, p99", words.p99, "us", 10);
  const std::pair<const char*, double> besides[] = {
      {"  the decision and its reasons in numbers, p50", numbers.p50},
      {"  the same, p99", numbers.p99},
      {"  as a permit that owns its words, p50", permits.p50},
      {"  the same, p99", permits.p99}};
  for (const auto& [what, value] : besides)
    std::printf("%-52s %9.3f us\n", what, value);
  Print("load and verify", load, "s ", 1);

  AnalysisOptions analysis;
  analysis.today = absl::CivilDay(2026, 11, 24);
  start = CpuSeconds();
  const size_t findings = Analyse(set, analysis).size();
  Print(absl::StrCat("analysis (", findings, " findings)").c_str(),
        CpuSeconds() - start, "s ", 1);

  // All agreements of every tenth circle change, so that no copy covers what
  // changed, and those of every circle.
  for (int every : {10, 1}) {
    std::vector<Agreement> changed = set.agreements();
    for (Agreement& agreement : changed) {
      int number = 0;
      if (!absl::SimpleAtoi(agreement.id.substr(agreement.id.find('-') + 1),
                            &number) ||
          number % kCircles % every != 0)
        continue;
      const bool longer = number % kCircles / every % 2 == 0;
      for (Flow& flow : agreement.flows) flow.keep_days += longer ? 1 : -1;
    }
    const ActiveSet after(std::move(changed), set.catalogue(), "");
    start = CpuSeconds();
    const Difference d = Compare(set, after);
    Print(absl::StrCat("diff, one agreement in ", every, " changed (",
                       std::string(Name(d.effect)), ")")
              .c_str(),
          (CpuSeconds() - start) * 1e3, "ms", 50);
  }
  return granted == 0;
}

}  // namespace
}  // namespace kinstile::policy

int main(int argc, char** argv) {
  int asks = 200'000, agreements = 500;
  for (int i = 1; i < argc; ++i) {
    absl::string_view arg = argv[i];
    if (!(absl::ConsumePrefix(&arg, "--asks=") &&
          absl::SimpleAtoi(arg, &asks) && asks > 0) &&
        !(absl::ConsumePrefix(&arg, "--agreements=") &&
          absl::SimpleAtoi(arg, &agreements) && agreements > 0)) {
      std::fputs(kinstile::policy::kUsage, stderr);
      return 2;
    }
  }
  return kinstile::policy::Run(agreements, asks);
}
