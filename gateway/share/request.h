// SPDX-License-Identifier: Apache-2.0
// A request for a share as signed by the requesting agency.
#ifndef KINSTILE_GATEWAY_SHARE_REQUEST_H_
#define KINSTILE_GATEWAY_SHARE_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/sign.h"

namespace kinstile::share {

inline constexpr size_t kMaxMembers = 20;
inline constexpr size_t kMaxAsks = 16;
inline constexpr size_t kMaxItems = 64;
inline constexpr size_t kMaxText = 500;
inline constexpr size_t kMaxComparison = 64 * 1024;
// How far ahead a request may expire: bounds what a replay guard remembers.
inline constexpr absl::Duration kMaxLifetime = absl::Minutes(10);

struct QueryMember {
  Handle handle;  // the requester's own
  std::vector<KeyedToken> tokens;
};

struct SourceAsk {
  AgencyId agency;
  std::string flow;  // empty: whichever fits
  std::vector<std::string> items;
  // Stage 2 of matching (comparison.h); empty where it was taken out.
  std::string comparison = {};
  // Members, ascending, who have consented to exactly these items going from
  // this source to the requester; days since the oldest of their consents.
  std::vector<uint32_t> consented = {};
  int64_t consent_days = 0;
  // Of what the requester put into `comparison`; zero when there never was one.
  // This is what is signed.
  Digest comparison_digest = {};

  void SetComparison(std::string bytes);
  // How finely each item is wanted, by name; empty: as it is granted. One for
  // each item, or none at all.
  std::vector<std::string> grains = {};
};

// A condition that the requesting agency vouches for.
struct AssertedFact {
  std::string condition;
  bool holds = false;
  std::optional<int64_t> number;
};

struct ShareRequest {
  RequestId id;
  AgencyId agency;
  AgreementId agreement;
  std::string purpose;
  std::string mode;
  std::string practitioner;
  std::string role;
  std::string reason;
  std::vector<AssertedFact> facts;
  int64_t expires_at_ms = 0;
  crypto::BoxPublicKey sealing_key;
  uint32_t identity_spec_version = 0;
  uint32_t key_epoch = 0;
  Digest manifest_digest;
  std::vector<QueryMember> members;
  std::vector<SourceAsk> asks;
  std::string trained_on;  // YYYY-MM-DD; empty: not stated
  std::string nation;      // where the people live; empty: not stated
  // Fresh for this request: comparison keys are wrapped with it.
  crypto::BoxPublicKey comparison_key;
};

struct SignedRequest {
  ShareRequest request;
  crypto::Signature signature;  // by the requesting agency
};

// INVALID_ARGUMENT naming the field when a count or size is out of bounds, a
// name is empty where it must not be, a key id is unknown or not ascending, a
// source is asked twice or is the requester itself, who consented is not among
// the members, a day is none, or a comparison is there that is not the signed
// one.
absl::Status CheckShape(const ShareRequest& request);

// Canonical encoding, label "kinstile/v2/share-request": every field above,
// comparisons by their digest.
std::string Encode(const ShareRequest& request);

// The request as a source may see it: every comparison taken out. A source that
// opens one wrap has its comparison key, and with it could try values against
// the tokens of people that it does not hold. The signature still holds.
SignedRequest WithoutComparisons(const SignedRequest& request);

// SHA-256 of Encode(): what answers, receipts and audit entries refer to.
Digest RequestDigest(const ShareRequest& request);

crypto::Signature SignRequest(const crypto::SigningKey& key,
                              const ShareRequest& request);
// UNAUTHENTICATED unless `key` signed exactly the request of this digest.
absl::Status VerifyRequest(const crypto::VerifyKey& key,
                           const Digest& request_digest,
                           const crypto::Signature& signature);

// DEADLINE_EXCEEDED when expired, INVALID_ARGUMENT when it expires more than
// kMaxLifetime ahead.
absl::Status CheckExpiry(const ShareRequest& request, absl::Time now);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_REQUEST_H_
