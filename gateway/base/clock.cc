// SPDX-License-Identifier: Apache-2.0
// The only reader of the wall clock (tests/arch checks this).
#include "gateway/base/clock.h"

#include "absl/time/clock.h"

namespace kinstile {
namespace {

class WallClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace

const Clock& SystemClock() {
  static const WallClock* const clock = new WallClock;
  return *clock;
}

}  // namespace kinstile
