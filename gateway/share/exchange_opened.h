// SPDX-License-Identifier: Apache-2.0
// A request in progress: what the steps of an exchange hand on.
#ifndef KINSTILE_GATEWAY_SHARE_EXCHANGE_OPENED_H_
#define KINSTILE_GATEWAY_SHARE_EXCHANGE_OPENED_H_

#include <algorithm>
#include <memory>
#include <vector>

#include "gateway/share/exchange.h"

namespace kinstile::share {

// Admitted, and its legs decided.
struct Exchange::Opened {
  const ShareRequest& request;
  Digest digest;
  absl::Time now;
  std::shared_ptr<const Consortium> consortium;
  std::vector<Leg> legs;

  bool AnyPermit() const {
    return std::any_of(legs.begin(), legs.end(),
                       [](const Leg& l) { return l.permit() != nullptr; });
  }
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_EXCHANGE_OPENED_H_
