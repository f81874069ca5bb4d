// SPDX-License-Identifier: Apache-2.0
// Decides: flows that fit, conditions, prohibitions, then item by item.

#include "policy/engine.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/conditions.h"
#include "policy/engine_miss.h"

namespace kinstile::policy {

// The one door to Permit's constructor.
class PermitMaker {
 public:
  static Permit Make(PermitTerms terms) { return Permit(std::move(terms)); }
};

namespace {

// A flow that fits by parties, purpose, mode, role and date, and whether it
// passes.
struct Tried {
  const Flow* flow = nullptr;
  bool over_people = false;
  bool over_day = false;
  absl::InlinedVector<const Condition*, 4> not_met;
  absl::InlinedVector<const Condition*, 4> not_known;
  absl::InlinedVector<const Condition*, 4> deferred;

  size_t Failures() const {
    return not_met.size() + not_known.size() + over_people + over_day;
  }
};

Tried Try(const Flow& flow, const Ask& ask, bool at_source) {
  Tried tried;
  tried.flow = &flow;
  tried.over_people = ask.people > flow.max_people;
  tried.over_day = flow.max_requests_per_day &&
                   ask.requests_today >= *flow.max_requests_per_day;
  for (const Condition& condition : flow.conditions) {
    switch (Judge(condition, ask.facts, at_source)) {
      case Shown::kMet:
        break;
      case Shown::kNotMet:
        tried.not_met.push_back(&condition);
        break;
      case Shown::kNotKnown:
        tried.not_known.push_back(&condition);
        break;
      case Shown::kDeferred:
        tried.deferred.push_back(&condition);
        break;
    }
  }
  return tried;
}

// Of two grants of one item the coarser is taken.
int Coarseness(Granularity granularity) {
  return granularity == Granularity::kExact ? 0 : static_cast<int>(granularity);
}

// Why a flow that fits did not pass. The texts for the asker are the same
// whether a fact is false or not known.
Layer FailedLayer(const Tried& tried) {
  Layer layer = tried.over_people || tried.over_day ? Layer::kAgreement
                                                    : Layer::kCondition;
  for (const auto* list : {&tried.not_met, &tried.not_known}) {
    for (const Condition* c : *list) layer = std::min(layer, c->layer);
  }
  return layer;
}

void AppendCaps(const Tried& tried, std::vector<std::string>* parts) {
  if (tried.over_people) {
    parts->push_back(absl::StrCat("more than ", tried.flow->max_people,
                                  " people asked about (rule ", tried.flow->id,
                                  ")"));
  }
  if (tried.over_day) {
    parts->push_back(
        absl::StrCat("more than ", *tried.flow->max_requests_per_day,
                     " requests today (rule ", tried.flow->id, ")"));
  }
}

std::string RecordReason(const Tried& tried) {
  std::vector<std::string> parts;
  for (const Condition* c : tried.not_met) {
    parts.push_back(
        absl::StrCat(Name(c->kind), " is not met (rule ", tried.flow->id, ")"));
  }
  for (const Condition* c : tried.not_known) {
    parts.push_back(absl::StrCat("not known: ", Name(c->kind), " (rule ",
                                 tried.flow->id, ")"));
  }
  AppendCaps(tried, &parts);
  return absl::StrJoin(parts, "; ");
}

// Conditions in the order of the rule, so that false and not known look alike.
template <class Visit>
void ForEachFailed(const Tried& tried, Visit visit) {
  for (const Condition& c : tried.flow->conditions) {
    for (const auto* list : {&tried.not_met, &tried.not_known}) {
      if (std::find(list->begin(), list->end(), &c) != list->end()) visit(c);
    }
  }
}

std::string AskerReason(const Tried& tried) {
  std::vector<std::string> parts;
  bool personal = false;
  ForEachFailed(tried, [&](const Condition& c) {
    // What the source found is between the source and its record.
    if (c.decided_by_source || TellsAboutPerson(c.kind)) {
      personal = true;
    } else {
      parts.push_back(absl::StrCat("not shown: ", Name(c.kind), " (rule ",
                                   tried.flow->id, ")"));
    }
  });
  if (personal) {
    parts.push_back(absl::StrCat("rule ", tried.flow->id,
                                 " has a condition that was not shown"));
  }
  AppendCaps(tried, &parts);
  return absl::StrJoin(parts, "; ");
}

class Decider {
 public:
  Decider(const ActiveSet& set, const Ask& ask, Deciding deciding)
      : set_(set), ask_(ask), at_source_(deciding == Deciding::kSource) {}

  Decision Run() {
    if (ask_.people < 1 || ask_.items.empty() || ask_.requests_today < 0) {
      return Plain("the ask names no people or no items");
    }
    if (!Collect()) {
      return Plain("several agreements could apply: name one");
    }
    if (tried_.empty()) return NearestMiss(set_, ask_);
    for (size_t i = 0; i < ask_.items.size(); ++i) {
      // An item asked for twice is answered once.
      const auto first = ask_.items.begin();
      if (std::find(first, first + i, ask_.items[i]) != first + i) continue;
      DecideItem(ask_.items[i]);
    }
    if (terms_.granted.empty()) return RefuseAll();
    return Grant();
  }

 private:
  Refusal Plain(std::string reason) const {
    Refusal refusal;
    refusal.layer = Layer::kAgreement;
    refusal.agreement = ask_.agreement;
    refusal.reason_for_asker = reason;
    refusal.reason_for_record = std::move(reason);
    return refusal;
  }

  // Fills tried_ with the flows that fit. False if they are of several
  // agreements: one permit stands on one agreement.
  bool Collect() {
    for (const FlowRef& ref :
         set_.Candidates(ask_.from, ask_.to, ask_.purpose, ask_.mode)) {
      const Agreement& agreement = set_.agreements()[ref.agreement];
      const Flow& flow = agreement.flows[ref.flow];
      if (!InScope(agreement, flow, ask_) || !agreement.InForce(ask_.today) ||
          !flow.AllowsRole(ask_.role)) {
        continue;
      }
      if (!tried_.empty() && ref.agreement != agreement_) return false;
      agreement_ = ref.agreement;
      tried_.push_back(Try(flow, ask_, at_source_));
    }
    return true;
  }

  const Agreement& agreement() const { return set_.agreements()[agreement_]; }

  void DecideItem(const std::string& item) {
    if (const Prohibition* never =
            FindProhibition(set_, agreement_, ask_, item)) {
      const std::string reason = ProhibitionReason(*never);
      terms_.withheld.push_back(
          {item, never->id, never->layer, reason, reason});
      return;
    }
    const Tried* granting = nullptr;
    const Tried* failing = nullptr;  // the nearest
    const FlowItem* grant = nullptr;
    for (const Tried& tried : tried_) {
      const FlowItem* found = tried.flow->FindItem(item);
      if (found == nullptr) continue;
      if (tried.Failures() > 0) {
        if (failing == nullptr || tried.Failures() < failing->Failures()) {
          failing = &tried;
        }
      } else if (grant == nullptr || Coarseness(found->granularity) >
                                         Coarseness(grant->granularity)) {
        granting = &tried;
        grant = found;
      }
    }
    if (grant != nullptr) {
      terms_.granted.push_back({item, grant->granularity, granting->flow->id});
      Use(*granting);
    } else if (failing != nullptr) {
      terms_.withheld.push_back({item, failing->flow->id, FailedLayer(*failing),
                                 AskerReason(*failing),
                                 RecordReason(*failing)});
      if (nearest_ == nullptr) nearest_ = failing;
    } else {
      const std::string reason = absl::StrCat(
          "item not in any rule of agreement ", agreement().id, " from ",
          ask_.from, " to ", ask_.to, " for ", Name(ask_.purpose));
      terms_.withheld.push_back({item, "", Layer::kAgreement, reason, reason});
    }
  }

  void Use(const Tried& tried) {
    if (std::find(used_.begin(), used_.end(), &tried) == used_.end()) {
      used_.push_back(&tried);
    }
  }

  Decision RefuseAll() {
    // The most fundamental layer speaks first.
    const auto worst = std::min_element(
        terms_.withheld.begin(), terms_.withheld.end(),
        [](const auto& a, const auto& b) { return a.layer < b.layer; });
    Refusal refusal;
    refusal.agreement = agreement().id;
    refusal.flow =
        nearest_ != nullptr ? nearest_->flow->id : tried_.front().flow->id;
    refusal.rule = worst->rule;
    refusal.layer = worst->layer;
    std::vector<std::string> record, asker;
    for (const WithheldItem& each : terms_.withheld) {
      AddOnce(each.reason_for_record, &record);
      AddOnce(each.reason_for_asker, &asker);
    }
    refusal.reason_for_record = absl::StrJoin(record, "; ");
    refusal.reason_for_asker = absl::StrJoin(asker, "; ");
    if (nearest_ != nullptr) {
      ForEachFailed(*nearest_, [&](const Condition& c) {
        refusal.missing.push_back(c.kind);
        if (!c.decided_by_source && !TellsAboutPerson(c.kind)) {
          refusal.missing_for_asker.push_back(c.kind);
        }
      });
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
    std::sort(used_.begin(), used_.end(), [](const Tried* a, const Tried* b) {
      return a->flow->id < b->flow->id;
    });
    terms_.keep_days = used_.front()->flow->keep_days;
    terms_.max_people = used_.front()->flow->max_people;
    for (const Tried* tried : used_) {
      const Flow& flow = *tried->flow;
      terms_.flows.push_back(flow.id);
      terms_.basis.push_back(
          absl::StrCat("rule ", flow.id, ": ", flow.basis.Text()));
      terms_.keep_days = std::min(terms_.keep_days, flow.keep_days);
      terms_.max_people = std::min(terms_.max_people, flow.max_people);
      for (const Obligation& each : flow.obligations) Oblige(each);
      for (const Condition* each : tried->deferred) Defer(*each);
    }
    return PermitMaker::Make(std::move(terms_));
  }

  // The union, and of two numbers the stricter.
  void Oblige(const Obligation& obligation) {
    for (Obligation& have : terms_.obligations) {
      if (have.kind != obligation.kind) continue;
      if (!have.number) {
        have.number = obligation.number;
      } else if (obligation.number) {
        const bool more_is_stricter =
            have.kind == ObligationKind::kSuppressCountsBelow ||
            have.kind == ObligationKind::kRoundCountsTo;
        have.number = more_is_stricter
                          ? std::max(*have.number, *obligation.number)
                          : std::min(*have.number, *obligation.number);
      }
      if (have.text.empty()) have.text = obligation.text;
      return;
    }
    terms_.obligations.push_back(obligation);
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
  const bool at_source_;
  uint32_t agreement_ = 0;
  absl::InlinedVector<Tried, 4> tried_;
  absl::InlinedVector<const Tried*, 4> used_;
  const Tried* nearest_ = nullptr;
  PermitTerms terms_;
};

}  // namespace

Decision Decide(const ActiveSet& set, const Ask& ask, Deciding deciding) {
  return Decider(set, ask, deciding).Run();
}

}  // namespace kinstile::policy
