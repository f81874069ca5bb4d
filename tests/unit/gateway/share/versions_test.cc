// SPDX-License-Identifier: Apache-2.0
// What may follow on what.
#include "gateway/share/versions.h"

#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

class VersionsTest : public World {
 protected:
  static policy::Agreement Version(int64_t version, char digest,
                                   char supersedes = '-', bool draft = false) {
    policy::Agreement a = FamilySupport();
    a.version = version;
    a.digest = std::string(64, digest);
    if (supersedes != '-') a.supersedes = std::string(64, supersedes);
    a.draft = draft;
    return a;
  }
  absl::Status Load(std::vector<policy::Agreement> agreements) {
    return FollowOn(*db_,
                    policy::ActiveSet(std::move(agreements),
                                      policy_.Current()->catalogue(), "set"),
                    clock_.now);
  }
};

TEST_F(VersionsTest, FollowOneAnotherByDigest) {
  struct Case {
    const char* name;
    policy::Agreement next;
    const char* why;  // nullptr: it follows
  };
  const Case cases[] = {
      {"the same", Version(2, 'b', 'a'), nullptr},
      {"the next", Version(3, 'c', 'b'), nullptr},
      {"the one before", Version(1, 'a'), "older"},
      {"other bytes", Version(2, 'x', 'a'), "other bytes"},
      {"the next, of another", Version(3, 'c', 'a'), "supersedes_sha256"},
      {"the next, of nothing", Version(3, 'c'), "supersedes_sha256"},
      {"one left out", Version(4, 'd', 'b'), "leaves out"},
      {"a draft", Version(3, 'c', 'b', true), "draft"},
      {"a draft of the same", Version(2, 'b', 'a', true), "draft"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    KS_ASSERT_OK(db_->Write([](storage::Transaction& tx) {
      return tx.Execute("DELETE FROM policy_version", {}).status();
    }));
    KS_ASSERT_OK(Load({Version(1, 'a')}));
    KS_ASSERT_OK(Load({Version(2, 'b', 'a')}));
    const absl::Status next = Load({c.next});
    if (c.why == nullptr) {
      KS_EXPECT_OK(next);
      continue;
    }
    EXPECT_TRUE(absl::IsFailedPrecondition(next)) << next;
    EXPECT_THAT(std::string(next.message()),
                testing::AllOf(testing::HasSubstr("agreement family-support"),
                               testing::HasSubstr(c.why)));
    // Nothing of it is remembered.
    KS_EXPECT_OK(Load({Version(2, 'b', 'a')}));
  }
}

TEST_F(VersionsTest, HoldOneByOneAndRefuseTheWholeSet) {
  policy::Agreement other = Version(1, 'o');
  other.id = "other";
  KS_ASSERT_OK(Load({Version(1, 'a'), other}));
  policy::Agreement next = other;
  next.version = 2;
  next.digest = std::string(64, 'p');
  next.supersedes = other.digest;
  EXPECT_TRUE(absl::IsFailedPrecondition(Load({Version(1, 'x'), next})));
  // The good half was not taken either.
  KS_EXPECT_OK(Load({Version(1, 'a'), other}));
}

TEST_F(VersionsTest, LeaveDraftsAlone) {
  KS_ASSERT_OK(Load({Version(1, 'a', '-', true)}));
  KS_EXPECT_OK(Load({Version(1, 'b', '-', true)}));
  KS_EXPECT_OK(Load({Version(1, 'c')}));
  EXPECT_TRUE(absl::IsFailedPrecondition(Load({Version(1, 'a', '-', true)})));
}

TEST_F(VersionsTest, MayLeaveAnAgreementOutAndTakeItUpAgain) {
  KS_ASSERT_OK(Load({Version(1, 'a')}));
  KS_ASSERT_OK(Load({}));
  EXPECT_TRUE(absl::IsFailedPrecondition(Load({Version(1, 'x')})));
  KS_EXPECT_OK(Load({Version(1, 'a')}));
}

}  // namespace
}  // namespace kinstile::share
