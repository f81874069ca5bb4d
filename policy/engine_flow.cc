// SPDX-License-Identifier: Apache-2.0
// Judges one flow, and explains it to the asker and to the record.

#include "policy/engine_flow.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/conditions.h"

namespace kinstile::policy {
namespace {

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

template <class Visit>
void ForEachFailed(const Tried& tried, Visit visit) {
  for (const Condition& c : tried.flow->conditions) {
    for (const auto* list : {&tried.not_met, &tried.not_known}) {
      if (std::find(list->begin(), list->end(), &c) != list->end()) visit(c);
    }
  }
}

// What the source found is between the source and its record.
bool AskerMayRead(const Condition& condition) {
  return !condition.decided_by_source && !TellsAboutPerson(condition.kind);
}

}  // namespace

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
        tried.of_source += condition.decided_by_source;
        break;
      case Shown::kNotKnown:
        tried.not_known.push_back(&condition);
        tried.of_source += condition.decided_by_source;
        break;
      case Shown::kDeferred:
        tried.deferred.push_back(&condition);
        break;
    }
  }
  return tried;
}

Layer FailedLayer(const Tried& tried) {
  Layer layer = tried.over_people || tried.over_day ? Layer::kAgreement
                                                    : Layer::kCondition;
  for (const auto* list : {&tried.not_met, &tried.not_known}) {
    for (const Condition* c : *list) layer = std::min(layer, c->layer);
  }
  return layer;
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

std::string AskerReason(const Tried& tried) {
  std::vector<std::string> parts;
  bool personal = false;
  ForEachFailed(tried, [&](const Condition& c) {
    if (!AskerMayRead(c)) {
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

void ListMissing(const Tried& tried, std::vector<ConditionKind>* all,
                 std::vector<ConditionKind>* for_asker) {
  ForEachFailed(tried, [&](const Condition& c) {
    all->push_back(c.kind);
    if (AskerMayRead(c)) for_asker->push_back(c.kind);
  });
}

}  // namespace kinstile::policy
