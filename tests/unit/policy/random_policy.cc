// SPDX-License-Identifier: Apache-2.0
// Random policies and asks.
#include "tests/unit/policy/random_policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace kinstile::policy::testing {
namespace {

const Granularity kGrains[] = {Granularity::kExact, Granularity::kMonthOnly,
                               Granularity::kYearOnly, Granularity::kYesNo,
                               Granularity::kAgeBand};
const DataCategory kCategories[] = {DataCategory::kHealth,
                                    DataCategory::kHousing};
const ObligationKind kObligations[] = {
    ObligationKind::kRecordDecision, ObligationKind::kTellPersonWithinDays,
    ObligationKind::kSuppressCountsBelow, ObligationKind::kNoOnwardSharing};
const Jurisdiction kNations[] = {Jurisdiction::kEngland, Jurisdiction::kWales};

bool HasNumber(ConditionKind kind) {
  return kind == ConditionKind::kAgeFrom || kind == ConditionKind::kAgeTo;
}

}  // namespace

const std::vector<ConditionKind> kRandomConditions = {
    ConditionKind::kCaseIsOpen, ConditionKind::kConsentRecorded,
    ConditionKind::kAgeFrom, ConditionKind::kAgeTo,
    ConditionKind::kNoSafeAddressFlag};
const std::vector<std::string> kRandomParties = {"p0", "p1", "p2"};
const std::vector<std::string> kRandomRoles = {"r0", "r1"};
const std::vector<Purpose> kRandomPurposes = {Purpose::kReferral,
                                              Purpose::kAssessment};
const std::vector<Mode> kRandomModes = {Mode::kAskOnePerson, Mode::kMatchList};

std::string ItemName(int i) { return absl::StrCat("i", i); }

Flow RandomFlow(Random& r, const std::string& id) {
  Flow flow;
  flow.id = id;
  flow.from = r.Pick(kRandomParties);
  flow.to = r.Pick(kRandomParties);
  flow.roles = {r.Pick(kRandomRoles)};
  if (r.OneIn(4)) flow.roles = kRandomRoles;
  flow.purposes = {r.Pick(kRandomPurposes)};
  if (r.OneIn(4)) flow.purposes = kRandomPurposes;
  flow.mode = r.Pick(kRandomModes);
  for (int i = 0; i < kRandomItems; ++i) {
    if (!r.OneIn(2)) continue;
    FlowItem item{ItemName(i), kCategories[i % 2], r.Pick(kGrains), {}, ""};
    flow.items.push_back(std::move(item));
  }
  for (ConditionKind kind : kRandomConditions) {
    if (!r.OneIn(3)) continue;
    Condition condition{kind, {}, "", r.OneIn(3), Layer::kCondition};
    if (HasNumber(kind)) condition.number = 14 + r.Below(5);
    if (r.OneIn(4)) condition.layer = Layer::kConfidence;
    flow.conditions.push_back(condition);
  }
  for (ObligationKind kind : kObligations) {
    if (!r.OneIn(3)) continue;
    flow.obligations.push_back({kind, {}, ""});
    if (r.OneIn(2)) flow.obligations.back().number = 1 + r.Below(30);
  }
  flow.keep_days = 1 + r.Below(100);
  flow.max_people = 1 + r.Below(4);
  if (r.OneIn(3)) flow.max_requests_per_day = 1 + r.Below(10);
  return flow;
}

Prohibition RandomProhibition(Random& r, const std::string& id) {
  Prohibition never;
  never.id = id;
  never.plain = "not this";
  if (r.OneIn(2)) never.to = {r.Pick(kRandomParties)};
  if (r.OneIn(2)) never.purposes = {r.Pick(kRandomPurposes)};
  if (r.OneIn(3)) {
    never.categories = {r.Pick(kCategories)};
  } else {
    never.items = {ItemName(r.Below(kRandomItems))};
  }
  never.layer = Layer::kConfidence;
  return never;
}

Agreement RandomAgreement(Random& r, const std::string& id) {
  Agreement agreement;
  agreement.id = id;
  agreement.version = 1;
  agreement.nations = {Jurisdiction::kEngland};
  if (r.OneIn(4)) agreement.nations.push_back(Jurisdiction::kWales);
  agreement.effective_from = absl::CivilDay(2026, 1, 1);
  agreement.expires = absl::CivilDay(2026, 12, 31);
  for (const std::string& party : kRandomParties) {
    Party out;
    out.id = party;
    out.type = AgencyType::kPolice;
    out.carries_out = ObligationKinds::All();
    out.nations = agreement.nations;
    if (r.OneIn(5)) {
      out.carries_out = ObligationKinds();
      for (ObligationKind kind : kObligations) {
        if (!r.OneIn(3)) out.carries_out.Add(kind);
      }
      if (r.OneIn(2)) out.nations.push_back(Jurisdiction::kScotland);
      if (r.OneIn(3)) out.nations.clear();
    }
    agreement.parties.push_back(std::move(out));
  }
  const int flows = 3 + r.Below(12);
  for (int i = 0; i < flows; ++i) {
    agreement.flows.push_back(RandomFlow(r, absl::StrCat("f", i)));
  }
  const int prohibitions = r.Below(3);
  for (int i = 0; i < prohibitions; ++i) {
    agreement.prohibitions.push_back(
        RandomProhibition(r, absl::StrCat("n", i)));
  }
  return agreement;
}

std::vector<Agreement> RandomAgreements(Random& r) {
  std::vector<Agreement> agreements;
  const int count = 1 + r.Below(3);
  for (int i = 0; i < count; ++i) {
    agreements.push_back(RandomAgreement(r, absl::StrCat("a", i)));
  }
  return agreements;
}

Ask RandomAsk(Random& r, const std::vector<Agreement>& agreements) {
  static const Truth kTruths[] = {Truth::kUnknown, Truth::kYes, Truth::kYes,
                                  Truth::kNo, Truth::kAtSource};
  Ask ask;
  if (!r.OneIn(8)) ask.agreement = absl::StrCat("a", r.Below(3));
  if (r.OneIn(10)) ask.flow = absl::StrCat("f", r.Below(4));
  ask.from = r.Pick(kRandomParties);
  ask.to = r.Pick(kRandomParties);
  ask.role = r.Pick(kRandomRoles);
  ask.purpose = r.Pick(kRandomPurposes);
  ask.mode = r.Pick(kRandomModes);
  if (!r.OneIn(3)) {
    const Agreement& agreement =
        agreements[r.Below(static_cast<int>(agreements.size()))];
    const Flow& flow =
        agreement.flows[r.Below(static_cast<int>(agreement.flows.size()))];
    ask.agreement = agreement.id;
    ask.flow = "";
    ask.from = flow.from;
    ask.to = flow.to;
    ask.role = flow.roles[0];
    ask.purpose = flow.purposes[0];
    ask.mode = flow.mode;
  }
  const int items = 1 + r.Below(kRandomItems + 1);
  // One item more than there are, and some asked for twice.
  for (int i = 0; i < items; ++i) {
    ask.items.push_back(ItemName(r.Below(kRandomItems + 1)));
  }
  if (r.OneIn(3)) {
    ask.grains.resize(ask.items.size());
    for (Granularity& grain : ask.grains) {
      if (r.OneIn(2)) grain = r.Pick(kGrains);
    }
  }
  for (ConditionKind kind : kRandomConditions) {
    Fact fact{r.Pick(kTruths), {}};
    if (r.OneIn(2)) fact.number = 13 + r.Below(6);
    ask.facts.Set(kind, fact);
  }
  ask.people = 1 + r.Below(4);
  ask.requests_today = r.Below(8);
  ask.today = absl::CivilDay(2026, 6, 1) + (r.OneIn(10) ? 400 : 0);
  if (r.OneIn(2)) ask.nation = r.Pick(kNations);
  return ask;
}

Fact Ideal(ConditionKind kind) {
  if (!HasNumber(kind)) return {Truth::kYes, {}};
  return {Truth::kYes, kind == ConditionKind::kAgeTo ? 0 : 100};
}

Facts IdealFacts() {
  Facts facts;
  for (ConditionKind kind : kRandomConditions) facts.Set(kind, Ideal(kind));
  return facts;
}

}  // namespace kinstile::policy::testing
