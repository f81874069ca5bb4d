// SPDX-License-Identifier: Apache-2.0
// The tree against the printed RFC at every size, and its edges.
#include "gateway/merkle/tree.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "gateway/merkle/proof.h"
#include "tests/unit/gateway/merkle/naive.h"

namespace kinstile::merkle {
namespace {

naive::Leaves SomeLeaves(size_t n) {
  naive::Leaves leaves;
  for (size_t i = 0; i < n; ++i) leaves.push_back(absl::StrCat("entry-", i));
  return leaves;
}

Tree TreeOf(const naive::Leaves& leaves) {
  Tree tree;
  for (const std::string& leaf : leaves) tree.Append(HashLeaf(leaf));
  return tree;
}

TEST(Tree, HasTheRootsOfTheRfcAtEverySizeTo300) {
  naive::Leaves leaves = SomeLeaves(300);
  Tree whole = TreeOf(leaves);
  Tree growing;
  for (size_t n = 0; n <= 300; ++n) {
    Hash expected = naive::Mth(naive::Slice(leaves, 0, n));
    EXPECT_EQ(growing.Root(), expected) << n;
    EXPECT_EQ(*whole.RootAt(n), expected) << n;
    if (n < 300) growing.Append(HashLeaf(leaves[n]));
  }
}

TEST(Tree, ProvesAsTheRfcDoesAtEverySizeTo300) {
  naive::Leaves leaves = SomeLeaves(300);
  Tree tree = TreeOf(leaves);
  std::mt19937 rng(6962);
  for (size_t n = 1; n <= 300; ++n) {
    naive::Leaves first = naive::Slice(leaves, 0, n);
    Hash root = naive::Mth(first);
    // Small trees whole, larger ones at their edges and at random.
    std::vector<size_t> picks = {0, n / 2, n - 1, rng() % n, rng() % n};
    if (n <= 40)
      for (size_t i = 0; i < n; ++i) picks.push_back(i);
    for (size_t i : picks) {
      std::vector<Hash> path = *tree.InclusionProof(i, n);
      EXPECT_EQ(path, naive::Path(i, first)) << i << " of " << n;
      EXPECT_TRUE(VerifyInclusion(i, n, HashLeaf(leaves[i]), path, root).ok());
      std::vector<Hash> proof = *tree.ConsistencyProof(i + 1, n);
      EXPECT_EQ(proof, naive::SubProof(i + 1, first, true)) << i << " of " << n;
      EXPECT_TRUE(
          VerifyConsistency(i + 1, n, proof, *tree.RootAt(i + 1), root).ok());
    }
  }
}

// The double of large trees is the one that is printed.
TEST(Naive, IsTheSameWithAMemory) {
  const naive::Leaves leaves = SomeLeaves(40);
  naive::Remembering naive(leaves);
  for (size_t n = 1; n <= 40; ++n) {
    const naive::Leaves first = naive::Slice(leaves, 0, n);
    EXPECT_EQ(naive.Root(n), naive::Mth(first)) << n;
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(naive.InclusionPath(i, n), naive::Path(i, first));
      EXPECT_EQ(naive.Consistency(i + 1, n),
                naive::SubProof(i + 1, first, true));
    }
  }
}

// Sizes at random, and those around which a tree changes its shape.
TEST(Tree, IsThatOfTheRfcAtRandomSizesTo100000) {
  const naive::Leaves leaves = SomeLeaves(100000);
  const Tree tree = TreeOf(leaves);
  naive::Remembering naive(leaves);
  std::mt19937 rng(9162);
  std::vector<size_t> sizes = {65535, 65536, 65537, 99999, 100000};
  while (sizes.size() < 40) sizes.push_back(301 + rng() % (100000 - 301));
  for (const size_t n : sizes) {
    const Hash root = naive.Root(n);
    ASSERT_EQ(*tree.RootAt(n), root) << n;
    std::vector<size_t> picks = {0, n / 2, n - 1};
    for (int i = 0; i < 40; ++i) picks.push_back(rng() % n);
    for (const size_t i : picks) {
      const std::vector<Hash> path = *tree.InclusionProof(i, n);
      EXPECT_EQ(path, naive.InclusionPath(i, n)) << i << " of " << n;
      EXPECT_TRUE(VerifyInclusion(i, n, HashLeaf(leaves[i]), path, root).ok());
      const std::vector<Hash> proof = *tree.ConsistencyProof(i + 1, n);
      EXPECT_EQ(proof, naive.Consistency(i + 1, n)) << i << " of " << n;
      EXPECT_TRUE(
          VerifyConsistency(i + 1, n, proof, naive.Root(i + 1), root).ok());
    }
  }
}

TEST(CompactRange, FollowsTheTree) {
  Tree tree;
  CompactRange range;
  EXPECT_EQ(range.Root(), EmptyRoot());
  for (int i = 0; i < 1000; ++i) {
    Hash leaf = HashLeaf(absl::StrCat(i));
    tree.Append(leaf);
    range.Append(leaf);
    ASSERT_EQ(range.Root(), *tree.RootAt(tree.size())) << i;
  }
}

TEST(Tree, RefusesWhatItDoesNotHold) {
  Tree tree = TreeOf(SomeLeaves(5));
  EXPECT_TRUE(absl::IsOutOfRange(tree.RootAt(6).status()));
  EXPECT_TRUE(absl::IsOutOfRange(tree.InclusionProof(0, 6).status()));
  EXPECT_TRUE(absl::IsOutOfRange(tree.InclusionProof(3, 3).status()));
  EXPECT_TRUE(absl::IsOutOfRange(tree.InclusionProof(0, 0).status()));
  EXPECT_TRUE(absl::IsOutOfRange(tree.ConsistencyProof(0, 5).status()));
  EXPECT_TRUE(absl::IsOutOfRange(tree.ConsistencyProof(4, 3).status()));
  EXPECT_TRUE(absl::IsOutOfRange(tree.ConsistencyProof(1, 6).status()));
}

}  // namespace
}  // namespace kinstile::merkle
