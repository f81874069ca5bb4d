// SPDX-License-Identifier: Apache-2.0
// The commands that a newcomer runs first: demo, sample, link.
#include <filesystem>
#include <fstream>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

using nlohmann::json;

const char kKinstile[] = KINSTILE_PROGRAMS "/kinstile";

TEST(Demo, ComesOutAsExpectedInEveryStep) {
  const Ran ran =
      RunProgram({kKinstile, "demo", "--families", "100", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.output;
  const json report = json::parse(ran.output, nullptr, false);
  ASSERT_FALSE(report.is_discarded()) << ran.output;
  EXPECT_EQ(report["all_as_expected"], true);
  // Enrolments, the share, three refusals, the audit, the tampering.
  EXPECT_GE(report["steps"].size(), 9u);
  for (const json& step : report["steps"])
    EXPECT_EQ(step["as_expected"], true) << step.dump(1);
}

TEST(Demo, KeepsAFolderOnlyWhenAskedAndNeverOverOne) {
  auto scratch = cli::ScratchFolder::Create();
  ASSERT_TRUE(scratch.ok());
  const Ran ran = RunProgram({kKinstile, "demo", "--keep", scratch->path()});
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(ran.output, testing::HasSubstr("exists"));
}

// The truth of two agencies, as `link` takes it.
void WriteTruth(const std::string& from, const std::string& to,
                const std::string& left, const std::string& right) {
  std::ifstream in(from);
  std::ofstream out(to);
  out << "left_id,right_id\n";
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::vector<std::string> f = absl::StrSplit(line, ',');
    ASSERT_EQ(f.size(), 4u);
    if (f[0] == left && f[2] == right) out << f[1] << "," << f[3] << "\n";
    if (f[0] == right && f[2] == left) out << f[3] << "," << f[1] << "\n";
  }
}

TEST(Link, NeverTakesTwoPeopleForOne) {
  auto scratch = cli::ScratchFolder::Create();
  ASSERT_TRUE(scratch.ok());
  const std::string& dir = scratch->path();
  const Ran sample =
      RunProgram({kKinstile, "sample", "--out", dir, "--families", "200",
                  "--agencies", "council,health"});
  ASSERT_EQ(sample.code, 0) << sample.output;
  WriteTruth(dir + "/truth.csv", dir + "/pairs_truth.csv", "council", "health");
  const Ran ran = RunProgram(
      {kKinstile, "link", "--left", dir + "/council.csv", "--left-map",
       dir + "/council.mapping.textproto", "--right", dir + "/health.csv",
       "--right-map", dir + "/health.mapping.textproto", "--out", dir + "/out",
       "--truth", dir + "/pairs_truth.csv", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.output;
  const json report = json::parse(ran.output, nullptr, false);
  ASSERT_FALSE(report.is_discarded()) << ran.output;
  const json& match = report["quality"]["match"];
  EXPECT_EQ(match["precision"], 1.0) << report.dump(1);
  EXPECT_GT(match["recall"], 0.6) << report.dump(1);
  EXPECT_GT(match["right"], 100) << report.dump(1);
  const std::string pairs = ReadAll(dir + "/out/pairs.csv");
  EXPECT_EQ(pairs.substr(0, pairs.find('\n')), "left_id,right_id,grade");
  const std::string families = ReadAll(dir + "/out/families.csv");
  EXPECT_EQ(families.substr(0, families.find('\n')),
            "left_family,right_family,grade");
}

}  // namespace
}  // namespace kinstile::e2e
