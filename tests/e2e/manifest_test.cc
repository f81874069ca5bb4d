// SPDX-License-Identifier: Apache-2.0
// A new manifest expels an agency while everything runs.
#include <csignal>
#include <fstream>

#include "absl/time/clock.h"
#include "adapters/cli/ceremony.h"
#include "gateway/share/reason.h"
#include "gateway/wire/text.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "kinstile/v1/manifest.pb.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

// Version 2 without `agency`; whose key holder goes on under the council.
void WriteWithout(const std::string& path, const std::string& agency) {
  v1::ConsortiumManifest manifest;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      *wire::ReadFile(path), &manifest));
  manifest.set_version(2);
  auto* agencies = manifest.mutable_agencies();
  for (int i = agencies->size() - 1; i >= 0; --i)
    if (agencies->Get(i).id() == agency) agencies->DeleteSubrange(i, 1);
  manifest.mutable_witnesses()->set_policy(
      "group partners 2 jcp council\nquorum partners\n");
  for (auto& holder : *manifest.mutable_key_holders())
    if (holder.organisation() == agency) holder.set_organisation("council");
  std::string text;
  google::protobuf::TextFormat::PrintToString(manifest, &text);
  std::ofstream(path) << text;
}

TEST(Manifest, ExpelsAnAgencyFromOpenConnections) {
  auto consortium = Consortium::Start({});
  ASSERT_TRUE(consortium.ok()) << consortium.status();
  cli::LocalConsortium& local = (*consortium)->local();
  daemon::Node& health = (*consortium)->node("health");
  ASSERT_TRUE(health.gateway().GetRegistryStatus().ok());

  const std::string manifest = local.options().folder + "/manifest.textproto";
  auto reload = [&] {
    for (const char* daemon : {"gateway", "holder-jcp", "holder-health"})
      ::kill(local.Find(daemon)->pid(), SIGHUP);
  };

  // Unsigned: nobody believes it, everything goes on.
  WriteWithout(manifest, "health");
  reload();
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_TRUE(health.gateway().GetRegistryStatus().ok());

  // Signed by one of the two: still not.
  auto sign = [&](const std::string& agency) {
    return cli::SignManifest(manifest, agency,
                             local.Folder(agency) + "/signing.key");
  };
  ASSERT_TRUE(sign("jcp").ok());
  reload();
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_TRUE(health.gateway().GetRegistryStatus().ok());

  ASSERT_TRUE(sign("council").ok());
  reload();
  EXPECT_TRUE(Eventually([&] {
    return share::ReasonOf(health.gateway().GetRegistryStatus().status()) ==
           share::Reason::kUnknownParty;
  }));
  EXPECT_TRUE(
      (*consortium)->node("council").gateway().GetRegistryStatus().ok());
}

}  // namespace
}  // namespace kinstile::e2e
