// SPDX-License-Identifier: Apache-2.0
// A decision allocates nothing: a program of its own, for it replaces new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "policy/engine.h"
#include "policy/words.h"
#include "tests/unit/policy/random_policy.h"

namespace {
std::atomic<size_t> allocations{0};
}  // namespace

// Not inlined, or the compiler takes malloc and delete for a mismatch.
#define KS_NOT_INLINED __attribute__((noinline))

KS_NOT_INLINED void* operator new(size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
KS_NOT_INLINED void* operator new[](size_t size) { return operator new(size); }
KS_NOT_INLINED void operator delete(void* p) noexcept { std::free(p); }
KS_NOT_INLINED void operator delete[](void* p) noexcept { std::free(p); }
KS_NOT_INLINED void operator delete(void* p, size_t) noexcept { std::free(p); }
KS_NOT_INLINED void operator delete[](void* p, size_t) noexcept {
  std::free(p);
}

namespace kinstile::policy {
namespace {

// Nor do its reasons, in words for the record and for the asker.
TEST(Rule, AllocatesNothingAfterLoad) {
  size_t shares = 0, refusals = 0;
  for (int p = 0; p < 50; ++p) {
    testing::Random r(p);
    const std::vector<Agreement> agreements = testing::RandomAgreements(r);
    const ActiveSet set = testing::Of(agreements);
    for (int a = 0; a < 1000; ++a) {
      const Ask ask = testing::RandomAsk(r, agreements);
      for (Deciding deciding : {Deciding::kGateway, Deciding::kSource}) {
        const size_t before = allocations;
        const Ruling ruling = Rule(set, ask, deciding);
        ASSERT_EQ(allocations, before) << "policy " << p << ", ask " << a;
        size_t words = 0;
        for (const ItemRuling& item : ruling.items) {
          Told told;
          Tell(set, ask, ruling, item, &told);
          words += told.for_record.size() + told.for_asker.size();
        }
        if (ruling.fit != Fit::kFits) {
          Told told;
          TellMiss(set, ask, ruling, &told);
          words += told.for_record.size();
        }
        ASSERT_EQ(allocations, before) << "policy " << p << ", ask " << a;
        ASSERT_GT(words, 0u);
        ++(ruling.verdict == Verdict::kRefuse ? refusals : shares);
      }
    }
  }
  EXPECT_GT(shares, 1000u);
  EXPECT_GT(refusals, 1000u);
}

// Or the test would count nothing.
TEST(Rule, AllocationsAreCounted) {
  const size_t before = allocations;
  const std::vector<int> some(100);
  EXPECT_EQ(allocations, before + 1);
  EXPECT_EQ(some.size(), 100u);
}

}  // namespace
}  // namespace kinstile::policy
