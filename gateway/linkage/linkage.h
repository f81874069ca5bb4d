// SPDX-License-Identifier: Apache-2.0
// From candidates to grades: who of the other register is this family?
#ifndef KINSTILE_GATEWAY_LINKAGE_LINKAGE_H_
#define KINSTILE_GATEWAY_LINKAGE_LINKAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "gateway/base/field_tokens.h"
#include "gateway/base/ids.h"
#include "gateway/linkage/compare.h"
#include "gateway/linkage/weights.h"

namespace kinstile::linkage {

enum class Grade {
  kNoMatch,   // nobody, or nobody that we may say
  kPossible,  // for a reviewer; the requester is told what kNoMatch is told
  kMatch,     // unique, on enough evidence, against nothing
};
absl::string_view GradeName(Grade grade);  // "NO_MATCH", "POSSIBLE", "MATCH"

// More candidates than this for one member is no answer: NO_MATCH, "too many".
inline constexpr size_t kMaxCandidates = 100;
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

// What a reviewer has said of a member and a candidate.
struct Ruling {
  uint32_t member = 0;
  uint32_t candidate = 0;
  bool same = false;
};

// One family asked about, against one register.
struct Problem {
  std::vector<FieldTokens> members;
  std::vector<CandidateRecord> candidates;  // every record once
  std::vector<Hit> hits;                    // every pair once
  // By member: keys that were too common to use.
  std::vector<std::vector<KeyId>> too_many;
  std::vector<Ruling> rulings;  // every pair at most once
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
// The same by another comparison of a member and a candidate.
using Comparison = absl::FunctionRef<Levels(uint32_t, uint32_t)>;
std::vector<ComparedPair> ComparePairs(const Problem& problem,
                                       const Model& model, Comparison compare);

struct MemberLink {
  Grade grade = Grade::kNoMatch;
  // The record, for MATCH always, for POSSIBLE when one is best.
  std::optional<Handle> handle;
  std::optional<FamilyHandle> family;
  // For the audit: names of keys, comparisons and rules, never a value, e.g.
  // "key B3", "forename exact", "found by family", "vetoed: verified
  // identifiers differ", "capped: ...", "ambiguous: 2 candidates", "too many:
  // C1".
  std::vector<std::string> why;
};

struct FamilyLink {
  std::vector<MemberLink> members;  // one per query member, in order
  // Families of the matched records, ascending, each once: a child with two
  // homes, or a query that spans two of the source's families, gives several.
  std::vector<FamilyHandle> families;
};

// Stages 2 to 4.
// 1. Pairs of two families with a plausible hit (log2 of its odds above -12)
//    are all compared: members that no key finds are found by their family.
// 2. Each pair of families is judged as a whole (assignment.h).
// 3. Candidates in other families count against each other: a person has one
//    record. So twins and namesakes stay below one half.
// 4. MATCH at the weights' threshold, best first, one to one; then POSSIBLE.
//    A veto (two different verified identifiers) is nobody. POSSIBLE at most
//    are, unless an identifier agrees: two complete birth dates with at most
//    one equal part (a father and son of one name); names and birth dates of
//    which neither agrees, or sexes and birth dates that both differ (another
//    member of the household, or who lives there now); 1 January (often made
//    up) without an address in common; other forenames where
//    Weights::strict_names says. So is an identifier that agrees against names
//    and birth date (somebody else's number).
// 5. A reviewer's word stands above all of this, as far as one to one allows:
//    "the same" is a MATCH, whether or not anything was compared, and "not the
//    same" is nobody.
// 6. Families are many to many: no member's grade depends on which of the
//    source's families another member is in.
//
// Pure and deterministic; the order of candidates and hits changes nothing.
FamilyLink Link(const Problem& problem, const Model& model);
// Stages 3 and 4 on pairs that were compared.
FamilyLink Link(const Problem& problem, const Model& model,
                std::vector<ComparedPair> pairs);

}  // namespace kinstile::linkage

#endif  // KINSTILE_GATEWAY_LINKAGE_LINKAGE_H_
