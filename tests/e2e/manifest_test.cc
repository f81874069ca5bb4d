// SPDX-License-Identifier: Apache-2.0
// A new manifest while everything runs: it ends epochs, and expels an agency.
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/cli/ceremony.h"
#include "gateway/audit/copy.h"
#include "gateway/share/reason.h"
#include "gateway/storage/database.h"
#include "gateway/wire/text.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "kinstile/v1/manifest.pb.h"
#include "tests/e2e/consortium.h"
#include "tests/unit/gateway/audit/thief.h"

namespace kinstile::e2e {
namespace {

class Manifest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Consortium::Start({});
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
  }
  static void TearDownTestSuite() { delete town_; }

  static cli::LocalConsortium& local() { return town_->local(); }
  static std::string File() {
    return local().options().folder + "/manifest.textproto";
  }
  // The next version, not signed yet.
  static void WriteNext(
      const std::function<void(v1::ConsortiumManifest&)>& change) {
    v1::ConsortiumManifest manifest;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        *wire::ReadFile(File()), &manifest));
    manifest.set_version(manifest.version() + 1);
    change(manifest);
    std::string text;
    google::protobuf::TextFormat::PrintToString(manifest, &text);
    std::ofstream(File()) << text;
  }
  static void Sign(const std::string& agency) {
    const absl::Status s = cli::SignManifest(
        File(), agency, local().Folder(agency) + "/signing.key");
    ASSERT_TRUE(s.ok()) << s;
  }
  static void Reload(const std::vector<std::string>& processes) {
    for (const std::string& p : processes)
      ::kill(local().Find(p)->pid(), SIGHUP);
  }
  static void ReloadDaemons() {
    Reload({"gateway", "holder-jcp", "holder-health"});
  }

  // The gateway's sealed entries to the council, and which epochs are ended.
  struct Trail {
    std::vector<audit::StoredEntry> sealed;
    std::set<uint64_t> ended;
    std::vector<audit::StoredEntry> OfEndedEpochs() const {
      std::vector<audit::StoredEntry> out;
      for (const audit::StoredEntry& e : sealed)
        if (ended.count(audit::DecodeLeaf(e.leaf)->epoch) > 0) out.push_back(e);
      return out;
    }
  };
  static Trail ReadTrail() {
    Trail trail;
    auto db = storage::Open("sqlite:" + local().Store("gateway"),
                            {.read_only = true});
    EXPECT_TRUE(db.ok()) << db.status();
    const auto consortium = town_->node("council").directory().Current();
    const std::string origin = consortium->FindGateway("gateway")->log_origin;
    const absl::Status read = (*db)->Read([&](storage::Snapshot& s) {
      audit::StoreCopy copy(s, origin);
      return copy.ForEachEntry(0, [&](const audit::EntryRow& row) {
        const audit::Leaf leaf = *audit::DecodeLeaf(row.leaf);
        if (leaf.audience != "council") return absl::OkStatus();
        if (leaf.type == audit::EntryType::kEpochSeal)
          trail.ended.insert(leaf.epoch);
        if (leaf.sealing == audit::Sealing::kRatchetV1)
          trail.sealed.push_back({row.index, std::string(row.leaf),
                                  std::string(row.payload.value_or(""))});
        return absl::OkStatus();
      });
    });
    EXPECT_TRUE(read.ok()) << read;
    return trail;
  }

  static Consortium* town_;
};
Consortium* Manifest::town_ = nullptr;

// A new manifest ends every epoch. What a thief then takes from the running
// gateway's memory opens nothing that was written before.
TEST_F(Manifest, EndsEpochsOfWhichTheGatewaysMemoryOpensNothing) {
  const auto family = town_->KnownFamily();
  ASSERT_TRUE(family.ok()) << family.status();
  daemon::Node& council = town_->node("council");
  const std::string words = "words that only the ended epoch may know";
  client::Question question = AskJcp();
  for (int i = 0; i < 3; ++i) {
    question.reason = absl::StrCat(words, " ", i);
    ASSERT_TRUE(council.Ask(*family, question).ok());
  }
  WriteNext([](v1::ConsortiumManifest&) {});
  Sign("jcp");
  Sign("council");
  Reload(
      {"gateway", "holder-jcp", "holder-health", "jcp", "council", "health"});
  ASSERT_TRUE(council.Reload().ok());
  // It goes on with another epoch.
  ASSERT_TRUE(Eventually([&] { return council.Ask(*family, AskJcp()).ok(); }));
  const size_t written = ReadTrail().sealed.size();
  const std::string memory = audit::MemoryOf(local().Find("gateway")->pid());
  if (::geteuid() != 0) {
    EXPECT_EQ(memory, "");  // nobody else's business
    return;
  }
  ASSERT_TRUE(council.Ask(*family, AskJcp()).ok());

  const Trail trail = ReadTrail();
  std::vector<audit::StoredEntry> wanted = trail.OfEndedEpochs();
  ASSERT_GE(wanted.size(), 6u);
  wanted.erase(wanted.begin(), wanted.end() - 3);
  wanted.push_back(trail.sealed.at(written - 1));
  // That there is something to be found is shown by the first entry after the
  // theft, whose chain key has to be there.
  const audit::StoredEntry& next = trail.sealed.at(written);
  wanted.push_back(next);
  EXPECT_THAT(audit::Thief(wanted).Opened(memory),
              testing::ElementsAre(next.index));
  EXPECT_EQ(memory.find(words), memory.npos);
}

// Without `health`, whose key holder goes on under the council.
void ExpelHealth(v1::ConsortiumManifest& manifest) {
  auto* agencies = manifest.mutable_agencies();
  for (int i = agencies->size() - 1; i >= 0; --i)
    if (agencies->Get(i).id() == "health") agencies->DeleteSubrange(i, 1);
  manifest.mutable_witnesses()->set_policy(
      "group partners 2 jcp council\nquorum partners\n");
  for (auto& holder : *manifest.mutable_key_holders())
    if (holder.organisation() == "health") holder.set_organisation("council");
}

TEST_F(Manifest, ExpelsAnAgencyFromOpenConnections) {
  daemon::Node& health = town_->node("health");
  ASSERT_TRUE(health.gateway().GetRegistryStatus().ok());

  // Unsigned: nobody believes it, everything goes on.
  WriteNext(ExpelHealth);
  ReloadDaemons();
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_TRUE(health.gateway().GetRegistryStatus().ok());

  // Signed by one of the two: still not.
  Sign("jcp");
  ReloadDaemons();
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_TRUE(health.gateway().GetRegistryStatus().ok());

  Sign("council");
  ReloadDaemons();
  EXPECT_TRUE(Eventually([&] {
    return share::ReasonOf(health.gateway().GetRegistryStatus().status()) ==
           share::Reason::kUnknownParty;
  }));
  EXPECT_TRUE(town_->node("council").gateway().GetRegistryStatus().ok());
}

}  // namespace
}  // namespace kinstile::e2e
