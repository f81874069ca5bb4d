// SPDX-License-Identifier: Apache-2.0
// Stages 2 to 4: compare the candidates of a family, and judge it as a whole.
#ifndef KINSTILE_GATEWAY_LINKAGE_SCORE_H_
#define KINSTILE_GATEWAY_LINKAGE_SCORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/base/field_tokens.h"
#include "gateway/base/ids.h"
#include "gateway/linkage/compare.h"
#include "gateway/linkage/linkage.h"
#include "gateway/linkage/weights.h"

namespace kinstile::linkage {

// Families of more members than this (hostels, refuges) are no household: only
// the records that a key found are compared.
inline constexpr size_t kMaxHousehold = 12;

// A record of the register asked: found by a key, or of such a one's family.
struct CandidateRecord {
  Handle handle;
  FamilyHandle family;
  // Records of the family in the register, whether or not they are here: all of
  // them are up to kMaxHousehold.
  uint32_t family_size = 1;
  FieldTokens tokens;
};

// A member and a candidate with equal match-keys.
struct Hit {
  uint32_t member = 0;
  uint32_t candidate = 0;  // place in Problem::candidates
  std::vector<KeyId> keys;
};

// One family asked about, against one register.
struct Problem {
  std::vector<FieldTokens> members;
  std::vector<CandidateRecord> candidates;  // every record once
  std::vector<Hit> hits;                    // every pair once
  // By member: keys that were too common to use.
  std::vector<std::vector<KeyId>> too_many;
  uint64_t register_records = 1;
  uint64_t register_families = 1;
};

// A pair that is compared: a hit, or of two families with a plausible hit.
struct ComparedPair {
  uint32_t member = 0;
  uint32_t candidate = 0;
  const Hit* hit = nullptr;  // unless it was found by its family alone
  Levels levels;
};

// Stage 2, every pair once, ordered by member and candidate. Members with more
// than kMaxCandidates hits have none.
std::vector<ComparedPair> ComparePairs(const Problem& problem,
                                       const Model& model);

// Stages 2 to 4.
// 1. Pairs of two families with a plausible hit (log2 of its odds above -12)
//    are all compared: members that no key finds are found by their family.
// 2. Each pair of families is judged as a whole (assignment.h).
// 3. Candidates in other families count against each other: a person has one
//    record. So twins and namesakes stay below one half.
// 4. MATCH at the weights' threshold, best first, one to one; then POSSIBLE.
//    A veto (two different verified identifiers) is nobody. Two complete birth
//    dates without one equal part (a father and son of one name), or an
//    identifier that agrees against names and birth date (somebody else's
//    number), or 1 January (often made up) without an address in common, are
//    POSSIBLE at most; so are other forenames where Weights::strict_names says.
// 5. Families are many to many: no member's grade depends on which of the
//    source's families another member is in.
//
// A member's `why` names keys, comparisons and rules, never a value: "key B3",
// "forename exact", "found by family", "vetoed: verified identifiers differ",
// "capped: ...", "ambiguous: 2 candidates", "too many: C1". A POSSIBLE has a
// handle when one candidate is best.
//
// Pure and deterministic; the order of candidates and hits changes nothing.
FamilyLink Link(const Problem& problem, const Model& model);

}  // namespace kinstile::linkage

#endif  // KINSTILE_GATEWAY_LINKAGE_SCORE_H_
