// SPDX-License-Identifier: Apache-2.0
// Any party stops its own flows alone and at once; nobody stops another's.
#ifndef KINSTILE_POLICY_SUSPENSION_H_
#define KINSTILE_POLICY_SUSPENSION_H_

#include <memory>
#include <string>
#include <vector>

#include "policy/active_set.h"

namespace kinstile::policy {

struct Suspension {
  std::string party;
  std::string agreement;
  std::vector<std::string> flows;  // empty: every flow of the agreement
  bool resume = false;             // takes a suspension of the party back
};

// The set with every flow suspended that one of its two parties has suspended:
// of each party's statements about a flow, in the order given, the last counts.
// A party's word about flows that it is not in counts for nothing, so nobody
// can suspend, or resume, between two others. A statement that fits nothing
// changes nothing now: the agreement may come back into force, and then it
// holds. The digest stays that of the files.
std::shared_ptr<const ActiveSet> Suspend(
    std::shared_ptr<const ActiveSet> set,
    const std::vector<Suspension>& statements);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_SUSPENSION_H_
