// SPDX-License-Identifier: Apache-2.0
// The decision: may these items go from this agency to that one, now?
//
// Pure: the answer depends on the arguments only. Deny by default; a
// prohibition beats every flow and is named with the layer it protects; a
// condition that is not shown refuses and is named; a flow with an obligation
// that the end on which it falls cannot carry out refuses. Each item is
// released at the granularity of one flow, the coarsest that is granted, or at
// the coarser one asked for: two flows are never merged to a finer grain. An
// emergency is an ordinary flow.
#ifndef KINSTILE_POLICY_ENGINE_H_
#define KINSTILE_POLICY_ENGINE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "policy/active_set.h"
#include "policy/facts.h"
#include "policy/permit.h"
#include "policy/ruling.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

struct Ask {
  std::string agreement;  // empty: the one that fits; several: refused
  std::string flow;       // empty: any flow that fits
  std::string from;       // the source: who would give
  std::string to;         // the requester: who would get
  std::string role;       // of the practitioner, byte for byte
  Purpose purpose;
  Mode mode;
  std::vector<std::string> items;
  // How finely each is wanted, in the order of `items`: it then comes at that
  // grain or not at all. Zero, or left out: the coarsest that is granted.
  std::vector<Granularity> grains;
  Facts facts;
  int64_t people = 1;          // about whom is asked; must be positive
  int64_t requests_today = 0;  // already made by this requester under the flow
  absl::CivilDay today;
  // Where the people asked about live. Not given: somewhere that the requester
  // works by the register of agencies; all of that must be covered.
  std::optional<Jurisdiction> nation;

  Granularity GrainOf(size_t item) const {
    return item < grains.size() ? grains[item] : Granularity{};
  }
};

// The gateway defers what only the source knows into the permit. The source
// decides everything, so for the same ask it can only narrow.
enum class Deciding { kGateway, kSource };

// The decision in numbers, with its whole explanation, and without allocating
// for up to 32 items and 8 flows that fit. Points into `set`. Safe to call
// from any thread.
Ruling Rule(const ActiveSet& set, const Ask& ask, Deciding deciding);

// The same in words. A permit grants at least one item; all others asked for
// are withheld, each with its rule and reason. Safe to call from any thread.
Decision Decide(const ActiveSet& set, const Ask& ask, Deciding deciding);

// An ask with its names looked up, for who asks one policy many questions.
struct Question {
  struct Item {
    NameId name;
    uint32_t asked;  // place in Ask::items
    Granularity grain{};
  };
  uint32_t agreement = kNoName;
  bool any_agreement = true;
  absl::string_view flow;  // as in Ask
  NameId from = kNoName;
  NameId to = kNoName;
  NameId role = kNoName;
  Purpose purpose{};
  Mode mode{};
  absl::InlinedVector<Item, 32> items;  // each name once
  const Facts* facts = nullptr;
  int64_t people = 1;
  int64_t requests_today = 0;
  int32_t day = 0;        // DayNumber()
  Jurisdiction nation{};  // zero: not asked
};
Ruling Rule(const ActiveSet& set, const Question& question, Deciding deciding);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ENGINE_H_
