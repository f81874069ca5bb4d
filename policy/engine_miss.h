// SPDX-License-Identifier: Apache-2.0
// Why no flow fits an ask: the nearest that nearly did.
#ifndef KINSTILE_POLICY_ENGINE_MISS_H_
#define KINSTILE_POLICY_ENGINE_MISS_H_

#include "policy/engine.h"

namespace kinstile::policy::internal {

// Whether the ask is addressed to this flow, role and dates apart.
bool InScope(const ActiveSet& set, const FlowRow& row, const Question& q);

// For an ask that no flow fits by parties, purpose, mode, role and date.
// Into an empty `ruling`. Nothing in it depends on a person.
void NearestMiss(const ActiveSet& set, const Question& q, Ruling& ruling);

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_ENGINE_MISS_H_
