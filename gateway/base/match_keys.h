// SPDX-License-Identifier: Apache-2.0
// The public table of match-keys: which ids exist and how strong each is.
#ifndef KINSTILE_GATEWAY_BASE_MATCH_KEYS_H_
#define KINSTILE_GATEWAY_BASE_MATCH_KEYS_H_

#include <array>

#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"

namespace kinstile {

// Version of normalisation and key derivation (adapters/identity). Both sides
// of a match use the same one; every handshake refuses another.
inline constexpr uint32_t kIdentitySpecVersion = 2;

// How much an agreement on one key says by itself.
enum class KeyTier {
  kIdentifier,  // with any other key enough for MATCH (alone it may be somebody
                // else's number); a conflict is a veto
  kStrong,      // tier A: enough for MATCH when unique
  kWeak,        // tier B: a candidate, at most POSSIBLE
};

struct MatchKeyInfo {
  KeyId id;
  absl::string_view name;  // as the specification and the audit call it
  KeyTier tier;
};

// At most ten (each is one OPRF evaluation, and one frequency to attack). What
// each is made of, and how it was chosen: adapters/identity/SPEC.md, section 7.
// Never reorder: an id is stored beside its token.
inline constexpr std::array<MatchKeyInfo, 10> kMatchKeys = {{
    {0, "S1-nhs-number", KeyTier::kIdentifier},
    {1, "S2-nino", KeyTier::kIdentifier},
    {2, "S3-identifier", KeyTier::kIdentifier},
    {3, "A1", KeyTier::kStrong},
    {4, "A2", KeyTier::kStrong},
    {5, "A3", KeyTier::kStrong},
    {6, "A4", KeyTier::kStrong},
    {7, "B1", KeyTier::kWeak},
    {8, "B2", KeyTier::kWeak},
    {9, "B3", KeyTier::kWeak},
}};

// The table entry, or nullptr for an unknown id.
constexpr const MatchKeyInfo* FindMatchKey(KeyId id) {
  return id < kMatchKeys.size() ? &kMatchKeys[id] : nullptr;
}

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_MATCH_KEYS_H_
