// SPDX-License-Identifier: Apache-2.0
// Every sentence in which the engine explains itself.

#include "policy/words.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/conditions.h"

namespace kinstile::policy {
namespace {

bool HasKind(uint64_t mask, ConditionKind kind) {
  return mask >> static_cast<unsigned>(kind) & 1;
}

void AppendLimits(const Flow& flow, const FlowRuling& tried,
                  std::vector<std::string>* parts) {
  if (tried.over_people) {
    parts->push_back(absl::StrCat("more than ", flow.max_people,
                                  " people asked about (rule ", flow.id, ")"));
  }
  if (tried.over_day) {
    parts->push_back(absl::StrCat("more than ", *flow.max_requests_per_day,
                                  " requests today (rule ", flow.id, ")"));
  }
  for (const Obligation& each : flow.obligations) {
    if (!(tried.cannot >> static_cast<unsigned>(each.kind) & 1)) continue;
    parts->push_back(absl::StrCat("the sender cannot carry out ",
                                  Name(each.kind), " (rule ", flow.id, ")"));
  }
}

// What the source found is between the source and its record.
bool AskerMayRead(const Condition& condition) {
  return !condition.decided_by_source && !TellsAboutPerson(condition.kind);
}

std::string FromTo(const Ask& ask) {
  return absl::StrCat("from ", ask.from, " to ", ask.to);
}

std::string NoPair(const ActiveSet& set, const Ask& ask, const Ruling& miss) {
  std::string words =
      absl::StrCat("no rule allows anything ", FromTo(ask),
                   ": no signed agreement cites a legal gateway for it");
  if (miss.nearest == nullptr) return words;
  const Flow& flow = set.FlowOf(*miss.nearest);
  absl::StrAppend(&words, "; the nearest is rule ", flow.id, " from ",
                  flow.from, " to ", flow.to, " for ", Name(ask.purpose));
  return words;
}

}  // namespace

std::string MissWords(const ActiveSet& set, const Ask& ask,
                      const Ruling& miss) {
  const Flow* flow = miss.nearest ? &set.FlowOf(*miss.nearest) : nullptr;
  const Agreement* agreement =
      miss.agreement == kNoName ? nullptr : &set.agreements()[miss.agreement];
  switch (miss.fit) {
    case Fit::kFits:
      break;
    case Fit::kNobodyOrNothing:
      return "the ask names no people or no items";
    case Fit::kSeveralAgreements:
      return "several agreements could apply: name one";
    case Fit::kUnknownAgreement:
      return "no such agreement is in force";
    case Fit::kUnknownRule:
      return absl::StrCat("no such rule ", FromTo(ask));
    case Fit::kNoPair:
      return NoPair(set, ask, miss);
    case Fit::kForbidden:
      return absl::StrCat(NeverWords(agreement->prohibitions[miss.never]),
                          "; and no rule allows purpose ", Name(ask.purpose),
                          " ", FromTo(ask));
    case Fit::kNoPurpose:
      return absl::StrCat("no rule allows purpose ", Name(ask.purpose), " ",
                          FromTo(ask), "; the nearest is rule ", flow->id,
                          " for ", Name(flow->purposes[0]));
    case Fit::kNoMode:
      return absl::StrCat("no rule allows mode ", Name(ask.mode),
                          " for purpose ", Name(ask.purpose), " ", FromTo(ask),
                          "; the nearest is rule ", flow->id, " in mode ",
                          Name(flow->mode));
    case Fit::kNoRole:
      return absl::StrCat("rule ", flow->id, " is for role ",
                          absl::StrJoin(flow->roles, " or "),
                          ", not for the role given");
    case Fit::kNoNation:
      return absl::StrCat("agreement ", agreement->id, " does not extend to ",
                          Name(*ask.nation));
    case Fit::kNotYet:
      return absl::StrCat("agreement ", agreement->id, " starts ",
                          absl::FormatCivilTime(agreement->effective_from));
    case Fit::kSuspended:
      return absl::StrCat("rule ", flow->id, " is suspended by ",
                          flow->suspended_by);
    case Fit::kEnded:
      return absl::StrCat("agreement ", agreement->id, " ended ",
                          absl::FormatCivilTime(agreement->expires));
  }
  return "";
}

Layer MissLayer(const ActiveSet& set, const Ruling& miss) {
  switch (miss.fit) {
    case Fit::kForbidden:
      return set.agreements()[miss.agreement].prohibitions[miss.never].layer;
    case Fit::kNoPair:
    case Fit::kNoPurpose:
    case Fit::kNoNation:
      return Layer::kPower;
    default:
      return Layer::kAgreement;
  }
}

std::string NeverWords(const Prohibition& never) {
  return absl::StrCat("forbidden by ", never.id, " (", Name(never.layer),
                      "): ", never.plain);
}

Layer FailedLayer(const ActiveSet& set, const FlowRuling& tried) {
  Layer layer = tried.over_people || tried.over_day || tried.cannot != 0
                    ? Layer::kAgreement
                    : Layer::kCondition;
  for (const Condition& each : set.FlowOf(*tried.row).conditions) {
    if (HasKind(tried.not_met | tried.not_known, each.kind)) {
      layer = std::min(layer, each.layer);
    }
  }
  return layer;
}

std::string RecordReason(const ActiveSet& set, const FlowRuling& tried) {
  const Flow& flow = set.FlowOf(*tried.row);
  std::vector<std::string> parts;
  for (const Condition& each : flow.conditions) {
    if (!HasKind(tried.not_met, each.kind)) continue;
    parts.push_back(
        absl::StrCat(Name(each.kind), " is not met (rule ", flow.id, ")"));
  }
  for (const Condition& each : flow.conditions) {
    if (!HasKind(tried.not_known, each.kind)) continue;
    parts.push_back(
        absl::StrCat("not known: ", Name(each.kind), " (rule ", flow.id, ")"));
  }
  AppendLimits(flow, tried, &parts);
  return absl::StrJoin(parts, "; ");
}

std::string AskerReason(const ActiveSet& set, const FlowRuling& tried) {
  const Flow& flow = set.FlowOf(*tried.row);
  std::vector<std::string> parts;
  bool personal = false;
  for (const Condition& each : flow.conditions) {
    if (!HasKind(tried.not_met | tried.not_known, each.kind)) continue;
    if (AskerMayRead(each)) {
      parts.push_back(absl::StrCat("not shown: ", Name(each.kind), " (rule ",
                                   flow.id, ")"));
    } else {
      personal = true;
    }
  }
  if (personal) {
    parts.push_back(
        absl::StrCat("rule ", flow.id, " has a condition that was not shown"));
  }
  AppendLimits(flow, tried, &parts);
  return absl::StrJoin(parts, "; ");
}

void ListMissing(const ActiveSet& set, const FlowRuling& tried,
                 std::vector<ConditionKind>* all,
                 std::vector<ConditionKind>* for_asker) {
  for (const Condition& each : set.FlowOf(*tried.row).conditions) {
    if (!HasKind(tried.not_met | tried.not_known, each.kind)) continue;
    all->push_back(each.kind);
    if (AskerMayRead(each)) for_asker->push_back(each.kind);
  }
}

}  // namespace kinstile::policy
