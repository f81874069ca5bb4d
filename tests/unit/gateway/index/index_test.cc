// SPDX-License-Identifier: Apache-2.0
// Between enrolments: withdrawal and shields.
#include "gateway/index/index.h"

#include "tests/unit/gateway/index/register.h"

namespace kinstile::index {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class IndexTest : public RegisterTest {
 protected:
  void SetUp() override {
    RegisterTest::SetUp();
    Enrol(council_, Register());
  }
  static std::vector<EnrolledRecord> Register(bool first_is_shielded = false) {
    return {Person(1, 1, {Carries(kNames, 1), Carries(kAddress, 7)},
                   first_is_shielded),
            Person(2, 1, {Carries(kNames, 2), Carries(kAddress, 7)}),
            Person(3, 2, {Carries(kNames, 3)})};
  }
  bool IsShielded(uint32_t n) {
    return FindOne(council_, {Carries(kNames, n)}).candidates.at(0).shielded;
  }
};

TEST_F(IndexTest, WithdrawRemovesTheRecordAndItsTokens) {
  EXPECT_EQ(index_->Withdraw(council_, {Record(1), Record(9)}).value(), 1u);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNames, 1)}), IsEmpty());
  EXPECT_THAT(HandlesOf(council_, {Carries(kAddress, 7)}),
              ElementsAre(Record(2)));
  EXPECT_EQ(index_->GetStatus(council_)->records, 2u);
  EXPECT_EQ(index_->GetStatus(council_)->families, 2u);
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_tokens"), 3);
  EXPECT_EQ(index_->Withdraw(council_, {Record(1)}).value(), 0u);
  EXPECT_EQ(index_->Withdraw(council_, {Record(2), Record(3)}).value(), 2u);
  EXPECT_EQ(index_->GetStatus(council_)->families, 0u);
  EXPECT_EQ(CountRows("SELECT count(*) FROM index_tokens"), 0);
}

TEST_F(IndexTest, WithdrawIsOfOneAgencyAndBounded) {
  Enrol(health_, Register());
  EXPECT_EQ(index_->Withdraw(health_, {Record(1)}).value(), 1u);
  EXPECT_EQ(HandlesOf(council_, {Carries(kNames, 1)}).size(), 1u);
  EXPECT_TRUE(absl::IsNotFound(
      index_->Withdraw(Agency("police"), {Record(1)}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      index_->Withdraw(council_, std::vector<Handle>(kMaxRecordsPerBatch + 1))
          .status()));
}

TEST_F(IndexTest, WithdrawalsDoNotMakeACommonTokenSpeak) {
  std::vector<EnrolledRecord> hostel;
  for (uint32_t i = 0; i <= kTooMany; ++i)
    hostel.push_back(Person(i, i, {Carries(kAddress, 7), Carries(kNames, i)}));
  Enrol(council_, hostel);
  EXPECT_EQ(index_->Withdraw(council_, {Record(0), Record(1)}).value(), 2u);
  EXPECT_THAT(FindOne(council_, {Carries(kAddress, 7)}).too_many,
              ElementsAre(kAddress));
  Enrol(council_, Register());
  EXPECT_THAT(FindOne(council_, {Carries(kAddress, 7)}).too_many, IsEmpty());
}

TEST_F(IndexTest, ShieldIsSeenAtOnceAndSurvivesEnrolmentAndWithdrawal) {
  EXPECT_FALSE(IsShielded(1));
  KS_ASSERT_OK(index_->SetShield(council_, Record(1), true));
  KS_ASSERT_OK(index_->SetShield(council_, Record(1), true));
  EXPECT_TRUE(IsShielded(1));
  EXPECT_FALSE(IsShielded(2));
  Enrol(council_, Register());
  EXPECT_TRUE(IsShielded(1));
  KS_ASSERT_OK(index_->Withdraw(council_, {Record(1)}).status());
  Enrol(council_, Register());
  EXPECT_TRUE(IsShielded(1));
  Reopen();
  EXPECT_TRUE(IsShielded(1));
  KS_ASSERT_OK(index_->SetShield(council_, Record(1), false));
  EXPECT_FALSE(IsShielded(1));
}

TEST_F(IndexTest, ShieldIsTheOrOfBothSources) {
  Enrol(council_, Register(/*first_is_shielded=*/true));
  EXPECT_TRUE(IsShielded(1));
  KS_ASSERT_OK(index_->SetShield(council_, Record(1), false));
  EXPECT_TRUE(IsShielded(1));
  Enrol(council_, Register());
  EXPECT_FALSE(IsShielded(1));
}

TEST_F(IndexTest, ShieldOfAnotherAgencysHandleIsAnotherShield) {
  KS_ASSERT_OK(index_->SetShield(health_, Record(1), true));
  EXPECT_FALSE(IsShielded(1));
}

TEST_F(IndexTest, ShieldedRelativeWithoutAnySharedTokenFlagsTheFamily) {
  const auto family_shielded = [&](uint32_t n) {
    return FindOne(council_, {Carries(kNames, n)})
        .candidates.at(0)
        .family_shielded;
  };
  const auto enrol = [&](bool shielded) {
    Enrol(council_, {Person(1, 1, {Carries(kNames, 1)}),
                     Person(2, 1, {Carries(kNames, 2)}, shielded),
                     Person(3, 2, {Carries(kNames, 3)})});
  };
  enrol(/*shielded=*/true);
  EXPECT_TRUE(family_shielded(1));
  EXPECT_FALSE(IsShielded(1));
  EXPECT_FALSE(family_shielded(3));
  enrol(/*shielded=*/false);
  EXPECT_FALSE(family_shielded(1));
  KS_ASSERT_OK(index_->SetShield(council_, Record(2), true));
  EXPECT_TRUE(family_shielded(1));
  enrol(/*shielded=*/false);
  EXPECT_TRUE(family_shielded(1));
  EXPECT_FALSE(family_shielded(3));
  KS_ASSERT_OK(index_->SetShield(health_, Record(2), false));
  EXPECT_TRUE(family_shielded(1));
  KS_ASSERT_OK(index_->SetShield(council_, Record(2), false));
  EXPECT_FALSE(family_shielded(1));
}

TEST_F(IndexTest, ShieldSetWhileEnrollingHoldsFromTheFirstMoment) {
  const EnrolmentId id = Start(council_);
  KS_ASSERT_OK(index_->AddRecords(id, {Person(5, 5, {Carries(kNames, 5)}),
                                       Person(6, 5, {Carries(kNames, 6)})}));
  KS_ASSERT_OK(index_->SetShield(council_, Record(5), true));
  KS_ASSERT_OK(index_->FinishEnrolment(id, 2));
  EXPECT_TRUE(IsShielded(5));
  EXPECT_FALSE(IsShielded(6));
  EXPECT_TRUE(
      FindOne(council_, {Carries(kNames, 6)}).candidates.at(0).family_shielded);
}

TEST_F(IndexTest, ShieldAnswersAlikeForHandlesThatAreNotThere) {
  KS_EXPECT_OK(index_->SetShield(council_, Record(77), true));
  KS_EXPECT_OK(index_->SetShield(council_, Record(78), false));
  Enrol(council_, {Person(77, 1, {Carries(kNames, 77)})});
  EXPECT_TRUE(IsShielded(77));
}

}  // namespace
}  // namespace kinstile::index
