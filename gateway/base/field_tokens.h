// SPDX-License-Identifier: Apache-2.0
// What one record shows to a comparison: equality of keyed tokens, no more.
#ifndef KINSTILE_GATEWAY_BASE_FIELD_TOKENS_H_
#define KINSTILE_GATEWAY_BASE_FIELD_TOKENS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace kinstile {

// Fields that are compared by one token each. Numbers are those of the
// protocol; never reorder. How each is made: adapters/identity/SPEC.md.
enum class Field : uint8_t {
  kForename,
  kForenameJoined,
  kForenameNickname,
  kForenameSoundex,
  kForenameFirst2,
  kForenameFirst3,
  kForenameInitial,
  kForenameLast3,
  kForenameOnlyInitial,  // a flag: the forename is known by its initial only
  kMiddle,
  kMiddleInitial,
  kMiddleFirst,
  kMiddleLast,
  kSurname,
  kSurnameSoundex,
  kSurnameFirst2,
  kSurnameFirst3,
  kSurnameInitial,
  kSurnameLast3,
  kSurnameSorted,
  kOtherSurname,
  kOtherSurname2,
  kSex,
  kBirthYear,
  kBirthMonth,
  kBirthDay,
  kBirth,
  kBirthSwapped,   // year, day, month
  kBirthJanFirst,  // a flag: 1 January, which is often made up
  kPostcode,
  kSector,
  kDistrict,
  kPreviousPostcode,
  kHouse,
  kStreet,
  kStreetSoundex,
  kUprn,
  kNhsNumber,
  kNino,
  kBirthplace,
  kIdentifier,
  kIdentifierKind,
};
inline constexpr size_t kFields = 42;

// Fields that are compared by sets: two values are near when their sets meet.
enum class NearField : uint8_t {
  kForename,
  kForenameJoined,  // empty when it is the forename
  kSurname,
  kBirthYear,
  kPostcode,
  kHouse,
  kIdentifier,
};
inline constexpr size_t kNearFields = 7;
inline constexpr size_t kMaxNearTokens = 64;  // of one set

// 64 bits of a pseudorandom function under a key that only the two agencies of
// one query have. 0: the record lacks the field.
using FieldToken = uint64_t;

struct FieldTokens {
  std::array<FieldToken, kFields> single{};
  // Ascending.
  std::array<std::vector<FieldToken>, kNearFields> near;

  FieldToken operator[](Field f) const {
    return single[static_cast<size_t>(f)];
  }
  FieldToken& operator[](Field f) { return single[static_cast<size_t>(f)]; }
  const std::vector<FieldToken>& operator[](NearField f) const {
    return near[static_cast<size_t>(f)];
  }
  std::vector<FieldToken>& operator[](NearField f) {
    return near[static_cast<size_t>(f)];
  }
  friend bool operator==(const FieldTokens&, const FieldTokens&) = default;
};

// Canonical: u64 mask of the fields that are there, their tokens in order, and
// each near set as u8 count and tokens. About 700 bytes for a full record.
std::string Encode(const FieldTokens& tokens);
// INVALID_ARGUMENT naming what is wrong: cut off, an unknown field, a token of
// 0, a set that is too long or not strictly ascending, bytes left over.
absl::StatusOr<FieldTokens> DecodeFieldTokens(absl::string_view bytes);

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_FIELD_TOKENS_H_
