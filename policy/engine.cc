// SPDX-License-Identifier: Apache-2.0
// Decides: flows that fit, conditions, prohibitions, then item by item.

#include "policy/engine.h"

#include <algorithm>
#include <optional>

#include "absl/numeric/bits.h"
#include "policy/conditions.h"
#include "policy/engine_miss.h"
#include "policy/granularity.h"

namespace kinstile::policy {
namespace {

class Judging {
 public:
  // Into an empty `ruling`, in its place: it is large.
  Judging(const ActiveSet& set, const Question& q, Deciding deciding,
          Ruling& ruling)
      : set_(set),
        tables_(set.tables()),
        q_(q),
        at_source_(deciding == Deciding::kSource),
        ruling_(ruling) {}

  void Run() {
    if (q_.people < 1 || q_.items.empty() || q_.requests_today < 0) {
      return Miss(Fit::kNobodyOrNothing);
    }
    if (!Collect()) return Miss(Fit::kSeveralAgreements);
    if (ruling_.flows.empty()) {
      return internal::NearestMiss(set_, q_, ruling_);
    }
    for (const Question::Item& item : q_.items) DecideItem(item);
    Conclude();
  }

 private:
  void Miss(Fit fit) {
    ruling_.flows.clear();
    ruling_.fit = fit;
    ruling_.agreement = q_.any_agreement ? kNoName : q_.agreement;
  }

  // Tries the flows that fit. False if they are of several agreements: one
  // permit stands on one agreement.
  bool Collect() {
    for (uint32_t place :
         tables_.Candidates(q_.from, q_.to, q_.purpose, q_.mode)) {
      const FlowRow& row = tables_.flows()[place];
      if (!internal::InScope(set_, row, q_) || !row.InForce(q_.day) ||
          !tables_.AllowsRole(row, q_.role) || !row.InNation(q_.nation) ||
          row.suspended) {
        continue;
      }
      if (!ruling_.flows.empty() && row.agreement != ruling_.agreement) {
        return false;
      }
      ruling_.agreement = row.agreement;
      Try(row);
    }
    return true;
  }

  void Try(const FlowRow& row) {
    FlowRuling& tried = ruling_.flows.emplace_back();
    tried.row = &row;
    tried.over_people = q_.people > row.max_people;
    tried.over_day = q_.requests_today >= row.max_per_day;
    tried.cannot = row.cannot;
    tried.passes_gateway =
        !tried.over_people && !tried.over_day && tried.cannot == 0;
    for (const ConditionRow& condition : tables_.Conditions(row)) {
      const uint64_t bit = uint64_t{1} << static_cast<unsigned>(condition.kind);
      switch (Judge(condition, *q_.facts, at_source_)) {
        case Shown::kMet:
          continue;
        case Shown::kDeferred:
          tried.deferred |= bit;
          continue;
        case Shown::kNotMet:
          tried.not_met |= bit;
          break;
        case Shown::kNotKnown:
          tried.not_known |= bit;
          break;
      }
      // Nor at the source may what the gateway deferred make the grain finer.
      tried.passes_gateway &=
          condition.by_source ||
          q_.facts->Get(condition.kind).truth == Truth::kAtSource;
    }
  }

  void DecideItem(const Question::Item& item) {
    ItemRuling& out = ruling_.items.emplace_back();
    out.asked = item.asked;
    out.never =
        tables_.FindNever(ruling_.agreement, q_.to, q_.purpose, item.name);
    if (out.never != kNoName) {
      out.why = ItemRuling::Why::kForbidden;
      return;
    }
    const std::optional<Granularity> grain = Grain(item);
    const uint32_t granting = grain ? Granting(item.name, *grain) : kNoName;
    if (granting != kNoName) {
      out.why = ItemRuling::Why::kGranted;
      out.granularity = *grain;
      out.flow = granting;
      ruling_.flows[granting].used = true;
      return;
    }
    const uint32_t failing = NearestFailing(item);
    if (failing != kNoName) {
      out.why = ItemRuling::Why::kNotShown;
      out.flow = failing;
    } else if (item.grain != Granularity{}) {
      TooCoarse(item.name, &out);
    }
  }

  // Some flow names the item, and none as finely as it is asked for.
  void TooCoarse(NameId item, ItemRuling* out) const {
    for (uint32_t i = 0; i < ruling_.flows.size(); ++i) {
      const auto found = tables_.GrainOf(*ruling_.flows[i].row, item);
      if (!found) continue;
      out->why = ItemRuling::Why::kTooCoarse;
      out->flow = i;
      out->granularity = *found;
      return;
    }
  }

  static bool Serves(Granularity granted, Granularity asked) {
    return asked == Granularity{} || Allows(granted, asked);
  }

  // The grain asked for, if the gateway could grant it; or else the coarsest
  // that it could. The source keeps to it even where a flow fails there, or it
  // could release more than was permitted.
  std::optional<Granularity> Grain(const Question::Item& item) const {
    std::optional<Granularity> grain;
    for (const FlowRuling& tried : ruling_.flows) {
      if (!tried.passes_gateway) continue;
      const auto found = tables_.GrainOf(*tried.row, item.name);
      if (item.grain != Granularity{}) {
        if (found && Allows(*found, item.grain)) return item.grain;
        continue;
      }
      if (found && (!grain || Coarseness(*found) > Coarseness(*grain))) {
        grain = found;
      }
    }
    return grain;
  }

  // A flow that passes and allows the grain: one that names it, if there is
  // one. kNoName if there is none.
  uint32_t Granting(NameId item, Granularity grain) const {
    uint32_t granting = kNoName;
    for (uint32_t i = 0; i < ruling_.flows.size(); ++i) {
      const FlowRuling& tried = ruling_.flows[i];
      if (!tried.Passes()) continue;
      const auto found = tables_.GrainOf(*tried.row, item);
      if (!found) continue;
      if (*found == grain) return i;
      if (granting == kNoName && Allows(*found, grain)) granting = i;
    }
    return granting;
  }

  uint32_t NearestFailing(const Question::Item& item) const {
    uint32_t nearest = kNoName;
    for (uint32_t i = 0; i < ruling_.flows.size(); ++i) {
      const FlowRuling& tried = ruling_.flows[i];
      const auto found = tables_.GrainOf(*tried.row, item.name);
      if (tried.Passes() || !found || !Serves(*found, item.grain)) continue;
      if (nearest == kNoName ||
          tried.Failures() < ruling_.flows[nearest].Failures()) {
        nearest = i;
      }
    }
    return nearest;
  }

  // Nothing that a used flow demands can be left out: this is the only place
  // that makes a ruling anything but a refusal.
  void Conclude() {
    size_t granted = 0;
    for (const ItemRuling& item : ruling_.items) {
      granted += item.why == ItemRuling::Why::kGranted;
    }
    if (granted == 0) return;
    bool first = true;
    for (const FlowRuling& tried : ruling_.flows) {
      if (!tried.used) continue;
      const Flow& flow = set_.FlowOf(*tried.row);
      ruling_.keep_days =
          first ? flow.keep_days : std::min(ruling_.keep_days, flow.keep_days);
      ruling_.max_people = first
                               ? flow.max_people
                               : std::min(ruling_.max_people, flow.max_people);
      first = false;
      for (const Obligation& each : flow.obligations) {
        ruling_.obligations.Add(each);
      }
    }
    ruling_.verdict =
        granted == ruling_.items.size() ? Verdict::kShare : Verdict::kSharePart;
  }

  const ActiveSet& set_;
  const Tables& tables_;
  const Question& q_;
  const bool at_source_;
  Ruling& ruling_;
};

Question LookUp(const ActiveSet& set, const Ask& ask) {
  const Tables& tables = set.tables();
  Question q;
  q.any_agreement = ask.agreement.empty();
  if (!q.any_agreement) q.agreement = tables.FindAgreement(ask.agreement);
  q.flow = ask.flow;
  q.from = tables.Find(ask.from);
  q.to = tables.Find(ask.to);
  q.role = tables.Find(ask.role);
  q.purpose = ask.purpose;
  q.mode = ask.mode;
  for (uint32_t i = 0; i < ask.items.size(); ++i) {
    const NameId name = tables.Find(ask.items[i]);
    // An item asked for twice is answered once.
    const bool twice =
        std::any_of(q.items.begin(), q.items.end(), [&](const auto& each) {
          return name != kNoName ? each.name == name
                                 : ask.items[each.asked] == ask.items[i];
        });
    if (!twice) q.items.push_back({name, i, ask.GrainOf(i)});
  }
  q.facts = &ask.facts;
  q.people = ask.people;
  q.requests_today = ask.requests_today;
  q.day = DayNumber(ask.today);
  if (ask.nation) q.nation = *ask.nation;
  return q;
}

}  // namespace

int FlowRuling::Failures() const {
  return absl::popcount(not_met) + absl::popcount(not_known) + over_people +
         over_day + (cannot != 0);
}

Ruling Rule(const ActiveSet& set, const Question& question, Deciding deciding) {
  Ruling ruling;
  Judging(set, question, deciding, ruling).Run();
  return ruling;
}

Ruling Rule(const ActiveSet& set, const Ask& ask, Deciding deciding) {
  return Rule(set, LookUp(set, ask), deciding);
}

}  // namespace kinstile::policy
