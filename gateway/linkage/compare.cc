// SPDX-License-Identifier: Apache-2.0
// The comparators, each a ladder: the last rung that holds is the level.
#include "gateway/linkage/compare.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace kinstile::linkage {
namespace {

struct Table {
  absl::string_view name;
  std::vector<absl::string_view> levels;
};

const std::array<Table, kComparators>& Tables() {
  static const auto* const kTables = new std::array<Table, kComparators>{{
      {"forename",
       {"none", "initial", "first2_or_last3", "initial_only", "first3",
        "soundex", "near", "nickname", "swapped", "middle", "exact"}},
      {"surname",
       {"none", "initial", "first2_or_last3", "first3_or_sorted", "soundex",
        "near", "alternative", "exact"}},
      {"birth",
       {"none", "day_or_month", "year", "year_near_part", "day_month",
        "year_month", "year_day", "day_month_year_near", "swapped",
        "exact_jan1", "exact"}},
      {"year", {"none", "near", "exact"}},
      {"month", {"none", "exact"}},
      {"day", {"none", "exact"}},
      {"sex", {"none", "exact"}},
      {"sex_named", {"none", "exact"}},
      {"address",
       {"none", "district_or_street", "sector", "sector_and_part",
        "house_street", "house_street_no_pc", "unit_other_house",
        "unit_near_house", "sector_house", "unit_no_house", "previous",
        "same"}},
      {"middle", {"none", "initial", "exact"}},
      {"birthplace", {"none", "exact"}},
      {"identifier", {"none", "near", "exact"}},
      {"nhs_number", {"none", "exact"}},
      {"nino", {"none", "exact"}},
  }};
  return *kTables;
}

enum Forename : int8_t {
  kFnNone,
  kFnInitial,
  kFnFirst2OrLast3,
  kFnInitialOnly,
  kFnFirst3,
  kFnSoundex,
  kFnNear,
  kFnNickname,
  kFnSwapped,
  kFnMiddle,
  kFnExact,
};
static_assert(kFnNear == kForenameNear);

enum Surname : int8_t {
  kSnNone,
  kSnInitial,
  kSnFirst2OrLast3,
  kSnFirst3OrSorted,
  kSnSoundex,
  kSnNear,
  kSnAlternative,
  kSnExact,
};

enum Birth : int8_t {
  kDobNone,
  kDobDayOrMonth,
  kDobYear,
  kDobYearNearPart,
  kDobDayMonth,
  kDobYearMonth,
  kDobYearDay,
  kDobDayMonthYearNear,
  kDobSwapped,
  kDobExactJan1,
  kDobExact,
};
static_assert(kDobNone == kBirthNone && kDobDayOrMonth == kBirthDayOrMonth &&
              kDobYear == kBirthYear);

enum Address : int8_t {
  kAdNone,
  kAdDistrictOrStreet,
  kAdSector,
  kAdSectorAndPart,
  kAdHouseStreet,
  kAdHouseStreetNoPostcode,
  kAdUnitOtherHouse,
  kAdUnitNearHouse,
  kAdSectorHouse,
  kAdUnitNoHouse,
  kAdPrevious,
  kAdSame,
};

bool Meet(const std::vector<FieldToken>& a, const std::vector<FieldToken>& b) {
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) return true;
    if (a[i] < b[j])
      ++i;
    else
      ++j;
  }
  return false;
}

class FieldPair {
 public:
  FieldPair(const FieldTokens& a, const FieldTokens& b) : a_(a), b_(b) {}

  bool Both(Field f) const { return a_[f] != 0 && b_[f] != 0; }
  bool Either(Field f) const { return a_[f] != 0 || b_[f] != 0; }
  bool Equal(Field f) const { return Equal(f, f); }
  bool Equal(Field f, Field g) const { return a_[f] != 0 && a_[f] == b_[g]; }
  // One side's f with the other's g, either way round.
  bool Crossed(Field f, Field g) const { return Equal(f, g) || Equal(g, f); }
  bool Near(NearField f) const { return Meet(a_[f], b_[f]); }
  // The joined forename's set is left out when the forename is all of it.
  bool NearJoined() const { return Meet(Joined(a_), Joined(b_)); }
  bool NearSwapped() const {
    return Meet(Joined(a_), b_[NearField::kSurname]) &&
           Meet(a_[NearField::kSurname], Joined(b_));
  }

 private:
  static const std::vector<FieldToken>& Joined(const FieldTokens& t) {
    const auto& joined = t[NearField::kForenameJoined];
    return joined.empty() ? t[NearField::kForename] : joined;
  }

  const FieldTokens& a_;
  const FieldTokens& b_;
};

int8_t CompareForename(const FieldPair& p) {
  if (!p.Both(Field::kForenameInitial)) return kNotCompared;
  const bool initial = p.Equal(Field::kForenameInitial);
  if (p.Either(Field::kForenameOnlyInitial))
    return initial ? kFnInitialOnly : kFnNone;
  if (p.Equal(Field::kForename) || p.Equal(Field::kForenameJoined) ||
      p.Crossed(Field::kForename, Field::kForenameJoined))
    return kFnExact;
  int8_t level = kFnNone;
  if (initial) level = kFnInitial;
  if (p.Equal(Field::kForenameFirst2) || p.Equal(Field::kForenameLast3))
    level = kFnFirst2OrLast3;
  if (p.Equal(Field::kForenameFirst3)) level = kFnFirst3;
  if (p.Equal(Field::kForenameSoundex)) level = kFnSoundex;
  if (p.Near(NearField::kForename) || p.NearJoined()) level = kFnNear;
  if (p.Equal(Field::kForenameNickname)) level = kFnNickname;
  if (level < kFnSoundex && p.Crossed(Field::kForename, Field::kMiddleFirst))
    level = kFnMiddle;
  return level;
}

bool OtherSurnameAgrees(const FieldPair& p) {
  return p.Crossed(Field::kSurname, Field::kMiddleLast) ||
         p.Equal(Field::kOtherSurname) || p.Equal(Field::kOtherSurname2) ||
         p.Crossed(Field::kOtherSurname, Field::kOtherSurname2) ||
         p.Crossed(Field::kSurname, Field::kOtherSurname) ||
         p.Crossed(Field::kSurname, Field::kOtherSurname2);
}

int8_t CompareSurname(const FieldPair& p) {
  if (!p.Both(Field::kSurname)) return kNotCompared;
  if (p.Equal(Field::kSurname)) return kSnExact;
  if (OtherSurnameAgrees(p)) return kSnAlternative;
  if (p.Near(NearField::kSurname)) return kSnNear;
  if (p.Equal(Field::kSurnameSoundex)) return kSnSoundex;
  if (p.Equal(Field::kSurnameFirst3) || p.Equal(Field::kSurnameSorted))
    return kSnFirst3OrSorted;
  if (p.Equal(Field::kSurnameFirst2) || p.Equal(Field::kSurnameLast3))
    return kSnFirst2OrLast3;
  return p.Equal(Field::kSurnameInitial) ? kSnInitial : kSnNone;
}

// Forename and surname exchanged: one level of the forename, and the surname
// says nothing more.
void CompareNames(const FieldPair& p, Levels& out) {
  int8_t fn = CompareForename(p);
  int8_t sn = CompareSurname(p);
  const bool swapped =
      (p.Equal(Field::kForenameSoundex, Field::kSurnameSoundex) &&
       p.Equal(Field::kSurnameSoundex, Field::kForenameSoundex)) ||
      (p.Equal(Field::kForenameJoined, Field::kSurname) &&
       p.Equal(Field::kSurname, Field::kForenameJoined)) ||
      p.NearSwapped();
  if (swapped && fn < kFnSoundex && sn < kSnSoundex) {
    fn = kFnSwapped;
    sn = kNotCompared;
  }
  out[Comparator::kForename] = fn;
  out[Comparator::kSurname] = sn;
}

int8_t CompareFullBirth(const FieldPair& p, bool y, bool m, bool d,
                        bool y_near) {
  if (p.Equal(Field::kBirth))
    return p.Equal(Field::kBirthJanFirst) ? kDobExactJan1 : kDobExact;
  if (p.Crossed(Field::kBirth, Field::kBirthSwapped)) return kDobSwapped;
  if (d && m && y_near) return kDobDayMonthYearNear;
  if (d && y) return kDobYearDay;
  if (m && y) return kDobYearMonth;
  if (d && m) return kDobDayMonth;
  if (y_near && (m || d)) return kDobYearNearPart;
  if (y) return kDobYear;
  return m || d ? kDobDayOrMonth : kDobNone;
}

void CompareBirth(const FieldPair& p, Levels& out) {
  const bool y = p.Equal(Field::kBirthYear);
  const bool m = p.Equal(Field::kBirthMonth);
  const bool d = p.Equal(Field::kBirthDay);
  const bool y_near = !y && p.Near(NearField::kBirthYear);
  if (p.Both(Field::kBirth)) {
    out[Comparator::kBirth] = CompareFullBirth(p, y, m, d, y_near);
    return;
  }
  if (p.Both(Field::kBirthYear))
    out[Comparator::kYear] = y ? 2 : y_near ? 1 : 0;
  if (p.Both(Field::kBirthMonth)) out[Comparator::kMonth] = m;
  if (p.Both(Field::kBirthDay)) out[Comparator::kDay] = d;
}

int8_t CompareAddress(const FieldPair& p) {
  const bool pc_both = p.Both(Field::kPostcode);
  const bool house_both = p.Both(Field::kHouse);
  const bool street_both = p.Both(Field::kStreet);
  const bool previous = p.Crossed(Field::kPostcode, Field::kPreviousPostcode);
  if (!pc_both && !street_both && !p.Both(Field::kUprn) && !previous)
    return kNotCompared;
  const bool pc = p.Equal(Field::kPostcode);
  const bool house = p.Equal(Field::kHouse);
  if (p.Equal(Field::kUprn) || (pc && house)) return kAdSame;
  const bool street = p.Equal(Field::kStreet) || p.Equal(Field::kStreetSoundex);
  const bool sector =
      p.Equal(Field::kSector) || (pc_both && p.Near(NearField::kPostcode));
  int8_t level = kAdNone;
  if (p.Equal(Field::kDistrict) || street) level = kAdDistrictOrStreet;
  if (sector) level = kAdSector;
  if (sector && (street || house)) level = kAdSectorAndPart;
  if (house && street)
    level = pc_both ? kAdHouseStreet : kAdHouseStreetNoPostcode;
  if (pc && house_both)
    level = p.Near(NearField::kHouse) ? kAdUnitNearHouse : kAdUnitOtherHouse;
  if (sector && !pc && house && (street || !street_both))
    level = kAdSectorHouse;
  if (pc && !house_both) level = kAdUnitNoHouse;
  if (previous && level < kAdUnitNoHouse) level = kAdPrevious;
  return level;
}

int8_t CompareIdentifier(const FieldPair& p) {
  // Numbers of two kinds say nothing about each other.
  if (!p.Both(Field::kIdentifier) || !p.Equal(Field::kIdentifierKind))
    return kNotCompared;
  if (p.Equal(Field::kIdentifier)) return 2;
  return p.Near(NearField::kIdentifier) ? 1 : 0;
}

int8_t CompareMiddle(const FieldPair& p) {
  if (!p.Both(Field::kMiddleInitial)) return kNotCompared;
  if (p.Equal(Field::kMiddle)) return 2;
  return p.Equal(Field::kMiddleInitial) ? 1 : 0;
}

int8_t CompareWhole(const FieldPair& p, Field f) {
  return p.Both(f) ? int8_t{p.Equal(f)} : kNotCompared;
}

}  // namespace

absl::string_view ComparatorName(Comparator c) {
  return Tables()[Index(c)].name;
}

absl::Span<const absl::string_view> LevelNames(Comparator c) {
  return Tables()[Index(c)].levels;
}

bool IsExact(Comparator c, size_t level) {
  const absl::string_view name = LevelNames(c)[level];
  return absl::StartsWith(name, "exact") || name == "same";
}

Levels Compare(const FieldTokens& a, const FieldTokens& b) {
  const FieldPair p(a, b);
  Levels out;
  CompareNames(p, out);
  CompareBirth(p, out);
  const bool named = out[Comparator::kForename] >= kFnNear;
  out[named ? Comparator::kSexNamed : Comparator::kSex] =
      CompareWhole(p, Field::kSex);
  out[Comparator::kAddress] = CompareAddress(p);
  out[Comparator::kMiddle] = CompareMiddle(p);
  out[Comparator::kBirthplace] = CompareWhole(p, Field::kBirthplace);
  out[Comparator::kIdentifier] = CompareIdentifier(p);
  out[Comparator::kNhsNumber] = CompareWhole(p, Field::kNhsNumber);
  out[Comparator::kNino] = CompareWhole(p, Field::kNino);
  return out;
}

std::vector<std::string> Explain(const Levels& levels) {
  std::vector<std::string> out;
  for (size_t c = 0; c < kComparators; ++c)
    if (levels.level[c] != kNotCompared)
      out.push_back(absl::StrCat(Tables()[c].name, " ",
                                 Tables()[c].levels[levels.level[c]]));
  return out;
}

}  // namespace kinstile::linkage
