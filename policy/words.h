// SPDX-License-Identifier: Apache-2.0
// A ruling in words: for the asker, who learns nothing about a person, and
// for the record, which has the whole truth.
#ifndef KINSTILE_POLICY_WORDS_H_
#define KINSTILE_POLICY_WORDS_H_

#include <string>
#include <vector>

#include "policy/engine.h"
#include "policy/ruling.h"

namespace kinstile::policy {

// Why no flow fits; nothing in it depends on a person. Not for Fit::kFits.
std::string MissWords(const ActiveSet& set, const Ask& ask, const Ruling& miss);
// The layer that a miss fails in.
Layer MissLayer(const ActiveSet& set, const Ruling& miss);

// The words in which a prohibition withholds an item.
std::string NeverWords(const Prohibition& never);

// What follows is for a flow that did not pass.

// The most fundamental layer that failed.
Layer FailedLayer(const ActiveSet& set, const FlowRuling& tried);

// The whole truth, for the record only.
std::string RecordReason(const ActiveSet& set, const FlowRuling& tried);

// For the asker: the same text whether a fact is false or not known, and no
// word on which personal fact or on anything that the source decides.
std::string AskerReason(const ActiveSet& set, const FlowRuling& tried);

// Appends the conditions that failed, in the order of the rule, so that false
// and not known look alike; `for_asker` holds what the asker may read.
void ListMissing(const ActiveSet& set, const FlowRuling& tried,
                 std::vector<ConditionKind>* all,
                 std::vector<ConditionKind>* for_asker);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_WORDS_H_
