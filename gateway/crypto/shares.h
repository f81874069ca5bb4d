// SPDX-License-Identifier: Apache-2.0
// The matching key in t-of-n shares (Shamir 1979), combined in the exponent.
#ifndef KINSTILE_GATEWAY_CRYPTO_SHARES_H_
#define KINSTILE_GATEWAY_CRYPTO_SHARES_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gateway/crypto/oprf.h"

namespace kinstile::crypto {

// t shares give key * point by Lagrange interpolation in the exponent (Jarecki
// et al., TOPPSS, ACNS 2017, section 3); fewer than t say nothing about the
// key. Each holder proves its evaluation against its own share's public key, so
// a wrong share is named, not only noticed. The dealer sees the whole key once:
// a key ceremony, after which it is wiped.
struct KeyShare {
  uint8_t index;  // 1..n, the x coordinate
  OprfKey key;
};

inline constexpr int kMaxShares = 16;

// Splits `key` into n shares of which any t (1 <= t <= n <= 16) suffice. With
// t = 1 every share is the key itself. INVALID_ARGUMENT for other t and n.
absl::StatusOr<std::vector<KeyShare>> DealShares(const OprfKey& key, int t,
                                                 int n);

struct ShareEvaluations {
  uint8_t index;
  std::vector<EvaluatedPoint> points;
};

// Combines the evaluations of one batch by t different holders or more (more
// cost more and add nothing; fewer give other points, which no check here can
// tell: the caller knows t).
// INVALID_ARGUMENT for no holder, a repeated or zero index, or unequal sizes.
// With one holder the points are returned as they are (t = 1).
absl::StatusOr<std::vector<EvaluatedPoint>> CombineEvaluations(
    absl::Span<const ShareEvaluations> shares);

// The same interpolation for public keys: the whole key's public key, for a
// check against the manifest. INVALID_ARGUMENT as above.
absl::StatusOr<OprfPublicKey> CombinePublicKeys(
    absl::Span<const std::pair<uint8_t, OprfPublicKey>> shares);

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_SHARES_H_
