// SPDX-License-Identifier: Apache-2.0
// Characters that have no place in a file that people sign.

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "policy/loader_text.h"

namespace kinstile::policy::internal {
namespace {

// The code point at `i` and its length, or length 0 if the bytes are not
// shortest-form UTF-8 (RFC 3629).
struct CodePoint {
  uint32_t value;
  size_t length;
};

CodePoint Decode(absl::string_view text, size_t i) {
  auto byte = [&](size_t k) -> uint32_t {
    return k < text.size() ? static_cast<unsigned char>(text[k]) : 0;
  };
  auto tail = [&](size_t k) { return (byte(k) & 0xC0) == 0x80; };
  const uint32_t b = byte(i);
  if (b < 0x80) return {b, 1};
  if (b >= 0xC2 && b <= 0xDF && tail(i + 1)) {
    return {(b & 0x1F) << 6 | (byte(i + 1) & 0x3F), 2};
  }
  if ((b & 0xF0) == 0xE0 && tail(i + 1) && tail(i + 2)) {
    const uint32_t v =
        (b & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
    if (v >= 0x800 && (v < 0xD800 || v > 0xDFFF)) return {v, 3};
  }
  if (b >= 0xF0 && b <= 0xF4 && tail(i + 1) && tail(i + 2) && tail(i + 3)) {
    const uint32_t v = (b & 0x07) << 18 | (byte(i + 1) & 0x3F) << 12 |
                       (byte(i + 2) & 0x3F) << 6 | (byte(i + 3) & 0x3F);
    if (v >= 0x10000 && v <= 0x10FFFF) return {v, 4};
  }
  return {0, 0};
}

bool IsControl(uint32_t c) {
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
}

// Invisible or direction-changing: what is read is not what is signed.
bool IsHidden(uint32_t c) {
  return c == 0xAD || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) ||
         c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

// Combining marks only ever occur in text that is not composed (NFC), for the
// languages of these files.
bool IsCombining(uint32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x1AB0 && c <= 0x1AFF) ||
         (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF);
}

bool IsGreekOrCyrillic(uint32_t c) {
  return (c >= 0x0370 && c <= 0x052F) || (c >= 0x1F00 && c <= 0x1FFF);
}

bool IsLatin(uint32_t c) {
  return (c < 0x80 && absl::ascii_isalpha(static_cast<unsigned char>(c))) ||
         (c >= 0xC0 && c <= 0x024F);
}

}  // namespace

void CheckCharacters(absl::string_view text, Report* report) {
  Place place{1, 1};
  bool latin = false, other = false;  // scripts in the present word
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = Decode(text, i);
    if (c.length == 0) {
      report->Error("LP004", place, "not valid UTF-8");
      return;
    }
    auto name = [&c] { return absl::StrFormat("U+%04X", c.value); };
    if (IsControl(c.value)) {
      report->Error("LP005", place, absl::StrCat("control character ", name()));
    } else if (IsHidden(c.value)) {
      report->Error(
          "LP005", place,
          absl::StrCat("invisible or direction-changing character ", name()));
    } else if (IsCombining(c.value)) {
      report->Error("LP004", place,
                    absl::StrCat("combining character ", name(),
                                 ": write the text composed (NFC)"));
    }
    if (IsLatin(c.value)) {
      latin = true;
    } else if (IsGreekOrCyrillic(c.value)) {
      other = true;
    } else {
      latin = other = false;
    }
    if (latin && other) {
      report->Warn("LP005", place,
                   absl::StrCat("a word mixes scripts at ", name()));
      latin = other = false;
    }
    if (c.value == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
    i += c.length;
  }
}

namespace {

// Insertions, deletions, changes and swaps of neighbours.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1,
                                     std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                          d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& candidates) {
  if (word.size() > 80) return "";
  const std::string lower = absl::AsciiStrToLower(word);
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  const std::string* nearest = nullptr;
  for (const std::string& candidate : candidates) {
    const size_t d = EditDistance(lower, absl::AsciiStrToLower(candidate));
    if (d < best) {
      best = d;
      nearest = &candidate;
    }
  }
  if (nearest == nullptr) return "";
  return absl::StrCat(", did you mean `", *nearest, "`?");
}

}  // namespace kinstile::policy::internal
