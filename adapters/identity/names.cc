// SPDX-License-Identifier: Apache-2.0
// Names as tables: what is no part of a name, and which letters sound alike.
#include "adapters/identity/names.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "adapters/identity/text.h"

namespace kinstile::identity {
namespace {

using WordSet = absl::flat_hash_set<absl::string_view>;

const WordSet& Placeholders() {
  static const auto* const kWords = new WordSet(
      {"BABY",    "BABYBOY",   "BABYGIRL", "BOY",      "GIRL",     "INFANT",
       "UNKNOWN", "UNK",       "NK",       "NOTKNOWN", "NA",       "NONE",
       "NULL",    "TEST",      "TWIN",     "TWINONE",  "TWINTWO",  "TWINA",
       "TWINB",   "MALE",      "FEMALE",   "CHILD",    "NOTGIVEN", "NOTSTATED",
       "ANON",    "ANONYMOUS", "UNBORN",   "XXX",      "XX"});
  return *kWords;
}

const WordSet& TitlesAndSuffixes() {
  static const auto* const kWords = new WordSet(
      {"MR", "MRS", "MISS", "MS", "MX", "DR", "PROF", "REV", "SIR", "DAME",
       "LORD", "LADY", "JR", "JNR", "SR", "SNR", "II", "III", "IV"});
  return *kWords;
}

// '0': a letter without a code.
char SoundexDigit(char c) {
  static constexpr char kDigits[] = "01230120022455012623010202";
  return c >= 'A' && c <= 'Z' ? kDigits[c - 'A'] : '0';
}

}  // namespace

std::vector<std::string> NameParts(absl::string_view text) {
  std::vector<std::string> parts =
      absl::StrSplit(FoldLetters(text), ' ', absl::SkipEmpty());
  std::erase_if(parts, [](const std::string& p) {
    return TitlesAndSuffixes().contains(p);
  });
  if (Placeholders().contains(absl::StrJoin(parts, ""))) return {};
  std::erase_if(
      parts, [](const std::string& p) { return Placeholders().contains(p); });
  return parts;
}

std::string Soundex(absl::string_view word) {
  if (word.empty()) return "";
  std::string out(1, word[0]);
  char last = SoundexDigit(word[0]);
  for (char c : word.substr(1)) {
    const char digit = SoundexDigit(c);
    if (digit != '0' && digit != last) out.push_back(digit);
    if (c != 'H' && c != 'W') last = digit;
  }
  out.resize(4, '0');
  return out;
}

std::string FirstLetters(absl::string_view word, size_t n) {
  return std::string(word.substr(0, n));
}

std::string LastLetters(absl::string_view word, size_t n) {
  return std::string(word.substr(word.size() - std::min(n, word.size())));
}

}  // namespace kinstile::identity
