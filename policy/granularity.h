// SPDX-License-Identifier: Apache-2.0
// The grains, and making a value as coarse as a flow grants it, which the
// source does on its side.
#ifndef KINSTILE_POLICY_GRANULARITY_H_
#define KINSTILE_POLICY_GRANULARITY_H_

#include <cstdint>
#include <functional>
#include <optional>
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

// The first day that a full date or a month can mean ("2026-05-17",
// "2026-05"); nothing for anything else.
std::optional<absl::CivilDay> FirstDayOf(absl::string_view value);

// Whether a value of that day is no older on `today` than a rule looks back.
// Unknown is not yes: with a limit, a value of no known day is too old.
bool WithinLookBack(std::optional<int64_t> look_back_days,
                    std::optional<absl::CivilDay> day, absl::CivilDay today);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_GRANULARITY_H_
