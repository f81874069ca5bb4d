// SPDX-License-Identifier: Apache-2.0
// Where a share rests on consent: by the requester's people before matching,
// by the source's after it.
#include <algorithm>
#include <utility>

#include "gateway/base/status_macros.h"
#include "gateway/share/exchange_opened.h"
#include "gateway/share/needs.h"

namespace kinstile::share {
namespace {

using policy::ConditionKind;

// To the asker as if they had never matched; the holder's entry has the truth.
void LeaveOut(const MatchedMember& member, Matching& matching) {
  linkage::MemberLink& link = matching.link.members[member.member];
  link.grade = linkage::Grade::kNoMatch;
  link.handle.reset();
  link.family.reset();
  matching.not_shown.push_back(member);
}

// The condition's limit in days, of all that the source decides about consent.
bool WithinLimits(const policy::Permit& permit, int64_t days) {
  for (const policy::Condition& c : permit.terms().deferred)
    if (c.kind == ConditionKind::kConsentRecorded && c.number &&
        days > *c.number)
      return false;
  return true;
}

bool DefersConsent(const policy::Permit& permit) {
  const auto& deferred = permit.terms().deferred;
  return std::any_of(deferred.begin(), deferred.end(), [](const auto& c) {
    return c.kind == ConditionKind::kConsentRecorded;
  });
}

}  // namespace

absl::StatusOr<std::vector<uint32_t>> Exchange::CheckConsents(
    const policy::ActiveSet& set, const ShareRequest& request,
    const SourceAsk& ask, absl::Time now, policy::Ask& question) const {
  std::vector<uint32_t> consented;
  if (ask.consented.empty()) return consented;
  const ConsentScope scope{
      ask.agency, request.agency, request.purpose,
      ItemsNeedingConsent(set, question, ConsentOf::kRequester)};
  if (scope.items.empty()) return consented;
  std::vector<Handle> people;
  for (uint32_t member : ask.consented)
    people.push_back(request.members[member].handle);
  KS_ASSIGN_OR_RETURN(const auto days,
                      p_.consents.Days(request.agency, people, scope, now));
  policy::Fact fact{policy::Truth::kNo, {}};
  for (size_t i = 0; i < days.size(); ++i) {
    if (!days[i].has_value()) continue;
    consented.push_back(ask.consented[i]);
    // Of what the book and the requester say, what withholds more.
    fact = {policy::Truth::kYes,
            std::max({*days[i], ask.consent_days, fact.number.value_or(0)})};
  }
  question.facts.Set(ConditionKind::kConsentRecorded, fact);
  return consented;
}

absl::Status Exchange::LeaveOutUnconsented(const Opened& opened, Leg& leg) {
  const policy::Permit& permit = *leg.permit();
  Matching& matching = *leg.matching;
  if (!DefersConsent(permit) || matching.matched.empty())
    return absl::OkStatus();
  const ShareRequest& request = opened.request;
  ConsentScope scope{leg.ask->agency, request.agency, request.purpose, {}};
  for (const policy::GrantedItem& g : permit.granted())
    scope.items.push_back(g.item);
  std::vector<Handle> people;
  for (const MatchedMember& m : matching.matched) people.push_back(m.handle);
  KS_ASSIGN_OR_RETURN(const auto days, p_.consents.Days(leg.ask->agency, people,
                                                        scope, opened.now));
  std::vector<MatchedMember> kept;
  for (size_t i = 0; i < days.size(); ++i) {
    const MatchedMember& m = matching.matched[i];
    if (days[i].has_value() && WithinLimits(permit, *days[i]))
      kept.push_back(m);
    else
      LeaveOut(m, matching);
  }
  matching.matched = std::move(kept);
  return absl::OkStatus();
}

absl::Status Exchange::LeaveOutWhoSaidNo(const Opened& opened, Leg& leg) {
  Matching& matching = *leg.matching;
  if (matching.matched.empty() ||
      leg.on_consent.size() < leg.permit()->granted().size())
    return absl::OkStatus();
  const ShareRequest& request = opened.request;
  const ConsentScope scope{leg.ask->agency, request.agency, request.purpose,
                           leg.on_consent};
  std::vector<Handle> people;
  for (const MatchedMember& m : matching.matched) people.push_back(m.handle);
  KS_ASSIGN_OR_RETURN(
      const auto no,
      p_.consents.SaidNoToAll(leg.ask->agency, people, scope, opened.now));
  std::vector<MatchedMember> kept;
  for (size_t i = 0; i < no.size(); ++i) {
    if (no[i])
      LeaveOut(matching.matched[i], matching);
    else
      kept.push_back(matching.matched[i]);
  }
  matching.matched = std::move(kept);
  return absl::OkStatus();
}

void Exchange::LeaveOutUndecided(Leg& leg) {
  if (leg.permit() == nullptr) return;
  const auto& deferred = leg.permit()->terms().deferred;
  // Consent has been decided from the source's book.
  if (std::all_of(deferred.begin(), deferred.end(), [](const auto& c) {
        return c.kind == ConditionKind::kConsentRecorded;
      }))
    return;
  for (const MatchedMember& m : leg.matching->matched)
    LeaveOut(m, *leg.matching);
  leg.matching->matched.clear();
}

}  // namespace kinstile::share
