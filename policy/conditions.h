// SPDX-License-Identifier: Apache-2.0
// Three-valued judgement of one condition, and what numbers mean.
#ifndef KINSTILE_POLICY_CONDITIONS_H_
#define KINSTILE_POLICY_CONDITIONS_H_

#include "policy/facts.h"
#include "policy/tables.h"

namespace kinstile::policy {

enum class Shown {
  kMet,
  kNotMet,
  kNotKnown,
  kDeferred,  // at the gateway only: the source decides
};

// A condition with a number is met by a fact with a number that reaches it:
// at least it, or for an upper bound (AGE_TO, CONSENT_RECORDED in days, and
// below it for HOUSEHOLD_HAS_CHILD_UNDER) at most it. YES without the number is
// not known.
Shown Judge(const ConditionRow& condition, const Facts& facts, bool at_source);

// Whether a number meets a limit of that kind.
bool Reaches(ConditionKind kind, int64_t limit, int64_t number);

// Whether of two numbers of an obligation the greater asks for more; for most
// kinds the smaller does.
bool MoreIsStricter(ObligationKind kind);

// Whether the mere name of the condition, and whether it is met, could tell
// the asker something about a person. Such conditions are never named to it.
bool TellsAboutPerson(ConditionKind kind);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_CONDITIONS_H_
