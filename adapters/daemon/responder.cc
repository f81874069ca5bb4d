// SPDX-License-Identifier: Apache-2.0
// Answering one request, in the order that discloses least.
#include "adapters/daemon/responder.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/daemon/source_facts.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/admission.h"
#include "gateway/share/exchange.h"
#include "gateway/share/needs.h"
#include "policy/engine.h"
#include "policy/granularity.h"

namespace kinstile::daemon {

using share::LateRefusal;
using share::MatchedMember;
using share::SourceAnswer;
using share::SourceReply;

struct Responder::Question {
  const share::ShareRequest& request;
  Digest digest;
  const share::SourceAsk& ask;
  const std::vector<MatchedMember>& matched;
  absl::Time now;
  std::shared_ptr<const policy::ActiveSet> set;

  std::string AgreementDigest() const {
    const policy::Agreement* a = set->Find(request.agreement.str());
    return a == nullptr ? "" : a->digest;
  }
};

namespace {

std::vector<std::string> Words(
    const std::vector<policy::Obligation>& obligations) {
  std::vector<std::string> out;
  for (const policy::Obligation& o : obligations)
    out.push_back(absl::StrCat(policy::Name(o.kind),
                               o.number ? absl::StrCat(" ", *o.number) : ""));
  return out;
}

const share::SourceAsk* FindAsk(const share::ShareRequest& request,
                                const AgencyId& agency) {
  for (const share::SourceAsk& ask : request.asks)
    if (ask.agency == agency) return &ask;
  return nullptr;
}

policy::Refusal NotConsented() {
  policy::Refusal refusal;
  refusal.layer = policy::Layer::kConfidence;
  refusal.missing = {policy::ConditionKind::kConsentRecorded};
  refusal.reason_for_record =
      "the requester does not vouch for this person's consent";
  return refusal;
}

LateRefusal ToLate(const policy::Refusal& refusal) {
  return {refusal.flow, refusal.rule, std::string(policy::Name(refusal.layer)),
          refusal.reason_for_record};
}

void AddOnce(const std::vector<std::string>& from,
             std::vector<std::string>& to) {
  for (const std::string& each : from)
    if (std::find(to.begin(), to.end(), each) == to.end()) to.push_back(each);
}

}  // namespace

absl::Status Responder::KeepClaim(const share::ShareRequest& request) {
  return p_.state.Write([&](storage::Transaction& tx) {
    return share::ReplayGuard::Keep(tx, request.agency, request.id,
                                    request.expires_at_ms,
                                    ToMillis(p_.clock.Now()));
  });
}

absl::StatusOr<SourceReply> Responder::Answer(
    const share::SignedRequest& signed_request,
    const std::vector<MatchedMember>& matched) {
  const share::ShareRequest& request = signed_request.request;
  const absl::Time now = p_.clock.Now();
  KS_ASSIGN_OR_RETURN(
      const Digest digest,
      share::Admit(signed_request, *p_.directory.Current(), p_.replays, now));
  const share::SourceAsk* ask = FindAsk(request, p_.agency);
  if (ask == nullptr)
    return absl::InvalidArgumentError("asks: do not name this agency");
  std::set<uint32_t> members;
  for (const MatchedMember& m : matched)
    if (m.member >= request.members.size() || !members.insert(m.member).second)
      return absl::InvalidArgumentError(
          "matched.member: is out of range or named twice");
  // Durable before anything is read: a restart does not answer it again.
  KS_RETURN_IF_ERROR(KeepClaim(request));
  // This agency may have suspended flows a moment ago, by another program.
  KS_RETURN_IF_ERROR(p_.policy.Refresh());
  return Decide(
      {request, digest, *ask, matched, now, p_.policy.set().Current()});
}

absl::StatusOr<SourceReply> Responder::Decide(const Question& q) {
  KS_ASSIGN_OR_RETURN(policy::Ask ask,
                      share::ToPolicyAsk(q.request, q.ask, q.now));
  share::ShowAgreementFacts(*q.set, ask);
  // What can be said without looking at anybody comes first, so that DENIED
  // does not depend on who is known here.
  const policy::Decision early =
      policy::Decide(*q.set, ask, policy::Deciding::kGateway);
  if (const auto* refusal = std::get_if<policy::Refusal>(&early))
    return Denied(q, *refusal);
  return Fetch(q, ask, std::get<policy::Permit>(early));
}

SourceReply Responder::Denied(const Question& q,
                              const policy::Refusal& refusal) const {
  SourceReply reply;
  reply.answer = share::NoMatch(q.digest, p_.agency, q.AgreementDigest());
  reply.answer.status = share::SourceStatus::kDenied;
  for (const std::string& item : q.ask.items)
    reply.answer.withheld.push_back({item, refusal.rule,
                                     std::string(policy::Name(refusal.layer)),
                                     refusal.reason_for_asker});
  share::SignAnswer(p_.key, reply.answer);
  return reply;
}

SourceReply Responder::Late(const Question& q, LateRefusal why) const {
  SourceReply reply;
  reply.answer = share::NoMatch(q.digest, p_.agency, q.AgreementDigest());
  share::SignAnswer(p_.key, reply.answer);
  // Nothing was refused to anybody when nobody matched.
  if (!q.matched.empty()) reply.late_refusal = std::move(why);
  return reply;
}

absl::Status Responder::FetchMember(const Question& q,
                                    const policy::Permit& permit,
                                    const MatchedMember& member,
                                    const Register::Entry& entry,
                                    SourceAnswer& answer) {
  std::vector<std::string> items;
  for (const policy::GrantedItem& g : permit.granted()) items.push_back(g.item);
  KS_ASSIGN_OR_RETURN(const auto values,
                      p_.source.ReadItems(entry.local_id, items));
  const share::SealContext context{q.digest, p_.agency};
  for (const sources::ItemValue& v : values) {
    const policy::GrantedItem* grant = permit.Find(v.item);
    if (grant == nullptr) continue;  // never more than was granted
    policy::CoarsenContext how;
    how.today = absl::ToCivilDay(q.now, absl::UTCTimeZone());
    auto coarse = policy::Coarsen(grant->granularity,
                                  v.value.Reveal(identity::PiiAccess()), how);
    // What cannot be made so coarse is withheld.
    if (!coarse.ok()) continue;
    const identity::Pii<> value(*std::move(coarse));
    share::ItemLabel label{member.member, v.item,
                           std::string(policy::Name(grant->granularity)),
                           ToMillis(v.as_of)};
    KS_ASSIGN_OR_RETURN(
        share::SealedItem sealed,
        share::SealItem(q.request.sealing_key, context, std::move(label),
                        value.Reveal(identity::PiiAccess())));
    answer.items.push_back(std::move(sealed));
  }
  return absl::OkStatus();
}

absl::StatusOr<policy::Decision> Responder::DecideMember(
    const Question& q, const policy::Ask& ask, const policy::Permit& early,
    const MatchedMember& member, const Register::Entry& entry) {
  // The requester vouches for its own people one by one.
  if (share::RestsOnConsent(*q.set, early, share::ConsentOf::kRequester) &&
      !std::binary_search(q.ask.consented.begin(), q.ask.consented.end(),
                          member.member))
    return NotConsented();
  const auto kinds = share::DecidedBySource(*q.set, ask);
  policy::Ask about = ask;
  if (!kinds.empty()) {
    const share::ConsentScope scope{
        p_.agency, q.request.agency, q.request.purpose,
        share::ItemsNeedingConsent(*q.set, ask, share::ConsentOf::kSource)};
    KS_RETURN_IF_ERROR(ShowOwnFacts(p_.source, p_.consents, member.handle,
                                    entry.local_id, kinds, scope, q.now,
                                    about.facts));
  }
  return policy::Decide(*q.set, about, policy::Deciding::kSource);
}

absl::StatusOr<SourceReply> Responder::Fetch(const Question& q,
                                             const policy::Ask& ask,
                                             const policy::Permit& early) {
  const auto records = p_.records.Current();
  if (q.matched.empty()) return Late(q, {});
  for (const MatchedMember& m : q.matched)
    if (records->FamilyShielded(m.handle))
      return Late(q, {"", "", "SHIELD", "a member of the family is shielded"});
  SourceReply reply;
  SourceAnswer& answer = reply.answer;
  answer = share::NoMatch(q.digest, p_.agency, q.AgreementDigest());
  std::vector<std::string> obligations = Words(early.terms().obligations);
  std::optional<LateRefusal> refused;
  bool anybody = false;
  for (const MatchedMember& m : q.matched) {
    const Register::Entry* entry = records->Find(m.handle);
    if (entry == nullptr) continue;
    auto decision = DecideMember(q, ask, early, m, *entry);
    if (absl::IsNotFound(decision.status())) continue;
    KS_RETURN_IF_ERROR(decision.status());
    const auto* permit = std::get_if<policy::Permit>(&*decision);
    if (permit == nullptr) {
      refused = ToLate(std::get<policy::Refusal>(*decision));
      continue;
    }
    const absl::Status fetched = FetchMember(q, *permit, m, *entry, answer);
    if (absl::IsNotFound(fetched)) continue;
    KS_RETURN_IF_ERROR(fetched);
    AddOnce(Words(permit->terms().obligations), obligations);
    anybody = true;
  }
  if (!anybody)
    return Late(
        q, refused.value_or(LateRefusal{"", "", "RECORD",
                                        "no matched record is held any more"}));
  reply.late_refusal = std::move(refused);
  answer.status = share::SourceStatus::kAnswered;
  // What the gateway could say too, and no more: an item that is withheld by a
  // fact that only this agency knows would tell the fact.
  for (const policy::WithheldItem& w : early.withheld())
    answer.withheld.push_back({w.item, w.rule,
                               std::string(policy::Name(w.layer)),
                               w.reason_for_asker});
  answer.obligations = std::move(obligations);
  share::SignAnswer(p_.key, answer);
  return reply;
}

}  // namespace kinstile::daemon
