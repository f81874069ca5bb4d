// SPDX-License-Identifier: Apache-2.0
// Looking through the candidate flows of an ask.
#include "gateway/share/needs.h"

#include <algorithm>

namespace kinstile::share {
namespace {

bool NeedsConsent(const policy::Flow& flow, ConsentOf who) {
  for (const policy::Condition& c : flow.conditions)
    if (c.kind == policy::ConditionKind::kConsentRecorded &&
        c.decided_by_source == (who == ConsentOf::kSource))
      return true;
  return false;
}

template <class Visit>
void ForEachCandidate(const policy::ActiveSet& set, const policy::Ask& ask,
                      Visit visit) {
  const policy::Tables& tables = set.tables();
  for (uint32_t place : tables.Candidates(
           tables.Find(ask.from), tables.Find(ask.to), ask.purpose, ask.mode)) {
    const policy::FlowRow& row = tables.flows()[place];
    const policy::Flow& flow = set.FlowOf(row);
    if (!ask.agreement.empty() &&
        ask.agreement != set.agreements()[row.agreement].id)
      continue;
    if (!ask.flow.empty() && ask.flow != flow.id) continue;
    visit(flow);
  }
}

template <class T>
void AddOnce(const T& value, std::vector<T>& list) {
  if (std::find(list.begin(), list.end(), value) == list.end())
    list.push_back(value);
}

}  // namespace

void ShowAgreementFacts(const policy::ActiveSet& set, policy::Ask& ask) {
  using policy::Truth;
  constexpr int kDpiaDays = 366;
  Truth assessed = Truth::kUnknown;
  Truth document = Truth::kUnknown;
  if (const policy::Agreement* agreement = set.Find(ask.agreement)) {
    const policy::Governance& g = agreement->governance;
    if (g.dpia_reviewed && *g.dpia_reviewed <= ask.today &&
        ask.today - *g.dpia_reviewed <= kDpiaDays)
      assessed = Truth::kYes;
    if (!g.appropriate_policy_document.empty()) document = Truth::kYes;
  }
  ask.facts.Set(policy::ConditionKind::kDpiaCurrent, assessed)
      .Set(policy::ConditionKind::kAppropriatePolicyDocument, document);
}

std::vector<std::string> ItemsNeedingConsent(const policy::ActiveSet& set,
                                             const policy::Ask& ask,
                                             ConsentOf who) {
  std::vector<std::string> items;
  ForEachCandidate(set, ask, [&](const policy::Flow& flow) {
    if (!NeedsConsent(flow, who)) return;
    for (const std::string& item : ask.items)
      if (flow.FindItem(item) != nullptr) AddOnce(item, items);
  });
  return items;
}

std::vector<policy::ConditionKind> DecidedBySource(const policy::ActiveSet& set,
                                                   const policy::Ask& ask) {
  std::vector<policy::ConditionKind> kinds;
  ForEachCandidate(set, ask, [&](const policy::Flow& flow) {
    for (const policy::Condition& c : flow.conditions)
      if (c.decided_by_source) AddOnce(c.kind, kinds);
  });
  return kinds;
}

std::vector<policy::ConditionKind> ConditionsOf(const policy::ActiveSet& set,
                                                const policy::Ask& ask) {
  std::vector<policy::ConditionKind> kinds;
  ForEachCandidate(set, ask, [&](const policy::Flow& flow) {
    for (const policy::Condition& c : flow.conditions) AddOnce(c.kind, kinds);
  });
  return kinds;
}

bool RestsOnConsent(const policy::ActiveSet& set, const policy::Permit& permit,
                    ConsentOf who) {
  const policy::Agreement* agreement = set.Find(permit.terms().agreement);
  if (agreement == nullptr) return false;
  for (const std::string& id : permit.terms().flows) {
    const policy::Flow* flow = agreement->FindFlow(id);
    if (flow != nullptr && NeedsConsent(*flow, who)) return true;
  }
  return false;
}

std::vector<std::string> GrantedOnConsent(const policy::ActiveSet& set,
                                          const policy::Permit& permit) {
  std::vector<std::string> items;
  const policy::Agreement* agreement = set.Find(permit.terms().agreement);
  if (agreement == nullptr) return items;
  for (const policy::GrantedItem& g : permit.granted()) {
    const policy::Flow* flow = agreement->FindFlow(g.flow);
    if (flow != nullptr && (NeedsConsent(*flow, ConsentOf::kRequester) ||
                            NeedsConsent(*flow, ConsentOf::kSource)))
      items.push_back(g.item);
  }
  return items;
}

}  // namespace kinstile::share
