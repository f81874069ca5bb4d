// SPDX-License-Identifier: Apache-2.0
// Answering one request, in the order that discloses least.
#include "adapters/daemon/responder.h"

#include <algorithm>
#include <set>

#include "absl/time/civil_time.h"
#include "adapters/daemon/source_facts.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/admission.h"
#include "gateway/share/caps.h"
#include "gateway/share/decision_record.h"
#include "gateway/share/exchange.h"
#include "gateway/share/needs.h"
#include "policy/engine.h"
#include "policy/granularity.h"

namespace kinstile::daemon {

using share::LateRefusal;
using share::MatchedMember;
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
      "this person's consent is not vouched for, or was refused or withdrawn "
      "here";
  return refusal;
}

LateRefusal ToLate(const policy::Refusal& refusal) {
  return {refusal.flow, refusal.rule, std::string(policy::Name(refusal.layer)),
          refusal.reason_for_record};
}

}  // namespace

absl::Status Responder::KeepClaim(const share::ShareRequest& request) {
  return p_.state.Write([&](storage::Transaction& tx) {
    return share::ReplayGuard::Keep(tx, request.agency, request.id,
                                    request.expires_at_ms,
                                    ToMillis(p_.clock.Now()));
  });
}

absl::Status Responder::KeepUses(const Question& q,
                                 const policy::Permit& early) {
  return p_.state.Write([&](storage::Transaction& tx) -> absl::Status {
    for (const std::string& use : share::UsesOf(early))
      KS_RETURN_IF_ERROR(
          share::DailyUse::Keep(tx, q.request.agency, use, 1, q.now));
    return absl::OkStatus();
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
  const policy::Decision early = share::DecideWithinCaps(
      *q.set, p_.daily_use, q.request.agency, q.now, ask);
  if (const auto* refusal = std::get_if<policy::Refusal>(&early))
    return Denied(q, *refusal);
  const auto& permit = std::get<policy::Permit>(early);
  KS_RETURN_IF_ERROR(KeepUses(q, permit));
  return Fetch(q, ask, permit);
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
  share::SignEmpty(p_.key, reply.answer);
  return reply;
}

SourceReply Responder::Late(const Question& q, LateRefusal why) const {
  SourceReply reply;
  reply.answer = share::NoMatch(q.digest, p_.agency, q.AgreementDigest());
  share::SignEmpty(p_.key, reply.answer);
  // Nothing was refused to anybody when nobody matched.
  if (!q.matched.empty()) reply.late_refusal = std::move(why);
  return reply;
}

std::optional<identity::Pii<>> Responder::Coarsened(
    const Question& q, const policy::GrantedItem& grant,
    const sources::ItemValue& v) const {
  const absl::string_view value = v.value.Reveal(identity::PiiAccess());
  policy::CoarsenContext how;
  how.today = absl::ToCivilDay(q.now, absl::UTCTimeZone());
  how.pseudonym = [&](absl::string_view text) {
    return p_.handles.Pseudonym(q.request.agency, q.request.agreement, v.item,
                                text);
  };
  if (grant.look_back_days &&
      !policy::WithinLookBack(*grant.look_back_days, value,
                              absl::ToCivilDay(v.as_of, absl::UTCTimeZone()),
                              how.today))
    return std::nullopt;
  auto coarse = policy::Coarsen(grant.granularity, value, how);
  // What cannot be made so coarse is withheld.
  if (!coarse.ok()) return std::nullopt;
  return identity::Pii<>(*std::move(coarse));
}

absl::Status Responder::FetchMember(const Question& q,
                                    const policy::Permit& permit,
                                    const MatchedMember& member,
                                    const Register::Entry& entry,
                                    share::GrantedAnswer& answer) {
  std::vector<std::string> items;
  for (const policy::GrantedItem& g : permit.granted()) items.push_back(g.item);
  KS_ASSIGN_OR_RETURN(const auto values,
                      p_.source.ReadItems(entry.local_id, items));
  answer.Oblige(permit);
  const share::SealContext context{q.digest, p_.agency};
  for (const sources::ItemValue& v : values) {
    const policy::GrantedItem* grant = permit.Find(v.item);
    if (grant == nullptr) continue;  // never more than was granted
    const auto value = Coarsened(q, *grant, v);
    if (!value) continue;
    share::ItemLabel label{member.member, v.item,
                           std::string(policy::Name(grant->granularity)),
                           ToMillis(v.as_of)};
    KS_ASSIGN_OR_RETURN(
        share::SealedItem sealed,
        share::SealItem(q.request.sealing_key, context, std::move(label),
                        value->Reveal(identity::PiiAccess())));
    KS_RETURN_IF_ERROR(answer.Add(permit, std::move(sealed)));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Responder::Consented(const Question& q,
                                          const policy::Permit& early,
                                          const MatchedMember& member) {
  if (!share::RestsOnConsent(*q.set, early, share::ConsentOf::kRequester))
    return true;
  // The requester vouches for its own people one by one.
  if (!std::binary_search(q.ask.consented.begin(), q.ask.consented.end(),
                          member.member))
    return false;
  share::ConsentScope scope{p_.agency, q.request.agency, q.request.purpose, {}};
  for (const policy::GrantedItem& g : early.granted())
    scope.items.push_back(g.item);
  KS_ASSIGN_OR_RETURN(const bool no,
                      p_.consents.SaidNo(member.handle, scope, q.now));
  return !no;
}

absl::StatusOr<policy::Decision> Responder::DecideMember(
    const Question& q, const policy::Ask& ask, const policy::Permit& early,
    const MatchedMember& member, const Register::Entry& entry,
    std::vector<OwnDecision>& record) {
  policy::Ask about = ask;
  KS_ASSIGN_OR_RETURN(const bool consented, Consented(q, early, member));
  if (!consented)
    about.facts.Set(policy::ConditionKind::kConsentRecorded,
                    policy::Truth::kNo);
  const auto kinds = share::DecidedBySource(*q.set, ask);
  if (consented && !kinds.empty()) {
    const share::ConsentScope scope{
        p_.agency, q.request.agency, q.request.purpose,
        share::ItemsNeedingConsent(*q.set, ask, share::ConsentOf::kSource)};
    KS_RETURN_IF_ERROR(ShowOwnFacts(p_.source, p_.consents, member.handle,
                                    entry.local_id, kinds, scope, q.now,
                                    about.facts));
  }
  policy::Decision decision =
      policy::Decide(*q.set, about, policy::Deciding::kSource);
  record.push_back(
      {member.member,
       share::RecordDecision(*q.set, about, policy::Deciding::kSource, decision,
                             {q.request.practitioner,
                              absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", q.now,
                                               absl::UTCTimeZone())})});
  if (!consented) return NotConsented();
  return decision;
}

absl::StatusOr<SourceReply> Responder::Fetch(const Question& q,
                                             const policy::Ask& ask,
                                             const policy::Permit& early) {
  const auto records = p_.records.Current();
  if (q.matched.empty()) return Late(q, {});
  for (const MatchedMember& m : q.matched)
    if (records->FamilyShielded(m.handle))
      return Late(q, {"", "", "SHIELD", "a member of the family is shielded"});
  share::GrantedAnswer answer(early, q.digest, p_.agency, q.AgreementDigest());
  std::vector<OwnDecision> record;
  std::optional<LateRefusal> refused;
  bool anybody = false;
  for (const MatchedMember& m : q.matched) {
    const Register::Entry* entry = records->Find(m.handle);
    if (entry == nullptr) continue;
    auto decision = DecideMember(q, ask, early, m, *entry, record);
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
    anybody = true;
  }
  // No record, no answer.
  KS_RETURN_IF_ERROR(KeepOwnDecisions(p_.state, q.request.id, record, q.now));
  if (!anybody)
    return Late(
        q, refused.value_or(LateRefusal{"", "", "RECORD",
                                        "no matched record is held any more"}));
  SourceReply reply;
  reply.late_refusal = std::move(refused);
  reply.answer = std::move(answer).Sign(p_.key);
  return reply;
}

}  // namespace kinstile::daemon
