// SPDX-License-Identifier: Apache-2.0
// Handles are stable and keyed; families are found and closed as a whole.
#include "adapters/daemon/register.h"

#include "gateway/crypto/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/adapters/daemon/list_source.h"

namespace kinstile::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

crypto::MacKey KeyOf(char fill) {
  return *crypto::MacKey::FromBytes(crypto::SecretAccess(),
                                    std::string(32, fill));
}

identity::Pii<> Local(const std::string& id) { return identity::Pii<>(id); }

TEST(Handles, AreStableAndDependOnTheKey) {
  const Handles a(KeyOf(1)), again(KeyOf(1)), b(KeyOf(2));
  EXPECT_EQ(a.ForRecord(Local("LA1")), again.ForRecord(Local("LA1")));
  EXPECT_NE(a.ForRecord(Local("LA1")), b.ForRecord(Local("LA1")));
  EXPECT_NE(a.ForRecord(Local("LA1")), a.ForRecord(Local("LA2")));
}

TEST(Handles, KeepRecordsAndFamiliesOfOneNameApart) {
  const Handles h(KeyOf(1));
  EXPECT_NE(h.ForRecord(Local("7")).view(), h.ForFamily(Local("7")).view());
  sources::SourceRecord alone;
  alone.local_id = Local("7");
  EXPECT_NE(h.FamilyOf(alone).view(), h.ForFamily(Local("7")).view());
}

class RegisterTest : public ::testing::Test {
 protected:
  RegisterTest()
      : handles_(KeyOf(1)),
        source_({{"1", "F", false, {}},
                 {"2", "F", true, {}},
                 {"3", "G", false, {}},
                 {"4", "", false, {}}}) {}
  Handle H(const std::string& id) { return handles_.ForRecord(Local(id)); }

  Handles handles_;
  ListSource source_;
};

TEST_F(RegisterTest, FindsRecordsAndTheirFamilies) {
  const auto records = *Register::Read(source_, handles_);
  ASSERT_EQ(records->size(), 4u);
  ASSERT_NE(records->Find(H("1")), nullptr);
  EXPECT_EQ(records->Find(H("1"))->local_id.Reveal(identity::PiiAccess()), "1");
  EXPECT_EQ(records->Find(H("9")), nullptr);
  EXPECT_THAT(records->FamilyMembers(H("1")),
              UnorderedElementsAre(H("1"), H("2")));
  EXPECT_THAT(records->FamilyMembers(H("4")), ElementsAre(H("4")));
  EXPECT_THAT(records->FamilyMembers(H("9")), ElementsAre());
}

TEST_F(RegisterTest, OneShieldClosesTheFamilyAndNoOther) {
  const auto records = *Register::Read(source_, handles_);
  EXPECT_TRUE(records->FamilyShielded(H("1")));
  EXPECT_TRUE(records->FamilyShielded(H("2")));
  EXPECT_FALSE(records->FamilyShielded(H("3")));
  EXPECT_FALSE(records->FamilyShielded(H("4")));
}

TEST_F(RegisterTest, ReportsASourceThatCannotBeRead) {
  source_.status = absl::UnavailableError("file: cannot be read");
  EXPECT_TRUE(absl::IsUnavailable(Register::Read(source_, handles_).status()));
}

}  // namespace
}  // namespace kinstile::daemon
