// SPDX-License-Identifier: Apache-2.0
// Measuring and printing.
#include "tests/bench/spine/measure.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "nlohmann/json.hpp"

namespace kinstile::bench {
namespace {

double Seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

bool Reached(const Figure& f) {
  return f.at_most ? *f.ratio <= *f.target : *f.ratio >= *f.target;
}

}  // namespace

double WallSeconds() { return Seconds(CLOCK_MONOTONIC); }
double ThreadCpuSeconds() { return Seconds(CLOCK_THREAD_CPUTIME_ID); }
double ProcessCpuSeconds() { return Seconds(CLOCK_PROCESS_CPUTIME_ID); }
double ProcessCpuSeconds(pid_t pid) {
  clockid_t clock = 0;
  return clock_getcpuclockid(pid, &clock) == 0 ? Seconds(clock) : 0;
}

double Quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  const size_t at =
      std::min(values.size() - 1,
               static_cast<size_t>(q * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[at];
}

absl::StatusOr<LoadResult> RunLoad(int threads, double seconds,
                                   const std::function<absl::Status()>& f) {
  std::mutex mutex;
  absl::Status failed;
  std::vector<double> times;
  std::atomic<bool> go{true};
  const double begin = WallSeconds();
  const double cpu = ProcessCpuSeconds();
  auto work = [&] {
    std::vector<double> own;
    absl::Status status;
    while (go && WallSeconds() < begin + seconds && status.ok()) {
      const double start = WallSeconds();
      status = f();
      own.push_back(WallSeconds() - start);
    }
    std::lock_guard lock(mutex);
    times.insert(times.end(), own.begin(), own.end());
    if (!status.ok()) go = false;
    failed.Update(status);
  };
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back(work);
  for (std::thread& t : all) t.join();
  if (!failed.ok()) return failed;
  const double calls = static_cast<double>(times.size());
  LoadResult result;
  result.per_second = calls / (WallSeconds() - begin);
  result.cpu_seconds = (ProcessCpuSeconds() - cpu) / calls;
  result.p50_seconds = Quantile(std::move(times), 0.5);
  return result;
}

void PrintTable(const std::vector<Figure>& figures) {
  std::printf("%-2s %-58s %12s %-12s %7s %8s\n", "", "figure", "value", "unit",
              "ratio", "target");
  for (const Figure& f : figures) {
    std::printf("%-2s %-58s %12.1f %-12s", f.part.c_str(), f.name.c_str(),
                f.value, f.unit.c_str());
    if (f.ratio) std::printf(" %7.3f", *f.ratio);
    if (f.target)
      std::printf(" %s %.2f  %s", f.at_most ? "<=" : ">=", *f.target,
                  Reached(f) ? "reached" : "SHORT");
    std::printf("\n");
  }
}

void PrintJson(const std::vector<Figure>& figures) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Figure& f : figures) {
    nlohmann::ordered_json line = {{"part", f.part},
                                   {"figure", f.name},
                                   {"value", f.value},
                                   {"unit", f.unit}};
    if (f.ratio) line["ratio"] = *f.ratio;
    if (f.target) {
      line[f.at_most ? "at_most" : "at_least"] = *f.target;
      line["reached"] = Reached(f);
    }
    out.push_back(std::move(line));
  }
  std::printf("%s\n", out.dump(2).c_str());
}

}  // namespace kinstile::bench
