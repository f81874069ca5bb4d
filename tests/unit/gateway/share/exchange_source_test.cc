// SPDX-License-Identifier: Apache-2.0
// What a lying source, or a day used up, may not change.
#include <atomic>
#include <thread>

#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

using audit::LegStatus;
using ::testing::ElementsAre;
using ::testing::SizeIs;

struct Lie {
  std::string name;
  std::function<void(SourceAnswer&)> edit;
};

TEST_F(ExchangeTest, UnbelievableAnswerIsAnUnreachableSource) {
  const Lie lies[] = {
      {"another request", [](auto& a) { a.request_digest = {}; }},
      {"another agency", [&](auto& a) { a.agency = school_.id; }},
      {"unreachable, signed",
       [](auto& a) {
         a.status = SourceStatus::kUnreachable;
         a.items.clear();
       }},
      {"no match, with items",
       [](auto& a) { a.status = SourceStatus::kNoMatch; }},
      {"no match, with words",
       [](auto& a) {
         a.status = SourceStatus::kNoMatch;
         a.items.clear();
         a.withheld.push_back({"visits", "", "CONDITION", "they moved"});
       }},
      {"no match, with obligations",
       [](auto& a) {
         a.status = SourceStatus::kNoMatch;
         a.items.clear();
         a.obligations.push_back("REVIEW_BY_HUMAN");
       }},
      {"denied, with items", [](auto& a) { a.status = SourceStatus::kDenied; }},
      {"no status", [](auto& a) { a.status = static_cast<SourceStatus>(0); }},
      {"a box that is not the signed one",
       [](auto& a) { a.items[0].sealed += "x"; }},
  };
  for (const Lie& lie : lies) {
    SCOPED_TRACE(lie.name);
    HealthLies(lie.edit);
    const ShareAnswer answer = MustShare(Request());
    EXPECT_TRUE(Is<UnreachableLeg>(answer, 0));
    EXPECT_TRUE(Is<ReleasedShare>(answer, 1));
    EXPECT_EQ(RecordsOf(council_).back().legs.at(0).status,
              LegStatus::kUnreachable);
  }
}

TEST_F(ExchangeTest, AnotherAgencysSignatureIsAnUnreachableSource) {
  HealthLies([](SourceAnswer&) {}, &school_);
  EXPECT_TRUE(Is<UnreachableLeg>(MustShare(Request()), 0));
}

TEST_F(ExchangeTest, AnswerAboutSomebodyWhoDidNotMatchIsUnreachable) {
  Enrol(health_, {});
  HealthLies([](SourceAnswer& a) { a.status = SourceStatus::kAnswered; });
  EXPECT_TRUE(Is<UnreachableLeg>(MustShare(Request()), 0));
}

TEST_F(ExchangeTest, SilentSourceIsUnreachableAndTheOthersAnswer) {
  sources_.behave[health_.id] = [](const SignedRequest&,
                                   const SourceQuestion&) {
    return absl::UnavailableError("link: is down");
  };
  const ShareAnswer answer = MustShare(Request());
  EXPECT_TRUE(Is<UnreachableLeg>(answer, 0));
  EXPECT_TRUE(Is<ReleasedShare>(answer, 1));
  EXPECT_EQ(RecordsOf(health_).at(0).legs.at(0).status,
            LegStatus::kUnreachable);
}

TEST_F(ExchangeTest, BoxesThatThePermitDoesNotNameAreEmptied) {
  Enrol(health_, {Person(1, 1)});
  HealthLies([&](SourceAnswer& a) {
    const auto add = [&](ItemLabel label) {
      a.items.push_back(*SealItem(crypto::PublicKeyOf(sealing_),
                                  {a.request_digest, a.agency}, label, "x"));
    };
    add({0, "diagnosis", "EXACT", 7});    // not in the agreement
    add({0, "visits", "EXACT", 7});       // finer than permitted
    add({1, "visits", "MONTH_ONLY", 7});  // about somebody who did not match
    add({77, "visits", "MONTH_ONLY", 7});
  });
  const ShareAnswer answer = MustShare(Request());
  const SourceAnswer& health = AnswerOf(answer, 0);
  ASSERT_THAT(health.items, SizeIs(6));
  for (size_t i = 0; i < 6; ++i)
    EXPECT_EQ(health.items[i].sealed.empty(), i >= 2) << i;
  // The source's signature still tells what was taken out.
  KS_EXPECT_OK(VerifyAnswer(health_.signing.verify_key(), health));
  EXPECT_THAT(RecordsOf(council_).back().legs.at(0).released,
              ElementsAre(audit::ReleasedItem{"contact", "EXACT", {0}},
                          audit::ReleasedItem{"visits", "MONTH_ONLY", {0}}));
}

TEST_F(ExchangeTest, LateRefusalStandsInTheHoldersEntryOnly) {
  sources_.behave[health_.id] = [&](const SignedRequest& r,
                                    const SourceQuestion& q) {
    SourceReply reply{NoMatch(RequestDigest(r.request), q.source, "v3"),
                      LateRefusal{"visits", "c-7", "CONDITION", "opted out"}};
    SignAnything(health_.signing, reply.answer);
    return reply;
  };
  EXPECT_EQ(AnswerOf(MustShare(Request()), 0).status, SourceStatus::kNoMatch);
  EXPECT_THAT(RecordsOf(health_).at(0).holder->late_refusal,
              testing::HasSubstr("opted out"));
  for (const audit::Record& r : RecordsOf(council_)) {
    EXPECT_FALSE(r.holder.has_value());
    EXPECT_EQ(audit::EncodeRecord(r)->find("opted out"), std::string::npos);
  }
}

// Nobody is looked for, and what comes back is a count of everybody.
TEST_F(ExchangeTest, CountsAreAboutNobody) {
  ShareRequest request = Request();
  request.mode = "ASK_COUNTS";
  request.purpose = "SERVICE_PLANNING";
  request.members.clear();
  request.asks = {{health_.id, "", {"visitors", "contact"}, ""}};
  sources_.on_compare = [] { ADD_FAILURE() << "somebody was compared"; };
  HealthLies([&](SourceAnswer& a) {
    a.status = SourceStatus::kAnswered;
    const auto add = [&](ItemLabel label) {
      a.items.push_back(*SealItem(crypto::PublicKeyOf(sealing_),
                                  {a.request_digest, a.agency}, label, "x"));
    };
    add({0, "visitors", "AGGREGATE_ONLY", 7});
    add({1, "visitors", "AGGREGATE_ONLY", 7});  // about somebody
    add({0, "visitors", "EXACT", 7});           // of another grain
    add({0, "contact", "EXACT", 7});            // granted, and about somebody
  });
  const ShareAnswer answer = MustShare(request);
  const SourceAnswer& health = AnswerOf(answer, 0);
  ASSERT_THAT(health.items, SizeIs(4));
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(health.items[i].sealed.empty(), i > 0) << i;
  EXPECT_THAT(sources_.asked, SizeIs(1));
  EXPECT_THAT(sources_.asked[0].matched, testing::IsEmpty());
  const audit::Record record = RecordsOf(council_).back();
  EXPECT_THAT(record.subjects, testing::IsEmpty());
  EXPECT_THAT(
      record.legs.at(0).released,
      ElementsAre(audit::ReleasedItem{"visitors", "AGGREGATE_ONLY", {}}));
  EXPECT_THAT(RecordsOf(health_).back().legs.at(0).released, SizeIs(1));
}

// How many they are of is for the source to say, whatever the asker says.
TEST_F(ExchangeTest, CohortOfCountsIsLeftToTheSource) {
  ShareRequest request = Request();
  request.mode = "ASK_COUNTS";
  request.purpose = "SERVICE_PLANNING";
  request.members.clear();
  request.asks = {{health_.id, "", {"visitors"}, ""}};
  request.facts = {{"COHORT_AT_LEAST", false, {}}};
  const auto ask = ToPolicyAsk(request, request.asks[0], clock_.now);
  KS_ASSERT_OK(ask.status());
  EXPECT_EQ(ask->facts.Get(policy::ConditionKind::kCohortAtLeast).truth,
            policy::Truth::kAtSource);
  const policy::ActiveSet set({FamilySupport()}, policy::Catalogue{}, "");
  const auto at_gateway = policy::Decide(set, *ask, policy::Deciding::kGateway);
  EXPECT_TRUE(std::holds_alternative<policy::Permit>(at_gateway));
  const auto at_source = policy::Decide(set, *ask, policy::Deciding::kSource);
  EXPECT_TRUE(std::holds_alternative<policy::Refusal>(at_source));
}

// Daily caps.

class CapTest : public ExchangeTest {
 protected:
  ShareRequest Engage(std::vector<std::string> items) {
    ShareRequest r = Request();
    r.purpose = "ENGAGEMENT";
    r.asks = {{health_.id, "", std::move(items), ""}};
    return r;
  }
  bool Granted(std::vector<std::string> items) {
    return Is<ReleasedShare>(MustShare(Engage(std::move(items))), 0);
  }
};

TEST_F(CapTest, FlowIsRefusedOnceItsDayIsUsedUp) {
  for (int i = 0; i < kCap; ++i) EXPECT_TRUE(Granted({"visits"}));
  EXPECT_FALSE(Granted({"visits"}));
  // A restart counts on; the next day starts anew.
  daily_use_ = *DailyUse::Open(*db_, clock_.now);
  Exchange restarted({directory_, policy_, *index_, *log_, sources_, *replays_,
                      *daily_use_, consents_, clock_, witnesses_,
                      absl::Seconds(1), weights_, *db_});
  auto answer = restarted.RequestShare(council_.id, Signed(Engage({"visits"})));
  KS_ASSERT_OK(answer.status());
  EXPECT_TRUE(Is<RefusedLeg>(*answer, 0));
  clock_.now += absl::Hours(24);
  answer = restarted.RequestShare(council_.id, Signed(Engage({"visits"})));
  KS_ASSERT_OK(answer.status());
  EXPECT_TRUE(Is<ReleasedShare>(*answer, 0));
}

TEST_F(CapTest, HoldsWhicheverOtherFlowIsUsedBesideIt) {
  for (int i = 0; i < kCap; ++i) EXPECT_TRUE(Granted({"contact", "visits"}));
  // What has no cap is still given, what has one is withheld.
  const ShareAnswer answer = MustShare(Engage({"contact", "visits"}));
  const auto& leg = std::get<ReleasedShare>(answer.legs.at(0));
  ASSERT_THAT(leg.withheld(), SizeIs(1));
  EXPECT_EQ(leg.withheld()[0].item, "visits");
  for (const SealedItem& item : leg.answer().items)
    EXPECT_EQ(item.sealed.empty(), item.label.item == "visits");
  EXPECT_FALSE(Granted({"visits"}));
}

TEST_F(CapTest, HoldsAgainstRequestsAtOnce) {
  std::vector<SignedRequest> requests;
  for (int i = 0; i < 12; ++i) requests.push_back(Signed(Engage({"visits"})));
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (const SignedRequest& request : requests)
    threads.emplace_back([&] {
      auto answer = exchange_.MatchFamily(council_.id, request);
      ASSERT_TRUE(answer.ok());
      if (std::holds_alternative<ReleasedMatch>(answer->legs.at(0))) ++granted;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(granted, kCap);
}

}  // namespace
}  // namespace kinstile::share
