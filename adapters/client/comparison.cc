// SPDX-License-Identifier: Apache-2.0
// Fresh keys, tokens and wraps.
#include "adapters/client/comparison.h"

#include "absl/strings/str_cat.h"
#include "adapters/identity/field_tokens.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/random.h"
#include "gateway/share/comparison.h"

namespace kinstile::client {
namespace {

share::ComparisonOffer Offer(const std::vector<const identity::Person*>& people,
                             const std::vector<PersonTokens>& tokens,
                             const crypto::DhSecret& shared,
                             share::WrapPlace place) {
  // Known to nobody after this, unless a wrap is opened.
  const auto key = crypto::RandomKey<crypto::MacKey>();
  const crypto::KeyedHmacSha256 keyed(key);
  share::ComparisonOffer offer;
  for (size_t i = 0; i < people.size(); ++i) {
    offer.members.push_back(
        identity::TokensOf(*people[i], keyed, absl::StrCat("asked ", i)));
    place.member = static_cast<uint32_t>(i);
    offer.wraps.emplace_back();
    for (size_t t = 0; t < tokens[i].tokens.size(); ++t) {
      place.key = tokens[i].tokens[t].key;
      offer.wraps.back().push_back(
          share::WrapComparisonKey(key, shared, tokens[i].secrets[t], place));
    }
  }
  return offer;
}

}  // namespace

absl::Status AddComparisons(const std::vector<const identity::Person*>& people,
                            const std::vector<PersonTokens>& tokens,
                            const share::Consortium& consortium,
                            share::ShareRequest& request) {
  const auto secret = crypto::RandomKey<crypto::BoxSecretKey>();
  request.comparison_key = crypto::PublicKeyOf(secret);
  const Digest context = share::ComparisonContext(request);
  for (share::SourceAsk& ask : request.asks) {
    const share::Agency* source = consortium.FindAgency(ask.agency);
    if (source == nullptr)
      return absl::NotFoundError("asks.agency: is not in the manifest");
    KS_ASSIGN_OR_RETURN(const crypto::DhSecret shared,
                        crypto::DiffieHellman(secret, source->comparison_key));
    ask.SetComparison(share::Encode(
        Offer(people, tokens, shared,
              {context, request.agency, source->id, request.comparison_key,
               source->comparison_key, 0, 0})));
  }
  return absl::OkStatus();
}

}  // namespace kinstile::client
