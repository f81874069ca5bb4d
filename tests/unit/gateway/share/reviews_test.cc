// SPDX-License-Identifier: Apache-2.0
// From a possible match to a case, from a verdict to the next answer, and back.
#include "gateway/share/reviews.h"

#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Health has record 5, somebody with the number of person 1 and nothing else of
// them: POSSIBLE. The council's flow lets health's reviewer see such cases, and
// health's lets the council hear of confirmed ones.
class ReviewsTest : public ExchangeTest {
 protected:
  ReviewsTest() {
    policy_.Replace(SetOf({{"council", "health"}, {"health", "council"}}));
    EnrolPossible();
  }

  using Ends = std::pair<const char*, const char*>;
  static std::shared_ptr<const policy::ActiveSet> SetOf(
      const std::vector<Ends>& review_flows) {
    policy::Agreement a = FamilySupport();
    for (const Ends& e : review_flows) {
      policy::Flow flow = a.flows.back();
      flow.id = std::string("review-") + e.second;
      flow.from = e.first;
      flow.to = e.second;
      flow.roles = {"match reviewer"};
      flow.mode = policy::Mode::kReviewMatch;
      flow.items = {{kPossibleMatchItem,
                     policy::DataCategory::kIdentity,
                     policy::Granularity::kYesNo,
                     {},
                     "is it one person?"}};
      a.flows.push_back(flow);
    }
    return std::make_shared<policy::ActiveSet>(
        std::vector<policy::Agreement>{a}, policy::Catalogue{}, "set-2");
  }

  void EnrolPossible(bool shielded = false) {
    sources_.tokens[Record(5)] = WithNumberOf(7, 1);
    Enrol(health_, {{Record(5), Family(5), shielded, {Carries(1, kWeak)}}});
  }
  // The council asks health about person 1.
  ShareRequest AboutOne() {
    ShareRequest r = Request();
    r.members.resize(1);
    r.members[0].tokens = {Carries(1, kWeak)};
    r.asks.resize(1);
    return r;
  }
  SourceStatus Ask() {
    const ShareAnswer answer = MustShare(AboutOne());
    return AnswerOf(answer, 0).status;
  }

  Reviewer By(const std::string& role = "match reviewer") {
    return {Numbered<RequestId>(++lists_), "R-1", role, "weekly review"};
  }
  std::vector<ShownCase> CasesOf(const Keys& who,
                                 const std::string& role = "match reviewer") {
    auto list = reviews_.List(who.id, By(role));
    EXPECT_TRUE(list.ok()) << list.status();
    return list.ok() ? list->cases : std::vector<ShownCase>();
  }
  std::vector<std::string> Words(const Keys& reader) {
    std::vector<std::string> out;
    for (const audit::Record& r : RecordsOf(reader))
      if (r.type == audit::EntryType::kReview) out.push_back(r.reason);
    return out;
  }

  uint32_t lists_ = 500;
  Reviews reviews_{{*db_, *index_, *log_, policy_, clock_}};
};

TEST_F(ReviewsTest, PossibleMatchIsACaseForTheSourceAlone) {
  EXPECT_THAT(CasesOf(health_), IsEmpty());
  EXPECT_EQ(Ask(), SourceStatus::kNoMatch);
  const auto cases = CasesOf(health_);
  ASSERT_THAT(cases, SizeIs(1));
  EXPECT_EQ(cases[0].own, Record(5));
  EXPECT_EQ(cases[0].other, council_.id);
  EXPECT_TRUE(cases[0].decides);
  EXPECT_FALSE(cases[0].verdict.has_value());
  EXPECT_THAT(cases[0].pattern, Contains("nhs_number exact"));
  EXPECT_THAT(CasesOf(council_), IsEmpty());
  EXPECT_THAT(CasesOf(school_), IsEmpty());
  // Once a pair, however often it is asked about.
  EXPECT_EQ(Ask(), SourceStatus::kNoMatch);
  EXPECT_THAT(CasesOf(health_), SizeIs(1));
}

TEST_F(ReviewsTest, WhatIsShownHasAnEntryAndItsReceipt) {
  Ask();
  const Reviewer reviewer = By();
  const auto list = reviews_.List(health_.id, reviewer);
  ASSERT_TRUE(list.ok());
  const audit::Record entry = RecordsOf(health_).back();
  EXPECT_EQ(entry.type, audit::EntryType::kRelease);
  EXPECT_EQ(entry.request_digest, ReviewDigest(health_.id, reviewer));
  EXPECT_EQ(entry.mode, "REVIEW_MATCH");
  EXPECT_THAT(entry.subjects, ElementsAre(Record(5)));
  ASSERT_THAT(entry.legs, SizeIs(1));
  EXPECT_EQ(entry.legs[0].agency, council_.id);
  EXPECT_THAT(entry.legs[0].flows,
              ElementsAre(*FlowId::Create("review-health")));
  EXPECT_THAT(entry.legs[0].released, SizeIs(1));
}

TEST_F(ReviewsTest, ConfirmedPairIsAMatchUntilItIsUndone) {
  Ask();
  const ReviewId id = CasesOf(health_).at(0).id;
  KS_ASSERT_OK(reviews_.Decide(health_.id, id, Verdict::kSame, By()));
  EXPECT_EQ(Ask(), SourceStatus::kAnswered);
  EXPECT_THAT(RecordsOf(health_).back().holder->keys_agreed,
              Contains(HasSubstr("confirmed by a reviewer")));
  // Who asked hears that it is confirmed, and not what was compared.
  const auto told = CasesOf(council_);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].own, Record(9001));
  EXPECT_THAT(told[0].pattern, IsEmpty());
  EXPECT_THAT(Words(council_), ElementsAre(HasSubstr("confirmed")));
  EXPECT_THAT(Words(health_), ElementsAre(HasSubstr("weekly review")));
  // Another enrolment, in which no key finds them any more, changes nothing.
  Enrol(health_, {{Record(5), Family(6), false, {Carries(77, kWeak)}}});
  EXPECT_EQ(Ask(), SourceStatus::kAnswered);
  EXPECT_TRUE(absl::IsFailedPrecondition(
      reviews_.Decide(health_.id, id, Verdict::kDifferent, By())));
  KS_ASSERT_OK(reviews_.Undo(health_.id, id, By()));
  EXPECT_EQ(Ask(), SourceStatus::kNoMatch);
  EXPECT_THAT(CasesOf(council_), IsEmpty());
  EXPECT_FALSE(CasesOf(health_).at(0).verdict.has_value());
  EXPECT_TRUE(absl::IsFailedPrecondition(reviews_.Undo(health_.id, id, By())));
}

TEST_F(ReviewsTest, RefusedPairIsNobodyAndTheAskerHearsNothing) {
  Ask();
  const ReviewId id = CasesOf(health_).at(0).id;
  KS_ASSERT_OK(reviews_.Decide(health_.id, id, Verdict::kDifferent, By()));
  // Were it a MATCH by what is compared, it still would be nobody.
  sources_.tokens[Record(5)] = TokensOfPerson(1);
  EXPECT_EQ(Ask(), SourceStatus::kNoMatch);
  EXPECT_THAT(RecordsOf(health_).back().holder->keys_agreed,
              Contains(HasSubstr("refused by a reviewer")));
  EXPECT_THAT(CasesOf(council_), IsEmpty());
  EXPECT_THAT(Words(council_), IsEmpty());
  KS_ASSERT_OK(reviews_.Undo(health_.id, id, By()));
  EXPECT_EQ(Ask(), SourceStatus::kAnswered);
  EXPECT_THAT(Words(council_), IsEmpty());
}

TEST_F(ReviewsTest, ShieldedPersonIsInNoCase) {
  EnrolPossible(true);
  EXPECT_EQ(Ask(), SourceStatus::kNoMatch);
  EnrolPossible();
  EXPECT_THAT(CasesOf(health_), IsEmpty());
  Ask();
  const ReviewId id = CasesOf(health_).at(0).id;
  // Shielded since: as if there were no case.
  KS_ASSERT_OK(index_->SetShield(health_.id, Record(5), true));
  EXPECT_THAT(CasesOf(health_), IsEmpty());
  EXPECT_TRUE(
      absl::IsNotFound(reviews_.Decide(health_.id, id, Verdict::kSame, By())));
  KS_ASSERT_OK(index_->SetShield(health_.id, Record(5), false));
  KS_ASSERT_OK(reviews_.Decide(health_.id, id, Verdict::kSame, By()));
  KS_ASSERT_OK(index_->SetShield(health_.id, Record(5), true));
  EXPECT_EQ(Ask(), SourceStatus::kNoMatch);
  EXPECT_THAT(CasesOf(council_), IsEmpty());
}

TEST_F(ReviewsTest, NeedsItsOwnFlowAndRole) {
  Ask();
  const ReviewId id = CasesOf(health_).at(0).id;
  EXPECT_THAT(CasesOf(health_, "key worker"), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(
      reviews_.Decide(health_.id, id, Verdict::kSame, By("key worker"))));
  // Nobody decides another agency's case, nor one that is none.
  EXPECT_TRUE(
      absl::IsNotFound(reviews_.Decide(council_.id, id, Verdict::kSame, By())));
  EXPECT_TRUE(
      absl::IsNotFound(reviews_.Decide(health_.id, {}, Verdict::kSame, By())));
  Reviewer nobody = By();
  nobody.staff = " ";
  EXPECT_TRUE(
      absl::IsInvalidArgument(reviews_.List(health_.id, nobody).status()));
  // Without a flow there are no cases, old or new.
  policy_.Replace(SetOf({}));
  EXPECT_THAT(CasesOf(health_), IsEmpty());
  Enrol(health_, {{Record(8), Family(8), false, {Carries(1, kWeak)}}});
  sources_.tokens[Record(8)] = WithNumberOf(7, 1);
  Ask();
  policy_.Replace(SetOf({{"council", "health"}}));
  EXPECT_THAT(CasesOf(health_), IsEmpty());
}

}  // namespace
}  // namespace kinstile::share
