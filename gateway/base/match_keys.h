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
inline constexpr uint32_t kIdentitySpecVersion = 1;

// How much an agreement on one key says by itself.
enum class KeyTier {
  kIdentifier,  // a verified identifier alone: agreement is strong, conflict a
                // veto
  kStrong,      // tier A: enough for MATCH when unique
  kWeak,        // tier B: a candidate, at most POSSIBLE
};

struct MatchKeyInfo {
  KeyId id;
  absl::string_view name;  // as linkage/SPEC and the audit call it
  KeyTier tier;
};

// At most ten (each is one OPRF evaluation, and one frequency to attack). What
// each is made of: adapters/identity/match_keys.cc.
inline constexpr std::array<MatchKeyInfo, 10> kMatchKeys = {{
    {0, "S1-nhs-number", KeyTier::kIdentifier},
    {1, "S2-nino", KeyTier::kIdentifier},
    {2, "A1", KeyTier::kStrong},
    {3, "A2", KeyTier::kStrong},
    {4, "A3", KeyTier::kStrong},
    {5, "A4", KeyTier::kStrong},
    {6, "A6", KeyTier::kStrong},
    {7, "A7", KeyTier::kStrong},
    {8, "B3", KeyTier::kWeak},
    {9, "C1", KeyTier::kWeak},
}};

// The table entry, or nullptr for an unknown id.
constexpr const MatchKeyInfo* FindMatchKey(KeyId id) {
  return id < kMatchKeys.size() ? &kMatchKeys[id] : nullptr;
}

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_MATCH_KEYS_H_
