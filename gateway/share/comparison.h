// SPDX-License-Identifier: Apache-2.0
// Stage 2 of matching on the wire: comparison tokens and wrapped keys.
#ifndef KINSTILE_GATEWAY_SHARE_COMPARISON_H_
#define KINSTILE_GATEWAY_SHARE_COMPARISON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/field_tokens.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/oprf.h"
#include "gateway/share/request.h"

namespace kinstile::share {

// Per request, family and source the requester draws a random comparison key,
// makes its members' field tokens under it once, and wraps the key under each
// match-key of each member:
//
//   AEAD key = HKDF(X25519(fresh key, source's comparison key) || secret half
//                   of the match-key, transcript)
//
// The gateway forwards the wrap of a match-key that hit. Only who holds a
// record with that match-key has its secret half, so:
// - the gateway sees equality for these candidates, under a key that is never
//   used again, and cannot open a wrap, alone or with the requester's help;
// - a source learns the key only for a family of which it holds somebody, and
//   never sees the tokens (WithoutComparisons);
// - gateway and source together cannot open the fields of a family whose
//   match-keys they had not evaluated.
// The transcript binds the request, both agencies, both public keys, member
// and match-key: a wrap opens nowhere else.

// What one source is sent, as the gateway reads it.
struct ComparisonOffer {
  // By member, as in ShareRequest.members; wraps as in the member's tokens.
  std::vector<FieldTokens> members;
  std::vector<std::vector<std::string>> wraps;
};
std::string Encode(const ComparisonOffer& offer);
// INVALID_ARGUMENT unless it has tokens for every member of `request` and a
// wrap of the right size for every token.
absl::StatusOr<ComparisonOffer> DecodeOffer(absl::string_view bytes,
                                            const ShareRequest& request);

// Digest of the request without its comparisons: what wraps are bound to.
Digest ComparisonContext(const ShareRequest& request);

// Where a wrap belongs.
struct WrapPlace {
  Digest context;  // ComparisonContext
  AgencyId requester;
  AgencyId source;
  crypto::BoxPublicKey requester_key;  // ShareRequest.comparison_key
  crypto::BoxPublicKey source_key;     // the manifest's
  uint32_t member = 0;
  KeyId key = 0;
};

inline constexpr size_t kWrapSize = 24 + crypto::MacKey::kSize + 16;

// `shared` is X25519 of the two keys of `place`.
std::string WrapComparisonKey(const crypto::MacKey& comparison_key,
                              const crypto::DhSecret& shared,
                              const crypto::MatchSecret& secret,
                              const WrapPlace& place);
// INVALID_ARGUMENT for anything that was not wrapped under this secret at this
// place.
absl::StatusOr<crypto::MacKey> UnwrapComparisonKey(
    absl::string_view wrap, const crypto::DhSecret& shared,
    const crypto::MatchSecret& secret, const WrapPlace& place);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_COMPARISON_H_
