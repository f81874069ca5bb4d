// SPDX-License-Identifier: Apache-2.0
// Decide, record, show.
#include "gateway/share/reviews.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"
#include "gateway/share/needs.h"
#include "gateway/share/reason.h"
#include "policy/engine.h"

namespace kinstile::share {
namespace {

constexpr char kLabel[] = "kinstile/v1/review-list";
constexpr char kMode[] = "REVIEW_MATCH";

absl::Status Check(const Reviewer& r) {
  for (const std::string* text : {&r.staff, &r.role, &r.reason})
    if (absl::StripAsciiWhitespace(*text).empty() ||
        text->size() > kMaxReviewText)
      return Refuse(absl::StatusCode::kInvalidArgument, Reason::kMalformed,
                    "reviewer: staff id, role and reason must be there, and "
                    "none too long");
  return absl::OkStatus();
}

absl::Status StoreError() {
  return Refuse(absl::StatusCode::kUnavailable, Reason::kUnavailable,
                "reviews: cannot be read now");
}

absl::Status AuditError() {
  return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                "audit: cannot be written now; nothing was changed");
}

absl::Status NoSuchCase() {
  return Refuse(absl::StatusCode::kNotFound, Reason::kMalformed,
                "case: there is none such for this reviewer");
}

const RecordOf& OwnOf(const ReviewCase& c, const AgencyId& agency) {
  return c.source.agency == agency ? c.source : c.requester;
}
const RecordOf& OtherOf(const ReviewCase& c, const AgencyId& agency) {
  return c.source.agency == agency ? c.requester : c.source;
}

// Who asked hears of what is confirmed only.
bool ConcernsCaller(const ReviewCase& c, const AgencyId& caller) {
  return c.source.agency == caller ||
         (c.requester.agency == caller && c.verdict == Verdict::kSame);
}

audit::Record EntryFor(const AgencyId& caller, const Reviewer& reviewer,
                       absl::Time now) {
  audit::Record record;
  record.time_ms = ToMillis(now);
  record.requester = caller;
  record.practitioner = reviewer.staff;
  record.role = reviewer.role;
  record.reason = reviewer.reason;
  record.mode = kMode;
  record.request_id = reviewer.request;
  return record;
}

// Cases about one other agency: the reader's own records, and the permit.
struct Released {
  std::set<Handle> records;
  std::optional<policy::Permit> permit;
};

void AddLeg(const AgencyId& other, const Released& released,
            audit::Record& record) {
  const policy::Permit& permit = *released.permit;
  std::vector<uint8_t> who;
  for (size_t i = 0; i < record.subjects.size(); ++i)
    if (released.records.contains(record.subjects[i]))
      who.push_back(static_cast<uint8_t>(i));
  audit::Leg leg;
  leg.agency = other;
  leg.status = audit::LegStatus::kAnswered;
  leg.items_asked = {kPossibleMatchItem};
  for (const policy::GrantedItem& g : permit.granted())
    leg.released.push_back(
        {g.item, std::string(policy::Name(g.granularity)), who});
  const policy::PermitTerms& terms = permit.terms();
  for (const std::string& f : terms.flows)
    if (auto flow = FlowId::Create(f); flow.ok()) leg.flows.push_back(*flow);
  leg.basis = terms.basis;
  for (const policy::Obligation& o : terms.obligations)
    leg.obligations.push_back(absl::StrCat(
        policy::Name(o.kind), o.number ? absl::StrCat(" ", *o.number) : ""));
  record.legs.push_back(std::move(leg));
}

}  // namespace

Digest ReviewDigest(const AgencyId& agency, const Reviewer& r) {
  Encoder e(kLabel);
  e.Bytes(agency.str()).Bytes(r.request.view());
  e.Bytes(r.staff).Bytes(r.role).Bytes(r.reason);
  return crypto::Sha256(std::move(e).Take());
}

bool HasReviewFlow(const policy::ActiveSet& set, const AgreementId& agreement,
                   const AgencyId& requester, const AgencyId& source) {
  const policy::Agreement* a = set.Find(agreement.str());
  return a != nullptr &&
         std::any_of(a->flows.begin(), a->flows.end(),
                     [&](const policy::Flow& f) {
                       return f.mode == policy::Mode::kReviewMatch &&
                              f.from == requester.str() && f.to == source.str();
                     });
}

absl::StatusOr<std::optional<policy::Permit>> Reviews::MayShow(
    const AgencyId& caller, const ReviewCase& c, const Reviewer& reviewer) {
  for (const RecordOf* record : {&c.source, &c.requester}) {
    auto known = p_.index.LookUp(record->agency, {record->handle});
    if (!known.ok()) return StoreError();
    auto it = known->find(record->handle);
    // Who asked may have enrolled nobody; the source's record must be there.
    if (it == known->end() ? record == &c.source : it->second.family_shielded)
      return std::optional<policy::Permit>();
  }
  policy::Ask ask;
  ask.agreement = c.agreement.str();
  ask.from = OtherOf(c, caller).agency.str();
  ask.to = caller.str();
  ask.role = reviewer.role;
  const auto purpose = policy::PurposeFromName(c.purpose);
  if (!purpose) return std::optional<policy::Permit>();
  ask.purpose = *purpose;
  ask.mode = policy::Mode::kReviewMatch;
  ask.items = {kPossibleMatchItem};
  ask.today = absl::ToCivilDay(p_.clock.Now(), absl::UTCTimeZone());
  ask.facts.Set(policy::ConditionKind::kReasonWritten, policy::Truth::kYes);
  const auto set = p_.policy.Current();
  ShowAgreementFacts(*set, ask);
  policy::Decision decision =
      policy::Decide(*set, ask, policy::Deciding::kSource);
  if (auto* permit = std::get_if<policy::Permit>(&decision))
    return std::optional<policy::Permit>(std::move(*permit));
  return std::optional<policy::Permit>();
}

absl::StatusOr<ReviewList> Reviews::List(const AgencyId& caller,
                                         const Reviewer& reviewer) {
  KS_RETURN_IF_ERROR(Check(reviewer));
  std::vector<ReviewCase> all;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             KS_ASSIGN_OR_RETURN(all, ReadCases(s, caller));
             return absl::OkStatus();
           })
           .ok())
    return StoreError();
  std::vector<ShownCase> shown;
  std::map<AgencyId, Released> by;
  audit::Record record = EntryFor(caller, reviewer, p_.clock.Now());
  std::set<Handle> subjects;
  for (const ReviewCase& c : all) {
    if (shown.size() == kMaxShown) break;
    if (!ConcernsCaller(c, caller)) continue;
    KS_ASSIGN_OR_RETURN(auto permit, MayShow(caller, c, reviewer));
    if (!permit) continue;
    const bool source = c.source.agency == caller;
    Released& released = by[OtherOf(c, caller).agency];
    released.records.insert(OwnOf(c, caller).handle);
    released.permit = std::move(permit);
    subjects.insert(OwnOf(c, caller).handle);
    shown.push_back({c.id, OwnOf(c, caller).handle, OtherOf(c, caller).agency,
                     source, c.agreement, c.purpose,
                     source ? c.pattern : std::vector<std::string>(),
                     c.opened_at_ms, c.verdict});
  }
  // One entry, whether or not there was anything to see.
  record.type = audit::EntryType::kRelease;
  record.request_digest = ReviewDigest(caller, reviewer);
  record.subjects.assign(subjects.begin(), subjects.end());
  for (const auto& [other, released] : by) AddLeg(other, released, record);
  audit::Draft draft;
  draft.audience = caller.str();
  draft.request_digest = record.request_digest;
  draft.record = std::move(record);
  auto receipt = p_.log.AppendOne(std::move(draft));
  if (!receipt.ok()) return AuditError();
  return ReviewList{std::move(shown), *std::move(receipt)};
}

absl::StatusOr<ReviewCase> Reviews::FindOwn(const AgencyId& caller,
                                            const ReviewId& id,
                                            const Reviewer& reviewer) {
  KS_RETURN_IF_ERROR(Check(reviewer));
  std::optional<ReviewCase> found;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             KS_ASSIGN_OR_RETURN(found, ReadCase(s, id));
             return absl::OkStatus();
           })
           .ok())
    return StoreError();
  if (!found || found->source.agency != caller) return NoSuchCase();
  KS_ASSIGN_OR_RETURN(const auto permit, MayShow(caller, *found, reviewer));
  if (!permit) return NoSuchCase();
  return *std::move(found);
}

absl::Status Reviews::Write(
    const AgencyId& caller, const ReviewCase& c, const Reviewer& reviewer,
    const std::string& what, bool tell_requester,
    std::function<absl::Status(storage::Transaction&)> rows) {
  audit::Record record = EntryFor(caller, reviewer, p_.clock.Now());
  record.type = audit::EntryType::kReview;
  record.agreement = c.agreement;
  record.purpose = c.purpose;
  std::vector<audit::Draft> drafts;
  const auto add = [&](const RecordOf& whose, const std::string& reason) {
    audit::Draft draft;
    draft.audience = whose.agency.str();
    draft.record = record;
    draft.record.reason = reason.substr(0, audit::Record::kMaxText);
    draft.record.subjects = {whose.handle};
    drafts.push_back(std::move(draft));
  };
  add(c.source, absl::StrCat(what, ": ", reviewer.reason));
  // Not the reviewer's own words: they are about the source's record.
  if (tell_requester)
    add(c.requester, absl::StrCat(what, " by a reviewer of the source"));
  drafts.front().also = std::move(rows);
  if (!p_.log.Append(std::move(drafts)).ok()) return AuditError();
  return absl::OkStatus();
}

absl::Status Reviews::Decide(const AgencyId& caller, const ReviewId& id,
                             Verdict verdict, const Reviewer& reviewer) {
  KS_ASSIGN_OR_RETURN(const ReviewCase c, FindOwn(caller, id, reviewer));
  if (c.correction)
    return Refuse(absl::StatusCode::kFailedPrecondition, Reason::kMalformed,
                  "case: is decided; undo that first");
  const bool same = verdict == Verdict::kSame;
  const auto correction = crypto::RandomId<CorrectionId>();
  const int64_t at_ms = ToMillis(p_.clock.Now());
  return Write(caller, c, reviewer,
               same ? "confirmed: one person" : "refused: two people", same,
               [=](storage::Transaction& tx) -> absl::Status {
                 KS_RETURN_IF_ERROR(KeepCorrection(
                     tx, correction, c.source, c.requester, verdict, at_ms));
                 return KeepOutcome(tx, c.id, correction);
               });
}

absl::Status Reviews::Undo(const AgencyId& caller, const ReviewId& id,
                           const Reviewer& reviewer) {
  KS_ASSIGN_OR_RETURN(const ReviewCase c, FindOwn(caller, id, reviewer));
  if (!c.correction)
    return Refuse(absl::StatusCode::kFailedPrecondition, Reason::kMalformed,
                  "case: is not decided");
  const int64_t at_ms = ToMillis(p_.clock.Now());
  return Write(caller, c, reviewer, "undone", c.verdict == Verdict::kSame,
               [=](storage::Transaction& tx) -> absl::Status {
                 KS_RETURN_IF_ERROR(KeepUndoing(tx, *c.correction, at_ms));
                 return KeepOutcome(tx, c.id, std::nullopt);
               });
}

}  // namespace kinstile::share
