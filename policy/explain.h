// SPDX-License-Identifier: Apache-2.0
// A decision explained to an officer, who may read everything; never to an
// asker.
#ifndef KINSTILE_POLICY_EXPLAIN_H_
#define KINSTILE_POLICY_EXPLAIN_H_

#include <string>
#include <vector>

#include "policy/access.h"
#include "policy/engine.h"

namespace kinstile::policy {

// The whole decision: what is released and how finely, what is withheld and
// by which rule and layer, the four legal layers of each rule used, what the
// receiver must do, what the source has still to decide. Lines of text.
std::string Explain(const ActiveSet& set, const Ask& ask, Deciding deciding);

// What stands between the ask and a full share, and what would change it: one
// sentence for each item or for the whole ask. "If ... were shown, ... would
// be released" has been tried out. Empty if everything is shared.
std::vector<std::string> WhyNot(const ActiveSet& set, const Ask& ask,
                                Deciding deciding);

// One sentence about a row of WhoCanSee.
std::string AccessSentence(const ActiveSet& set, const Access& access);

// A fact that only just meets a condition.
Fact LeastFact(const Condition& condition);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_EXPLAIN_H_
