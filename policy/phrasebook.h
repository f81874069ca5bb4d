// SPDX-License-Identifier: Apache-2.0
// Every sentence about the rules of a policy, made at load: what explains a
// decision points here and is not put together anew.
#ifndef KINSTILE_POLICY_PHRASEBOOK_H_
#define KINSTILE_POLICY_PHRASEBOOK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/tables.h"

namespace kinstile::policy {

struct Agreement;

// Immutable, thread-safe. Rows are those of the tables that it was made with.
class Phrasebook {
 public:
  struct ConditionPhrases {
    std::string not_met;    // for the record
    std::string not_known;  // likewise
    // for the asker, the same for both; empty: not to be named to it
    std::string not_shown;
  };
  struct FlowPhrases {
    std::vector<ConditionPhrases> conditions;  // in the flow's order
    std::string personal;  // of those that may not be named to the asker
    std::string over_people;
    std::string over_day;
    std::vector<std::string> cannot;  // of each obligation
    std::string basis;                // all four layers in one line
  };
  struct AgreementPhrases {
    std::string starts;
    std::string ended;
    // the words in which each prohibition withholds an item
    std::vector<std::string> nevers;
  };

  Phrasebook(const std::vector<Agreement>& agreements, const Tables& tables);

  const FlowPhrases& Of(const FlowRow& row) const { return flows_[row.place]; }
  // By its place in ActiveSet::agreements().
  const AgreementPhrases& Of(uint32_t agreement) const {
    return agreements_[agreement];
  }

 private:
  std::vector<FlowPhrases> flows_;
  std::vector<AgreementPhrases> agreements_;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_PHRASEBOOK_H_
