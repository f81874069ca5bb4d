// SPDX-License-Identifier: Apache-2.0
// Checking Merkle proofs without the tree (RFC 9162 sections 2.1.3.2, 2.1.4.2).
#ifndef KINSTILE_GATEWAY_MERKLE_PROOF_H_
#define KINSTILE_GATEWAY_MERKLE_PROOF_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "gateway/merkle/tree.h"

namespace kinstile::merkle {

// OK iff `proof` shows that the leaf hashed to `leaf_hash` is number `index` of
// the tree of `size` leaves with this root. INVALID_ARGUMENT for an impossible
// index, UNAUTHENTICATED for everything else that does not hold.
absl::Status VerifyInclusion(uint64_t index, uint64_t size,
                             const Hash& leaf_hash,
                             absl::Span<const Hash> proof, const Hash& root);

// OK iff `proof` shows that the tree of `b` leaves starts with the tree of `a`
// leaves. Size 0 says nothing about any later tree: INVALID_ARGUMENT, and so is
// a > b. A witness that knows nothing yet handles `a` == 0 itself.
absl::Status VerifyConsistency(uint64_t a, uint64_t b,
                               absl::Span<const Hash> proof, const Hash& root_a,
                               const Hash& root_b);

}  // namespace kinstile::merkle

#endif  // KINSTILE_GATEWAY_MERKLE_PROOF_H_
