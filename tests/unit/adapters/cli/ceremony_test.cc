// SPDX-License-Identifier: Apache-2.0
// The ceremony makes what the daemons believe, once, for the owner alone.
#include "adapters/cli/ceremony.h"

#include <filesystem>
#include <fstream>

#include "adapters/cli/scratch_folder.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"
#include "gateway/wire/tls.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace kinstile::cli {
namespace {

namespace fs = std::filesystem;

ConsortiumPlan Plan() {
  ConsortiumPlan plan;
  plan.name = "test";
  plan.agencies = {{"jcp", "Jobcentre", 10}, {"council", "", 20}};
  plan.key_holders = {{"holder-a", "jcp"}, {"holder-b", "council"}};
  plan.threshold = 2;
  return plan;
}

absl::Time Now() {
  return absl::FromCivil(absl::CivilDay(2026, 11, 23), absl::UTCTimeZone());
}

v1::ManifestConfig ConfigOf(const std::string& folder,
                            const ConsortiumPlan& plan) {
  v1::KinstiledConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      *ManifestConfigText(folder, plan), &config));
  return config.manifest();
}

class CeremonyTest : public ::testing::Test {
 protected:
  CeremonyTest()
      : scratch_(*ScratchFolder::Create()), folder_(scratch_.path() + "/c") {}
  ScratchFolder scratch_;
  std::string folder_;
};

TEST_F(CeremonyTest, MakesAManifestThatTheDaemonsBelieve) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  const auto consortium =
      wire::LoadManifest(folder_ + "/x.textproto", ConfigOf(folder_, Plan()));
  ASSERT_TRUE(consortium.ok()) << consortium.status();
  EXPECT_EQ((*consortium)->agencies.size(), 2u);
  EXPECT_EQ((*consortium)->FindAgency("jcp")->name, "Jobcentre");
  EXPECT_EQ((*consortium)->FindAgency("council")->register_size, 20u);
  EXPECT_EQ((*consortium)->key_threshold, 2u);
  EXPECT_FALSE((*consortium)->demonstration);
}

TEST_F(CeremonyTest, EveryMonthOfTheAuditHasAKeyOfItsOwn) {
  ConsortiumPlan plan = Plan();
  plan.audit_months = 3;
  plan.agreements = {"family-support"};
  ASSERT_TRUE(HoldCeremony(plan, folder_, Now()).ok());
  const auto c =
      wire::LoadManifest(folder_ + "/x.textproto", ConfigOf(folder_, plan));
  ASSERT_TRUE(c.ok()) << c.status();
  ASSERT_EQ((*c)->retention.size(), 2u);
  EXPECT_EQ((*c)->retention[1].agreements,
            std::vector<std::string>{"family-support"});
  // Two classes, three months; a key on disk for each that the manifest names.
  for (const auto* officers :
       {&(*c)->FindAgency("jcp")->officers, &(*c)->oversight.at(0).officers})
    ASSERT_EQ(officers->size(), 6u);
  const share::Officer& january = (*c)->FindAgency("jcp")->officers[5];
  EXPECT_EQ(january.bucket, "sharing/2027-01");
  EXPECT_EQ(january.key_id, "jcp-ig-sharing-2027-01");
  const auto keys =
      wire::ReadKeys<crypto::BoxSecretKey>(folder_ + "/jcp/officer");
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 6u);
  EXPECT_EQ(crypto::PublicKeyOf(keys->back()), january.audit_key);
  EXPECT_FALSE(fs::exists(folder_ + "/jcp/officer/audit.key"));
}

TEST_F(CeremonyTest, KeysOnDiskAreThoseOfTheManifest) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  const auto consortium =
      *wire::LoadManifest(folder_ + "/x.textproto", ConfigOf(folder_, Plan()));
  EXPECT_EQ(wire::ReadSigningKey(folder_ + "/jcp/signing.key")->verify_key(),
            consortium->FindAgency("jcp")->signing_key);
  EXPECT_EQ(wire::ReadSigningKey(folder_ + "/gateway/log.key")->verify_key(),
            consortium->FindGateway("gateway")->log_key);
  EXPECT_TRUE(
      wire::ReadOprfKey(folder_ + "/holder-b/share.key")->public_key() ==
      consortium->FindKeyHolder("holder-b")->share_key);
  const auto pem = *wire::ReadFile(folder_ + "/council/tls/cert.pem");
  EXPECT_EQ(*wire::SpkiPin(pem),
            consortium->FindAgency("council")->tls_pins[0]);
}

TEST_F(CeremonyTest, NobodyElseCanReadAnything) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    const auto others = fs::perms::group_all | fs::perms::others_all;
    EXPECT_EQ(entry.status().permissions() & others, fs::perms::none)
        << entry.path();
    files += entry.is_regular_file();
  }
  EXPECT_GT(files, 20u);
}

TEST_F(CeremonyTest, NeverOverwrites) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  const auto before = *wire::ReadFile(folder_ + "/manifest.textproto");
  EXPECT_TRUE(absl::IsAlreadyExists(HoldCeremony(Plan(), folder_, Now())));
  EXPECT_EQ(*wire::ReadFile(folder_ + "/manifest.textproto"), before);
  EXPECT_TRUE(absl::IsAlreadyExists(
      wire::WriteKeyBytes(folder_ + "/jcp/signing.key", "x")));
}

TEST_F(CeremonyTest, OneEditedByteIsNotBelieved) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  const auto config = ConfigOf(folder_, Plan());
  std::ofstream(folder_ + "/manifest.textproto", std::ios::app) << "\n";
  EXPECT_TRUE(absl::IsUnauthenticated(
      wire::LoadManifest(folder_ + "/x.textproto", config).status()));
}

TEST_F(CeremonyTest, OneSignatureIsNotEnough) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  const auto config = ConfigOf(folder_, Plan());
  fs::remove(folder_ + "/manifest.textproto.jcp.sig");
  EXPECT_TRUE(absl::IsUnauthenticated(
      wire::LoadManifest(folder_ + "/x.textproto", config).status()));
}

TEST_F(CeremonyTest, CertificatesOutOfDateAreNamed) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  const wire::TlsFolder tls{folder_ + "/jcp/tls"};
  EXPECT_TRUE(wire::CheckTlsFolder(tls, Now()).ok());
  const auto late = wire::CheckTlsFolder(tls, Now() + absl::Hours(24 * 400));
  EXPECT_TRUE(absl::IsFailedPrecondition(late));
  EXPECT_THAT(std::string(late.message()), ::testing::HasSubstr("cert.pem"));
  EXPECT_FALSE(wire::CheckTlsFolder(tls, Now() - absl::Hours(2)).ok());
}

TEST_F(CeremonyTest, AKeyThatIsNotTheCertificatesOrIsOpenIsNamed) {
  ASSERT_TRUE(HoldCeremony(Plan(), folder_, Now()).ok());
  const wire::TlsFolder tls{folder_ + "/jcp/tls"};
  fs::permissions(tls.path + "/key.pem", fs::perms::others_read,
                  fs::perm_options::add);
  EXPECT_TRUE(absl::IsFailedPrecondition(wire::CheckTlsFolder(tls, Now())));
  fs::copy_file(folder_ + "/council/tls/key.pem", tls.path + "/key.pem",
                fs::copy_options::overwrite_existing);
  fs::permissions(tls.path + "/key.pem",
                  fs::perms::owner_read | fs::perms::owner_write);
  const auto status = wire::CheckTlsFolder(tls, Now());
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("key.pem"));
}

TEST_F(CeremonyTest, RefusesAPlanThatCannotWork) {
  struct Case {
    const char* name;
    std::function<void(ConsortiumPlan&)> spoil;
  };
  const std::vector<Case> cases = {
      {"one agency", [](auto& p) { p.agencies.pop_back(); }},
      {"no key holder", [](auto& p) { p.key_holders.clear(); }},
      {"threshold 0", [](auto& p) { p.threshold = 0; }},
      {"threshold too high", [](auto& p) { p.threshold = 3; }},
      {"same id twice", [](auto& p) { p.agencies[1].id = "jcp"; }},
      {"holder named as an agency",
       [](auto& p) { p.key_holders[0].id = "jcp"; }},
      {"bad id", [](auto& p) { p.agencies[0].id = "J C P"; }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ConsortiumPlan plan = Plan();
    c.spoil(plan);
    EXPECT_TRUE(absl::IsInvalidArgument(HoldCeremony(plan, folder_, Now())));
    EXPECT_FALSE(fs::exists(folder_));
  }
}

}  // namespace
}  // namespace kinstile::cli
