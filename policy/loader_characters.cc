// SPDX-License-Identifier: Apache-2.0
// Characters that have no place in a file that people sign.

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "policy/loader_text.h"

namespace kinstile::policy::internal {
namespace {

bool IsControl(UChar32 c) {
  return c != '\n' && c != '\t' && u_charType(c) == U_CONTROL_CHAR;
}

// Invisible or direction-changing: what is read is not what is signed.
bool IsHidden(UChar32 c) {
  switch (u_charType(c)) {
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
      return true;
    default:
      return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
             u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL);
  }
}

// Whether text of such characters only is composed (UAX 15, NFC): no accent on
// its own, and no character that composing would replace by another. Two texts
// that look alike must not differ in their bytes.
bool IsComposed(UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfc = unorm2_getNFCInstance(&error);
  if (U_FAILURE(error)) return false;
  UChar unit[2];
  int32_t units = 0;
  U16_APPEND_UNSAFE(unit, units, c);
  const bool normal = unorm2_isNormalized(nfc, unit, units, &error);
  return U_SUCCESS(error) && normal && unorm2_getCombiningClass(nfc, c) == 0 &&
         unorm2_hasBoundaryBefore(nfc, c);
}

UScriptCode ScriptOf(UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &error);
  return U_FAILURE(error) ? USCRIPT_UNKNOWN : script;
}

// Warns once of each word that mixes scripts: a Cyrillic letter among Latin
// ones looks right and makes another name.
class Scripts {
 public:
  // True at the character that mixes.
  bool Mixes(UChar32 c) {
    if (!u_isalpha(c)) {
      word_ = USCRIPT_COMMON;
      told_ = false;
      return false;
    }
    const UScriptCode script = ScriptOf(c);
    if (script == USCRIPT_COMMON || script == USCRIPT_INHERITED) return false;
    if (word_ == USCRIPT_COMMON) word_ = script;
    if (word_ == script || told_) return false;
    told_ = true;
    return true;
  }

 private:
  UScriptCode word_ = USCRIPT_COMMON;
  bool told_ = false;
};

}  // namespace

bool CheckCharacters(absl::string_view text, Report* report) {
  Place place{1, 1};
  Scripts scripts;
  const int32_t size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0) {
      report->Error("LP004", place, "not valid UTF-8");
      return false;
    }
    auto name = [&c] { return absl::StrFormat("U+%04X", c); };
    if (IsControl(c)) {
      report->Error("LP005", place, absl::StrCat("control character ", name()));
    } else if (c >= 0x80 && IsHidden(c)) {
      report->Error(
          "LP005", place,
          absl::StrCat("invisible or direction-changing character ", name()));
    } else if (c >= 0x80 && !IsComposed(c)) {
      report->Error("LP004", place,
                    absl::StrCat("combining character ", name(),
                                 ": write the text composed (NFC)"));
    }
    if (scripts.Mixes(c)) {
      report->Warn("LP005", place,
                   absl::StrCat("a word mixes scripts at ", name()));
    }
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
  return true;
}

}  // namespace kinstile::policy::internal
