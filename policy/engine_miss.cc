// SPDX-License-Identifier: Apache-2.0
// The nearest miss, from the nearest outwards: dates, nation, role, mode,
// purpose.

#include "policy/engine_miss.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kinstile::policy {
namespace {

Refusal Refuse(Layer layer, const Agreement* agreement, const Flow* flow,
               std::string reason) {
  Refusal refusal;
  refusal.layer = layer;
  if (agreement != nullptr) refusal.agreement = agreement->id;
  if (flow != nullptr) {
    refusal.flow = flow->id;
    refusal.rule = flow->id;
  }
  refusal.reason_for_asker = reason;
  refusal.reason_for_record = std::move(reason);
  return refusal;
}

bool Has(const std::vector<Purpose>& list, Purpose purpose) {
  return std::find(list.begin(), list.end(), purpose) != list.end();
}

// How much of an ask a flow fits; more is nearer.
int Nearness(const Agreement& agreement, const Flow& flow, const Ask& ask) {
  if (!Has(flow.purposes, ask.purpose)) return 1;
  if (flow.mode != ask.mode) return 2;
  if (!flow.AllowsRole(ask.role)) return 3;
  if (ask.nation && !agreement.CoversNation(*ask.nation)) return 4;
  return agreement.InForce(ask.today) ? 6 : 5;
}

struct Nearest {
  const Agreement* agreement = nullptr;
  const Flow* flow = nullptr;
  int nearness = 0;
};

Nearest FindNearest(const ActiveSet& set, const Ask& ask) {
  Nearest best;
  for (const Agreement& agreement : set.agreements()) {
    for (const Flow& flow : agreement.flows) {
      if (flow.from != ask.from || flow.to != ask.to ||
          !InScope(agreement, flow, ask)) {
        continue;
      }
      const int nearness = Nearness(agreement, flow, ask);
      if (nearness > best.nearness) best = {&agreement, &flow, nearness};
    }
  }
  return best;
}

// A prohibition that would forbid an item even if a flow existed.
std::optional<Refusal> Forbidden(const ActiveSet& set, const Ask& ask) {
  for (uint32_t a = 0; a < set.agreements().size(); ++a) {
    const Agreement& agreement = set.agreements()[a];
    if (!ask.agreement.empty() && agreement.id != ask.agreement) continue;
    if (agreement.FindParty(ask.from) == nullptr ||
        agreement.FindParty(ask.to) == nullptr) {
      continue;
    }
    for (const std::string& item : ask.items) {
      const Prohibition* never = FindProhibition(set, a, ask, item);
      if (never == nullptr) continue;
      Refusal refusal = Refuse(
          never->layer, &agreement, nullptr,
          absl::StrCat(ProhibitionReason(*never), "; and no rule allows ",
                       "purpose ", Name(ask.purpose), " from ", ask.from,
                       " to ", ask.to));
      refusal.rule = never->id;
      return refusal;
    }
  }
  return std::nullopt;
}

Refusal Unknown(const ActiveSet& set, const Ask& ask) {
  if (!ask.agreement.empty() && set.Find(ask.agreement) == nullptr) {
    return Refuse(Layer::kAgreement, nullptr, nullptr,
                  "no such agreement is in force");
  }
  if (!ask.flow.empty()) {
    return Refuse(Layer::kAgreement, set.Find(ask.agreement), nullptr,
                  absl::StrCat("no such rule from ", ask.from, " to ", ask.to));
  }
  return Refuse(
      Layer::kPower, set.Find(ask.agreement), nullptr,
      absl::StrCat("no rule allows anything from ", ask.from, " to ", ask.to,
                   ": no signed agreement cites a legal "
                   "gateway for it"));
}

}  // namespace

const Prohibition* FindProhibition(const ActiveSet& set, uint32_t agreement,
                                   const Ask& ask, absl::string_view item) {
  for (const Prohibition& never : set.agreements()[agreement].prohibitions) {
    if (never.Covers(ask.to, ask.purpose, item,
                     set.CategoryOf(agreement, item))) {
      return &never;
    }
  }
  return nullptr;
}

std::string ProhibitionReason(const Prohibition& never) {
  return absl::StrCat("forbidden by ", never.id, " (", Name(never.layer),
                      "): ", never.plain);
}

bool InScope(const Agreement& agreement, const Flow& flow, const Ask& ask) {
  return (ask.agreement.empty() || ask.agreement == agreement.id) &&
         (ask.flow.empty() || ask.flow == flow.id);
}

Refusal NearestMiss(const ActiveSet& set, const Ask& ask) {
  const Nearest near = FindNearest(set, ask);
  if (near.nearness < 2) {
    if (std::optional<Refusal> never = Forbidden(set, ask)) return *never;
  }
  if (near.flow == nullptr) return Unknown(set, ask);
  const Agreement& agreement = *near.agreement;
  const Flow& flow = *near.flow;
  switch (near.nearness) {
    case 4:
      return Refuse(Layer::kPower, &agreement, &flow,
                    absl::StrCat("agreement ", agreement.id,
                                 " does not extend to ", Name(*ask.nation)));
    case 5:
      return Refuse(
          Layer::kAgreement, &agreement, &flow,
          ask.today > agreement.expires
              ? absl::StrCat("agreement ", agreement.id, " ended ",
                             absl::FormatCivilTime(agreement.expires))
              : absl::StrCat("agreement ", agreement.id, " starts ",
                             absl::FormatCivilTime(agreement.effective_from)));
    case 3:
      return Refuse(Layer::kAgreement, &agreement, &flow,
                    absl::StrCat("rule ", flow.id, " is for role ",
                                 absl::StrJoin(flow.roles, " or "),
                                 ", not for the role given"));
    case 2:
      return Refuse(
          Layer::kAgreement, &agreement, &flow,
          absl::StrCat("no rule allows mode ", Name(ask.mode), " for purpose ",
                       Name(ask.purpose), " from ", ask.from, " to ", ask.to,
                       "; the nearest is rule ", flow.id, " in mode ",
                       Name(flow.mode)));
    default:
      return Refuse(
          Layer::kPower, &agreement, &flow,
          absl::StrCat("no rule allows purpose ", Name(ask.purpose), " from ",
                       ask.from, " to ", ask.to, "; the nearest is rule ",
                       flow.id, " for ", Name(flow.purposes[0])));
  }
}

}  // namespace kinstile::policy
