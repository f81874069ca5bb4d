// SPDX-License-Identifier: Apache-2.0
// From candidates to grades: who of the other register is this person?
#ifndef KINSTILE_GATEWAY_LINKAGE_LINKAGE_H_
#define KINSTILE_GATEWAY_LINKAGE_LINKAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gateway/base/ids.h"

namespace kinstile::linkage {

// First scoring, by keys alone. The comparison of fields (score.h) replaces it
// on the same types once both sides of a match speak it.

enum class Grade {
  kNoMatch,   // nobody, or nobody that we may say
  kPossible,  // for a reviewer; the requester is told what kNoMatch is told
  kMatch,     // unique, on enough evidence, against nothing
};
absl::string_view GradeName(Grade grade);  // "NO_MATCH", "POSSIBLE", "MATCH"

// More candidates than this for one member is no answer: NO_MATCH, "too many".
inline constexpr size_t kMaxCandidates = 100;

// One record that shares a token with a query member (see index::Candidate).
struct CandidateEvidence {
  Handle handle;
  FamilyHandle family;
  std::vector<KeyId> agreed;
  std::vector<KeyId> conflicting;
};

struct MemberCandidates {
  std::vector<CandidateEvidence> candidates;
  std::vector<KeyId> too_many;  // keys that were too common to use
};

struct MemberLink {
  Grade grade = Grade::kNoMatch;
  // The record, for MATCH always, for POSSIBLE when one is best alone.
  std::optional<Handle> handle;
  std::optional<FamilyHandle> family;
  // For the audit: key names and rule names, never a value. E.g. "A1",
  // "vetoed by S1-nhs-number", "ambiguous: 2 candidates", "too many: C1",
  // "identifier alone", "weak keys alone", "claimed by 2 members".
  std::vector<std::string> why;
};

struct FamilyLink {
  std::vector<MemberLink> members;  // one per query member, in order
  // Families of the matched records, ascending, each once: a child with two
  // homes, or a query that spans two of the source's families, gives several.
  std::vector<FamilyHandle> families;
};

// The rules, in this order. Precision beats recall.
// 1. A pair with a conflict of identifiers is nobody, whatever agrees.
// 2. A pair's level: MATCH with a strong key, or with an identifier and a weak
//    key; POSSIBLE with an identifier alone (it may be somebody else's number)
//    or with weak keys alone.
// 3. Among a member's candidates of the best level one wins alone, or by
//    strictly more agreeing identifiers. Otherwise the member is POSSIBLE
//    ("ambiguous: n candidates") without a handle.
// 4. Person to person is one to one. A record that several members would be is
//    kept by the one with strictly more agreeing identifiers; the others (or
//    all) drop to POSSIBLE ("claimed by n members"), without a handle.
// 5. Families are many to many: no member's grade depends on another's family.
//
// Pure and deterministic; the order of candidates, keys and members changes
// nothing but the order of the answer. Unknown key ids are ignored.
FamilyLink Link(absl::Span<const MemberCandidates> members);

}  // namespace kinstile::linkage

#endif  // KINSTILE_GATEWAY_LINKAGE_LINKAGE_H_
