// SPDX-License-Identifier: Apache-2.0
// Names: the words that count, and how a name sounds.
#ifndef KINSTILE_ADAPTERS_IDENTITY_NAMES_H_
#define KINSTILE_ADAPTERS_IDENTITY_NAMES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace kinstile::identity {

// The words of a name, A-Z, without titles, suffixes and placeholders (BABY,
// TWIN ONE, UNKNOWN ...): none when the whole name is a placeholder. SPEC.md,
// section 3.
std::vector<std::string> NameParts(absl::string_view text);

// American Soundex of an A-Z word: H and W do not separate equal codes, vowels
// do. Empty for an empty word.
std::string Soundex(absl::string_view word);

// The first or last `n` letters, or the whole word when it is shorter.
std::string FirstLetters(absl::string_view word, size_t n);
std::string LastLetters(absl::string_view word, size_t n);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_NAMES_H_
