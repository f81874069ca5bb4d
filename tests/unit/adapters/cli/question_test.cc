// SPDX-License-Identifier: Apache-2.0
// Facts and asks as they are typed.
#include "adapters/cli/question.h"

#include "gtest/gtest.h"

namespace kinstile::cli {
namespace {

TEST(Question, ReadsFacts) {
  struct Case {
    const char* text;
    bool ok;
    bool holds;
    std::optional<int64_t> number;
  };
  const Case cases[] = {
      {"CASE_IS_OPEN", true, true, {}},
      {"CASE_IS_OPEN=yes", true, true, {}},
      {"CASE_IS_OPEN=No", true, false, {}},
      {"AGE_FROM=16", true, true, 16},
      {"AGE_TO=0", true, true, 0},
      {"AGE_FROM=-1", false, false, {}},
      {"AGE_FROM=16.5", false, false, {}},
      {"AGE_FROM=99999999999999999999", false, false, {}},
      {"AGE_FROM=16=17", false, false, {}},
      {"AGE_FROM=", false, false, {}},
      {"AGE_FORM=16", false, false, {}},
      {"", false, false, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto fact = ParseFact(c.text);
    ASSERT_EQ(fact.ok(), c.ok);
    if (!c.ok) continue;
    EXPECT_EQ(fact->condition,
              std::string(c.text).substr(0, std::string(c.text).find('=')));
    EXPECT_EQ(fact->holds, c.holds);
    EXPECT_EQ(fact->number, c.number);
  }
}

TEST(Question, ReadsAsks) {
  const auto ask = ParseAsk("health:last_contact_date,gp_practice");
  ASSERT_TRUE(ask.ok());
  EXPECT_EQ(ask->agency.str(), "health");
  EXPECT_EQ(ask->items,
            (std::vector<std::string>{"last_contact_date", "gp_practice"}));
  EXPECT_TRUE(ask->grains.empty());
  const auto coarse = ParseAsk("health:due_date=MONTH_ONLY,gp_practice");
  ASSERT_TRUE(coarse.ok());
  EXPECT_EQ(coarse->items,
            (std::vector<std::string>{"due_date", "gp_practice"}));
  EXPECT_EQ(coarse->grains, (std::vector<std::string>{"MONTH_ONLY", ""}));
  for (const char* bad : {"health", ":gp_practice", "health:a:b", ""})
    EXPECT_FALSE(ParseAsk(bad).ok()) << bad;
}

}  // namespace
}  // namespace kinstile::cli
