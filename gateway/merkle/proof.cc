// SPDX-License-Identifier: Apache-2.0
// Proof checking by RFC 9162's iterative algorithms; roots compared last.
#include "gateway/merkle/proof.h"

#include <bit>

namespace kinstile::merkle {
namespace {

absl::Status Mismatch(absl::string_view what) {
  return absl::UnauthenticatedError(what);
}

}  // namespace

absl::Status VerifyInclusion(uint64_t index, uint64_t size,
                             const Hash& leaf_hash,
                             absl::Span<const Hash> proof, const Hash& root) {
  if (index >= size)
    return absl::InvalidArgumentError("inclusion proof: index beyond the tree");
  uint64_t fn = index;
  uint64_t sn = size - 1;
  Hash r = leaf_hash;
  for (const Hash& p : proof) {
    if (sn == 0) return Mismatch("inclusion proof: too long");
    if ((fn & 1) != 0 || fn == sn) {
      r = HashChildren(p, r);
      // Skip the levels where this node has no sister to its right.
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = HashChildren(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return Mismatch("inclusion proof: too short");
  if (r != root) return Mismatch("inclusion proof: does not lead to the root");
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t a, uint64_t b,
                               absl::Span<const Hash> proof, const Hash& root_a,
                               const Hash& root_b) {
  if (a == 0)
    return absl::InvalidArgumentError(
        "consistency proof: nothing follows from an empty tree");
  if (a > b)
    return absl::InvalidArgumentError("consistency proof: sizes out of order");
  if (a == b) {
    if (!proof.empty()) return Mismatch("consistency proof: too long");
    if (root_a != root_b)
      return Mismatch("consistency proof: one size with two roots");
    return absl::OkStatus();
  }
  if (proof.empty()) return Mismatch("consistency proof: too short");
  // A power-of-two tree is its own first node, so the proof leaves it out.
  const bool whole = std::has_single_bit(a);
  Hash fr = whole ? root_a : proof.front();
  Hash sr = fr;
  uint64_t fn = a - 1;
  uint64_t sn = b - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  for (const Hash& c : proof.subspan(whole ? 0 : 1)) {
    if (sn == 0) return Mismatch("consistency proof: too long");
    if ((fn & 1) != 0 || fn == sn) {
      fr = HashChildren(c, fr);
      sr = HashChildren(c, sr);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = HashChildren(sr, c);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return Mismatch("consistency proof: too short");
  if (fr != root_a) return Mismatch("consistency proof: older root differs");
  if (sr != root_b) return Mismatch("consistency proof: newer root differs");
  return absl::OkStatus();
}

}  // namespace kinstile::merkle
