// SPDX-License-Identifier: Apache-2.0
// Composite match-keys: the only things about a person that leave the adapter,
// and those only through the oblivious function.
#ifndef KINSTILE_ADAPTERS_IDENTITY_MATCH_KEYS_H_
#define KINSTILE_ADAPTERS_IDENTITY_MATCH_KEYS_H_

#include <vector>

#include "adapters/identity/person.h"
#include "gateway/base/match_keys.h"

namespace kinstile::identity {

// One input to the OPRF. `input` is the canonical encoding (gateway/base)
// labelled "kinstile/identity/2/<key name>" over the key's parts in order, so
// that equal inputs mean the same version, key and parts, and nothing else.
struct MatchKey {
  KeyId id;
  Pii<> input;
};

// The keys of kMatchKeys that this person has, in id order: at most ten. A
// missing part skips the key, it never widens it. S1 needs a verified NHS
// number. Pure. SPEC.md, section 7.
std::vector<MatchKey> MatchKeys(const Person& person);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_MATCH_KEYS_H_
