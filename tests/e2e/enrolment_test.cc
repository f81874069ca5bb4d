// SPDX-License-Identifier: Apache-2.0
// Keeping a register in step: killed and run again, changed, shielded.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "adapters/cli/process.h"
#include "adapters/daemon/token_cache.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

using Json = nlohmann::json;
using share::SourceStatus;

constexpr char kAdapter[] = KINSTILE_PROGRAMS "/kinstile-adapter";
constexpr char kKinstile[] = KINSTILE_PROGRAMS "/kinstile";
constexpr int kKills = 10;

// People of the council; 20,000 with KINSTILE_ENROL_FAMILIES=8000, a million
// with 400000. At least some batches of 250.
uint64_t Families() {
  const char* wanted = std::getenv("KINSTILE_ENROL_FAMILIES");
  uint64_t n = 0;
  return wanted != nullptr && absl::SimpleAtoi(wanted, &n) ? n : 300;
}

class Enrolment : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Setting setting;
    setting.families = Families();
    setting.register_size = 4 * Families();
    setting.enrol = false;
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
    // The gateway serves nobody before their adapters are there.
    ASSERT_TRUE(town_->local().StartAdapters().ok());
    for (const std::string& id : Agencies())
      ASSERT_TRUE(town_->OpenNode(id).ok());
  }
  static void TearDownTestSuite() {
    delete town_;
    town_ = nullptr;
  }

  // One whole enrolment's report.
  static Json Enrol(const std::string& agency,
                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> argv = {kAdapter, "--config",
                                     town_->local().AdapterConfig(agency),
                                     "--enrol", "--json"};
    argv.insert(argv.end(), more.begin(), more.end());
    const Ran ran = RunProgram(argv);
    EXPECT_EQ(ran.code, 0) << ran.output;
    return Json::parse(ran.output, nullptr, false);
  }
  static client::RegistryStatus AtTheGateway(const std::string& agency) {
    auto status = town_->node(agency).gateway().GetRegistryStatus();
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() ? *status : client::RegistryStatus{};
  }
  static std::vector<std::string> Lines(const std::string& agency) {
    std::vector<std::string> lines =
        absl::StrSplit(ReadAll(town_->Register(agency)), '\n');
    if (lines.back().empty()) lines.pop_back();
    return lines;
  }

  static Consortium* town_;
};
Consortium* Enrolment::town_ = nullptr;

// Killed ten times at random moments, it ends complete, with nobody twice and
// nothing left of the attempts.
TEST_F(Enrolment, GoesOnAfterEveryKill) {
  const size_t people = Lines("council").size() - 1;
  std::mt19937 random(20261125);
  // Of how long a whole one takes here; the first, of another agency, tells.
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Enrol("jcp")["unchanged"], 0);
  const auto whole = std::chrono::steady_clock::now() - start;
  daemon::Node& council = town_->node("council");
  daemon::TokenCache cache(council.state(), council.handles());
  for (int kill = 0; kill < kKills; ++kill) {
    auto process = cli::Process::Start(
        {kAdapter, "--config", town_->local().AdapterConfig("council"),
         "--enrol"},
        town_->Path("killed.log"));
    ASSERT_TRUE(process.ok()) << process.status();
    // The first when it has kept something, the others whenever.
    if (kill == 0)
      EXPECT_TRUE(Eventually([&] { return *cache.Size() > 0; }));
    else
      std::this_thread::sleep_for(whole * (random() % 1000) / 2000);
    ::kill(process->pid(), SIGKILL);
    process->Wait();
    // As a whole or not at all.
    const auto seen = AtTheGateway("council");
    EXPECT_TRUE(seen.records == 0 || seen.records == people) << seen.records;
  }
  const Json report = Enrol("council");
  EXPECT_EQ(report["enrolled"], people) << report.dump(1);
  EXPECT_EQ(report["read"], people);
  EXPECT_EQ(AtTheGateway("council").records, people);
  // What the killed ones had evaluated was not evaluated again.
  EXPECT_LT(report["new"], people);
  std::printf("%zu people; %d kills; left to evaluate at the end: %s\n", people,
              kKills, report["new"].dump().c_str());
  const Json again = Enrol("council");
  EXPECT_EQ(again["unchanged"], people) << again.dump(1);
  EXPECT_EQ(again["new"], 0);
  EXPECT_EQ(again["gone"], 0);
}

TEST_F(Enrolment, FollowsWhatIsAddedChangedRemovedAndMerged) {
  Enrol("council");
  const std::string path = town_->Register("council");
  const std::string before = ReadAll(path);
  std::vector<std::string> lines = Lines("council");
  const size_t people = lines.size() - 1;
  // The last one is removed, the one before is merged into the first (gone as
  // well), the second gets another surname, and one is added.
  lines.resize(lines.size() - 2);
  std::vector<std::string> fields = absl::StrSplit(lines[2], ',');
  fields[4] = "Changeling";
  lines[2] = absl::StrJoin(fields, ",");
  fields = absl::StrSplit(lines[3], ',');
  fields[0] = "NEW1";
  lines.push_back(absl::StrJoin(fields, ","));
  WriteAll(path, absl::StrJoin(lines, "\n") + "\n");

  const Json look = Enrol("council", {"--dry-run"});
  EXPECT_EQ(look["dry_run"], true);
  for (const char* what : {"new", "changed"})
    EXPECT_EQ(look[what], 1) << look.dump(1);
  EXPECT_EQ(look["gone"], 2) << look.dump(1);
  EXPECT_EQ(look["unchanged"], people - 3) << look.dump(1);
  EXPECT_EQ(AtTheGateway("council").records, people);  // nothing was sent

  const Json report = Enrol("council");
  for (const char* what : {"new", "changed", "gone", "unchanged"})
    EXPECT_EQ(report[what], look[what]) << what << report.dump(1);
  EXPECT_EQ(AtTheGateway("council").records, people - 1);
  WriteAll(path, before);
  Enrol("council");
  EXPECT_EQ(AtTheGateway("council").records, people);
}

// A shield by hand holds with the next question, and across enrolments.
TEST_F(Enrolment, AShieldByHandHoldsAtOnceAndUntilItIsLifted) {
  for (const std::string& id : Agencies()) Enrol(id);
  auto family = town_->KnownFamily();
  ASSERT_TRUE(family.ok()) << family.status();
  auto answered = [&] {
    const auto outcome = town_->node("council").Ask(*family, AskJcp());
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() &&
           outcome->results[0].status == SourceStatus::kAnswered;
  };
  ASSERT_TRUE(answered());
  // Somebody of that family at the Jobcentre.
  std::string there;
  for (const auto& [council, jcp] : town_->Same("council", "jcp"))
    for (const client::Member& member : *family)
      if (town_->node("council").handles().ForRecord(
              identity::Pii<>(council)) == member.handle)
        there = jcp;
  ASSERT_FALSE(there.empty());
  const std::vector<std::string> shield = {kKinstile,
                                           "adapter",
                                           "shield",
                                           "--config",
                                           town_->local().AdapterConfig("jcp"),
                                           "--case",
                                           there};
  const Ran set = RunProgram(shield);
  EXPECT_EQ(set.code, 0) << set.output;
  EXPECT_THAT(set.output, ::testing::HasSubstr("and at the gateway"));
  EXPECT_FALSE(answered());
  Enrol("jcp");
  EXPECT_FALSE(answered());
  std::vector<std::string> lift = shield;
  lift.push_back("--lift");
  EXPECT_EQ(RunProgram(lift).code, 0);
  EXPECT_TRUE(answered());
}

}  // namespace
}  // namespace kinstile::e2e
