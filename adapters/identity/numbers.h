// SPDX-License-Identifier: Apache-2.0
// NHS number, National Insurance number, UPRN: form and check digit.
#ifndef KINSTILE_ADAPTERS_IDENTITY_NUMBERS_H_
#define KINSTILE_ADAPTERS_IDENTITY_NUMBERS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace kinstile::identity {

// A number in its normal form, or what is wrong with it. Both empty: missing.
struct CheckedNumber {
  std::string value;
  std::string problem;
};

// SPEC.md, section 6.
// Ten digits, mod-11 check digit; ten equal digits are refused.
CheckedNumber CheckNhsNumber(absl::string_view text);
// Two letters, six digits, then A to D or nothing; the normal form is the
// first eight characters, because the suffix tells no two people apart.
CheckedNumber CheckNino(absl::string_view text);
// One to twelve digits; the normal form has no leading zeros.
CheckedNumber CheckUprn(absl::string_view text);

// The check digit that nine digits call for; 10 when no number starts so.
int NhsCheckDigit(absl::string_view nine_digits);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_NUMBERS_H_
