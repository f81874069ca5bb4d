// SPDX-License-Identifier: Apache-2.0
// One flow held against one ask: does it pass, and in which words does it not?
#ifndef KINSTILE_POLICY_ENGINE_FLOW_H_
#define KINSTILE_POLICY_ENGINE_FLOW_H_

#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "policy/active_set.h"
#include "policy/engine.h"

namespace kinstile::policy {

// A flow that fits by parties, purpose, mode, role and date, and whether it
// passes.
struct Tried {
  const Flow* flow = nullptr;
  bool over_people = false;
  bool over_day = false;
  absl::InlinedVector<const Condition*, 4> not_met;
  absl::InlinedVector<const Condition*, 4> not_known;
  absl::InlinedVector<const Condition*, 4> deferred;

  size_t of_source = 0;  // failures of conditions that the source decides

  size_t Failures() const {
    return not_met.size() + not_known.size() + over_people + over_day;
  }
  // As the gateway, which cannot judge them, sees it.
  bool PassesGateway() const { return Failures() == of_source; }
};

// Judges caps and conditions; the flow must fit the ask otherwise.
Tried Try(const Flow& flow, const Ask& ask, bool at_source);

// What follows is for a flow that did not pass.

// The most fundamental layer that failed.
Layer FailedLayer(const Tried& tried);

// The whole truth, for the record only.
std::string RecordReason(const Tried& tried);

// For the asker: the same text whether a fact is false or not known, and no
// word on which personal fact or on anything that the source decides.
std::string AskerReason(const Tried& tried);

// Appends the conditions that failed, in the order of the rule, so that false
// and not known look alike; `for_asker` holds what the asker may read.
void ListMissing(const Tried& tried, std::vector<ConditionKind>* all,
                 std::vector<ConditionKind>* for_asker);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ENGINE_FLOW_H_
