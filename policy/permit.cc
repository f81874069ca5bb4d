// SPDX-License-Identifier: Apache-2.0
// Look-up in a permit.

#include "policy/permit.h"

namespace kinstile::policy {

const GrantedItem* Permit::Find(absl::string_view item) const {
  for (const GrantedItem& each : terms_.granted) {
    if (each.item == item) return &each;
  }
  return nullptr;
}

}  // namespace kinstile::policy
