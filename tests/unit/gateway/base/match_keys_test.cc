// SPDX-License-Identifier: Apache-2.0
// The table of match-keys is well formed.
#include "gateway/base/match_keys.h"

#include <gtest/gtest.h>

#include <set>

namespace kinstile {
namespace {

TEST(MatchKeys, IdsAreThePlacesAndNamesAreUnique) {
  std::set<std::string> names;
  for (size_t i = 0; i < kMatchKeys.size(); ++i) {
    EXPECT_EQ(kMatchKeys[i].id, i);
    EXPECT_TRUE(names.insert(std::string(kMatchKeys[i].name)).second);
    EXPECT_EQ(FindMatchKey(static_cast<KeyId>(i)), &kMatchKeys[i]);
  }
  EXPECT_LE(kMatchKeys.size(), 10u);
}

TEST(MatchKeys, UnknownIdIsNotFound) {
  EXPECT_EQ(FindMatchKey(static_cast<KeyId>(kMatchKeys.size())), nullptr);
  EXPECT_EQ(FindMatchKey(255), nullptr);
}

}  // namespace
}  // namespace kinstile
