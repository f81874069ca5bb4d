// SPDX-License-Identifier: Apache-2.0
// A clock that a test moves for several processes at once. For tests only: the
// shipped programs read the wall clock and nothing else.
#ifndef KINSTILE_TESTS_E2E_MOVED_CLOCK_H_
#define KINSTILE_TESTS_E2E_MOVED_CLOCK_H_

#include <cstdlib>
#include <fstream>
#include <string>

#include "gateway/base/clock.h"

namespace kinstile::e2e {

// Names the file that holds how many days ahead it is.
inline constexpr char kDaysAheadFile[] = "KINSTILE_TEST_DAYS_AHEAD";

class MovedClock final : public Clock {
 public:
  absl::Time Now() const override {
    const char* file = std::getenv(kDaysAheadFile);
    int days = 0;
    if (file != nullptr) std::ifstream(file) >> days;
    return SystemClock().Now() + absl::Hours(24) * days;
  }
};

}  // namespace kinstile::e2e

#endif  // KINSTILE_TESTS_E2E_MOVED_CLOCK_H_
