// SPDX-License-Identifier: Apache-2.0
// Decides: flows that fit, conditions, prohibitions, then item by item.

#include "policy/engine.h"

#include <algorithm>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/engine_flow.h"
#include "policy/engine_miss.h"

namespace kinstile::policy {

// The one door to Permit's constructor.
class PermitMaker {
 public:
  static Permit Make(PermitTerms terms) { return Permit(std::move(terms)); }
};

namespace {

// Of two grants of one item the coarser is taken.
int Coarseness(Granularity granularity) {
  return granularity == Granularity::kExact ? 0 : static_cast<int>(granularity);
}

// Whether leave for `fine` is also leave for `coarse`.
bool Allows(Granularity fine, Granularity coarse) {
  return fine == coarse || fine == Granularity::kExact ||
         (fine == Granularity::kMonthOnly && coarse == Granularity::kYearOnly);
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
          !flow.AllowsRole(ask_.role) ||
          (ask_.nation && !agreement.CoversNation(*ask_.nation))) {
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
      Withhold(item, never->id, never->layer, reason, reason);
      return;
    }
    const std::optional<Granularity> grain = Grain(item);
    if (const Tried* granting = grain ? Granting(item, *grain) : nullptr) {
      terms_.granted.push_back({item, *grain, granting->flow->id});
      Use(*granting);
    } else if (const Tried* failing = NearestFailing(item)) {
      Withhold(item, failing->flow->id, FailedLayer(*failing),
               AskerReason(*failing), RecordReason(*failing));
      if (nearest_ == nullptr) nearest_ = failing;
    } else {
      const std::string reason = absl::StrCat(
          "item not in any rule of agreement ", agreement().id, " from ",
          ask_.from, " to ", ask_.to, " for ", Name(ask_.purpose));
      Withhold(item, "", Layer::kAgreement, reason, reason);
    }
  }

  void Withhold(const std::string& item, const std::string& rule, Layer layer,
                std::string for_asker, std::string for_record) {
    terms_.withheld.push_back(
        {item, rule, layer, std::move(for_asker), std::move(for_record)});
  }

  // The coarsest grain that the gateway could grant. The source keeps to it
  // even where a flow fails there, or it could release more than was permitted.
  std::optional<Granularity> Grain(const std::string& item) const {
    std::optional<Granularity> grain;
    for (const Tried& tried : tried_) {
      const FlowItem* found = tried.flow->FindItem(item);
      if (found == nullptr || !tried.PassesGateway()) continue;
      if (!grain || Coarseness(found->granularity) > Coarseness(*grain)) {
        grain = found->granularity;
      }
    }
    return grain;
  }

  // A flow that passes and allows the grain: one that names it, if there is
  // one. Null if there is none.
  const Tried* Granting(const std::string& item, Granularity grain) const {
    const Tried* granting = nullptr;
    for (const Tried& tried : tried_) {
      const FlowItem* found = tried.flow->FindItem(item);
      if (found == nullptr || tried.Failures() > 0) continue;
      if (found->granularity == grain) return &tried;
      if (granting == nullptr && Allows(found->granularity, grain)) {
        granting = &tried;
      }
    }
    return granting;
  }

  const Tried* NearestFailing(const std::string& item) const {
    const Tried* nearest = nullptr;
    for (const Tried& tried : tried_) {
      if (tried.Failures() == 0 || tried.flow->FindItem(item) == nullptr) {
        continue;
      }
      if (nearest == nullptr || tried.Failures() < nearest->Failures()) {
        nearest = &tried;
      }
    }
    return nearest;
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
      ListMissing(*nearest_, &refusal.missing, &refusal.missing_for_asker);
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
