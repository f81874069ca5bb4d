// SPDX-License-Identifier: Apache-2.0
// What changes between two policies, by exhaustive comparison of what they
// allow, not of their text.
//
// Every cell (from, to, role, purpose, mode, nation, day and item) is compared.
// In a cell each rule is an alternative: conditions and caps to be shown, and
// what is released on which terms. All of these only ever ask for more, so a
// rule is covered exactly if one rule of the other policy passes at the very
// least evidence that it needs, and gives no less: no finer grain, no longer
// keeping, no fewer obligations, nobody more to pass on to, and for counts no
// less protection of small numbers.
//
// What else binds and is neither more nor less (the lawful basis, whom a rule
// is about, what kind of body a party is) makes a change MIXED, and is named.
#ifndef KINSTILE_POLICY_DIFF_H_
#define KINSTILE_POLICY_DIFF_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/engine.h"
#include "policy/tables.h"

namespace kinstile::policy {

enum class Effect : uint8_t { kSame, kNarrower, kWider, kMixed };

// "SAME", "NARROWER", "WIDER" or "MIXED".
absl::string_view Name(Effect effect);

// A rule that the other policy does not cover, and where: the witness.
struct Uncovered {
  const FlowRow* row;  // in the new policy if wider, in the old if narrower
  uint32_t item;       // place in Flow::items
  Jurisdiction nation;
  int32_t day;  // DayNumber()
};

// What changed for one sender, receiver, role, purpose, mode and item.
struct CellChange {
  Effect effect = Effect::kSame;
  std::string from;
  std::string to;
  std::string role;
  Purpose purpose;
  Mode mode;
  std::string item;
  std::vector<Uncovered> wider;
  std::vector<Uncovered> narrower;
};

struct Difference {
  Effect effect = Effect::kSame;
  std::vector<CellChange> cells;  // only those that changed
  size_t compared = 0;            // alternatives held against the other policy
  // What binds in another way than before: whole sentences.
  std::vector<std::string> besides;
};

// The result points into both policies.
Difference Compare(const ActiveSet& before, const ActiveSet& after);

// Whole sentences for people about one change.
std::vector<std::string> Sentences(const ActiveSet& before,
                                   const ActiveSet& after,
                                   const CellChange& cell);

// The ask with the least evidence on which the rule of `set` releases the item,
// and the other policy does not, or not on such easy terms.
Ask Witness(const ActiveSet& set, const CellChange& cell,
            const Uncovered& uncovered);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_DIFF_H_
