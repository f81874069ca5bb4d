// SPDX-License-Identifier: Apache-2.0
// The grains, and making a value as coarse as a flow grants it, which the
// source does on its side.
#ifndef KINSTILE_POLICY_GRANULARITY_H_
#define KINSTILE_POLICY_GRANULARITY_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

struct CoarsenContext {
  // For ages from a date of birth.
  absl::CivilDay today;
  // The source's keyed function from a value to a pseudonym. Without it no
  // pseudonym is released.
  std::function<std::string(absl::string_view)> pseudonym;
};

// The place of a grain from fine to coarse. Of two grants of one item the
// coarser is taken.
int Coarseness(Granularity granularity);

// Whether leave for `fine` is also leave for `coarse`: the coarse value can be
// made from the fine one.
bool Allows(Granularity fine, Granularity coarse);

// The value at that granularity:
//   EXACT            as it is
//   MONTH_ONLY       "2026-05" from "2026-05-17" (or "2026-05")
//   YEAR_ONLY        "2026" from a date, month or year
//   AGE_BAND         "16-17" from a date of birth, or from an age in years
//   YES_NO           "yes" or "no" from yes/no, true/false, y/n, 1/0
//   COUNT_BAND       "0", "1-2", "3-5", "6-10" or "11 or more"
//   POSTCODE_SECTOR  "ZZ99 3" from "ZZ99 3CZ"
//   LSOA             the area code itself: E01, W01 or S01 and six digits
//   PSEUDONYM        what the context makes of it
// INVALID_ARGUMENT if the value cannot be made so coarse, and always for
// AGGREGATE_ONLY: the item is then withheld. The message names the granularity,
// never the value.
absl::StatusOr<std::string> Coarsen(Granularity granularity,
                                    absl::string_view value,
                                    const CoarsenContext& context);

// Whether a value may be told under a limit on how far back it reaches: the day
// that it is, where it is a date or a month (by its last day), and else the day
// on which the source held it.
bool WithinLookBack(int64_t days, absl::string_view value,
                    absl::CivilDay held_on, absl::CivilDay today);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_GRANULARITY_H_
