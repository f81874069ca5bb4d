// SPDX-License-Identifier: Apache-2.0
// The model, sentence by sentence.
#include "tests/unit/policy/reference.h"

#include <algorithm>

namespace kinstile::policy::testing {
namespace {

template <class List, class Value>
bool In(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// "Unknown is not yes": wherever the receiver works must be covered.
bool CoversAllOf(const Agreement& agreement, const std::string& receiver) {
  for (const Party& party : agreement.parties) {
    if (party.id != receiver) continue;
    for (Jurisdiction nation : party.nations) {
      if (!In(agreement.nations, nation)) return false;
    }
    return !party.nations.empty();
  }
  return false;
}

// "Candidates: from, to, purpose, mode; in dates; of that role and nation."
bool Fits(const Agreement& agreement, const Flow& flow, const Ask& ask) {
  if (!ask.agreement.empty() && ask.agreement != agreement.id) return false;
  if (!ask.flow.empty() && ask.flow != flow.id) return false;
  if (ask.nation ? !In(agreement.nations, *ask.nation)
                 : !CoversAllOf(agreement, flow.to)) {
    return false;
  }
  return flow.from == ask.from && flow.to == ask.to && flow.mode == ask.mode &&
         In(flow.purposes, ask.purpose) && In(flow.roles, ask.role) &&
         agreement.effective_from <= ask.today &&
         ask.today <= agreement.expires;
}

enum class Answer { kYes, kNo, kUnknown, kLeftToSource };

// "YES passes; NO fails; UNKNOWN fails as missing."
Answer Shown3(const Condition& c, const Ask& ask, Deciding deciding) {
  const bool gateway = deciding == Deciding::kGateway;
  const Fact& fact = ask.facts.Get(c.kind);
  if (gateway && (c.decided_by_source || fact.truth == Truth::kAtSource)) {
    return Answer::kLeftToSource;
  }
  if (fact.truth == Truth::kNo) return Answer::kNo;
  if (fact.truth != Truth::kYes) return Answer::kUnknown;
  if (!c.number) return Answer::kYes;
  if (!fact.number) return Answer::kUnknown;
  // Of the conditions with numbers here only AGE_TO is an upper bound.
  const bool reached = c.kind == ConditionKind::kAgeTo
                           ? *fact.number <= *c.number
                           : *fact.number >= *c.number;
  return reached ? Answer::kYes : Answer::kNo;
}

// Everything that keeps a flow from passing.
struct Failures {
  std::set<ConditionKind> not_met;
  std::set<ConditionKind> not_known;
  int limits = 0;

  int Count() const {
    return static_cast<int>(not_met.size() + not_known.size()) + limits;
  }
};

// Without those that only the source can judge if `gateway_view`.
Failures Failing(const Agreement& agreement, const Flow& flow, const Ask& ask,
                 Deciding deciding, bool gateway_view) {
  Failures out;
  for (const Condition& c : flow.conditions) {
    const bool deferred =
        c.decided_by_source || ask.facts.Get(c.kind).truth == Truth::kAtSource;
    if (gateway_view && deferred) continue;
    const Answer answer = Shown3(c, ask, deciding);
    if (answer == Answer::kNo) out.not_met.insert(c.kind);
    if (answer == Answer::kUnknown) out.not_known.insert(c.kind);
  }
  // "Caps: people per request, requests per day."
  if (ask.people > flow.max_people) ++out.limits;
  if (flow.max_requests_per_day &&
      ask.requests_today >= *flow.max_requests_per_day) {
    ++out.limits;
  }
  // "Sender lists obligations it can carry out; any missing: refuse." Counts
  // are protected by the sender, a decision is recorded by both, the rest is
  // the receiver's.
  bool cannot = false;
  for (const Obligation& o : flow.obligations) {
    const uint32_t bit = 1u << static_cast<int>(o.kind);
    const bool counts = o.kind == ObligationKind::kSuppressCountsBelow ||
                        o.kind == ObligationKind::kRoundCountsTo;
    const bool both = o.kind == ObligationKind::kRecordDecision;
    for (const Party& party : agreement.parties) {
      const bool owes = (party.id == flow.from && (counts || both)) ||
                        (party.id == flow.to && !counts);
      if (owes && (party.carries_out.bits() & bit) == 0) cannot = true;
    }
  }
  if (cannot) ++out.limits;
  return out;
}

// "`never` strips matching items first." By id, or by the category under
// which a flow of the agreement names it.
const Prohibition* NeverOf(const Agreement& agreement, const Ask& ask,
                           const std::string& item) {
  std::set<DataCategory> categories;
  for (const Flow& flow : agreement.flows) {
    for (const FlowItem& each : flow.items) {
      if (each.item == item) categories.insert(each.category);
    }
  }
  const Prohibition* first = nullptr;
  for (const Prohibition& never : agreement.prohibitions) {
    bool covered = In(never.items, item);
    for (DataCategory category : categories) {
      covered = covered || In(never.categories, category);
    }
    if (!covered) continue;
    if (!never.to.empty() && !In(never.to, ask.to)) continue;
    if (!never.purposes.empty() && !In(never.purposes, ask.purpose)) continue;
    if (first == nullptr || never.id < first->id) first = &never;
  }
  return first;
}

int Coarse(Granularity g) {
  return g == Granularity::kExact ? 0 : static_cast<int>(g);
}

// Leave for the first includes leave for the second.
bool Includes(Granularity fine, Granularity coarse) {
  if (fine == coarse || fine == Granularity::kExact) return true;
  return fine == Granularity::kMonthOnly && coarse == Granularity::kYearOnly;
}

// Of an item asked for twice the first counts.
Granularity GrainAsked(const Ask& ask, const std::string& item) {
  for (size_t i = 0; i < ask.items.size() && i < ask.grains.size(); ++i) {
    if (ask.items[i] == item) return ask.grains[i];
  }
  return Granularity{};
}

// "Per item: any passing flow whose items include it, at that flow's
// granularity; of several the coarsest." The source keeps to what the gateway
// could grant.
ReferenceItem DecideItem(const Agreement& agreement,
                         const std::vector<const Flow*>& flows, const Ask& ask,
                         Deciding deciding, const std::string& item) {
  ReferenceItem out;
  const Granularity asked = GrainAsked(ask, item);
  std::optional<Granularity> grain;
  for (const Flow* flow : flows) {
    const FlowItem* named = flow->FindItem(item);
    if (named == nullptr) continue;
    if (Failing(agreement, *flow, ask, deciding, true).Count() > 0) continue;
    if (asked != Granularity{}) {
      if (Includes(named->granularity, asked)) grain = asked;
    } else if (!grain || Coarse(named->granularity) > Coarse(*grain)) {
      grain = named->granularity;
    }
  }
  for (const bool same : {true, false}) {
    for (const Flow* flow : flows) {
      const FlowItem* named = flow->FindItem(item);
      if (named == nullptr || !grain || out.granted) continue;
      if (Failing(agreement, *flow, ask, deciding, false).Count() > 0) continue;
      const bool allows = same ? named->granularity == *grain
                               : Includes(named->granularity, *grain);
      if (!allows) continue;
      out.granted = true;
      out.granularity = *grain;
      out.rule = flow->id;
    }
  }
  if (out.granted) return out;
  std::optional<Failures> least;
  for (const Flow* flow : flows) {
    const FlowItem* named = flow->FindItem(item);
    if (named == nullptr) continue;
    if (asked != Granularity{} && !Includes(named->granularity, asked)) {
      continue;
    }
    const Failures failures = Failing(agreement, *flow, ask, deciding, false);
    if (failures.Count() == 0) continue;
    if (least && failures.Count() >= least->Count()) continue;
    least = failures;
    out.rule = flow->id;
    out.not_met = failures.not_met;
    out.not_known = failures.not_known;
  }
  if (least || asked == Granularity{}) return out;
  for (const Flow* flow : flows) {
    if (out.rule.empty() && flow->FindItem(item) != nullptr) {
      out.rule = flow->id;
    }
  }
  return out;
}

// "Obligations: union over flows used; numbers take the strictest."
void Accumulate(const Flow& flow, ReferenceAnswer* answer) {
  const bool first = answer->flows.empty();
  answer->flows.insert(flow.id);
  answer->keep_days =
      first ? flow.keep_days : std::min(answer->keep_days, flow.keep_days);
  answer->max_people =
      first ? flow.max_people : std::min(answer->max_people, flow.max_people);
  for (const Obligation& o : flow.obligations) {
    std::optional<int64_t>& have = answer->obligations[o.kind];
    if (!o.number) continue;
    const bool most = o.kind == ObligationKind::kSuppressCountsBelow ||
                      o.kind == ObligationKind::kRoundCountsTo;
    if (!have) {
      have = o.number;
    } else {
      have = most ? std::max(*have, *o.number) : std::min(*have, *o.number);
    }
  }
}

}  // namespace

ReferenceAnswer Reference(const std::vector<Agreement>& agreements,
                          const Ask& ask, Deciding deciding) {
  ReferenceAnswer answer;
  if (ask.people < 1 || ask.requests_today < 0 || ask.items.empty()) {
    return answer;
  }
  const Agreement* the_one = nullptr;
  std::vector<const Flow*> flows;
  for (const Agreement& agreement : agreements) {
    for (const Flow& flow : agreement.flows) {
      if (!Fits(agreement, flow, ask)) continue;
      // One permit stands on one agreement.
      if (the_one != nullptr && the_one != &agreement) return answer;
      the_one = &agreement;
      flows.push_back(&flow);
    }
  }
  if (flows.empty()) return answer;
  std::sort(flows.begin(), flows.end(),
            [](const Flow* a, const Flow* b) { return a->id < b->id; });
  answer.fits = true;
  for (const std::string& item : ask.items) {
    if (const Prohibition* never = NeverOf(*the_one, ask, item)) {
      answer.items[item].rule = never->id;
    } else {
      answer.items[item] = DecideItem(*the_one, flows, ask, deciding, item);
    }
  }
  std::set<std::string> used;
  for (const auto& [name, item] : answer.items) {
    if (item.granted) used.insert(item.rule);
  }
  for (const std::string& id : used)
    Accumulate(*the_one->FindFlow(id), &answer);
  return answer;
}

ReferenceAnswer InTermsOfReference(const ActiveSet& set, const Ask& ask,
                                   const Ruling& ruling) {
  ReferenceAnswer answer;
  answer.fits = ruling.fit == Fit::kFits;
  if (!answer.fits) return answer;
  const Agreement& agreement = set.agreements()[ruling.agreement];
  for (const ItemRuling& item : ruling.items) {
    ReferenceItem& out = answer.items[ask.items[item.asked]];
    switch (item.why) {
      case ItemRuling::Why::kGranted:
        out.granted = true;
        out.granularity = item.granularity;
        out.rule = set.FlowOf(*ruling.flows[item.flow].row).id;
        break;
      case ItemRuling::Why::kForbidden:
        out.rule = agreement.prohibitions[item.never].id;
        break;
      case ItemRuling::Why::kNotShown: {
        const FlowRuling& tried = ruling.flows[item.flow];
        out.rule = set.FlowOf(*tried.row).id;
        for (int k = 0; k < 64; ++k) {
          const auto kind = static_cast<ConditionKind>(k);
          if (tried.not_met >> k & 1) out.not_met.insert(kind);
          if (tried.not_known >> k & 1) out.not_known.insert(kind);
        }
        break;
      }
      case ItemRuling::Why::kTooCoarse:
        out.rule = set.FlowOf(*ruling.flows[item.flow].row).id;
        break;
      case ItemRuling::Why::kNotCovered:
        break;
    }
  }
  for (const FlowRuling& tried : ruling.flows) {
    if (tried.used) answer.flows.insert(set.FlowOf(*tried.row).id);
  }
  for (int k = 0; k < 32; ++k) {
    if (!(ruling.obligations.kinds >> k & 1)) continue;
    auto& number = answer.obligations[static_cast<ObligationKind>(k)];
    if (ruling.obligations.numbers >> k & 1) {
      number = ruling.obligations.number[k];
    }
  }
  answer.keep_days = ruling.keep_days;
  answer.max_people = ruling.max_people;
  return answer;
}

}  // namespace kinstile::policy::testing
