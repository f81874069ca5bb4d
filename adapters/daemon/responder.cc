// SPDX-License-Identifier: Apache-2.0
// Answering one request, in the order that discloses least.
#include "adapters/daemon/responder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/daemon/final_decision.h"
#include "adapters/daemon/own_shields.h"
#include "adapters/daemon/responder_question.h"
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

namespace {

constexpr char kNoCounts[] =
    "counts are made of everybody's records: ask for them with mode ASK_COUNTS";

const share::SourceAsk* FindAsk(const share::ShareRequest& request,
                                const AgencyId& agency) {
  for (const share::SourceAsk& ask : request.asks)
    if (ask.agency == agency) return &ask;
  return nullptr;
}

bool IsCount(const policy::GrantedItem& grant) {
  return grant.granularity == policy::Granularity::kAggregateOnly;
}

policy::Refusal NoCounts(const policy::Permit& permit) {
  policy::Refusal refusal;
  refusal.agreement = permit.terms().agreement;
  refusal.flow = refusal.rule = permit.granted().front().flow;
  refusal.layer = policy::Layer::kAgreement;
  refusal.reason_for_asker = refusal.reason_for_record = kNoCounts;
  return refusal;
}

// How long the trail keeps anything of this consortium.
absl::Duration Kept(const share::Consortium& consortium) {
  constexpr uint32_t kLeast = 24;
  uint32_t months = kLeast;
  for (const share::RetentionClass& c : consortium.retention)
    months = std::max(months, c.keep_months);
  return absl::Hours(24) * 31 * months;
}

}  // namespace

// An answer in the making, and what is only for this agency.
struct Responder::Giving {
  const Question& q;
  const policy::Permit& early;
  share::GrantedAnswer answer;
  std::vector<OwnDecision> record = {};
  // Why something is held back that could be given without looking.
  std::optional<LateRefusal> held_back = {};
  bool held_back_here = false;  // about the person in hand

  // The first names the rule; each reason is said once.
  void HoldBack(const LateRefusal& why) {
    held_back_here = true;
    if (!held_back)
      held_back = why;
    else if (held_back->reason.find(why.reason) == std::string::npos)
      absl::StrAppend(&held_back->reason, "; ", why.reason);
  }
};

OwnDecision Responder::Record(const Question& q, std::optional<uint32_t> member,
                              const policy::Ask& ask, policy::Deciding deciding,
                              const policy::Decision& decision) const {
  return {member, share::RecordDecision(
                      *q.set, ask, deciding, decision,
                      {q.request.practitioner,
                       absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", q.now,
                                        absl::UTCTimeZone())})};
}

absl::Status Responder::KeepEarly(const Question& q, const policy::Ask& ask,
                                  const policy::Decision& early) {
  const auto* permit = std::get_if<policy::Permit>(&early);
  const OwnDecision own =
      Record(q, std::nullopt, ask, policy::Deciding::kGateway, early);
  const absl::Time drop = q.now - Kept(*p_.directory.Current());
  return p_.state.Write([&](storage::Transaction& tx) -> absl::Status {
    KS_RETURN_IF_ERROR(
        share::ReplayGuard::Keep(tx, q.request.agency, q.request.id,
                                 q.request.expires_at_ms, ToMillis(q.now)));
    if (permit != nullptr)
      for (const std::string& use : share::UsesOf(*permit))
        KS_RETURN_IF_ERROR(
            share::DailyUse::Keep(tx, q.request.agency, use, 1, q.now));
    KS_RETURN_IF_ERROR(DropOwnDecisions(tx, drop));
    return KeepOwnDecisions(tx, p_.key, {q.request.agency, q.request.id, q.now},
                            {own});
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
  // A restart does not answer it again.
  KS_RETURN_IF_ERROR(KeepEarly(q, ask, early));
  if (const auto* refusal = std::get_if<policy::Refusal>(&early))
    return Denied(q, *refusal);
  const auto& permit = std::get<policy::Permit>(early);
  if (ask.mode == policy::Mode::kAskCounts)
    return Count(q, std::move(ask), permit);
  if (std::all_of(permit.granted().begin(), permit.granted().end(), IsCount))
    return Denied(q, NoCounts(permit));
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

absl::StatusOr<identity::Pii<>> Responder::Coarsened(
    const Question& q, const policy::GrantedItem& grant,
    const sources::ItemValue& v) const {
  const std::string& value = v.value.Reveal(identity::PiiAccess());
  policy::CoarsenContext how;
  how.today = absl::ToCivilDay(q.now, absl::UTCTimeZone());
  how.pseudonym = [&](absl::string_view text) {
    return p_.handles.Pseudonym(q.request.agency, q.request.agreement, v.item,
                                text);
  };
  const auto day = v.day ? v.day : policy::FirstDayOf(value);
  if (!policy::WithinLookBack(grant.look_back_days, day, how.today))
    return absl::OutOfRangeError(
        day ? absl::StrCat(v.item, ": is older than the ",
                           *grant.look_back_days,
                           " days that the rule looks back")
            : absl::StrCat(v.item, ": its day is not known, and the rule ",
                           "looks back ", *grant.look_back_days, " days"));
  auto coarse = policy::Coarsen(grant.granularity, value, how);
  if (!coarse.ok())
    return absl::OutOfRangeError(
        absl::StrCat(v.item, ": ", coarse.status().message()));
  return identity::Pii<>(*std::move(coarse));
}

absl::Status Responder::GiveItems(const policy::Permit& permit,
                                  const MatchedMember& member,
                                  const Register::Entry& entry,
                                  Giving& giving) {
  const Question& q = giving.q;
  std::vector<std::string> items;
  for (const policy::GrantedItem& g : permit.granted())
    if (!IsCount(g)) items.push_back(g.item);
  KS_ASSIGN_OR_RETURN(const auto values,
                      p_.source.ReadItems(entry.local_id, items));
  giving.answer.Oblige(permit);
  const share::SealContext context{q.digest, p_.agency};
  for (const sources::ItemValue& v : values) {
    const policy::GrantedItem* grant = permit.Find(v.item);
    if (grant == nullptr) continue;  // never more than was granted
    const auto hold_back = [&](absl::string_view why) {
      giving.HoldBack({grant->flow, grant->flow,
                       std::string(policy::Name(policy::Layer::kAgreement)),
                       std::string(why)});
    };
    // What our record shows may let another rule carry the item, but nobody
    // gets more than could be granted without looking.
    const policy::GrantedItem* first = giving.early.Find(v.item);
    if (first == nullptr || first->granularity != grant->granularity) {
      hold_back(absl::StrCat(v.item, ": more than could be granted at first"));
      continue;
    }
    const auto value = Coarsened(q, *grant, v);
    if (!value.ok()) {
      hold_back(value.status().message());
      continue;
    }
    share::ItemLabel label{member.member, v.item,
                           std::string(policy::Name(grant->granularity)),
                           ToMillis(v.as_of)};
    KS_ASSIGN_OR_RETURN(
        share::SealedItem sealed,
        share::SealItem(q.request.sealing_key, context, std::move(label),
                        value->Reveal(identity::PiiAccess())));
    KS_RETURN_IF_ERROR(giving.answer.Add(permit, std::move(sealed)));
  }
  return absl::OkStatus();
}

absl::Status Responder::Give(const MatchedMember& member,
                             const Register::Entry& entry,
                             const policy::Ask& ask, Giving& giving) {
  const Question& q = giving.q;
  const bool vouched = std::binary_search(q.ask.consented.begin(),
                                          q.ask.consented.end(), member.member);
  const FinalDecisions deciding({p_.agency, p_.source, p_.consents});
  KS_ASSIGN_OR_RETURN(
      const auto decisions,
      deciding.Decide(*q.set, ask, {member.handle, entry.local_id, vouched},
                      q.now));
  for (const FinalDecision& each : decisions) {
    giving.record.push_back(Record(q, member.member, each.ask,
                                   policy::Deciding::kSource, each.decision));
    if (const auto* refusal = std::get_if<policy::Refusal>(&each.decision)) {
      giving.HoldBack(ToLate(*refusal));
      continue;
    }
    KS_RETURN_IF_ERROR(GiveItems(std::get<policy::Permit>(each.decision),
                                 member, entry, giving));
  }
  return absl::OkStatus();
}

absl::StatusOr<SourceReply> Responder::Fetch(const Question& q,
                                             const policy::Ask& ask,
                                             const policy::Permit& early) {
  const auto records = p_.records.Current();
  if (q.matched.empty()) return Late(q, {});
  for (const MatchedMember& m : q.matched) {
    // By hand perhaps a moment ago: not yet in the register that was read.
    KS_ASSIGN_OR_RETURN(
        const bool by_hand,
        OwnShields(p_.state).HasAny(records->FamilyMembers(m.handle)));
    if (by_hand || records->FamilyShielded(m.handle))
      return Late(q, {"", "", "SHIELD", "a member of the family is shielded"});
  }
  Giving giving{
      q, early,
      share::GrantedAnswer(early, q.digest, p_.agency, q.AgreementDigest())};
  for (const policy::GrantedItem& g : early.granted())
    if (IsCount(g))
      giving.answer.Withhold(
          {g.item, g.flow, std::string(policy::Name(policy::Layer::kAgreement)),
           kNoCounts});
  bool anybody = false;
  for (const MatchedMember& m : q.matched) {
    const Register::Entry* entry = records->Find(m.handle);
    if (entry == nullptr) continue;
    const size_t before = giving.answer.items();
    giving.held_back_here = false;
    const absl::Status given = Give(m, *entry, ask, giving);
    if (absl::IsNotFound(given)) continue;
    KS_RETURN_IF_ERROR(given);
    // Whoever has something, but nothing that may be told, is not known.
    anybody |= giving.answer.items() > before || !giving.held_back_here;
  }
  // No record, no answer.
  KS_RETURN_IF_ERROR(p_.state.Write([&](storage::Transaction& tx) {
    return KeepOwnDecisions(tx, p_.key, {q.request.agency, q.request.id, q.now},
                            giving.record);
  }));
  if (!anybody)
    return Late(q,
                giving.held_back.value_or(LateRefusal{
                    "", "", "RECORD", "no matched record is held any more"}));
  SourceReply reply;
  reply.late_refusal = std::move(giving.held_back);
  reply.answer = std::move(giving.answer).Sign(p_.key);
  return reply;
}

}  // namespace kinstile::daemon
