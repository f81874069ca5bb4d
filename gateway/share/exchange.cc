// SPDX-License-Identifier: Apache-2.0
// The steps of a share; each says what is true when it ends.
#include "gateway/share/exchange.h"

#include <algorithm>
#include <set>

#include "gateway/base/status_macros.h"
#include "gateway/share/admission.h"
#include "gateway/share/caps.h"
#include "gateway/share/decision_record.h"
#include "gateway/share/exchange_opened.h"
#include "gateway/share/needs.h"
#include "gateway/share/open_requests.h"
#include "gateway/share/patterns.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

// What nobody knows the kind of is taken for sensitive.
bool GrantsSensitive(const policy::ActiveSet& set,
                     const policy::Permit& permit) {
  const policy::Agreement* agreement = set.Find(permit.terms().agreement);
  for (const policy::GrantedItem& g : permit.granted()) {
    const policy::Flow* flow =
        agreement == nullptr ? nullptr : agreement->FindFlow(g.flow);
    const policy::FlowItem* item =
        flow == nullptr ? nullptr : flow->FindItem(g.item);
    if (item == nullptr || policy::IsSensitive(item->category)) return true;
  }
  return false;
}

// A reply counts only if the source signed it for this request, says nothing
// it may not say, and answers about nobody when nobody matched.
bool Believable(const SourceReply& reply, const Digest& digest,
                const Agency* source, bool may_answer) {
  const SourceAnswer& a = reply.answer;
  if (source == nullptr || a.agency != source->id || a.request_digest != digest)
    return false;
  if (!VerifyAnswer(source->signing_key, a).ok()) return false;
  switch (a.status) {
    case SourceStatus::kAnswered:
      return may_answer;
    case SourceStatus::kNoMatch:
      // The bytes of NO_MATCH are one thing only.
      return a.items.empty() && a.withheld.empty() && a.obligations.empty();
    case SourceStatus::kDenied:
      return a.items.empty();
    case SourceStatus::kUnreachable:
      return false;
  }
  return false;
}

// For the caller's officers; nothing of the request, which nobody believes.
std::string WhyTurnedAway(Reason reason) {
  switch (reason) {
    case Reason::kBadSignature:
      return "they were not signed by the agency that called";
    case Reason::kReplayed:
      return "their ids had been used before";
    case Reason::kExpired:
      return "they had expired";
    case Reason::kVersionMismatch:
      return "they were made for another manifest or version than is in force";
    default:
      return "they were malformed";
  }
}

absl::Status AuditError(const absl::Status& status) {
  // Whatever the store says, the caller learns one thing: nothing was answered.
  return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                status.code() == absl::StatusCode::kInvalidArgument
                    ? "audit: the entry cannot be written; nothing was answered"
                    : "audit: cannot be written now; nothing was answered");
}

}  // namespace

absl::Status Exchange::DecideLeg(const policy::ActiveSet& set,
                                 const ShareRequest& request, absl::Time now,
                                 Leg& leg) const {
  leg.set_digest = set.digest();
  leg.law_digest = set.catalogue().digest;
  auto question = ToPolicyAsk(request, *leg.ask, now);
  if (!question.ok()) {
    policy::Refusal refusal;
    refusal.agreement = request.agreement.str();
    refusal.layer = policy::Layer::kAgreement;
    refusal.reason_for_asker = std::string(question.status().message());
    refusal.reason_for_record = refusal.reason_for_asker;
    leg.decision = std::move(refusal);
    return absl::OkStatus();
  }
  ShowAgreementFacts(set, *question);
  KS_ASSIGN_OR_RETURN(auto consented,
                      CheckConsents(set, request, *leg.ask, now, *question));
  leg.decision =
      DecideWithinCaps(set, p_.daily_use, request.agency, now, *question);
  leg.decided = RecordDecision(
      set, *question, policy::Deciding::kGateway, leg.decision,
      {request.practitioner,
       absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", now, absl::UTCTimeZone())});
  if (leg.permit() != nullptr)
    leg.on_consent = GrantedOnConsent(set, *leg.permit());
  if (leg.permit() != nullptr &&
      RestsOnConsent(set, *leg.permit(), ConsentOf::kRequester))
    leg.consented = std::move(consented);
  return absl::OkStatus();
}

absl::StatusOr<Digest> Exchange::AdmitFrom(const AgencyId& caller,
                                           const SignedRequest& signed_request,
                                           const Consortium& consortium,
                                           absl::Time now) {
  const ShareRequest& request = signed_request.request;
  if (request.agency != caller)
    return Refuse(absl::StatusCode::kUnauthenticated, Reason::kBadSignature,
                  "agency: is not the one whose certificate called");
  KS_ASSIGN_OR_RETURN(const Digest digest,
                      Admit(signed_request, consortium, p_.replays, now));
  for (const SourceAsk& ask : request.asks)
    if (consortium.FindAgency(ask.agency) == nullptr)
      return Refuse(absl::StatusCode::kInvalidArgument, Reason::kMalformed,
                    "asks.agency: is not in the manifest in force");
  return digest;
}

absl::StatusOr<Exchange::Opened> Exchange::OpenRequest(
    const AgencyId& caller, const SignedRequest& signed_request) {
  const ShareRequest& request = signed_request.request;
  const absl::Time now = p_.clock.Now();
  auto consortium = p_.directory.Current();
  const auto admitted = AdmitFrom(caller, signed_request, *consortium, now);
  if (!admitted.ok()) {
    turned_away_.Add(
        {caller, caller.str(), audit::EntryType::kDeny, "requests turned away",
         "ADMISSION", WhyTurnedAway(ReasonOf(admitted.status()))},
        1, now);
    return admitted.status();
  }
  const Digest digest = *admitted;
  Opened opened{request, digest, now, std::move(consortium), {}};
  const auto set = p_.policy.Current();
  for (const SourceAsk& ask : request.asks) {
    Leg leg;
    leg.ask = &ask;
    KS_RETURN_IF_ERROR(DecideLeg(*set, request, now, leg));
    opened.legs.push_back(std::move(leg));
  }
  return opened;
}

// A permit that the witnesses' silence stops becomes a refusal, on record; the
// asker is told at once, and about no leg that could have been answered.
absl::Status Exchange::CheckWitnessed(Opened& opened) {
  if (!opened.AnyPermit()) return absl::OkStatus();
  const auto set = p_.policy.Current();
  bool sensitive = false;
  for (const Leg& leg : opened.legs)
    sensitive = sensitive || (leg.permit() != nullptr &&
                              GrantsSensitive(*set, *leg.permit()));
  const absl::Status fresh = p_.witnesses.Fresh(sensitive);
  if (fresh.ok()) return fresh;
  for (Leg& leg : opened.legs) {
    if (leg.permit() == nullptr) continue;
    policy::Refusal refusal;
    refusal.agreement = opened.request.agreement.str();
    refusal.layer = policy::Layer::kCondition;
    refusal.reason_for_asker = std::string(fresh.message());
    refusal.reason_for_record = refusal.reason_for_asker;
    leg.decision = std::move(refusal);
  }
  KS_RETURN_IF_ERROR(WriteOutcome(opened, true).status());
  return fresh;
}

absl::Status Exchange::WriteIntent(const Opened& opened) {
  audit::Draft draft =
      Recorder(opened.request, opened.digest, opened.now)
          .ForRequester(audit::EntryType::kIntent, opened.legs);
  draft.also = [keep = Bookkeeping(opened),
                &opened](storage::Transaction& tx) -> absl::Status {
    KS_RETURN_IF_ERROR(keep(tx));
    return KeepOpen(tx, opened.request, opened.digest);
  };
  auto receipt = p_.log.AppendOne(std::move(draft));
  return receipt.ok() ? absl::OkStatus() : AuditError(receipt.status());
}

// The rows that must be durable with the first entry about a request.
std::function<absl::Status(storage::Transaction&)> Exchange::Bookkeeping(
    const Opened& opened) {
  std::vector<std::string> uses;
  for (const Leg& leg : opened.legs)
    if (const policy::Permit* permit = leg.permit(); permit != nullptr)
      for (std::string& use : UsesOf(*permit)) uses.push_back(std::move(use));
  return [agency = opened.request.agency, id = opened.request.id,
          expires = opened.request.expires_at_ms, now = opened.now,
          uses = std::move(uses)](storage::Transaction& tx) -> absl::Status {
    KS_RETURN_IF_ERROR(
        ReplayGuard::Keep(tx, agency, id, expires, ToMillis(now)));
    for (const std::string& use : uses)
      KS_RETURN_IF_ERROR(DailyUse::Keep(tx, agency, use, 1, now));
    return absl::OkStatus();
  };
}

absl::StatusOr<OpenMatch> Exchange::Find(const ShareRequest& request,
                                         const Leg& leg) {
  const SourceAsk& ask = *leg.ask;
  OpenMatch open;
  open.ask = &ask;
  // Without an offer nobody can be compared: everybody is unknown.
  open.offer.members.resize(request.members.size());
  open.found.members.resize(request.members.size());
  if (ask.comparison.empty()) return open;
  auto offer = DecodeOffer(ask.comparison, request);
  if (!offer.ok()) return WithReason(offer.status(), Reason::kMalformed);
  open.offer = *std::move(offer);
  std::vector<index::QueryMember> query;
  for (uint32_t i = 0; i < request.members.size(); ++i) {
    // Nobody is looked for who has not consented, where that is needed.
    query.push_back(leg.About(i) ? index::QueryMember{request.members[i].tokens}
                                 : index::QueryMember{});
    if (!leg.About(i)) open.offer.members[i] = FieldTokens();
  }
  KS_ASSIGN_OR_RETURN(open.verdicts, Verdicts(request, leg));
  auto found = p_.index.Find(ask.agency, query);
  // A source that never enrolled knows nobody.
  if (absl::IsNotFound(found.status())) return open;
  if (!found.ok())
    return Refuse(absl::StatusCode::kUnavailable, Reason::kUnavailable,
                  "index: cannot be read now; nothing was answered");
  open.found = *std::move(found);
  return open;
}

absl::Status Exchange::MatchLegs(const SignedRequest& request, Opened& opened) {
  // A question for counts: there is nobody to look for.
  if (opened.request.members.empty()) {
    for (Leg& leg : opened.legs)
      if (leg.permit() != nullptr) leg.matching.emplace();
    return absl::OkStatus();
  }
  std::vector<OpenMatch> open;
  std::vector<CompareQuestion> questions;
  std::vector<Leg*> legs;
  for (Leg& leg : opened.legs) {
    if (leg.permit() == nullptr) continue;
    KS_ASSIGN_OR_RETURN(OpenMatch match, Find(opened.request, leg));
    questions.push_back(ToQuestion(opened.request, match));
    open.push_back(std::move(match));
    legs.push_back(&leg);
  }
  const auto replies =
      p_.sources.Compare(request, questions, p_.source_deadline);
  const auto model = p_.weights.Current();
  for (size_t i = 0; i < legs.size(); ++i) {
    Leg& leg = *legs[i];
    // Of a source that could not be asked, nobody can be said to match.
    leg.unreachable = !replies[i].ok();
    leg.matching = Conclude(
        open[i], replies[i].ok() ? *replies[i] : std::vector<ComparedFamily>(),
        *model);
    KS_RETURN_IF_ERROR(LeaveOutUnconsented(opened, leg));
    KS_RETURN_IF_ERROR(LeaveOutWhoSaidNo(opened, leg));
  }
  return absl::OkStatus();
}

void Exchange::AskSources(const SignedRequest& request, Opened& opened) {
  std::vector<SourceQuestion> questions;
  std::vector<Leg*> asked;
  for (Leg& leg : opened.legs) {
    if (leg.permit() == nullptr || leg.unreachable) continue;
    questions.push_back({leg.ask->agency, leg.matching->matched});
    asked.push_back(&leg);
  }
  auto replies = p_.sources.Ask(request, questions, p_.source_deadline);
  for (size_t i = 0; i < asked.size(); ++i) {
    Leg& leg = *asked[i];
    const Agency* source = opened.consortium->FindAgency(leg.ask->agency);
    const bool may_answer =
        !questions[i].matched.empty() || opened.request.members.empty();
    if (!replies[i].ok() ||
        !Believable(*replies[i], opened.digest, source, may_answer)) {
      leg.unreachable = true;
      continue;
    }
    leg.late_refusal = std::move(replies[i]->late_refusal);
    leg.answer = Minimise(*leg.permit(), questions[i].matched,
                          std::move(replies[i]->answer));
  }
}

// Entries that end what an INTENT has begun.
void Exchange::Finish(const Opened& opened, std::vector<audit::Draft>& drafts) {
  for (audit::Draft& draft : drafts) draft.finishes = true;
  drafts[0].also = [agency = opened.request.agency,
                    id = opened.request.id](storage::Transaction& tx) {
    return KeepClosed(tx, agency, id);
  };
}

void Exchange::WriteAbort(const Opened& opened) {
  const Recorder recorder(opened.request, opened.digest, opened.now);
  std::vector<audit::Draft> drafts = {
      recorder.ForRequester(audit::EntryType::kAbort, opened.legs)};
  for (const Leg& leg : opened.legs)
    drafts.push_back(recorder.ForHolder(leg, /*interrupted=*/true));
  Finish(opened, drafts);
  if (!p_.log.Append(std::move(drafts)).ok()) LeaveOpen(opened);
}

void Exchange::LeaveOpen(const Opened& opened) {
  std::lock_guard lock(mutex_);
  left_open_.emplace(opened.request.agency, opened.request.id);
}

std::set<OpenRequestId> Exchange::TakeLeftOpen() {
  std::lock_guard lock(mutex_);
  return std::exchange(left_open_, {});
}

void Exchange::PutBackLeftOpen(const std::set<OpenRequestId>& ids) {
  std::lock_guard lock(mutex_);
  left_open_.insert(ids.begin(), ids.end());
}

absl::StatusOr<audit::AuditReceipt> Exchange::WriteOutcome(const Opened& opened,
                                                           bool first_entry) {
  const Recorder recorder(opened.request, opened.digest, opened.now);
  const auto type =
      opened.AnyPermit() ? audit::EntryType::kRelease : audit::EntryType::kDeny;
  std::vector<audit::Draft> drafts = {recorder.ForRequester(type, opened.legs)};
  for (const Leg& leg : opened.legs) {
    drafts.push_back(recorder.ForHolder(leg));
    if (!leg.matching.has_value() || leg.unreachable) continue;
    drafts.back().also = [cases = CasesOf(opened, leg),
                          due = patterns_.Add(leg.matching->patterns)](
                             storage::Transaction& tx) -> absl::Status {
      for (const ReviewCase& c : cases) KS_RETURN_IF_ERROR(KeepCase(tx, c));
      return due ? AddPatterns(tx, *due) : absl::OkStatus();
    };
  }
  if (first_entry)
    drafts[0].also = Bookkeeping(opened);
  else
    Finish(opened, drafts);
  auto receipts = p_.log.Append(std::move(drafts));
  if (!receipts.ok()) {
    if (!first_entry) LeaveOpen(opened);
    return AuditError(receipts.status());
  }
  return std::move(receipts->front());
}

absl::StatusOr<ShareAnswer> Exchange::RequestShare(
    const AgencyId& caller, const SignedRequest& request) {
  KS_ASSIGN_OR_RETURN(Opened opened, OpenRequest(caller, request));
  KS_RETURN_IF_ERROR(CheckWitnessed(opened));
  const bool any_permit = opened.AnyPermit();
  if (any_permit) {
    KS_RETURN_IF_ERROR(WriteIntent(opened));
    // The INTENT is durable: sources may be asked now.
    if (absl::Status s = MatchLegs(request, opened); !s.ok()) {
      WriteAbort(opened);
      return s;
    }
    AskSources(request, opened);
  }
  KS_ASSIGN_OR_RETURN(audit::AuditReceipt receipt,
                      WriteOutcome(opened, !any_permit));
  // Every entry about this request is durable: the answer may leave.
  ShareAnswer answer{{}, receipt};
  for (Leg& leg : opened.legs) {
    if (leg.permit() == nullptr) {
      answer.legs.emplace_back(
          RefusedLeg{leg.ask->agency, std::get<policy::Refusal>(leg.decision)});
    } else if (!leg.answer.has_value()) {
      answer.legs.emplace_back(UnreachableLeg{leg.ask->agency});
    } else {
      KS_ASSIGN_OR_RETURN(ReleasedShare share,
                          Release(*leg.permit(), receipt, opened.digest,
                                  *std::move(leg.answer)));
      answer.legs.emplace_back(std::move(share));
    }
  }
  return answer;
}

absl::StatusOr<MatchAnswer> Exchange::MatchFamily(
    const AgencyId& caller, const SignedRequest& request) {
  KS_ASSIGN_OR_RETURN(Opened opened, OpenRequest(caller, request));
  KS_RETURN_IF_ERROR(CheckWitnessed(opened));
  const bool any_permit = opened.AnyPermit();
  if (any_permit) {
    KS_RETURN_IF_ERROR(WriteIntent(opened));
    // The INTENT is durable: sources may be asked now.
    if (absl::Status s = MatchLegs(request, opened); !s.ok()) {
      WriteAbort(opened);
      return s;
    }
    for (Leg& leg : opened.legs) LeaveOutUndecided(leg);
  }
  KS_ASSIGN_OR_RETURN(audit::AuditReceipt receipt,
                      WriteOutcome(opened, !any_permit));
  MatchAnswer answer{{}, receipt};
  for (const Leg& leg : opened.legs) {
    if (leg.permit() == nullptr) {
      answer.legs.emplace_back(
          RefusedLeg{leg.ask->agency, std::get<policy::Refusal>(leg.decision)});
      continue;
    }
    if (leg.unreachable) {
      answer.legs.emplace_back(UnreachableLeg{leg.ask->agency});
      continue;
    }
    KS_ASSIGN_OR_RETURN(ReleasedMatch match,
                        Release(*leg.permit(), receipt, opened.digest,
                                leg.ask->agency, leg.matching->link));
    answer.legs.emplace_back(std::move(match));
  }
  return answer;
}

}  // namespace kinstile::share
