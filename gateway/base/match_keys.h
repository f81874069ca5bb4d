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

// What a key is made of. None is enough for a MATCH: keys only find candidates,
// and the comparison of stage 2 decides.
enum class KeyTier {
  kIdentifier,  // one identifier that both sides lawfully hold
  kName,        // led by names and birth date: finds people who moved
  kAddress,     // led by the address: finds people whose names are badly kept
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
    {3, "D1", KeyTier::kName},
    {4, "B3", KeyTier::kName},
    {5, "C1", KeyTier::kName},
    {6, "D2", KeyTier::kAddress},
    {7, "C10", KeyTier::kAddress},
    {8, "C17", KeyTier::kAddress},
    {9, "C20", KeyTier::kAddress},
}};

// The table entry, or nullptr for an unknown id.
constexpr const MatchKeyInfo* FindMatchKey(KeyId id) {
  return id < kMatchKeys.size() ? &kMatchKeys[id] : nullptr;
}

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_MATCH_KEYS_H_
