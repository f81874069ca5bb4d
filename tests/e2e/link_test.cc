// SPDX-License-Identifier: Apache-2.0
// Linking registers in bulk: over one stream, with the answers of single calls.
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/share/release.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

using nlohmann::json;

const char kKinstile[] = KINSTILE_PROGRAMS "/kinstile";

client::Question LinkQuestion() {
  client::Question q;
  q.agreement = "register-link";
  q.purpose = "OUTCOME_EVALUATION";
  q.mode = "LINK_FOR_EVALUATION";
  q.practitioner = "link-test";
  q.role = "accredited researcher";
  q.reason = "linkage run";
  q.facts = {{"PROJECT_ACCREDITED", true, {}}};
  q.asks = {{*AgencyId::Create("right"), "", {share::kRecordHandleItem}, ""}};
  return q;
}

// What one family was told, comparable.
std::string Told(const client::MatchOutcome& outcome) {
  std::string out;
  for (const client::SourceMatch& s : outcome.results) {
    out += absl::StrCat(s.agency.str(), " ", static_cast<int>(s.status));
    for (const client::MemberMatch& m : s.members)
      out += absl::StrCat(
          " ", m.member, ":", static_cast<int>(m.grade), ":",
          m.handle ? absl::BytesToHexString(m.handle->view()) : "-");
  }
  return out;
}

// Two registers of invented families, the right one enrolled and answering.
class LinkTest : public ::testing::Test {
 protected:
  static constexpr char kFamilies[] = "40";

  void SetUp() override {
    auto scratch = cli::ScratchFolder::Create();
    ASSERT_TRUE(scratch.ok());
    scratch_ = std::make_unique<cli::ScratchFolder>(*std::move(scratch));
    const Ran ran = RunProgram(
        {kKinstile, "sample", "--out", Path("in"), "--families", kFamilies,
         "--seed", "5", "--level", "hard", "--agencies", "council,health"});
    ASSERT_EQ(ran.code, 0) << ran.output;
  }

  void StartConsortium() {
    cli::LocalOptions o;
    o.plan.name = "link";
    o.plan.demonstration = true;
    o.plan.agencies = {{"left", "left register", 10'000},
                       {"right", "right register", 10'000}};
    o.plan.key_holders = {{"holder", "left"}};
    o.agencies = {
        {"left", Path("in/council.csv"), Path("in/council.mapping.textproto"),
         "practitioner { id: \"link-test\" role: \"accredited researcher\" "
         "}\n"},
        {"right", Path("in/health.csv"), Path("in/health.mapping.textproto"),
         "practitioner { id: \"nobody-asks\" role: \"none\" }\n"}};
    o.folder = Path("consortium");
    o.programs = KINSTILE_PROGRAMS;
    o.law = KINSTILE_POLICY_DIR "/law";
    o.agreements = KINSTILE_POLICY_DIR "/agreements";
    auto local = cli::LocalConsortium::Start(o);
    ASSERT_TRUE(local.ok()) << local.status();
    local_ = *std::move(local);
    left_ = *daemon::Node::Create(local_->AdapterConfig("left"));
    right_ = *daemon::Node::Create(local_->AdapterConfig("right"));
    for (daemon::Node* node : {left_.get(), right_.get()})
      node->Witness([](const std::string&, bool, const std::string&) {});
    for (daemon::Node* node : {left_.get(), right_.get()})
      ASSERT_TRUE(node->WaitUntilWitnessing(absl::Seconds(20)));
    ASSERT_TRUE(right_->Enrol([](uint64_t, uint64_t) {}).ok());
    ASSERT_TRUE(right_->Serve([](bool, const std::string&) {}).ok());
    ASSERT_TRUE(right_->WaitUntilUp(absl::Seconds(20)));
    std::map<FamilyHandle, std::vector<client::Member>> families;
    std::vector<sources::RowIssue> issues;
    ASSERT_TRUE(left_->source()
                    .ForEach(
                        [&](sources::SourceRecord r) {
                          families[left_->handles().FamilyOf(r)].push_back(
                              {left_->handles().ForRecord(r.local_id),
                               left_->AsAsked(r.person)});
                          return absl::OkStatus();
                        },
                        issues)
                    .ok());
    for (auto& [handle, members] : families)
      families_.push_back(std::move(members));
  }

  // Every family over one stream; `at` is called after each answer.
  std::map<uint64_t, std::string> LinkAll(
      const std::function<void(size_t)>& at = [](size_t) {}) {
    std::map<uint64_t, std::string> told;
    uint64_t next = 0;
    const absl::Status status = left_->LinkRegister(
        [&]() -> absl::StatusOr<std::optional<client::RegisterFamily>> {
          if (next == families_.size()) return std::nullopt;
          const uint64_t number = next++;
          return client::RegisterFamily{number, families_[number],
                                        LinkQuestion()};
        },
        [&](uint64_t number, const client::MatchOutcome& outcome) {
          EXPECT_TRUE(told.emplace(number, Told(outcome)).second)
              << "answered twice";
          at(told.size());
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return told;
  }

  std::string Path(const std::string& name) const {
    return scratch_->path() + "/" + name;
  }

  std::unique_ptr<cli::ScratchFolder> scratch_;
  std::unique_ptr<cli::LocalConsortium> local_;
  std::unique_ptr<daemon::Node> left_, right_;
  std::vector<std::vector<client::Member>> families_;
};

TEST_F(LinkTest, StreamSaysWhatSingleCallsSayAndOutlivesTheGateway) {
  ASSERT_NO_FATAL_FAILURE(StartConsortium());
  ASSERT_GT(families_.size(), 20u);
  std::map<uint64_t, std::string> single;
  for (uint64_t i = 0; i < families_.size(); ++i) {
    const auto outcome = left_->Match(families_[i], LinkQuestion());
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    single[i] = Told(*outcome);
  }
  EXPECT_EQ(LinkAll(), single);
  // The gateway dies under the stream and comes back; nothing is lost, and
  // nothing told twice.
  bool killed = false;
  const auto told = LinkAll([&](size_t) {
    if (std::exchange(killed, true)) return;
    local_->Find("gateway")->Kill();
    ASSERT_TRUE(local_->StartDaemon("gateway").ok());
    ASSERT_TRUE(Eventually([&] { return right_->WaitUntilUp({}); }));
  });
  EXPECT_EQ(told, single);
}

// What a run that was killed leaves behind is gone on from.
TEST_F(LinkTest, RunGoesOnFromItsJournal) {
  const std::vector<std::string> link = {
      kKinstile,     "link",
      "--left",      Path("in/council.csv"),
      "--left-map",  Path("in/council.mapping.textproto"),
      "--right",     Path("in/health.csv"),
      "--right-map", Path("in/health.mapping.textproto"),
      "--out",       Path("out"),
      "--json"};
  const Ran whole = RunProgram(link);
  ASSERT_EQ(whole.code, 0) << whole.output;
  const std::string pairs = ReadAll(Path("out/pairs.csv"));
  EXPECT_FALSE(std::filesystem::exists(Path("out/link.journal")));
  // A run that cannot write its result leaves what it was answered.
  std::filesystem::create_directory(Path("out/pairs.csv.new"));
  EXPECT_EQ(RunProgram(link).code, 1);
  std::filesystem::remove(Path("out/pairs.csv.new"));
  const std::string journal = ReadAll(Path("out/link.journal"));
  ASSERT_FALSE(journal.empty());
  // As if killed half-way, in the middle of a line.
  WriteAll(Path("out/link.journal"), journal.substr(0, journal.size() / 2));
  std::vector<std::string> again = link;
  again.push_back("--resume");
  const Ran resumed = RunProgram(again);
  ASSERT_EQ(resumed.code, 0) << resumed.output;
  EXPECT_EQ(ReadAll(Path("out/pairs.csv")), pairs);
  const json report = json::parse(resumed.output, nullptr, false);
  EXPECT_GT(report["families_resumed"], 5) << resumed.output;
  // A file that is no journal is nothing to go on from.
  WriteAll(Path("out/link.journal"), "left,right\n");
  const Ran refused = RunProgram(again);
  EXPECT_EQ(refused.code, 2) << refused.output;
  EXPECT_THAT(refused.output, testing::HasSubstr("line 1"));
}

}  // namespace
}  // namespace kinstile::e2e
