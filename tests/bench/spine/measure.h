// SPDX-License-Identifier: Apache-2.0
// Clocks, loads and the table that a measurement ends in.
#ifndef KINSTILE_TESTS_BENCH_SPINE_MEASURE_H_
#define KINSTILE_TESTS_BENCH_SPINE_MEASURE_H_

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kinstile::bench {

// Seconds since some moment.
double WallSeconds();
// CPU time in seconds, of this thread, of this process, of another process.
double ThreadCpuSeconds();
double ProcessCpuSeconds();
double ProcessCpuSeconds(pid_t pid);

// `q` in 0..1; 0 for no values.
double Quantile(std::vector<double> values, double q);

struct LoadResult {
  double per_second = 0;   // by the wall clock
  double p50_seconds = 0;  // of one call
  double cpu_seconds = 0;  // of this process, per call
};

// Calls `f` from `threads` threads for `seconds`; the first error ends it.
absl::StatusOr<LoadResult> RunLoad(int threads, double seconds,
                                   const std::function<absl::Status()>& f);

// One line of the table.
struct Figure {
  std::string part;  // a, b, c or d
  std::string name;
  double value = 0;
  std::string unit;
  // What the issue sets as the limit: a ratio to a figure of the same run.
  std::optional<double> ratio = std::nullopt;
  std::optional<double> target = std::nullopt;
  bool at_most = false;  // the target is a ceiling
};

void PrintTable(const std::vector<Figure>& figures);
void PrintJson(const std::vector<Figure>& figures);

}  // namespace kinstile::bench

#endif  // KINSTILE_TESTS_BENCH_SPINE_MEASURE_H_
