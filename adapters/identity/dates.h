// SPDX-License-Identifier: Apache-2.0
// Birth dates as people write them, whole or in part.
#ifndef KINSTILE_ADAPTERS_IDENTITY_DATES_H_
#define KINSTILE_ADAPTERS_IDENTITY_DATES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace kinstile::identity {

// A birth date; an empty part is missing. Digits: four, two, two.
struct BirthDate {
  std::string year, month, day;
  // What is wrong, when something is; the parts are then empty, unless it is
  // a day that a month does not have ("no such day", 31 April).
  std::string problem;
};

// SPEC.md, section 4. Forms: YYYY-MM-DD, DD/MM/YYYY (with - / or .),
// YYYYMMDD, YYYY-MM, MM/YYYY, YYYY; a time after a T or a blank is ignored;
// a part of only - ? X or 0 is missing. 1 January 1900 is a placeholder:
// missing, without a problem.
BirthDate ParseBirthDate(absl::string_view text, absl::CivilDay today);

// The same from three parts, one or two digits for month and day.
BirthDate MakeBirthDate(absl::string_view year, absl::string_view month,
                        absl::string_view day, absl::CivilDay today);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_DATES_H_
