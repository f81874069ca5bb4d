// SPDX-License-Identifier: Apache-2.0
// A doubtful match on its way through a reviewer's hands, with the programs.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const char kKinstile[] = KINSTILE_PROGRAMS "/kinstile";

class ReviewTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Setting setting;
    setting.families = 150;
    auto town = Consortium::Start(setting);
    ASSERT_TRUE(town.ok()) << town.status();
    town_ = town->release();
    // Everybody whom both know is asked about once.
    for (const auto& [council, jcp] : town_->Same("council", "jcp")) {
      const auto family = town_->Family("council", council);
      ASSERT_TRUE(family.ok()) << family.status();
      ASSERT_TRUE(town_->node("council").Ask(*family, AskJcp()).ok());
    }
  }
  static void TearDownTestSuite() { delete town_; }

  Ran Review(std::vector<std::string> words, const std::string& agency = "jcp",
             const std::string& role = "match reviewer") {
    std::vector<std::string> argv = {kKinstile, "review"};
    argv.insert(argv.end(), words.begin(), words.end());
    for (const std::string& word :
         {std::string("--config"), town_->local().AdapterConfig(agency),
          std::string("--reviewer"), std::string("JCP-R-7"),
          std::string("--role"), role, std::string("--reason"),
          std::string("weekly review")})
      argv.push_back(word);
    return RunProgram(argv);
  }
  json Cases() {
    const Ran ran = Review({"list", "--json"});
    EXPECT_EQ(ran.code, 0) << ran.output;
    return json::parse(ran.output, nullptr, false)["cases"];
  }

  static Consortium* town_;
};
Consortium* ReviewTest::town_ = nullptr;

TEST_F(ReviewTest, CaseIsListedShownDecidedAndUndone) {
  const json cases = Cases();
  ASSERT_FALSE(cases.empty());
  const std::string id = cases[0]["case"];
  EXPECT_EQ(cases[0]["state"], "open");
  EXPECT_EQ(cases[0]["other_agency"], "council");
  EXPECT_FALSE(cases[0]["your_record"].get<std::string>().empty());
  const Ran shown = Review({"show", "--case", id});
  EXPECT_EQ(shown.code, 0) << shown.output;
  EXPECT_THAT(shown.output, HasSubstr("How the two records compare"));
  const Ran both = Review({"decide", "--case", id, "--same", "--different"});
  EXPECT_EQ(both.code, 2) << both.output;
  const Ran decided = Review({"decide", "--case", id, "--different"});
  EXPECT_EQ(decided.code, 0) << decided.output;
  EXPECT_EQ(Cases()[0]["state"], "two people");
  const Ran again = Review({"decide", "--case", id, "--same"});
  EXPECT_EQ(again.code, 1) << again.output;
  EXPECT_THAT(again.output, HasSubstr("undo"));
  EXPECT_EQ(Review({"undo", "--case", id}).code, 0);
  EXPECT_EQ(Cases()[0]["state"], "open");
}

TEST_F(ReviewTest, IsForTheSourcesReviewerAlone) {
  const json cases = Cases();
  ASSERT_FALSE(cases.empty());
  const std::string id = cases[0]["case"];
  const Ran other = Review({"list", "--json"}, "council");
  EXPECT_EQ(other.code, 0) << other.output;
  EXPECT_THAT(other.output, HasSubstr("\"cases\": []"));
  const Ran no_role = Review({"show", "--case", id}, "jcp", "work coach");
  EXPECT_EQ(no_role.code, 1) << no_role.output;
  EXPECT_EQ(Review({"show", "--case", "xyz"}).code, 2);
}

// What the gateway counted while it matched is enough for new weights; what it
// was asked is not in them.
TEST_F(ReviewTest, WeightsAreEstimatedFromWhatWasCounted) {
  const std::string out = town_->Path("weights.textproto");
  const Ran ran = RunProgram({kKinstile, "linkage", "estimate", "--store",
                              town_->local().Store("gateway"), "--version",
                              "northbridge-1", "--out", out, "--json"});
  const Ran shown =
      RunProgram({kKinstile, "linkage", "show", "--weights", out, "--json"});
  if (ran.code == 1) {
    // Too few people in a small town: said, and nothing written.
    EXPECT_THAT(ran.output, HasSubstr("too few"));
    EXPECT_NE(shown.code, 0);
    return;
  }
  ASSERT_EQ(ran.code, 0) << ran.output;
  ASSERT_EQ(shown.code, 0) << shown.output;
  EXPECT_EQ(json::parse(shown.output)["version"], "northbridge-1");
  // A file that somebody touched does not load.
  Edit(out, "match_at: 0.95", "match_at: 0.85");
  EXPECT_EQ(RunProgram({kKinstile, "linkage", "show", "--weights", out}).code,
            4);
}

}  // namespace
}  // namespace kinstile::e2e
