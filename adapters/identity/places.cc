// SPDX-License-Identifier: Apache-2.0
// Where somebody lives, taken apart.
#include "adapters/identity/places.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "adapters/identity/text.h"

namespace kinstile::identity {
namespace {

// 'A' for a letter, '9' for a digit, '?' for anything else.
std::string Shape(absl::string_view text) {
  std::string shape(text);
  for (char& c : shape)
    c = absl::ascii_isupper(c) ? 'A' : absl::ascii_isdigit(c) ? '9' : '?';
  return shape;
}

bool IsUkPostcode(absl::string_view pc) {
  static constexpr absl::string_view kShapes[] = {
      "A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA"};
  return pc == "GIR0AA" || absl::c_linear_search(kShapes, Shape(pc));
}

bool IsNoPlace(absl::string_view pc) {
  return pc.size() == 7 && absl::StartsWith(pc, "ZZ99") && pc[6] == 'Z';
}

// Characters, not bytes: another country's postcode may be in any script.
std::string DropLast(std::string text, int characters) {
  for (; characters > 0 && !text.empty(); --characters) {
    while (text.size() > 1 && (text.back() & 0xC0) == 0x80) text.pop_back();
    text.pop_back();
  }
  return text;
}

PostcodeParts Parts(std::string pc, int sector_cut) {
  PostcodeParts parts;
  parts.sector = DropLast(pc, sector_cut);
  parts.district = DropLast(pc, sector_cut + 1);
  parts.unit = std::move(pc);
  return parts;
}

bool IsDwellingWord(absl::string_view word) {
  static constexpr absl::string_view kWords[] = {"FLAT", "APARTMENT", "APT",
                                                 "UNIT", "ROOM",      "STUDIO"};
  return absl::c_linear_search(kWords, absl::AsciiStrToUpper(word));
}

std::vector<absl::string_view> Words(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
}

// Moves the words of `words` that belong to the house number into `house`.
void TakeHouse(std::vector<absl::string_view>& words,
               std::vector<absl::string_view>& house) {
  size_t n = 0;
  if (words.size() > 1 && IsDwellingWord(words[0])) n = 2;
  if (n < words.size() && absl::ascii_isdigit(words[n][0])) ++n;
  house.insert(house.end(), words.begin(), words.begin() + n);
  words.erase(words.begin(), words.begin() + n);
}

}  // namespace

PostcodeParts ParsePostcode(absl::string_view text, PostcodeSystem system) {
  std::string pc = Alnum(text);
  if (pc.empty()) return {};
  if (system == PostcodeSystem::kUk) {
    PostcodeParts bad;
    bad.malformed = true;
    if (!IsUkPostcode(pc)) return bad;
    if (IsNoPlace(pc)) return {};
    return Parts(std::move(pc), 2);
  }
  const bool like_uk = pc.size() >= 5 && absl::ascii_isalpha(pc.back());
  return Parts(std::move(pc), like_uk ? 2 : 1);
}

std::string HouseToken(absl::string_view house) {
  const std::vector<std::string> words = AlnumWords(house);
  std::vector<std::string> numbers;
  for (const std::string& w : words)
    if (HasDigit(w)) numbers.push_back(w);
  return numbers.empty() ? absl::StrJoin(words, "")
                         : absl::StrJoin(numbers, " ");
}

AddressLine SplitAddressLine(absl::string_view line) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(line, ',', absl::SkipWhitespace());
  std::vector<absl::string_view> house;
  for (size_t k = 0; k < parts.size(); ++k) {
    std::vector<absl::string_view> words = Words(parts[k]);
    TakeHouse(words, house);
    if (words.empty()) continue;
    // "The Gables, Church Lane": a name where a number would stand.
    if (house.empty() && k + 1 < parts.size()) {
      house = words;
      continue;
    }
    return {absl::StrJoin(house, " "), absl::StrJoin(words, " ")};
  }
  return {absl::StrJoin(house, " "), ""};
}

}  // namespace kinstile::identity
