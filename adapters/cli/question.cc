// SPDX-License-Identifier: Apache-2.0
// Typed text to facts and asks.
#include "adapters/cli/question.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "gateway/base/status_macros.h"
#include "policy/vocabulary.h"

namespace kinstile::cli {

absl::StatusOr<share::AssertedFact> ParseFact(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '=');
  if (!policy::ConditionKindFromName(parts[0]))
    return absl::InvalidArgumentError(
        "--fact: NAME is no condition of the agreements");
  share::AssertedFact fact{parts[0], true, {}};
  if (parts.size() == 1) return fact;
  const std::string said = absl::AsciiStrToLower(parts[1]);
  int64_t number = 0;
  if (parts.size() == 2 && absl::SimpleAtoi(said, &number) && number >= 0) {
    fact.number = number;
    return fact;
  }
  if (parts.size() > 2 || (said != "yes" && said != "no"))
    return absl::InvalidArgumentError(
        "--fact: must be NAME, NAME=yes, NAME=no or NAME=NUMBER, such as "
        "AGE_FROM=16");
  fact.holds = said == "yes";
  return fact;
}

absl::StatusOr<share::SourceAsk> ParseAsk(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != 2)
    return absl::InvalidArgumentError("--ask: must be AGENCY:ITEM,ITEM,...");
  share::SourceAsk ask;
  KS_ASSIGN_OR_RETURN(ask.agency, AgencyId::Create(parts[0]));
  bool grained = false;
  for (absl::string_view item :
       absl::StrSplit(parts[1], ',', absl::SkipEmpty())) {
    const std::vector<std::string> named =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    ask.items.push_back(named[0]);
    ask.grains.push_back(named.size() == 2 ? named[1] : "");
    grained |= named.size() == 2;
  }
  if (!grained) ask.grains.clear();
  return ask;
}

}  // namespace kinstile::cli
