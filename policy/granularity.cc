// SPDX-License-Identifier: Apache-2.0
// Coarse values from exact ones. No value ever stands in an error.

#include "policy/granularity.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace kinstile::policy {
namespace {

using Text = absl::StatusOr<std::string>;

absl::Status CannotBe(Granularity granularity) {
  return absl::InvalidArgumentError(
      absl::StrCat("value cannot be released as ", Name(granularity)));
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// YYYY-MM-DD, or YYYY-MM where the day may be missing.
bool ParseDate(absl::string_view value, bool day_optional,
               absl::CivilDay* day) {
  const bool month_only = value.size() == 7;
  if (value.size() != 10 && !(day_optional && month_only)) return false;
  if (!AllDigits(value.substr(0, 4)) || value[4] != '-' ||
      !AllDigits(value.substr(5, 2))) {
    return false;
  }
  if (!month_only && (value[7] != '-' || !AllDigits(value.substr(8)))) {
    return false;
  }
  const std::string full =
      month_only ? absl::StrCat(value, "-01") : std::string(value);
  return absl::ParseCivilTime(full, day);
}

Text Month(absl::string_view value) {
  absl::CivilDay day;
  if (!ParseDate(value, true, &day)) return CannotBe(Granularity::kMonthOnly);
  return std::string(value.substr(0, 7));
}

Text Year(absl::string_view value) {
  absl::CivilDay day;
  const bool year = value.size() == 4 && AllDigits(value);
  if (!year && !ParseDate(value, true, &day)) {
    return CannotBe(Granularity::kYearOnly);
  }
  return std::string(value.substr(0, 4));
}

Text AgeBand(absl::string_view value, absl::CivilDay today) {
  absl::CivilDay born;
  int64_t age = -1;
  if (ParseDate(value, false, &born)) {
    age = today.year() - born.year();
    if (today.month() < born.month() ||
        (today.month() == born.month() && today.day() < born.day())) {
      --age;
    }
  } else if (!AllDigits(value) || !absl::SimpleAtoi(value, &age)) {
    return CannotBe(Granularity::kAgeBand);
  }
  if (age < 0 || age > 130) return CannotBe(Granularity::kAgeBand);
  // 16 and 18 are where powers and consent change.
  static constexpr struct {
    int last;
    const char* band;
  } kBands[] = {{4, "0-4"},    {9, "5-9"},         {15, "10-15"},
                {17, "16-17"}, {24, "18-24"},      {44, "25-44"},
                {64, "45-64"}, {130, "65 or over"}};
  for (const auto& each : kBands) {
    if (age <= each.last) return std::string(each.band);
  }
  return CannotBe(Granularity::kAgeBand);
}

Text YesNo(absl::string_view value) {
  const std::string lower = absl::AsciiStrToLower(value);
  for (const char* yes : {"yes", "true", "y", "1"}) {
    if (lower == yes) return std::string("yes");
  }
  for (const char* no : {"no", "false", "n", "0"}) {
    if (lower == no) return std::string("no");
  }
  return CannotBe(Granularity::kYesNo);
}

Text CountBand(absl::string_view value) {
  int64_t count;
  if (!AllDigits(value) || !absl::SimpleAtoi(value, &count)) {
    return CannotBe(Granularity::kCountBand);
  }
  if (count == 0) return std::string("0");
  if (count <= 2) return std::string("1-2");
  if (count <= 5) return std::string("3-5");
  if (count <= 10) return std::string("6-10");
  return std::string("11 or more");
}

// Outward part, a space, and the first digit of the inward part.
Text PostcodeSector(absl::string_view value) {
  std::string compact;
  for (char c : value) {
    if (c == ' ') continue;
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      return CannotBe(Granularity::kPostcodeSector);
    }
    compact.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  if (compact.size() < 5 || compact.size() > 7) {
    return CannotBe(Granularity::kPostcodeSector);
  }
  const size_t cut = compact.size() - 3;
  const absl::string_view inward = absl::string_view(compact).substr(cut);
  if (!absl::ascii_isalpha(static_cast<unsigned char>(compact[0])) ||
      !AllDigits(inward.substr(0, 1)) ||
      !absl::ascii_isalpha(static_cast<unsigned char>(inward[1])) ||
      !absl::ascii_isalpha(static_cast<unsigned char>(inward[2]))) {
    return CannotBe(Granularity::kPostcodeSector);
  }
  return absl::StrCat(compact.substr(0, cut), " ", inward.substr(0, 1));
}

// England, Wales, and Scotland's data zones.
Text Lsoa(absl::string_view value) {
  absl::string_view rest = value;
  const bool gss = absl::ConsumePrefix(&rest, "E01") ||
                   absl::ConsumePrefix(&rest, "W01") ||
                   absl::ConsumePrefix(&rest, "S01");
  if (!gss || rest.size() != 6 || !AllDigits(rest)) {
    return CannotBe(Granularity::kLsoa);
  }
  return std::string(value);
}

}  // namespace

int Coarseness(Granularity granularity) {
  return granularity == Granularity::kExact ? 0 : static_cast<int>(granularity);
}

bool Allows(Granularity fine, Granularity coarse) {
  return fine == coarse || fine == Granularity::kExact ||
         (fine == Granularity::kMonthOnly && coarse == Granularity::kYearOnly);
}

absl::StatusOr<std::string> Coarsen(Granularity granularity,
                                    absl::string_view value,
                                    const CoarsenContext& context) {
  switch (granularity) {
    case Granularity::kExact:
      return std::string(value);
    case Granularity::kMonthOnly:
      return Month(value);
    case Granularity::kYearOnly:
      return Year(value);
    case Granularity::kAgeBand:
      return AgeBand(value, context.today);
    case Granularity::kYesNo:
      return YesNo(value);
    case Granularity::kCountBand:
      return CountBand(value);
    case Granularity::kPostcodeSector:
      return PostcodeSector(value);
    case Granularity::kLsoa:
      return Lsoa(value);
    case Granularity::kPseudonym:
      if (!context.pseudonym) return CannotBe(granularity);
      return context.pseudonym(value);
    case Granularity::kAggregateOnly:
      break;
  }
  // Counts are made from many records, never from one.
  return CannotBe(granularity);
}

std::optional<absl::CivilDay> FirstDayOf(absl::string_view value) {
  absl::CivilDay day;
  if (!ParseDate(value, true, &day)) return std::nullopt;
  return day;
}

bool WithinLookBack(std::optional<int64_t> look_back_days,
                    std::optional<absl::CivilDay> day, absl::CivilDay today) {
  if (!look_back_days) return true;
  return day && today - *day <= *look_back_days;
}

}  // namespace kinstile::policy
