// SPDX-License-Identifier: Apache-2.0
// Each granularity, on values it can and cannot make coarse.
#include "policy/granularity.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace kinstile::policy {
namespace {

struct Row {
  Granularity granularity;
  const char* value;
  const char* expected;  // null: cannot be made so coarse
};

const Row kRows[] = {
    {Granularity::kExact, "as it is", "as it is"},
    {Granularity::kMonthOnly, "2026-05-17", "2026-05"},
    {Granularity::kMonthOnly, "2026-05", "2026-05"},
    {Granularity::kMonthOnly, "2024-02-29", "2024-02"},
    {Granularity::kMonthOnly, "2025-02-29", nullptr},
    {Granularity::kMonthOnly, "2026-13-01", nullptr},
    {Granularity::kMonthOnly, "17/05/2026", nullptr},
    {Granularity::kMonthOnly, "2026", nullptr},
    {Granularity::kMonthOnly, "", nullptr},
    {Granularity::kMonthOnly, "+026-05-17", nullptr},
    {Granularity::kYearOnly, "2026-05-17", "2026"},
    {Granularity::kYearOnly, "2026-05", "2026"},
    {Granularity::kYearOnly, "2026", "2026"},
    {Granularity::kYearOnly, "26", nullptr},
    {Granularity::kAgeBand, "2022-11-23", "0-4"},
    {Granularity::kAgeBand, "2021-11-23", "5-9"},
    {Granularity::kAgeBand, "2021-11-24", "0-4"},
    {Granularity::kAgeBand, "2010-11-24", "10-15"},
    {Granularity::kAgeBand, "2010-11-23", "16-17"},
    {Granularity::kAgeBand, "2008-11-23", "18-24"},
    {Granularity::kAgeBand, "44", "25-44"},
    {Granularity::kAgeBand, "45", "45-64"},
    {Granularity::kAgeBand, "65", "65 or over"},
    {Granularity::kAgeBand, "2027-01-01", nullptr},
    {Granularity::kAgeBand, "131", nullptr},
    {Granularity::kAgeBand, "-3", nullptr},
    {Granularity::kAgeBand, "2008-11", nullptr},
    {Granularity::kYesNo, "yes", "yes"},
    {Granularity::kYesNo, "TRUE", "yes"},
    {Granularity::kYesNo, "1", "yes"},
    {Granularity::kYesNo, "N", "no"},
    {Granularity::kYesNo, "0", "no"},
    {Granularity::kYesNo, "Universal Credit", nullptr},
    {Granularity::kYesNo, "", nullptr},
    {Granularity::kCountBand, "0", "0"},
    {Granularity::kCountBand, "2", "1-2"},
    {Granularity::kCountBand, "3", "3-5"},
    {Granularity::kCountBand, "10", "6-10"},
    {Granularity::kCountBand, "11", "11 or more"},
    {Granularity::kCountBand, "99999999999999999999", nullptr},
    {Granularity::kCountBand, "-1", nullptr},
    {Granularity::kCountBand, "3.5", nullptr},
    {Granularity::kPostcodeSector, "ZZ99 3CZ", "ZZ99 3"},
    {Granularity::kPostcodeSector, "zz993cz", "ZZ99 3"},
    {Granularity::kPostcodeSector, "Z9 3CZ", "Z9 3"},
    {Granularity::kPostcodeSector, "ZZ99", nullptr},
    {Granularity::kPostcodeSector, "ZZ99 CZ3", nullptr},
    {Granularity::kPostcodeSector, "ZZ99-3CZ", nullptr},
    {Granularity::kLsoa, "E01012345", "E01012345"},
    {Granularity::kLsoa, "E0101234", nullptr},
    {Granularity::kLsoa, "E02012345", nullptr},
    {Granularity::kPseudonym, "0042", "p(0042)"},
    {Granularity::kAggregateOnly, "5", nullptr},
};

TEST(Coarsen, MakesAValueAsCoarseAsGranted) {
  CoarsenContext context;
  context.today = absl::CivilDay(2026, 11, 23);
  context.pseudonym = [](absl::string_view v) {
    return "p(" + std::string(v) + ")";
  };
  for (const Row& row : kRows) {
    const auto got = Coarsen(row.granularity, row.value, context);
    if (row.expected != nullptr) {
      ASSERT_TRUE(got.ok()) << Name(row.granularity) << " " << row.value;
      EXPECT_EQ(*got, row.expected) << Name(row.granularity);
      continue;
    }
    ASSERT_FALSE(got.ok()) << Name(row.granularity) << " " << row.value;
    EXPECT_TRUE(absl::IsInvalidArgument(got.status()));
    EXPECT_TRUE(
        absl::StrContains(got.status().message(), Name(row.granularity)));
    // Never the value.
    if (std::string(row.value).size() > 2) {
      EXPECT_FALSE(absl::StrContains(got.status().message(), row.value));
    }
  }
}

TEST(FirstDayOf, ReadsWholeDatesAndMonths) {
  struct Row {
    const char* value;
    std::optional<absl::CivilDay> day;
  };
  for (const Row& row : {Row{"2026-05-17", absl::CivilDay(2026, 5, 17)},
                         {"2026-05", absl::CivilDay(2026, 5, 1)},
                         {"2026", {}},
                         {"2026-13-01", {}},
                         {"2025-02-29", {}},
                         {"17/05/2026", {}},
                         {"yes", {}},
                         {"", {}}})
    EXPECT_EQ(FirstDayOf(row.value), row.day) << row.value;
}

TEST(WithinLookBack, TakesAnUnknownDayForTooOld) {
  const absl::CivilDay today(2026, 11, 23);
  struct Row {
    std::optional<int64_t> limit;
    std::optional<absl::CivilDay> day;
    bool within;
  };
  for (const Row& row : {Row{30, today - 30, true},
                         {30, today - 31, false},
                         {30, today, true},
                         {30, today + 5, true},
                         {30, {}, false},
                         {{}, {}, true},
                         {{}, today - 9000, true}})
    EXPECT_EQ(WithinLookBack(row.limit, row.day, today), row.within);
}

TEST(Coarsen, ReleasesNoPseudonymWithoutAKeyedFunction) {
  EXPECT_FALSE(Coarsen(Granularity::kPseudonym, "0042", {}).ok());
}

TEST(Coarsen, IsIdempotentWhereItCanBeAppliedTwice) {
  CoarsenContext context;
  context.today = absl::CivilDay(2026, 11, 23);
  for (const Row& row : kRows) {
    if (row.expected == nullptr) continue;
    switch (row.granularity) {
      case Granularity::kMonthOnly:
      case Granularity::kYearOnly:
      case Granularity::kYesNo:
      case Granularity::kLsoa: {
        const auto again = Coarsen(row.granularity, row.expected, context);
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(*again, row.expected);
        break;
      }
      default:
        break;
    }
  }
}

}  // namespace
}  // namespace kinstile::policy
