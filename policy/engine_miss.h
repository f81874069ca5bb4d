// SPDX-License-Identifier: Apache-2.0
// Explains why no flow fits an ask, by the nearest that nearly did.
#ifndef KINSTILE_POLICY_ENGINE_MISS_H_
#define KINSTILE_POLICY_ENGINE_MISS_H_

#include <optional>

#include "policy/active_set.h"
#include "policy/engine.h"

namespace kinstile::policy {

// The prohibition of that agreement which covers the item, or null.
const Prohibition* FindProhibition(const ActiveSet& set, uint32_t agreement,
                                   const Ask& ask, absl::string_view item);

// The words in which a prohibition withholds an item.
std::string ProhibitionReason(const Prohibition& never);

// Whether the ask is addressed to this flow, role and dates apart.
bool InScope(const Agreement& agreement, const Flow& flow, const Ask& ask);

// For an ask that no flow fits by parties, purpose, mode, role and date.
// Nothing in it depends on a person, so the asker may read all of it.
Refusal NearestMiss(const ActiveSet& set, const Ask& ask);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ENGINE_MISS_H_
