// SPDX-License-Identifier: Apache-2.0
// Consents from the book, everything else from the record.
#include "adapters/daemon/final_decision.h"

#include <algorithm>
#include <utility>

#include "absl/time/civil_time.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/consent.h"
#include "gateway/share/needs.h"

namespace kinstile::daemon {
namespace {

using policy::ConditionKind;
using policy::Truth;
using share::ConsentOf;

template <class T>
bool Has(const std::vector<T>& list, const T& each) {
  return std::find(list.begin(), list.end(), each) != list.end();
}

// The ask for those of its items that are, or are not, among `some`.
policy::Ask Only(const policy::Ask& ask, const std::vector<std::string>& some,
                 bool among) {
  policy::Ask part = ask;
  part.items.clear();
  part.grains.clear();
  for (size_t i = 0; i < ask.items.size(); ++i) {
    if (Has(some, ask.items[i]) != among) continue;
    part.items.push_back(ask.items[i]);
    if (!ask.grains.empty()) part.grains.push_back(ask.GrainOf(i));
  }
  return part;
}

absl::StatusOr<share::ConsentScope> ScopeOf(const AgencyId& from,
                                            const policy::Ask& ask) {
  share::ConsentScope scope;
  scope.from = from;
  KS_ASSIGN_OR_RETURN(scope.to, AgencyId::Create(ask.to));
  scope.purpose = std::string(policy::Name(ask.purpose));
  return scope;
}

}  // namespace

absl::Status FinalDecisions::ShowConsent(const policy::ActiveSet& set,
                                         const Person& person, absl::Time now,
                                         policy::Ask& ask) const {
  // The requester vouches for its own people one by one.
  if (!person.vouched &&
      !share::ItemsNeedingConsent(set, ask, ConsentOf::kRequester).empty()) {
    ask.facts.Set(ConditionKind::kConsentRecorded, Truth::kNo);
    return absl::OkStatus();
  }
  if (!Has(share::DecidedBySource(set, ask), ConditionKind::kConsentRecorded))
    return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(share::ConsentScope scope, ScopeOf(p_.agency, ask));
  scope.items = share::ItemsNeedingConsent(set, ask, ConsentOf::kSource);
  KS_ASSIGN_OR_RETURN(const auto days,
                      p_.consents.Days(person.handle, scope, now));
  policy::Fact fact;
  if (days.has_value()) fact = {Truth::kYes, *days};
  ask.facts.Set(ConditionKind::kConsentRecorded, fact);
  return absl::OkStatus();
}

absl::Status FinalDecisions::ShowRecord(const policy::ActiveSet& set,
                                        const Person& person, absl::Time now,
                                        policy::Ask& ask) const {
  for (ConditionKind kind : share::DecidedBySource(set, ask))
    if (kind != ConditionKind::kConsentRecorded)
      ask.facts.Set(kind, policy::Fact{});
  std::vector<std::string> names;
  for (ConditionKind kind : share::ConditionsOf(set, ask))
    if (kind != ConditionKind::kConsentRecorded)
      names.push_back(std::string(policy::Name(kind)));
  if (names.empty()) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(
      const auto shown,
      p_.source.ReadFacts(person.local_id, names,
                          absl::ToCivilDay(now, absl::UTCTimeZone())));
  for (const sources::RecordFact& fact : shown)
    if (const auto kind = policy::ConditionKindFromName(fact.condition))
      ask.facts.Set(*kind,
                    {fact.holds ? Truth::kYes : Truth::kNo, fact.number});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FinalDecisions::Refused(
    const policy::ActiveSet& set, const policy::Ask& ask, const Person& person,
    absl::Time now) const {
  KS_ASSIGN_OR_RETURN(share::ConsentScope scope, ScopeOf(p_.agency, ask));
  for (ConsentOf who : {ConsentOf::kRequester, ConsentOf::kSource})
    for (std::string& item : share::ItemsNeedingConsent(set, ask, who))
      if (!Has(scope.items, item)) scope.items.push_back(std::move(item));
  if (scope.items.empty()) return scope.items;
  return p_.consents.Refused(person.handle, scope, now);
}

absl::StatusOr<std::vector<FinalDecision>> FinalDecisions::Decide(
    const policy::ActiveSet& set, const policy::Ask& asked,
    const Person& person, absl::Time now) const {
  policy::Ask ask = asked;
  KS_ASSIGN_OR_RETURN(const auto refused, Refused(set, ask, person, now));
  KS_RETURN_IF_ERROR(ShowConsent(set, person, now, ask));
  KS_RETURN_IF_ERROR(ShowRecord(set, person, now, ask));
  std::vector<FinalDecision> out;
  const auto decide = [&](policy::Ask part) {
    if (part.items.empty()) return;
    policy::Decision decision =
        policy::Decide(set, part, policy::Deciding::kSource);
    out.push_back({std::move(part), std::move(decision)});
  };
  decide(Only(ask, refused, false));
  ask.facts.Set(ConditionKind::kConsentRecorded, Truth::kNo);
  decide(Only(ask, refused, true));
  return out;
}

}  // namespace kinstile::daemon
