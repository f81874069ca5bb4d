// SPDX-License-Identifier: Apache-2.0
// From a ruling to a permit or a refusal.

#include <algorithm>

#include "absl/strings/str_join.h"
#include "policy/engine.h"
#include "policy/granularity.h"
#include "policy/words.h"

namespace kinstile::policy {

// The one door to Permit's constructor.
class PermitMaker {
 public:
  static Permit Make(PermitTerms terms) { return Permit(std::move(terms)); }
};

namespace {

class Wording {
 public:
  Wording(const ActiveSet& set, const Ask& ask, const Ruling& ruling)
      : set_(set), ask_(ask), ruling_(ruling) {}

  Decision Run() {
    if (ruling_.fit != Fit::kFits) return Miss();
    for (const ItemRuling& item : ruling_.items) {
      if (item.why == ItemRuling::Why::kGranted) {
        const Flow& flow = FlowOf(ruling_.flows[item.flow]);
        const std::string& name = ask_.items[item.asked];
        terms_.granted.push_back({name, item.granularity, flow.id, Owed(item),
                                  flow.FindItem(name)->look_back_days});
      } else {
        Withhold(item);
      }
    }
    if (ruling_.verdict == Verdict::kRefuse) return RefuseAll();
    return Grant();
  }

 private:
  const Agreement& agreement() const {
    return set_.agreements()[ruling_.agreement];
  }
  const Flow& FlowOf(const FlowRuling& tried) const {
    return set_.FlowOf(*tried.row);
  }

  // The source may find that the flow fails which the gateway saw pass, and
  // grant by another one: what all of them demand is owed in any case.
  ObligationTotals Owed(const ItemRuling& item) const {
    const NameId name = set_.tables().Find(ask_.items[item.asked]);
    ObligationTotals owed =
        TotalOf(FlowOf(ruling_.flows[item.flow]).obligations);
    for (const FlowRuling& tried : ruling_.flows) {
      const auto grain = set_.tables().GrainOf(*tried.row, name);
      if (!grain || !tried.passes_gateway ||
          !Allows(*grain, item.granularity)) {
        continue;
      }
      owed.KeepCommon(TotalOf(FlowOf(tried).obligations));
    }
    return owed;
  }

  Refusal Miss() const {
    Refusal refusal;
    refusal.agreement = ruling_.agreement == kNoName ? "" : agreement().id;
    // A flow of another pair is named in the words, and is nobody's rule here.
    if (ruling_.nearest != nullptr && ruling_.fit != Fit::kNoPair) {
      refusal.flow = set_.FlowOf(*ruling_.nearest).id;
    }
    Told told;
    TellMiss(set_, ask_, ruling_, &told);
    refusal.rule = std::string(told.rule);
    refusal.layer = told.layer;
    refusal.reason_for_record = Joined(told.for_record);
    refusal.reason_for_asker = refusal.reason_for_record;
    return refusal;
  }

  void Withhold(const ItemRuling& item) {
    Told told;
    Tell(set_, ask_, ruling_, item, &told);
    terms_.withheld.push_back({ask_.items[item.asked], std::string(told.rule),
                               told.layer, Joined(told.for_asker),
                               Joined(told.for_record)});
  }

  Refusal RefuseAll() const {
    // The most fundamental layer speaks first.
    const auto worst = std::min_element(
        terms_.withheld.begin(), terms_.withheld.end(),
        [](const auto& a, const auto& b) { return a.layer < b.layer; });
    const FlowRuling* nearest = nullptr;
    for (const ItemRuling& item : ruling_.items) {
      if (item.why != ItemRuling::Why::kNotShown) continue;
      nearest = &ruling_.flows[item.flow];
      break;
    }
    Refusal refusal;
    refusal.agreement = agreement().id;
    refusal.flow = FlowOf(nearest ? *nearest : ruling_.flows.front()).id;
    refusal.rule = worst->rule;
    refusal.layer = worst->layer;
    std::vector<std::string> record, asker;
    for (const WithheldItem& each : terms_.withheld) {
      AddOnce(each.reason_for_record, &record);
      AddOnce(each.reason_for_asker, &asker);
    }
    refusal.reason_for_record = absl::StrJoin(record, "; ");
    refusal.reason_for_asker = absl::StrJoin(asker, "; ");
    if (nearest != nullptr) {
      ListMissing(set_, *nearest, &refusal.missing, &refusal.missing_for_asker);
    }
    return refusal;
  }

  static void AddOnce(const std::string& text, std::vector<std::string>* list) {
    if (std::find(list->begin(), list->end(), text) == list->end()) {
      list->push_back(text);
    }
  }

  Decision Grant() {
    terms_.agreement = agreement().id;
    terms_.version = agreement().version;
    terms_.agreement_digest = agreement().digest;
    terms_.set_digest = set_.digest();
    terms_.from = ask_.from;
    terms_.to = ask_.to;
    terms_.role = ask_.role;
    terms_.purpose = ask_.purpose;
    terms_.mode = ask_.mode;
    terms_.keep_days = ruling_.keep_days;
    terms_.max_people = ruling_.max_people;
    for (const FlowRuling& tried : ruling_.flows) {
      if (!tried.used) continue;
      const Flow& flow = FlowOf(tried);
      terms_.flows.push_back(flow.id);
      terms_.basis.push_back(set_.phrases().Of(*tried.row).basis);
      for (const Condition& each : flow.conditions) {
        if (tried.deferred >> static_cast<unsigned>(each.kind) & 1) {
          Defer(each);
        }
      }
    }
    Oblige();
    return PermitMaker::Make(std::move(terms_));
  }

  void Oblige() {
    const ObligationTotals& totals = ruling_.obligations;
    for (unsigned kind = 0; kind < 32; ++kind) {
      if (!(totals.kinds >> kind & 1)) continue;
      Obligation out{static_cast<ObligationKind>(kind), {}, ""};
      if (totals.numbers >> kind & 1) out.number = totals.number[kind];
      out.text = TextOf(out.kind);
      terms_.obligations.push_back(std::move(out));
    }
  }

  std::string TextOf(ObligationKind kind) const {
    for (const FlowRuling& tried : ruling_.flows) {
      if (!tried.used) continue;
      for (const Obligation& each : FlowOf(tried).obligations) {
        if (each.kind == kind && !each.text.empty()) return each.text;
      }
    }
    return "";
  }

  void Defer(const Condition& condition) {
    for (const Condition& have : terms_.deferred) {
      if (have.kind == condition.kind && have.number == condition.number) {
        return;
      }
    }
    terms_.deferred.push_back(condition);
  }

  const ActiveSet& set_;
  const Ask& ask_;
  const Ruling& ruling_;
  PermitTerms terms_;
};

}  // namespace

Decision Decide(const ActiveSet& set, const Ask& ask, Deciding deciding) {
  return Wording(set, ask, Rule(set, ask, deciding)).Run();
}

}  // namespace kinstile::policy
