// SPDX-License-Identifier: Apache-2.0
// A person as the comparison of stage 2 sees them: tokens under one query's
// key.
#ifndef KINSTILE_ADAPTERS_IDENTITY_FIELD_TOKENS_H_
#define KINSTILE_ADAPTERS_IDENTITY_FIELD_TOKENS_H_

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "adapters/identity/person.h"
#include "gateway/base/field_tokens.h"
#include "gateway/crypto/hash.h"

namespace kinstile::identity {

// A pseudorandom function of a kind and a value; never 0. Values of one kind
// are compared with each other: a surname with a middle name, for instance.
using TokenFunction = absl::FunctionRef<FieldToken(absl::string_view kind,
                                                   absl::string_view value)>;

// SPEC.md, section 8. Near sets are filled up with tokens that meet nothing, so
// that their size says little of a name's length; `record` makes those of one
// record differ from any other's in the same query ("left 0", a handle).
FieldTokens TokensOf(const Person& person, TokenFunction token,
                     absl::string_view record);

// With HMAC-SHA-256 under the comparison key: bytes 0 to 7, big-endian, of the
// tag of the value under "kinstile/identity/2/field/KIND".
FieldTokens TokensOf(const Person& person, const crypto::KeyedHmacSha256& key,
                     absl::string_view record);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_FIELD_TOKENS_H_
