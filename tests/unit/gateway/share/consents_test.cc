// SPDX-License-Identifier: Apache-2.0
// The gateway's book: an entry for every change, each agency its own.
#include "gateway/share/consents.h"

#include "gateway/share/reason.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

class ConsentsTest : public World {
 protected:
  Consent Given(uint32_t n) {
    Consent c;
    c.id = Numbered<ConsentId>(n);
    c.handle = Record(9001);
    c.from = health_.id;
    c.to = council_.id;
    c.items = {"visits"};
    c.purpose = "SUPPORT_KEY_WORKING";
    c.decided_at_ms = ToMillis(start_ - absl::Hours(24));
    c.expires_at_ms = ToMillis(start_ + absl::Hours(24));
    return c;
  }
  std::vector<std::optional<int64_t>> Days() {
    const Handle people[] = {Record(9001), Record(9002)};
    return *consents_.Days(
        council_.id, people,
        {health_.id, council_.id, "SUPPORT_KEY_WORKING", {"visits"}},
        clock_.now);
  }
  std::vector<std::string> ConsentEntries() {
    std::vector<std::string> out;
    for (const audit::Record& r : RecordsOf(council_))
      if (r.type == audit::EntryType::kConsent) out.push_back(r.reason);
    return out;
  }

  const absl::Time start_ = clock_.now;
  Consents consents_{{*db_, *log_, clock_}};
};

TEST_F(ConsentsTest, CountFromTheirEntryOnAndUntilWithdrawn) {
  EXPECT_THAT(Days(), testing::ElementsAre(std::nullopt, std::nullopt));
  KS_ASSERT_OK(consents_.Record(council_.id, Given(1)).status());
  EXPECT_THAT(Days(), testing::ElementsAre(1, std::nullopt));
  clock_.now += absl::Minutes(1);
  KS_ASSERT_OK(
      consents_.Withdraw(council_.id, Given(1).id, ToMillis(clock_.now))
          .status());
  EXPECT_THAT(Days(), testing::ElementsAre(std::nullopt, std::nullopt));
  // A new object on the same store: nothing was in memory only.
  Consents again({*db_, *log_, clock_});
  const auto all = again.List(council_.id, Record(9001), {});
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->front().consent, Given(1));
  EXPECT_EQ(all->front().withdrawn_at_ms, ToMillis(clock_.now));
  const auto before = again.List(council_.id, Record(9001),
                                 ToMillis(clock_.now - absl::Seconds(1)));
  ASSERT_EQ(before->size(), 1u);
  EXPECT_FALSE(before->front().withdrawn_at_ms.has_value());
}

TEST_F(ConsentsTest, StandInTheTrailWithTheirHandle) {
  KS_ASSERT_OK(consents_.Record(council_.id, Given(1)).status());
  KS_ASSERT_OK(consents_
                   .Withdraw(council_.id, Given(1).id,
                             ToMillis(clock_.now - absl::Hours(1)))
                   .status());
  EXPECT_THAT(
      ConsentEntries(),
      testing::ElementsAre(
          testing::StartsWith("consent GIVEN on 2026-11-22, SIGNED, OWN"),
          testing::StartsWith("WITHDRAWN on 2026-11-23")));
  for (const audit::Record& r : RecordsOf(council_)) {
    EXPECT_THAT(r.subjects, testing::ElementsAre(Record(9001)));
    EXPECT_EQ(r.purpose, "SUPPORT_KEY_WORKING");
  }
  EXPECT_TRUE(RecordsOf(health_).empty());
}

TEST_F(ConsentsTest, MayBeSentAgainButNotChanged) {
  const auto first = consents_.Record(council_.id, Given(1));
  KS_ASSERT_OK(first.status());
  clock_.now += absl::Hours(1);
  EXPECT_EQ(*consents_.Record(council_.id, Given(1)), *first);
  EXPECT_EQ(ConsentEntries().size(), 1u);
  Consent other = Given(1);
  other.items = {"visits", "contact"};
  EXPECT_TRUE(
      absl::IsAlreadyExists(consents_.Record(council_.id, other).status()));
  EXPECT_EQ(ConsentEntries().size(), 1u);
  const auto withdrawn =
      consents_.Withdraw(council_.id, Given(1).id, ToMillis(clock_.now));
  clock_.now += absl::Hours(1);
  EXPECT_EQ(*consents_.Withdraw(council_.id, Given(1).id, ToMillis(clock_.now)),
            *withdrawn);
  EXPECT_EQ(ConsentEntries().size(), 2u);
}

TEST_F(ConsentsTest, AreOutOfReachOfOtherAgencies) {
  KS_ASSERT_OK(consents_.Record(council_.id, Given(1)).status());
  EXPECT_TRUE(absl::IsNotFound(
      consents_.Withdraw(health_.id, Given(1).id, ToMillis(clock_.now))
          .status()));
  EXPECT_TRUE(consents_.List(health_.id, Record(9001), {})->empty());
  EXPECT_EQ(ReasonOf(consents_.Record(school_.id, Given(2)).status()),
            Reason::kMalformed);
  // The same id and handle at another agency are another consent of another
  // person.
  KS_EXPECT_OK(consents_.Record(health_.id, Given(1)).status());
  EXPECT_EQ(consents_.List(health_.id, Record(9001), {})->size(), 1u);
}

TEST_F(ConsentsTest, TakeAWithdrawalWhateverTheClockOfTheAgencySays) {
  KS_ASSERT_OK(consents_.Record(council_.id, Given(1)).status());
  KS_EXPECT_OK(consents_
                   .Withdraw(council_.id, Given(1).id,
                             ToMillis(clock_.now + absl::Hours(9)))
                   .status());
  EXPECT_THAT(Days(), testing::ElementsAre(std::nullopt, std::nullopt));
}

}  // namespace
}  // namespace kinstile::share
