// SPDX-License-Identifier: Apache-2.0
// Counts of comparisons in the store.
#include "gateway/share/patterns.h"

#include "gtest/gtest.h"
#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

class PatternsTest : public ExchangeTest {
 protected:
  absl::StatusOr<linkage::PatternCounts> Read() {
    linkage::PatternCounts out;
    const absl::Status status =
        db_->Read([&](storage::Snapshot& s) -> absl::Status {
          auto counts = ReadPatterns(s);
          if (counts.ok()) out = *counts;
          return counts.status();
        });
    if (!status.ok()) return status;
    return out;
  }
};

TEST_F(PatternsTest, AddUpAndNameNobody) {
  linkage::Levels v;
  v[linkage::Comparator::kForename] = 10;
  linkage::PatternCounts counts;
  counts.pairs = {{v.level, 3}, {linkage::Levels().level, 2}};
  counts.people = 4;
  counts.space = 4000;
  for (int i = 0; i < 2; ++i)
    KS_ASSERT_OK(db_->Write(
        [&](storage::Transaction& tx) { return AddPatterns(tx, counts); }));
  const auto read = Read();
  KS_ASSERT_OK(read.status());
  EXPECT_EQ(read->pairs.at(v.level), 6u);
  EXPECT_EQ(read->pairs.size(), 2u);
  EXPECT_EQ(read->people, 8u);
  EXPECT_EQ(read->space, 8000u);
}

TEST_F(PatternsTest, OfAnotherSpecificationAreRefused) {
  linkage::Levels v;
  v[linkage::Comparator::kSex] = 7;  // has two levels
  linkage::PatternCounts counts;
  counts.pairs = {{v.level, 1}};
  KS_ASSERT_OK(db_->Write(
      [&](storage::Transaction& tx) { return AddPatterns(tx, counts); }));
  EXPECT_TRUE(absl::IsFailedPrecondition(Read().status()));
}

TEST_F(PatternsTest, AreCountedByQuestionsAndKeptNowAndThen) {
  for (int i = 1; i < PatternCounter::kQuestions; ++i) {
    ShareRequest request = Request();
    request.asks.resize(1);
    MustShare(request);
  }
  EXPECT_EQ(Read()->people, 0u);
  ShareRequest request = Request();
  request.asks.resize(1);
  MustShare(request);
  const auto counts = Read();
  KS_ASSERT_OK(counts.status());
  EXPECT_EQ(counts->people, 2u * PatternCounter::kQuestions);
  uint64_t pairs = 0;
  for (const auto& [pattern, n] : counts->pairs) pairs += n;
  EXPECT_GE(pairs, 2u * PatternCounter::kQuestions);
}

}  // namespace
}  // namespace kinstile::share
