// SPDX-License-Identifier: Apache-2.0
// A measured figure beside what is asked of it.
#ifndef KINSTILE_TESTS_BENCH_TARGET_H_
#define KINSTILE_TESTS_BENCH_TARGET_H_

#include <cstdio>

namespace kinstile {

enum class Bound { kAtLeast, kAtMost };

inline void PrintTarget(const char* what, double value, Bound bound,
                        double target) {
  const bool reached =
      bound == Bound::kAtLeast ? value >= target : value <= target;
  std::printf("target: %-48s %10.2f, at %s %g: %s\n", what, value,
              bound == Bound::kAtLeast ? "least" : "most", target,
              reached ? "reached" : "SHORT");
}

}  // namespace kinstile

#endif  // KINSTILE_TESTS_BENCH_TARGET_H_
