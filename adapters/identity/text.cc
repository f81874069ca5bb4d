// SPDX-License-Identifier: Apache-2.0
// Unicode folding by ICU.
#include "adapters/identity/text.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "absl/strings/str_split.h"

namespace kinstile::identity {
namespace {

icu::UnicodeString Upper(absl::string_view text) {
  return icu::UnicodeString::fromUTF8(
             icu::StringPiece(text.data(), static_cast<int32_t>(text.size())))
      .toUpper(icu::Locale::getRoot());
}

// Letters that have no decomposition but do have a usual spelling.
const char16_t* Special(UChar32 c) {
  switch (c) {
    case u'Ø':
      return u"O";
    case u'Æ':
      return u"AE";
    case u'Œ':
      return u"OE";
    case u'Ł':
      return u"L";
    case u'Ð':
    case u'Đ':
      return u"D";
    case u'Þ':
      return u"TH";
    case u'ẞ':
      return u"SS";
    case u'\'':
    case u'’':
    case u'`':
      return u"";
    default:
      return nullptr;
  }
}

icu::UnicodeString Decompose(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfkd = icu::Normalizer2::getNFKDInstance(error);
  // Without ICU's data no two sides could agree on anything: no text at all
  // withholds, where wrong text would mislead.
  if (U_FAILURE(error)) return {};
  icu::UnicodeString out = nfkd->normalize(text, error);
  if (U_FAILURE(error)) return {};
  return out;
}

template <typename Fn>
void ForEachChar(const icu::UnicodeString& text, Fn fn) {
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
    fn(text.char32At(i));
}

bool IsAlnum(UChar32 c) {
  return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

bool IsDigit(UChar32 c) {
  const int32_t type = u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE);
  return type == U_NT_DECIMAL || type == U_NT_DIGIT;
}

// Upper case, with everything but letters and numbers as `gap`.
std::string AlnumOr(absl::string_view text, absl::string_view gap) {
  std::string out;
  ForEachChar(Upper(text), [&](UChar32 c) {
    if (IsAlnum(c))
      icu::UnicodeString(c).toUTF8String(out);
    else
      out.append(gap.data(), gap.size());
  });
  return out;
}

}  // namespace

bool IsText(absl::string_view bytes) {
  const auto* s = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int32_t>(bytes.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(s, i, size, c);
    if (c <= 0) return false;
  }
  return true;
}

std::string FoldLetters(absl::string_view text) {
  icu::UnicodeString mapped;
  ForEachChar(Upper(text), [&](UChar32 c) {
    if (const char16_t* special = Special(c))
      mapped.append(special);
    else
      mapped.append(c);
  });
  std::string out;
  ForEachChar(
      Decompose(mapped).toUpper(icu::Locale::getRoot()), [&](UChar32 c) {
        if (u_getCombiningClass(c) != 0) return;
        out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c) : ' ');
      });
  return out;
}

std::string Letters(absl::string_view text) {
  std::string out = FoldLetters(text);
  std::erase(out, ' ');
  return out;
}

std::string Alnum(absl::string_view text) { return AlnumOr(text, ""); }

std::vector<std::string> AlnumWords(absl::string_view text) {
  return absl::StrSplit(AlnumOr(text, " "), ' ', absl::SkipEmpty());
}

bool HasDigit(absl::string_view word) {
  bool found = false;
  ForEachChar(icu::UnicodeString::fromUTF8(icu::StringPiece(
                  word.data(), static_cast<int32_t>(word.size()))),
              [&](UChar32 c) { found = found || IsDigit(c); });
  return found;
}

}  // namespace kinstile::identity
