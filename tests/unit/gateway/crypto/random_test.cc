// SPDX-License-Identifier: Apache-2.0
// Random bytes: there, different, within bounds.
#include "gateway/crypto/random.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "gateway/base/ids.h"
#include "gateway/crypto/aead.h"

namespace kinstile::crypto {
namespace {

TEST(Random, InitMayBeRepeatedFromAnyThread) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] { EXPECT_TRUE(Init().ok()); });
  for (std::thread& t : threads) t.join();
}

TEST(Random, KeysIdsAndStringsDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(RandomString(16));
    seen.insert(RandomId<RequestId>().str());
    seen.insert(
        std::string(RandomKey<AeadKey>().view(SecretAccess()).substr(0, 16)));
  }
  EXPECT_EQ(seen.size(), 300u);
}

TEST(Random, StringHasTheSize) {
  for (size_t size : {0, 1, 24, 1000})
    EXPECT_EQ(RandomString(size).size(), size);
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  EXPECT_EQ(RandomBelow(0), 0u);
  EXPECT_EQ(RandomBelow(1), 0u);
  std::set<uint32_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const uint32_t v = RandomBelow(10);
    ASSERT_LT(v, 10u);
    seen.insert(v);
  }
  EXPECT_EQ(seen.size(), 10u);  // misses one with probability 10^-44
}

}  // namespace
}  // namespace kinstile::crypto
