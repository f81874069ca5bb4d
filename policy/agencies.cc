// SPDX-License-Identifier: Apache-2.0
// Looking agencies up, and on whom an obligation falls.

#include "policy/agencies.h"

#include <algorithm>

namespace kinstile::policy {

const Agency* Agencies::Find(absl::string_view id) const {
  const auto found =
      std::lower_bound(agency.begin(), agency.end(), id,
                       [](const Agency& each, absl::string_view wanted) {
                         return each.id < wanted;
                       });
  return found != agency.end() && found->id == id ? &*found : nullptr;
}

bool FallsOnSender(ObligationKind kind) {
  return kind == ObligationKind::kRecordDecision ||
         kind == ObligationKind::kSuppressCountsBelow ||
         kind == ObligationKind::kRoundCountsTo;
}

bool FallsOnReceiver(ObligationKind kind) {
  return kind != ObligationKind::kSuppressCountsBelow &&
         kind != ObligationKind::kRoundCountsTo;
}

uint32_t CannotCarryOut(uint32_t kinds, const ObligationKinds& sender,
                        const ObligationKinds& receiver) {
  uint32_t cannot = 0;
  for (unsigned n = 0; n < 32; ++n) {
    const uint32_t bit = uint32_t{1} << n;
    if (!(kinds & bit)) continue;
    const auto kind = static_cast<ObligationKind>(n);
    if ((FallsOnSender(kind) && !(sender.bits() & bit)) ||
        (FallsOnReceiver(kind) && !(receiver.bits() & bit))) {
      cannot |= bit;
    }
  }
  return cannot;
}

}  // namespace kinstile::policy
