// SPDX-License-Identifier: Apache-2.0
// Unicode text to the letters and digits that normalisation compares.
#ifndef KINSTILE_ADAPTERS_IDENTITY_TEXT_H_
#define KINSTILE_ADAPTERS_IDENTITY_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace kinstile::identity {

// SPEC.md, section 2. These and the functions of names.h, dates.h, places.h
// and numbers.h are the inside of Normalise: they work on plain strings, which
// it puts into Pii as soon as they are made. Pure. UTF-8 in; ill-formed parts
// count as U+FFFD.

// Whether the bytes are well-formed UTF-8 (RFC 3629) without NUL.
bool IsText(absl::string_view bytes);

// A-Z and blanks only: upper case, special letters mapped, compatibility
// decomposed, marks and apostrophes dropped, all else a blank.
std::string FoldLetters(absl::string_view text);

// FoldLetters without the blanks.
std::string Letters(absl::string_view text);

// Upper case; letters and numbers of any script kept, everything else dropped.
std::string Alnum(absl::string_view text);

// The words of the upper-cased text: runs of letters and numbers.
std::vector<std::string> AlnumWords(absl::string_view text);

// Whether a word has a digit of any script.
bool HasDigit(absl::string_view word);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_TEXT_H_
