// SPDX-License-Identifier: Apache-2.0
// Hashing, appending and proving, as RFC 6962 section 2.1 writes it down.
#include "gateway/merkle/tree.h"

#include <bit>
#include <cstring>

#include "gateway/crypto/hash.h"

namespace kinstile::merkle {
namespace {

// The largest power of two smaller than n (n > 1): where RFC 6962 splits.
uint64_t SplitPoint(uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

Hash HashLeaf(absl::string_view leaf) {
  crypto::Sha256Stream stream;
  stream.Update(absl::string_view("\x00", 1));
  stream.Update(leaf);
  return stream.Finish();
}

Hash HashChildren(const Hash& left, const Hash& right) {
  char node[1 + 2 * Hash::kSize];
  node[0] = '\x01';
  std::memcpy(node + 1, left.bytes.data(), Hash::kSize);
  std::memcpy(node + 1 + Hash::kSize, right.bytes.data(), Hash::kSize);
  return crypto::Sha256(absl::string_view(node, sizeof(node)));
}

Hash EmptyRoot() { return crypto::Sha256(""); }

void CompactRange::Append(const Hash& leaf_hash) {
  peaks_.push_back(leaf_hash);
  // Each trailing one bit of the old size is a full subtree that now has an
  // equal sister to its right.
  for (uint64_t s = size_; (s & 1) != 0; s >>= 1) {
    Hash right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = HashChildren(peaks_.back(), right);
  }
  ++size_;
}

Hash CompactRange::Root() const {
  if (peaks_.empty()) return EmptyRoot();
  Hash root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;)
    root = HashChildren(peaks_[i], root);
  return root;
}

void Tree::Append(const Hash& leaf_hash) {
  range_.Append(leaf_hash);
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].push_back(leaf_hash);
  for (size_t l = 0; levels_[l].size() % 2 == 0; ++l) {
    if (l + 1 == levels_.size()) levels_.emplace_back();
    size_t n = levels_[l].size();
    levels_[l + 1].push_back(
        HashChildren(levels_[l][n - 2], levels_[l][n - 1]));
  }
}

// MTH(D[begin:end]) for a range that RFC 6962's recursion can reach: `begin` is
// a multiple of the power of two that covers the range.
Hash Tree::SubtreeRoot(uint64_t begin, uint64_t end) const {
  uint64_t n = end - begin;
  if (std::has_single_bit(n)) {
    int level = std::countr_zero(n);
    return levels_[level][begin >> level];
  }
  uint64_t split = begin + SplitPoint(n);
  return HashChildren(SubtreeRoot(begin, split), SubtreeRoot(split, end));
}

absl::StatusOr<Hash> Tree::RootAt(uint64_t size) const {
  if (size > this->size())
    return absl::OutOfRangeError("tree size: beyond the tree");
  if (size == 0) return EmptyRoot();
  return SubtreeRoot(0, size);
}

absl::StatusOr<Hash> Tree::Node(int level, uint64_t index) const {
  if (level < 0 || static_cast<size_t>(level) >= levels_.size() ||
      index >= levels_[level].size())
    return absl::OutOfRangeError("tree node: beyond the tree");
  return levels_[level][index];
}

// PATH(m, D[n]) of section 2.1.1.
void Tree::Path(uint64_t index, uint64_t begin, uint64_t end,
                std::vector<Hash>& proof) const {
  if (end - begin == 1) return;
  uint64_t split = begin + SplitPoint(end - begin);
  if (index < split) {
    Path(index, begin, split, proof);
    proof.push_back(SubtreeRoot(split, end));
  } else {
    Path(index, split, end, proof);
    proof.push_back(SubtreeRoot(begin, split));
  }
}

absl::StatusOr<std::vector<Hash>> Tree::InclusionProof(uint64_t index,
                                                       uint64_t size) const {
  if (size > this->size())
    return absl::OutOfRangeError("tree size: beyond the tree");
  if (index >= size)
    return absl::OutOfRangeError("leaf index: beyond the tree size");
  std::vector<Hash> proof;
  Path(index, 0, size, proof);
  return proof;
}

// SUBPROOF(m, D[n], b) of section 2.1.2; m counts from the start of the tree.
void Tree::SubProof(uint64_t m, uint64_t begin, uint64_t end, bool complete,
                    std::vector<Hash>& proof) const {
  if (m == end) {
    if (!complete) proof.push_back(SubtreeRoot(begin, end));
    return;
  }
  uint64_t split = begin + SplitPoint(end - begin);
  if (m <= split) {
    SubProof(m, begin, split, complete, proof);
    proof.push_back(SubtreeRoot(split, end));
  } else {
    SubProof(m, split, end, false, proof);
    proof.push_back(SubtreeRoot(begin, split));
  }
}

absl::StatusOr<std::vector<Hash>> Tree::ConsistencyProof(uint64_t a,
                                                         uint64_t b) const {
  if (b > size()) return absl::OutOfRangeError("tree size: beyond the tree");
  if (a == 0 || a > b)
    return absl::OutOfRangeError(
        "older tree size: must be from 1 to the newer");
  std::vector<Hash> proof;
  SubProof(a, 0, b, true, proof);
  return proof;
}

}  // namespace kinstile::merkle
