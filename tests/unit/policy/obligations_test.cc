// SPDX-License-Identifier: Apache-2.0
// Kinds and numbers: union, what is common, and what is enough.
#include "policy/obligations.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/active_set.h"

namespace kinstile::policy {
namespace {

ObligationTotals Said(const std::vector<std::string>& words) {
  ObligationTotals out;
  for (const std::string& word : words) out.AddWord(word);
  return out;
}

TEST(ObligationTotals, CoverWhatIsNoLooser) {
  struct Row {
    const char* name;
    std::vector<std::string> said, owed;
    bool enough;
  };
  const std::vector<Row> rows = {
      {"nothing owed", {}, {}, true},
      {"nothing said", {}, {"REVIEW_BY_HUMAN"}, false},
      {"said", {"REVIEW_BY_HUMAN"}, {"REVIEW_BY_HUMAN"}, true},
      {"sooner", {"DELETE_AFTER_DAYS 20"}, {"DELETE_AFTER_DAYS 30"}, true},
      {"later", {"DELETE_AFTER_DAYS 31"}, {"DELETE_AFTER_DAYS 30"}, false},
      {"without a number",
       {"DELETE_AFTER_DAYS"},
       {"DELETE_AFTER_DAYS 30"},
       false},
      {"with a number more", {"REVIEW_BY_HUMAN 3"}, {"REVIEW_BY_HUMAN"}, true},
      {"of two the stricter",
       {"DELETE_AFTER_DAYS 40", "DELETE_AFTER_DAYS 30"},
       {"DELETE_AFTER_DAYS 30"},
       true},
      {"counts: more is stricter",
       {"SUPPRESS_COUNTS_BELOW 10"},
       {"SUPPRESS_COUNTS_BELOW 5"},
       true},
      {"counts: less is looser",
       {"SUPPRESS_COUNTS_BELOW 4"},
       {"SUPPRESS_COUNTS_BELOW 5"},
       false},
      {"no word of the schema",
       {"REVIEW_BY_HUMANS"},
       {"REVIEW_BY_HUMAN"},
       false},
      {"no number", {"DELETE_AFTER_DAYS x"}, {"DELETE_AFTER_DAYS 30"}, false},
      {"a number too large",
       {"DELETE_AFTER_DAYS 99999999999999999999"},
       {"DELETE_AFTER_DAYS 30"},
       false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Said(row.said).Cover(Said(row.owed)), row.enough) << row.name;
  }
}

TEST(ObligationTotals, KeepWhatIsCommonAndOfNumbersTheLooser) {
  ObligationTotals common = Said(
      {"DELETE_AFTER_DAYS 20", "REVIEW_BY_HUMAN", "SUPPRESS_COUNTS_BELOW 10"});
  common.KeepCommon(Said(
      {"DELETE_AFTER_DAYS 30", "RECORD_DECISION", "SUPPRESS_COUNTS_BELOW 5"}));
  EXPECT_TRUE(
      Said({"DELETE_AFTER_DAYS 30", "SUPPRESS_COUNTS_BELOW 5"}).Cover(common));
  EXPECT_FALSE(
      Said({"DELETE_AFTER_DAYS 31", "SUPPRESS_COUNTS_BELOW 5"}).Cover(common));
  EXPECT_FALSE(Said({"DELETE_AFTER_DAYS 30"}).Cover(common));
}

TEST(ObligationTotals, WordsComeBack) {
  const Obligation obligation{ObligationKind::kReturnOutcomeWithinDays, 28, ""};
  EXPECT_EQ(Word(obligation), "RETURN_OUTCOME_WITHIN_DAYS 28");
  EXPECT_TRUE(TotalOf({obligation}).Cover(Said({Word(obligation)})));
  EXPECT_TRUE(Said({Word(obligation)}).Cover(TotalOf({obligation})));
}

}  // namespace
}  // namespace kinstile::policy
