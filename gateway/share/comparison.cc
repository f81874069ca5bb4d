// SPDX-License-Identifier: Apache-2.0
// Offers as bytes, and the wrap.
#include "gateway/share/comparison.h"

#include "absl/strings/str_cat.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hkdf.h"

namespace kinstile::share {
namespace {

constexpr absl::string_view kOfferLabel = "kinstile/v1/comparison-offer";
constexpr absl::string_view kWrapLabel = "kinstile/v1/comparison-wrap";

std::string Transcript(const WrapPlace& place) {
  Encoder e(kWrapLabel);
  e.Bytes(place.context.view());
  e.Bytes(place.requester.str()).Bytes(place.source.str());
  e.Bytes(place.requester_key.view()).Bytes(place.source_key.view());
  e.U32(place.member).U8(place.key);
  return std::move(e).Take();
}

crypto::AeadKey WrapKey(const crypto::DhSecret& shared,
                        const crypto::MatchSecret& secret,
                        const std::string& transcript) {
  const crypto::SecretAccess access;
  std::string ikm;
  // Reserved, so that no copy is left behind by growing.
  ikm.reserve(crypto::DhSecret::kSize + crypto::MatchSecret::kSize);
  absl::StrAppend(&ikm, shared.view(access), secret.view(access));
  const crypto::Prk prk = crypto::HkdfExtract(kWrapLabel, ikm);
  crypto::Wipe(ikm);
  return crypto::HkdfKey<crypto::AeadKey>(prk, transcript);
}

}  // namespace

std::string Encode(const ComparisonOffer& offer) {
  Encoder e(kOfferLabel);
  e.Count(offer.members.size());
  for (size_t i = 0; i < offer.members.size(); ++i) {
    e.Bytes(kinstile::Encode(offer.members[i]));
    e.Strings(offer.wraps[i]);
  }
  return std::move(e).Take();
}

absl::StatusOr<ComparisonOffer> DecodeOffer(absl::string_view bytes,
                                            const ShareRequest& request) {
  Decoder d(bytes, kOfferLabel);
  ComparisonOffer offer;
  const size_t members = d.Count();
  if (members != request.members.size())
    return absl::InvalidArgumentError(
        "asks.comparison: must have every member once");
  for (size_t i = 0; i < members && d.ok(); ++i) {
    KS_ASSIGN_OR_RETURN(FieldTokens tokens, DecodeFieldTokens(d.Bytes()));
    offer.members.push_back(std::move(tokens));
    offer.wraps.push_back(d.Strings());
    if (offer.wraps[i].size() != request.members[i].tokens.size())
      return absl::InvalidArgumentError(
          "asks.comparison: must have a wrap for every token");
    for (const std::string& wrap : offer.wraps[i])
      if (wrap.size() != kWrapSize)
        return absl::InvalidArgumentError(
            "asks.comparison: has a wrap of a wrong size");
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return offer;
}

Digest ComparisonContext(const ShareRequest& request) {
  ShareRequest bare = request;
  for (SourceAsk& ask : bare.asks) ask.SetComparison("");
  return RequestDigest(bare);
}

std::string WrapComparisonKey(const crypto::MacKey& comparison_key,
                              const crypto::DhSecret& shared,
                              const crypto::MatchSecret& secret,
                              const WrapPlace& place) {
  const std::string transcript = Transcript(place);
  return crypto::AeadSeal(WrapKey(shared, secret, transcript), transcript,
                          comparison_key.view(crypto::SecretAccess()));
}

absl::StatusOr<crypto::MacKey> UnwrapComparisonKey(
    absl::string_view wrap, const crypto::DhSecret& shared,
    const crypto::MatchSecret& secret, const WrapPlace& place) {
  const std::string transcript = Transcript(place);
  KS_ASSIGN_OR_RETURN(
      std::string bytes,
      crypto::AeadOpen(WrapKey(shared, secret, transcript), transcript, wrap));
  auto key = crypto::MacKey::FromBytes(crypto::SecretAccess(), bytes);
  crypto::Wipe(bytes);
  return key;
}

}  // namespace kinstile::share
