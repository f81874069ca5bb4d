// SPDX-License-Identifier: Apache-2.0
// The wall clock runs forward; stored times are milliseconds.
#include "gateway/base/clock.h"

#include <gtest/gtest.h>

namespace kinstile {
namespace {

TEST(SystemClock, GoesOn) {
  const absl::Time before = SystemClock().Now();
  EXPECT_LE(before, SystemClock().Now());
  EXPECT_GT(before, absl::FromUnixSeconds(1700000000));
}

TEST(ToMillis, CountsFromTheEpoch) {
  EXPECT_EQ(ToMillis(absl::UnixEpoch()), 0);
  EXPECT_EQ(ToMillis(absl::FromUnixMillis(1234567890123)), 1234567890123);
}

}  // namespace
}  // namespace kinstile
