// SPDX-License-Identifier: Apache-2.0
// A decision in numbers: what was decided, and all of why.
//
// Whole, but without words: the words are made from it on demand. A ruling
// points into the ActiveSet that it was made from and must not outlive it.
#ifndef KINSTILE_POLICY_RULING_H_
#define KINSTILE_POLICY_RULING_H_

#include <cstdint>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "policy/obligations.h"
#include "policy/tables.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

enum class Verdict : uint8_t { kShare, kSharePart, kRefuse };

// How near an ask came to a flow. All but kFits refuse the whole ask.
enum class Fit : uint8_t {
  kFits,
  kNobodyOrNothing,    // no people, no items, or a negative count
  kSeveralAgreements,  // one permit stands on one agreement: name one
  kUnknownAgreement,
  kUnknownRule,
  kNoPair,     // no flow between the two; may name one of another pair
  kForbidden,  // none, and a prohibition besides
  kNoPurpose,  // the flow named is the nearest
  kNoMode,
  kNoRole,
  kNoNation,
  kNotYet,
  kEnded,
  kSuspended,
};

// One flow that fits by parties, purpose, mode, role and date. Bit n of a mask
// of conditions is ConditionKind n.
struct FlowRuling {
  const FlowRow* row = nullptr;
  uint64_t not_met = 0;
  uint64_t not_known = 0;
  uint64_t deferred = 0;
  // obligations that nobody there can carry out; bit n: ObligationKind n
  uint32_t cannot = 0;
  bool over_people = false;
  bool over_day = false;
  // as the gateway sees it, which cannot judge what the source decides
  bool passes_gateway = false;
  bool used = false;  // granted an item

  bool Passes() const { return Failures() == 0; }
  int Failures() const;
};

struct ItemRuling {
  enum class Why : uint8_t {
    kGranted,     // by `flow` at `granularity`
    kForbidden,   // by `never`
    kNotShown,    // `flow` would grant it, and failed
    kTooCoarse,   // `flow` gives it at `granularity`, coarser than asked for
    kNotCovered,  // no flow that fits names it
  };
  uint32_t asked = 0;  // place in Ask::items
  Why why = Why::kNotCovered;
  Granularity granularity{};
  uint32_t flow = 0;         // place in Ruling::flows
  uint32_t never = kNoName;  // place in the agreement's prohibitions
};

struct Ruling {
  Verdict verdict = Verdict::kRefuse;
  Fit fit = Fit::kFits;
  // The agreement that it stands on or came nearest to, or kNoName.
  uint32_t agreement = kNoName;
  // For a miss: the nearest flow, and the prohibition.
  const FlowRow* nearest = nullptr;
  uint32_t never = kNoName;

  absl::InlinedVector<FlowRuling, 8> flows;
  absl::InlinedVector<ItemRuling, 32> items;  // one for each different item

  ObligationTotals obligations;  // the union over the flows used
  int64_t keep_days = 0;
  int64_t max_people = 0;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_RULING_H_
