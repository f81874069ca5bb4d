// SPDX-License-Identifier: Apache-2.0
// What is kept in the words of the schema (reasons, decision forms), said for
// people: for the screen only, never for what is kept or signed.
#ifndef KINSTILE_POLICY_PLAIN_WORDS_H_
#define KINSTILE_POLICY_PLAIN_WORDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "policy/law.h"

namespace kinstile::policy {

// Each word of the schema as people say it, with the word itself behind it in
// brackets: "not known: there is an open case [CASE_IS_OPEN] (rule fs-jcp)".
// What is no such word stays as it is, and so does what is in brackets already.
std::string PlainWords(const Catalogue& catalogue, absl::string_view text);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_PLAIN_WORDS_H_
