// SPDX-License-Identifier: Apache-2.0
// Takes a written date apart, then asks the calendar.
#include "adapters/identity/dates.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace kinstile::identity {
namespace {

constexpr int kFirstYear = 1900;

BirthDate Problem(absl::string_view problem) {
  BirthDate bad;
  bad.problem = std::string(problem);
  return bad;
}

bool IsMissing(absl::string_view part) {
  return part.find_first_not_of("-?Xx0") == absl::string_view::npos;
}

// 0: missing. nullopt: not a number of at most `width` digits.
std::optional<int> Number(absl::string_view part, size_t width) {
  part = absl::StripAsciiWhitespace(part);
  if (IsMissing(part)) return 0;
  int value = 0;
  for (char c : part)
    if (!absl::ascii_isdigit(c)) return std::nullopt;
  if (part.size() > width || !absl::SimpleAtoi(part, &value))
    return std::nullopt;
  return value;
}

// A year that is a leap year stands in for one that is not known.
absl::CivilDay DayOf(int y, int m, int d) {
  return absl::CivilDay(y == 0 ? 2000 : y, m, d);
}

// `m` and `d` are in range.
bool Exists(int y, int m, int d) {
  if (m == 0 || d == 0) return true;
  const absl::CivilDay day = DayOf(y, m, d);  // normalises an overflow
  return day.month() == m && day.day() == d;
}

bool IsFuture(int y, int m, int d, absl::CivilDay today) {
  return y != 0 &&
         absl::CivilDay(y, m == 0 ? 1 : m, d == 0 || m == 0 ? 1 : d) > today;
}

// YYYYMMDD, YYYYMM-- or YYYY----.
bool IsCompact(absl::string_view text) {
  if (text.size() != 8) return false;
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());
  return digits == 8 || text.substr(digits) == "--" ||
         text.substr(digits) == "----";
}

std::string Digits(int value, int width) {
  return value == 0 ? "" : absl::StrFormat("%0*d", width, value);
}

}  // namespace

BirthDate MakeBirthDate(absl::string_view year, absl::string_view month,
                        absl::string_view day, absl::CivilDay today) {
  const std::optional<int> y = Number(year, 4);
  const std::optional<int> m = Number(month, 2);
  const std::optional<int> d = Number(day, 2);
  if (!y || !m || !d || (*y != 0 && *y < 1000)) return Problem("not a date");
  if (*y == 1900 && *m == 1 && *d == 1) return {};
  if (*y != 0 && *y < kFirstYear) return Problem("before 1900");
  if (*m > 12 || *d > 31) return Problem("no such day");
  if (IsFuture(*y, *m, *d, today)) return Problem("in the future");
  BirthDate date;
  // Copied as it is from register to register: it still tells people apart.
  if (!Exists(*y, *m, *d)) date.problem = "no such day";
  date.year = Digits(*y, 4);
  date.month = Digits(*m, 2);
  date.day = Digits(*d, 2);
  return date;
}

BirthDate ParseBirthDate(absl::string_view text, absl::CivilDay today) {
  text = absl::StripAsciiWhitespace(text);
  text = text.substr(0, text.find_first_of("T "));
  if (text.empty()) return {};
  if (IsCompact(text))
    return MakeBirthDate(text.substr(0, 4), text.substr(4, 2), text.substr(6),
                         today);
  const std::vector<absl::string_view> part =
      absl::StrSplit(text, absl::ByAnyChar("-/."));
  const bool year_first = part[0].size() == 4;
  if (part.size() == 1 && year_first)
    return MakeBirthDate(part[0], "", "", today);
  if (part.size() == 2)
    return year_first ? MakeBirthDate(part[0], part[1], "", today)
                      : MakeBirthDate(part[1], part[0], "", today);
  if (part.size() == 3)
    return year_first ? MakeBirthDate(part[0], part[1], part[2], today)
                      : MakeBirthDate(part[2], part[1], part[0], today);
  return Problem("not a date");
}

}  // namespace kinstile::identity
