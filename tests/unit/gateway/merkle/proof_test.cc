// SPDX-License-Identifier: Apache-2.0
// Verification refuses every proof that is not exactly the right one.
#include "gateway/merkle/proof.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace kinstile::merkle {
namespace {

Tree TreeOfSize(int n) {
  Tree tree;
  for (int i = 0; i < n; ++i) tree.Append(HashLeaf(absl::StrCat(i)));
  return tree;
}

Hash Flip(Hash h) {
  h.bytes[7] ^= 4;
  return h;
}

// Every single change to a valid proof's hashes.
std::vector<std::vector<Hash>> Changed(const std::vector<Hash>& proof) {
  std::vector<std::vector<Hash>> all;
  for (size_t i = 0; i < proof.size(); ++i) {
    all.push_back(proof);
    all.back()[i] = Flip(proof[i]);
    all.push_back(proof);
    all.back().erase(all.back().begin() + i);
    all.push_back(proof);
    all.back().insert(all.back().begin() + i, proof[i]);
  }
  all.push_back(proof);
  all.back().push_back(Hash{});
  return all;
}

TEST(VerifyInclusion, RefusesEveryChange) {
  Tree tree = TreeOfSize(13);
  for (uint64_t n = 1; n <= 13; ++n) {
    Hash root = *tree.RootAt(n);
    for (uint64_t i = 0; i < n; ++i) {
      Hash leaf = HashLeaf(absl::StrCat(i));
      std::vector<Hash> proof = *tree.InclusionProof(i, n);
      EXPECT_FALSE(VerifyInclusion(i, n, Flip(leaf), proof, root).ok());
      EXPECT_FALSE(VerifyInclusion(i, n, leaf, proof, Flip(root)).ok());
      EXPECT_FALSE(VerifyInclusion(n, n, leaf, proof, root).ok());
      for (const auto& bad : Changed(proof))
        EXPECT_FALSE(VerifyInclusion(i, n, leaf, bad, root).ok());
      for (uint64_t other = 0; other < n; ++other) {
        if (other == i) continue;
        EXPECT_FALSE(VerifyInclusion(other, n, leaf, proof, root).ok());
      }
    }
  }
}

TEST(VerifyConsistency, RefusesEveryChange) {
  Tree tree = TreeOfSize(13);
  for (uint64_t b = 1; b <= 13; ++b) {
    for (uint64_t a = 1; a <= b; ++a) {
      Hash ra = *tree.RootAt(a), rb = *tree.RootAt(b);
      std::vector<Hash> proof = *tree.ConsistencyProof(a, b);
      EXPECT_TRUE(VerifyConsistency(a, b, proof, ra, rb).ok());
      EXPECT_FALSE(VerifyConsistency(a, b, proof, Flip(ra), rb).ok());
      EXPECT_FALSE(VerifyConsistency(a, b, proof, ra, Flip(rb)).ok());
      for (const auto& bad : Changed(proof))
        EXPECT_FALSE(VerifyConsistency(a, b, bad, ra, rb).ok());
    }
  }
}

// Textbook RFC 9162 code calls these consistent; nothing follows from them.
TEST(VerifyConsistency, SaysNothingAboutAnEmptyTree) {
  Hash empty = EmptyRoot(), some = HashLeaf("x");
  EXPECT_FALSE(VerifyConsistency(0, 0, {}, empty, empty).ok());
  EXPECT_FALSE(VerifyConsistency(0, 1, {}, empty, some).ok());
  EXPECT_FALSE(VerifyConsistency(0, 0, {}, some, empty).ok());
  EXPECT_FALSE(VerifyConsistency(2, 1, {}, some, some).ok());
}

}  // namespace
}  // namespace kinstile::merkle
