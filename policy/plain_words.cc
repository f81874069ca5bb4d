// SPDX-License-Identifier: Apache-2.0
// Finding the words, and what each means.

#include "policy/plain_words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "policy/phrases.h"

namespace kinstile::policy {
namespace {

bool InWord(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Empty for what is no word of the schema.
std::string Meaning(const Catalogue& catalogue, absl::string_view word) {
  if (const auto kind = ConditionKindFromName(word)) {
    Condition condition{};
    condition.kind = *kind;
    return InWords(condition);
  }
  if (const auto purpose = PurposeFromName(word)) {
    return Label(catalogue, *purpose);
  }
  if (const auto mode = ModeFromName(word)) {
    return absl::StrCat("asked ", InWords(*mode));
  }
  if (const auto grain = GranularityFromName(word)) {
    // It stands behind an "as".
    return std::string(absl::StripPrefix(InWords(*grain), "as "));
  }
  const Provision* provision = catalogue.FindProvision(word);
  return provision == nullptr ? "" : provision->title;
}

}  // namespace

std::string PlainWords(const Catalogue& catalogue, absl::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && InWord(text[end])) ++end;
    if (end == at) {
      out.push_back(text[at++]);
      continue;
    }
    const absl::string_view word = text.substr(at, end - at);
    const bool bracketed = at > 0 && text[at - 1] == '[';
    const std::string meaning = bracketed ? "" : Meaning(catalogue, word);
    if (meaning.empty()) {
      absl::StrAppend(&out, word);
    } else {
      absl::StrAppend(&out, meaning, " [", word, "]");
    }
    at = end;
  }
  return out;
}

}  // namespace kinstile::policy
