// SPDX-License-Identifier: Apache-2.0
// Writes the sentences.

#include "policy/phrasebook.h"

#include "absl/strings/str_cat.h"
#include "policy/active_set.h"
#include "policy/conditions.h"

namespace kinstile::policy {
namespace {

// What the source found is between the source and its record.
bool AskerMayRead(const Condition& condition) {
  return !condition.decided_by_source && !TellsAboutPerson(condition.kind);
}

Phrasebook::ConditionPhrases PhrasesOf(const Condition& condition,
                                       const std::string& of_rule) {
  const absl::string_view name = Name(condition.kind);
  Phrasebook::ConditionPhrases out;
  out.not_met = absl::StrCat(name, " is not met", of_rule);
  out.not_known = absl::StrCat("not known: ", name, of_rule);
  if (AskerMayRead(condition)) {
    out.not_shown = absl::StrCat("not shown: ", name, of_rule);
  }
  return out;
}

Phrasebook::FlowPhrases PhrasesOf(const Flow& flow) {
  const std::string of_rule = absl::StrCat(" (rule ", flow.id, ")");
  Phrasebook::FlowPhrases out;
  for (const Condition& each : flow.conditions) {
    out.conditions.push_back(PhrasesOf(each, of_rule));
  }
  out.personal =
      absl::StrCat("rule ", flow.id, " has a condition that was not shown");
  out.over_people = absl::StrCat("more than ", flow.max_people,
                                 " people asked about", of_rule);
  if (flow.max_requests_per_day) {
    out.over_day = absl::StrCat("more than ", *flow.max_requests_per_day,
                                " requests today", of_rule);
  }
  for (const Obligation& each : flow.obligations) {
    out.cannot.push_back(
        absl::StrCat("by the register of agencies nobody at its end carries "
                     "out ",
                     Name(each.kind), of_rule));
  }
  out.basis = absl::StrCat("rule ", flow.id, ": ", flow.basis.Text());
  return out;
}

}  // namespace

Phrasebook::Phrasebook(const std::vector<Agreement>& agreements,
                       const Tables& tables) {
  flows_.reserve(tables.flows().size());
  for (const FlowRow& row : tables.flows()) {
    flows_.push_back(PhrasesOf(agreements[row.agreement].flows[row.flow]));
  }
  for (const Agreement& agreement : agreements) {
    AgreementPhrases& words = agreements_.emplace_back();
    words.starts =
        absl::StrCat("agreement ", agreement.id, " starts ",
                     absl::FormatCivilTime(agreement.effective_from));
    words.ended = absl::StrCat("agreement ", agreement.id, " ended ",
                               absl::FormatCivilTime(agreement.expires));
    for (const Prohibition& never : agreement.prohibitions) {
      words.nevers.push_back(absl::StrCat("forbidden by ", never.id, " (",
                                          Name(never.layer),
                                          "): ", never.plain));
    }
  }
}

}  // namespace kinstile::policy
