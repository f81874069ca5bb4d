// SPDX-License-Identifier: Apache-2.0
// A flow's cap on requests a day: counted where the decision is taken, at the
// gateway and again at the source.
#ifndef KINSTILE_GATEWAY_SHARE_CAPS_H_
#define KINSTILE_GATEWAY_SHARE_CAPS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gateway/share/daily_use.h"
#include "policy/engine.h"

namespace kinstile::share {

// The decision that can be taken before anybody is looked at. Takes one use of
// the day, in memory, of each flow that grants; a flow that is used up grants
// nothing, and `question.requests_today` says why.
policy::Decision DecideWithinCaps(const policy::ActiveSet& set,
                                  DailyUse& daily_use,
                                  const AgencyId& requester, absl::Time now,
                                  policy::Ask& question);

// What DailyUse::Keep is to count for the permit.
std::vector<std::string> UsesOf(const policy::Permit& permit);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_CAPS_H_
