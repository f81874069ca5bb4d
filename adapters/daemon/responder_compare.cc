// SPDX-License-Identifier: Apache-2.0
// Stage 2 at the source: unwrap, then answer with tokens under that key.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "adapters/daemon/responder.h"
#include "adapters/identity/field_tokens.h"
#include "gateway/base/status_macros.h"
#include "gateway/linkage/linkage.h"
#include "gateway/share/admission.h"
#include "gateway/share/comparison.h"
#include "gateway/share/exchange.h"
#include "gateway/share/needs.h"
#include "policy/engine.h"

namespace kinstile::daemon {
namespace {

using share::CandidateHit;
using share::ComparedFamily;

const crypto::MatchSecret* SecretOf(const ComparisonRecord& record, KeyId key) {
  for (const KeySecret& s : record.secrets)
    if (s.key == key) return &s.secret;
  return nullptr;
}

// The families of one request whose key was found.
class Opener {
 public:
  Opener(const share::ShareRequest& request, const crypto::DhSecret& shared,
         const share::WrapPlace& place, ComparisonStore& store)
      : request_(request), shared_(shared), place_(place), store_(store) {}

  // A wrap that does not open, for whatever reason, is no error: it says that
  // the record has not this match-key any more.
  absl::Status Try(const CandidateHit& hit) {
    if (hit.member >= request_.members.size() ||
        hit.token >= request_.members[hit.member].tokens.size())
      return absl::InvalidArgumentError("hits: name no token of the request");
    KS_ASSIGN_OR_RETURN(const auto record, store_.Find(hit.handle));
    if (!record) return absl::OkStatus();
    Found& family = families_[record->family];
    family.hits.insert(hit.handle);
    if (family.key != nullptr) return absl::OkStatus();
    share::WrapPlace place = place_;
    place.member = hit.member;
    place.key = request_.members[hit.member].tokens[hit.token].key;
    const crypto::MatchSecret* secret = SecretOf(*record, place.key);
    if (secret == nullptr) return absl::OkStatus();
    const auto key =
        share::UnwrapComparisonKey(hit.wrap, shared_, *secret, place);
    if (key.ok()) family.key = std::make_unique<crypto::KeyedHmacSha256>(*key);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<ComparedFamily>> Answer() const {
    std::vector<ComparedFamily> out;
    for (const auto& [handle, found] : families_) {
      if (found.key == nullptr) continue;
      KS_ASSIGN_OR_RETURN(ComparedFamily family, Tokens(handle, found));
      out.push_back(std::move(family));
    }
    return out;
  }

 private:
  struct Found {
    std::set<Handle> hits;
    std::unique_ptr<crypto::KeyedHmacSha256> key;
  };

  absl::StatusOr<ComparedFamily> Tokens(const FamilyHandle& handle,
                                        const Found& found) const {
    KS_ASSIGN_OR_RETURN(const auto family,
                        store_.FindFamily(handle, linkage::kMaxHousehold));
    ComparedFamily out{handle, static_cast<uint32_t>(family.size), {}};
    if (family.size <= linkage::kMaxHousehold) {
      for (const ComparisonRecord& r : family.records) Add(r, found, out);
      return out;
    }
    // No household but an establishment: those who were found, nobody else.
    for (const Handle& hit : found.hits) {
      KS_ASSIGN_OR_RETURN(const auto record, store_.Find(hit));
      if (record) Add(*record, found, out);
    }
    return out;
  }

  static void Add(const ComparisonRecord& r, const Found& found,
                  ComparedFamily& out) {
    out.records.push_back(
        {r.handle, identity::TokensOf(r.person, *found.key, r.handle.view())});
  }

  const share::ShareRequest& request_;
  const crypto::DhSecret& shared_;
  const share::WrapPlace& place_;
  ComparisonStore& store_;
  std::map<FamilyHandle, Found> families_;
};

}  // namespace

absl::StatusOr<std::vector<ComparedFamily>> Responder::Compare(
    const share::SignedRequest& signed_request,
    const std::vector<CandidateHit>& hits) {
  const share::ShareRequest& request = signed_request.request;
  const absl::Time now = p_.clock.Now();
  const auto consortium = p_.directory.Current();
  KS_RETURN_IF_ERROR(
      share::Admit(signed_request, *consortium, p_.compare_replays, now)
          .status());
  const auto ask = std::find_if(
      request.asks.begin(), request.asks.end(),
      [&](const share::SourceAsk& a) { return a.agency == p_.agency; });
  if (ask == request.asks.end())
    return absl::InvalidArgumentError("asks: do not name this agency");
  KS_RETURN_IF_ERROR(p_.policy.Refresh());
  const auto set = p_.policy.set().Current();
  KS_ASSIGN_OR_RETURN(policy::Ask question,
                      share::ToPolicyAsk(request, *ask, now));
  share::ShowAgreementFacts(*set, question);
  const policy::Decision decision =
      policy::Decide(*set, question, policy::Deciding::kGateway);
  const auto* permit = std::get_if<policy::Permit>(&decision);
  if (permit == nullptr) return std::vector<ComparedFamily>();
  // Nobody is compared for whose consent the requester does not vouch.
  const bool by_consent =
      share::RestsOnConsent(*set, *permit, share::ConsentOf::kRequester);
  KS_ASSIGN_OR_RETURN(
      const crypto::DhSecret shared,
      crypto::DiffieHellman(p_.comparison_key, request.comparison_key));
  const share::WrapPlace place{share::ComparisonContext(request),
                               request.agency,
                               p_.agency,
                               request.comparison_key,
                               crypto::PublicKeyOf(p_.comparison_key),
                               0,
                               0};
  Opener opener(request, shared, place, p_.comparisons);
  for (const CandidateHit& hit : hits)
    if (!by_consent || std::binary_search(ask->consented.begin(),
                                          ask->consented.end(), hit.member))
      KS_RETURN_IF_ERROR(opener.Try(hit));
  return opener.Answer();
}

}  // namespace kinstile::daemon
