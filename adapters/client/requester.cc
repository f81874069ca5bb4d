// SPDX-License-Identifier: Apache-2.0
// The requester's side of a share; everything received is checked here.
#include "adapters/client/requester.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "adapters/client/comparison.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/share/consortium.h"
#include "policy/vocabulary.h"

namespace kinstile::client {
namespace {

absl::Status NotBelieved(absl::string_view what) {
  return absl::UnauthenticatedError(
      absl::StrCat("answer: ", what, "; nothing in it is believed"));
}

std::vector<identity::Person> PeopleOf(const std::vector<Member>& members) {
  std::vector<identity::Person> people;
  people.reserve(members.size());
  for (const Member& m : members) people.push_back(m.person);
  return people;
}

bool Contains(const std::vector<share::WithheldItem>& list,
              const share::WithheldItem& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// What was asked, in the order asked, from whom it was asked.
template <class Result>
absl::Status CheckResults(const share::ShareRequest& request,
                          const std::vector<Result>& results) {
  if (results.size() != request.asks.size())
    return NotBelieved("does not have one result for each source asked");
  for (size_t i = 0; i < results.size(); ++i)
    if (results[i].agency != request.asks[i].agency)
      return NotBelieved("names a source that was not asked");
  return absl::OkStatus();
}

// A trail that says "refused" must not stand behind an answer.
template <class Result>
absl::Status CheckRecorded(const audit::VerifiedReceipt& receipt,
                           const std::vector<Result>& results) {
  if (receipt.type == audit::EntryType::kRelease) return absl::OkStatus();
  for (const Result& r : results)
    if (r.status != share::SourceStatus::kDenied)
      return NotBelieved("its receipt is for a refusal");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PersonTokens>> Requester::Tokens(
    const std::vector<Member>& members, const Question& question) {
  if (question.mode == policy::Name(policy::Mode::kAskCounts))
    return std::vector<PersonTokens>();
  if (members.empty())
    return absl::InvalidArgumentError("members: there is nobody to ask about");
  return p_.tokens.ForQuery(PeopleOf(members));
}

absl::StatusOr<share::SignedRequest> Requester::Sign(
    const std::vector<Member>& members, const std::vector<PersonTokens>& tokens,
    const Question& question, const crypto::BoxPublicKey& sealing_key) const {
  const auto consortium = p_.directory.Current();
  share::SignedRequest out;
  share::ShareRequest& r = out.request;
  r.id = crypto::RandomId<RequestId>();
  r.agency = p_.agency;
  KS_ASSIGN_OR_RETURN(r.agreement, AgreementId::Create(question.agreement));
  r.purpose = question.purpose;
  r.mode = question.mode;
  r.practitioner = question.practitioner;
  r.role = question.role;
  r.reason = question.reason;
  r.trained_on = question.trained_on;
  r.nation = question.nation;
  r.facts = question.facts;
  r.expires_at_ms =
      ToMillis(p_.clock.Now() + question.deadline + absl::Minutes(1));
  r.sealing_key = sealing_key;
  r.identity_spec_version = kIdentitySpecVersion;
  r.key_epoch = consortium->key_epoch;
  r.manifest_digest = consortium->digest;
  for (size_t i = 0; i < members.size(); ++i)
    r.members.push_back({members[i].handle, tokens[i].tokens});
  r.asks = question.asks;
  std::vector<const identity::Person*> people;
  for (const Member& m : members) people.push_back(&m.person);
  // Nobody to compare in a question for counts.
  if (!people.empty())
    KS_RETURN_IF_ERROR(AddComparisons(people, tokens, *consortium, r));
  KS_RETURN_IF_ERROR(share::CheckShape(r));
  out.signature = share::SignRequest(p_.key, r);
  return out;
}

absl::StatusOr<audit::VerifiedReceipt> Requester::CheckReceipt(
    const std::string& text, const Digest& digest) const {
  const auto consortium = p_.directory.Current();
  const share::Daemon* gateway = consortium->FindGateway(p_.gateway_party);
  if (gateway == nullptr)
    return absl::FailedPreconditionError(
        "gateway: is not in the manifest in force");
  auto receipt = audit::ParseReceipt(text);
  if (!receipt.ok()) return NotBelieved("has no well-formed receipt");
  auto verified = audit::VerifyReceipt(*receipt, gateway->log_key,
                                       gateway->log_origin, digest);
  if (!verified.ok())
    return NotBelieved(
        absl::StrCat("its receipt: ", verified.status().message()));
  if (verified->audience != p_.agency.str() ||
      (verified->type != audit::EntryType::kRelease &&
       verified->type != audit::EntryType::kDeny))
    return NotBelieved("its receipt is for another entry");
  return verified;
}

absl::StatusOr<VerifiedResult> Requester::VerifyResult(
    const share::ShareRequest& request, const Digest& digest,
    const crypto::BoxSecretKey& sealing_key, const SourceResult& result) const {
  VerifiedResult out;
  out.agency = result.agency;
  out.status = result.status;
  out.withheld = result.withheld;
  out.refusal = result.refusal;
  if (!result.answer.has_value()) {
    // Only a source can say that it knows, or does not know, a family.
    if (result.status == share::SourceStatus::kAnswered ||
        result.status == share::SourceStatus::kNoMatch)
      return NotBelieved("a source's result lacks the source's own answer");
    return out;
  }
  const share::SourceAnswer& answer = *result.answer;
  const auto consortium = p_.directory.Current();
  const share::Agency* source = consortium->FindAgency(result.agency);
  if (source == nullptr) return NotBelieved("a source is not in the manifest");
  if (!share::VerifyAnswer(source->signing_key, answer).ok())
    return NotBelieved("a source's signature does not hold");
  if (answer.request_digest != digest || answer.agency != result.agency ||
      answer.status != result.status)
    return NotBelieved("a source's answer is not to this request");
  const share::SealContext context{digest, result.agency};
  for (const share::SealedItem& item : answer.items) {
    if (item.sealed.empty()) {
      ++out.dropped;
      continue;
    }
    const bool count = item.label.granularity ==
                       policy::Name(policy::Granularity::kAggregateOnly);
    if (request.members.empty() ? !count
                                : item.label.member >= request.members.size())
      return NotBelieved("an item is about nobody who was asked about");
    KS_ASSIGN_OR_RETURN(std::string value,
                        share::OpenItem(sealing_key, context, item));
    out.items.push_back({item.label.member, item.label.item,
                         item.label.granularity,
                         absl::FromUnixMillis(item.label.as_of_ms),
                         identity::Pii<>(std::move(value))});
  }
  // Gateway and source decide by the same agreement: say each thing once.
  for (const share::WithheldItem& w : answer.withheld)
    if (!Contains(out.withheld, w)) out.withheld.push_back(w);
  out.obligations = answer.obligations;
  return out;
}

absl::StatusOr<ShareOutcome> Requester::Verify(
    const share::ShareRequest& request, const crypto::BoxSecretKey& sealing_key,
    const ShareResponse& response) const {
  ShareOutcome out;
  out.request_digest = share::RequestDigest(request);
  KS_RETURN_IF_ERROR(CheckResults(request, response.results));
  KS_ASSIGN_OR_RETURN(const audit::VerifiedReceipt receipt,
                      CheckReceipt(response.receipt, out.request_digest));
  KS_RETURN_IF_ERROR(CheckRecorded(receipt, response.results));
  out.audit_index = receipt.index;
  out.receipt = response.receipt;
  for (const SourceResult& result : response.results) {
    KS_ASSIGN_OR_RETURN(
        VerifiedResult verified,
        VerifyResult(request, out.request_digest, sealing_key, result));
    out.results.push_back(std::move(verified));
  }
  return out;
}

absl::StatusOr<ShareOutcome> Requester::Ask(const std::vector<Member>& members,
                                            const Question& question) {
  KS_ASSIGN_OR_RETURN(const auto tokens, Tokens(members, question));
  const auto sealing_key = crypto::RandomKey<crypto::BoxSecretKey>();
  KS_ASSIGN_OR_RETURN(
      const share::SignedRequest request,
      Sign(members, tokens, question, crypto::PublicKeyOf(sealing_key)));
  KS_ASSIGN_OR_RETURN(const ShareResponse response,
                      p_.gateway.RequestShare(request, question.deadline));
  return Verify(request.request, sealing_key, response);
}

absl::StatusOr<MatchOutcome> Requester::Match(
    const std::vector<Member>& members, const Question& question) {
  KS_ASSIGN_OR_RETURN(const auto tokens, Tokens(members, question));
  // Nothing is sealed in a match; the field is signed all the same.
  const auto sealing_key = crypto::RandomKey<crypto::BoxSecretKey>();
  KS_ASSIGN_OR_RETURN(
      const share::SignedRequest request,
      Sign(members, tokens, question, crypto::PublicKeyOf(sealing_key)));
  KS_ASSIGN_OR_RETURN(MatchResponse response,
                      p_.gateway.MatchFamily(request, question.deadline));
  return Verify(request.request, std::move(response));
}

absl::StatusOr<Requester::Cases> Requester::ListCases(
    const share::Reviewer& reviewer) {
  KS_ASSIGN_OR_RETURN(const v1::ListCasesResponse response,
                      p_.gateway.ListCases(reviewer));
  Cases out{{response.cases().begin(), response.cases().end()},
            share::ReviewDigest(p_.agency, reviewer),
            response.receipt()};
  KS_RETURN_IF_ERROR(CheckReceipt(out.receipt, out.digest).status());
  return out;
}

absl::StatusOr<MatchOutcome> Requester::Verify(
    const share::ShareRequest& request, MatchResponse response) const {
  MatchOutcome out;
  out.request_digest = share::RequestDigest(request);
  KS_ASSIGN_OR_RETURN(const audit::VerifiedReceipt receipt,
                      CheckReceipt(response.receipt, out.request_digest));
  KS_RETURN_IF_ERROR(CheckRecorded(receipt, response.results));
  KS_RETURN_IF_ERROR(CheckResults(request, response.results));
  out.results = std::move(response.results);
  out.receipt = std::move(response.receipt);
  return out;
}

}  // namespace kinstile::client
