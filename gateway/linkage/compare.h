// SPDX-License-Identifier: Apache-2.0
// Stage 2: how well two records agree, field by field, from token equality.
#ifndef KINSTILE_GATEWAY_LINKAGE_COMPARE_H_
#define KINSTILE_GATEWAY_LINKAGE_COMPARE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gateway/base/field_tokens.h"

namespace kinstile::linkage {

// What is compared. The order is that of the weights.
enum class Comparator : uint8_t {
  kForename,
  kSurname,
  kBirth,  // complete dates on both sides; else year, month and day apart
  kYear,
  kMonth,
  kDay,
  kSex,
  kSexNamed,  // instead of kSex when the forenames agree and all but imply it
  kAddress,
  kMiddle,
  kBirthplace,
  kIdentifier,
  kNhsNumber,
  kNino,
};
inline constexpr size_t kComparators = 14;
inline constexpr size_t kMaxLevels = 12;

constexpr size_t Index(Comparator c) { return static_cast<size_t>(c); }

// Names as the weights file and the audit call them; levels from no agreement
// to full agreement.
absl::string_view ComparatorName(Comparator c);
absl::Span<const absl::string_view> LevelNames(Comparator c);
// Whether the level means that the two values were equal.
bool IsExact(Comparator c, size_t level);

// Levels that rules speak of; Compare's table names the same ones.
inline constexpr int8_t kNotCompared = -1;
inline constexpr int8_t kForenameNear = 6;
inline constexpr int8_t kBirthNone = 0;
inline constexpr int8_t kBirthDayOrMonth = 1;
inline constexpr int8_t kBirthYear = 2;

// The level of every comparator, kNotCompared where a side lacks the field.
struct Levels {
  std::array<int8_t, kComparators> level;

  Levels() { level.fill(kNotCompared); }
  int8_t operator[](Comparator c) const { return level[Index(c)]; }
  int8_t& operator[](Comparator c) { return level[Index(c)]; }
  friend bool operator==(const Levels&, const Levels&) = default;
};

// Symmetric and pure. The rules are those of the published specification of the
// algorithm (tests/bench/linkage_quality holds both against each other).
Levels Compare(const FieldTokens& a, const FieldTokens& b);

// "forename exact", "address same", ...: what agreed and how, what contradicted
// ("birth none"), for an officer. Names only.
std::vector<std::string> Explain(const Levels& levels);

}  // namespace kinstile::linkage

#endif  // KINSTILE_GATEWAY_LINKAGE_COMPARE_H_
