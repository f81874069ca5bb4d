// SPDX-License-Identifier: Apache-2.0
// A shield by hand holds at once, and is taken back alone.
#include "adapters/daemon/own_shields.h"

#include "gtest/gtest.h"
#include "tests/unit/adapters/daemon/state_file.h"

namespace kinstile::daemon {
namespace {

TEST(OwnShields, AreSetLiftedAndKept) {
  const StateFile file;
  const Handle a = *Handle::FromBytes(std::string(16, 'a'));
  const Handle b = *Handle::FromBytes(std::string(16, 'b'));
  {
    auto state = file.Open();
    OwnShields shields(*state);
    EXPECT_FALSE(*shields.HasAny({a, b}));
    ASSERT_TRUE(shields.Set(a, true).ok());
    ASSERT_TRUE(shields.Set(a, true).ok());
    EXPECT_TRUE(*shields.HasAny({b, a}));
    EXPECT_FALSE(*shields.HasAny({b}));
    EXPECT_FALSE(*shields.HasAny({}));
  }
  auto state = file.Open();
  OwnShields shields(*state);
  EXPECT_TRUE(*shields.HasAny({a}));
  ASSERT_TRUE(shields.Set(b, false).ok());
  ASSERT_TRUE(shields.Set(a, false).ok());
  EXPECT_FALSE(*shields.HasAny({a, b}));
}

}  // namespace
}  // namespace kinstile::daemon
