// SPDX-License-Identifier: Apache-2.0
// The append-only Merkle tree of RFC 6962 section 2.1, with SHA-256.
#ifndef KINSTILE_GATEWAY_MERKLE_TREE_H_
#define KINSTILE_GATEWAY_MERKLE_TREE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"

namespace kinstile::merkle {

// Always 32 bytes: a hash of another size cannot exist here.
using Hash = Digest;

// SHA-256(0x00 || leaf): a leaf can never be passed off as a node.
Hash HashLeaf(absl::string_view leaf);
// SHA-256(0x01 || left || right).
Hash HashChildren(const Hash& left, const Hash& right);
// SHA-256 of nothing: the root of a tree of size 0.
Hash EmptyRoot();

// The right edge of a tree: all that is needed to go on appending and to know
// the root. At most 64 hashes, cheap to copy. Not thread-safe.
class CompactRange {
 public:
  void Append(const Hash& leaf_hash);
  uint64_t size() const { return size_; }
  Hash Root() const;

 private:
  uint64_t size_ = 0;
  // One full subtree per set bit of size_, largest first.
  std::vector<Hash> peaks_;
};

// The whole tree in memory: every full subtree's hash, level by level, 64 MB
// for a million leaves. Not thread-safe; const calls may run together.
class Tree {
 public:
  void Append(const Hash& leaf_hash);
  uint64_t size() const { return range_.size(); }
  Hash Root() const { return range_.Root(); }
  const CompactRange& range() const { return range_; }

  // Root of the first `size` leaves. OUT_OF_RANGE beyond size().
  absl::StatusOr<Hash> RootAt(uint64_t size) const;
  // Root of leaves [index * 2^level, (index+1) * 2^level). OUT_OF_RANGE unless
  // all of them are there.
  absl::StatusOr<Hash> Node(int level, uint64_t index) const;
  // RFC 6962 section 2.1.1, the audit path of leaf `index` in the tree of the
  // first `size` leaves. OUT_OF_RANGE unless index < size <= size().
  absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t index,
                                                   uint64_t size) const;
  // RFC 6962 section 2.1.2, between the first `a` and the first `b` leaves.
  // Empty for a == b. OUT_OF_RANGE unless 0 < a <= b <= size().
  absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t a,
                                                     uint64_t b) const;

 private:
  Hash SubtreeRoot(uint64_t begin, uint64_t end) const;
  void Path(uint64_t index, uint64_t begin, uint64_t end,
            std::vector<Hash>& proof) const;
  void SubProof(uint64_t m, uint64_t begin, uint64_t end, bool complete,
                std::vector<Hash>& proof) const;

  CompactRange range_;
  // levels_[l][i]: root of leaves [i * 2^l, (i+1) * 2^l).
  std::vector<std::vector<Hash>> levels_;
};

}  // namespace kinstile::merkle

#endif  // KINSTILE_GATEWAY_MERKLE_TREE_H_
