// SPDX-License-Identifier: Apache-2.0
// Small numbers are hidden, by people and not by what they come to.
#include "policy/counts.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace kinstile::policy {
namespace {

struct People {
  const char* group;
  int how_many;
  const char* value;
};

struct Row {
  const char* name;
  std::vector<People> people;
  CountRules rules;
  const char* text;
};

CountRules Rules(int64_t suppress, int64_t round, int64_t least = 1,
                 bool show_zero = false) {
  return {suppress, round, least, show_zero};
}

TEST(Counts, HideWhatIsSmallAndRoundTheRest) {
  const Row rows[] = {
      {"enough", {{"", 23, "yes"}, {"", 9, "no"}}, Rules(10, 5), "25"},
      {"just enough", {{"", 10, "yes"}}, Rules(10, 5), "10"},
      {"too few",
       {{"", 9, "yes"}, {"", 90, "no"}},
       Rules(10, 5),
       "fewer than 10"},
      {"none, which is hidden too",
       {{"", 50, "no"}},
       Rules(10, 5),
       "fewer than 10"},
      {"none, which may be shown",
       {{"", 50, "no"}},
       Rules(10, 5, 1, true),
       "0"},
      {"none, of too few people",
       {{"", 9, "no"}},
       Rules(5, 5, 10, true),
       "fewer than 5"},
      {"few people with much",
       {{"", 2, "600"}, {"", 50, "0"}},
       Rules(10, 5),
       "fewer than 10"},
      {"numbers add up", {{"", 12, "2"}, {"", 3, "0"}}, Rules(10, 5), "25"},
      {"not rounded", {{"", 12, "true"}}, Rules(10, 1), "12"},
      {"rounded up and down",
       {{"E01000001", 12, "y"}, {"E01000002", 13, "y"}},
       Rules(10, 5),
       "E01000001: 10; E01000002: 15"},
      {"hidden groups are not named",
       {{"E01000001", 40, "yes"}, {"One Person", 1, "yes"}, {"b", 9, "yes"}},
       Rules(10, 5),
       "E01000001: 40; fewer than 10 in each of 2 others"},
      {"only hidden groups",
       {{"a", 1, "yes"}, {"b", 2, "yes"}, {"c", 3, "no"}},
       Rules(10, 5),
       "fewer than 10 in each of 3"},
      {"a group of too few people",
       {{"a", 19, "yes"}, {"b", 20, "yes"}},
       Rules(10, 5, 20),
       "b: 20; fewer than 10 in each of 1 others"},
      {"what is no count counts for nobody",
       {{"", 10, "yes"},
        {"", 90, "perhaps"},
        {"", 5, "-1"},
        {"", 5, "1234567"},
        {"", 5, ""}},
       Rules(10, 5),
       "10"},
  };
  for (const Row& row : rows) {
    Counts counts;
    for (const People& each : row.people) {
      for (int i = 0; i < each.how_many; ++i)
        counts.Add(each.group, each.value);
    }
    EXPECT_EQ(counts.Text(row.rules), row.text) << row.name;
  }
}

TEST(Counts, AreOfSomebodyOnceAValueCounts) {
  Counts counts;
  counts.Add("", "perhaps");
  EXPECT_TRUE(counts.empty());
  counts.Add("", "no");
  EXPECT_FALSE(counts.empty());
}

}  // namespace
}  // namespace kinstile::policy
