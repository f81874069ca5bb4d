// SPDX-License-Identifier: Apache-2.0
// A ruling in words: for the asker, who learns nothing about a person, and
// for the record, which has the whole truth.
#ifndef KINSTILE_POLICY_WORDS_H_
#define KINSTILE_POLICY_WORDS_H_

#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "policy/engine.h"
#include "policy/ruling.h"

namespace kinstile::policy {

// Text in pieces, to be read one after the other. They point into the set and
// the ask, and must not outlive them; up to 32 are kept without allocating.
using Pieces = absl::InlinedVector<absl::string_view, 32>;
std::string Joined(const Pieces& pieces);

// Why one item is granted or withheld. `rule` and `layer` as in WithheldItem;
// of a granted item `for_record` is the basis that it is granted on.
struct Told {
  absl::string_view rule;
  Layer layer = Layer::kAgreement;
  Pieces for_record;
  Pieces for_asker;
};

// The words about one item of a ruling that fits, without allocating for a
// flow of up to ten conditions. Adds to an empty `told`.
void Tell(const ActiveSet& set, const Ask& ask, const Ruling& ruling,
          const ItemRuling& item, Told* told);

// Why no flow fits; nothing in it depends on a person, so the asker reads the
// same. Not for Fit::kFits. Likewise without allocating.
void TellMiss(const ActiveSet& set, const Ask& ask, const Ruling& miss,
              Told* told);

// Appends the conditions that failed, in the order of the rule, so that false
// and not known look alike; `for_asker` holds what the asker may read.
void ListMissing(const ActiveSet& set, const FlowRuling& tried,
                 std::vector<ConditionKind>* all,
                 std::vector<ConditionKind>* for_asker);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_WORDS_H_
