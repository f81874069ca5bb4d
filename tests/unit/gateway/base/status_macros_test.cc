// SPDX-License-Identifier: Apache-2.0
// Errors travel; values arrive, moved and not copied.
#include "gateway/base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>

namespace kinstile {
namespace {

using Box = std::unique_ptr<int>;

absl::StatusOr<Box> Make(int v) {
  if (v < 0) return absl::OutOfRangeError("below zero");
  return std::make_unique<int>(v);
}

absl::StatusOr<int> Sum(int a, int b) {
  KS_ASSIGN_OR_RETURN(const Box first, Make(a));
  Box second;
  KS_ASSIGN_OR_RETURN(second, Make(b));
  return *first + *second;
}

absl::Status Check(int a) {
  KS_RETURN_IF_ERROR(Make(a).status());
  return absl::OkStatus();
}

TEST(StatusMacros, PassValuesAndReturnTheFirstError) {
  EXPECT_EQ(Sum(2, 3).value(), 5);
  EXPECT_EQ(Sum(-1, 3).status(), absl::OutOfRangeError("below zero"));
  EXPECT_EQ(Sum(2, -1).status(), absl::OutOfRangeError("below zero"));
  EXPECT_TRUE(Check(0).ok());
  EXPECT_EQ(Check(-1), absl::OutOfRangeError("below zero"));
}

}  // namespace
}  // namespace kinstile
