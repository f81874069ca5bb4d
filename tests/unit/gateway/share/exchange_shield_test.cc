// SPDX-License-Identifier: Apache-2.0
// A shielded family leaves no trace, whichever door is tried.
#include <optional>

#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

using audit::LegStatus;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct ShieldCase {
  std::string name;
  std::function<void(index::Index&, const AgencyId&)> set;
  std::vector<index::EnrolledRecord> records;
};

TEST_F(ExchangeTest, ShieldedFamilyIsWithheldAsAWholeLikeAnAbsentOne) {
  const auto nothing = [](index::Index&, const AgencyId&) {};
  const auto shield = [](uint32_t n) {
    return [n](index::Index& index, const AgencyId& agency) {
      KS_EXPECT_OK(index.SetShield(agency, Record(n), true));
    };
  };
  const std::vector<ShieldCase> cases = {
      {"nobody enrolled", nothing, {}},
      {"asked member shielded in the register",
       nothing,
       {Person(1, 1, true), Person(2, 1)}},
      {"asked member shielded by the agency",
       shield(2),
       {Person(1, 1), Person(2, 1)}},
      {"a relative who was not asked for",
       nothing,
       {Person(1, 1), Person(2, 1), Person(3, 1, true)}},
      {"such a relative shielded by the agency",
       shield(3),
       {Person(1, 1), Person(2, 1), Person(3, 1)}},
  };
  std::optional<std::string> expected;
  for (const ShieldCase& c : cases) {
    SCOPED_TRACE(c.name);
    for (uint32_t n : {2u, 3u})
      KS_EXPECT_OK(index_->SetShield(health_.id, Record(n), false));
    Enrol(health_, c.records);
    c.set(*index_, health_.id);
    // The same request each time, so that every byte can be compared.
    requests_ = 100;
    replays_ = *ReplayGuard::Open(*db_, clock_.now + absl::Hours(1));
    Exchange exchange({directory_, policy_, *index_, *log_, sources_, *replays_,
                       *daily_use_, consents_, clock_, witnesses_,
                       absl::Seconds(1), weights_, *db_});
    sources_.asked.clear();
    ShareRequest request = Request();
    request.sealing_key = {};
    request.sealing_key.bytes[0] = 9;
    request.asks.pop_back();
    auto answer = exchange.RequestShare(council_.id, Signed(request));
    KS_ASSERT_OK(answer.status());
    EXPECT_EQ(AnswerOf(*answer, 0).status, SourceStatus::kNoMatch);
    const std::string bytes = BytesOf(*answer, 0);
    if (!expected) expected = bytes;
    EXPECT_EQ(bytes, *expected);
    ASSERT_THAT(sources_.asked, SizeIs(1));
    EXPECT_THAT(sources_.asked[0].matched, IsEmpty());
    // Nor does the requester's own trail tell.
    EXPECT_EQ(RecordsOf(council_).back().legs.at(0).status,
              LegStatus::kNoMatch);
    EXPECT_FALSE(RecordsOf(council_).back().holder.has_value());
    // The holder's does.
    const audit::Record truth = RecordsOf(health_).back();
    EXPECT_EQ(truth.holder->shielded.empty(), c.records.empty());
    EXPECT_THAT(truth.subjects, SizeIs(c.records.empty() ? 0 : 2));
  }
}

TEST_F(ExchangeTest, ShieldAtOneAgencyClosesNoOtherAgencysFamily) {
  KS_ASSERT_OK(index_->SetShield(health_.id, Record(1), true));
  const ShareAnswer answer = MustShare(Request());
  EXPECT_EQ(AnswerOf(answer, 0).status, SourceStatus::kNoMatch);
  EXPECT_EQ(AnswerOf(answer, 1).status, SourceStatus::kAnswered);
}

TEST_F(ExchangeTest, ShieldedFamilyClosesNoOtherFamily) {
  Enrol(health_, {Person(1, 1, true), Person(2, 2)});
  const ShareAnswer answer = MustShare(Request());
  EXPECT_EQ(AnswerOf(answer, 0).status, SourceStatus::kAnswered);
  ASSERT_THAT(sources_.asked[0].matched, SizeIs(1));
  EXPECT_EQ(sources_.asked[0].matched[0].member, 1u);
}

TEST_F(ExchangeTest, ShieldLeavesNoTraceInAMatch) {
  using linkage::Grade;
  const auto person1 = [](uint32_t n, uint32_t family, bool shielded) {
    return index::EnrolledRecord{
        Record(n), Family(family), shielded, {Carries(1, kWeak)}};
  };
  struct Case {
    std::string name;
    std::vector<index::EnrolledRecord> records;
    std::vector<Grade> open, closed;  // without and with the shields
    FieldTokens tokens;               // of all the records
  };
  ShareRequest request = LinkRequest();
  request.members[0].tokens.push_back(Carries(1, kWeak));
  // Both members are person 1.
  request.members[1].tokens = {Carries(1, kStrong)};
  member_tokens_[request.members[1].handle] = TokensOfPerson(1);
  const Grade no = Grade::kNoMatch, may = Grade::kPossible;
  const FieldTokens same = TokensOfPerson(1), number = WithNumberOf(7, 1);
  const Case cases[] = {
      {"possible", {person1(5, 5, true)}, {may, may}, {no, no}, number},
      {"claimed by two", {Person(1, 1, true)}, {may, may}, {no, no}, same},
      {"ambiguous",
       {person1(5, 5, true), person1(6, 6, true)},
       {may, may},
       {no, no},
       same},
      {"ambiguous with an open one",
       {person1(5, 5, true), person1(6, 6, false)},
       {may, may},
       {no, no},
       same},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    for (const index::EnrolledRecord& r : c.records)
      sources_.tokens[r.handle] = c.tokens;
    for (bool shielded : {false, true}) {
      std::vector<index::EnrolledRecord> records = c.records;
      if (!shielded)
        for (index::EnrolledRecord& r : records) r.shielded = false;
      Enrol(health_, records);
      request.id = Request().id;
      EXPECT_EQ(GradesOf(MustMatch(request)), shielded ? c.closed : c.open);
    }
  }
}

TEST_F(ExchangeTest, ShieldedPersonIsComparedLikeAnybodyElse) {
  std::vector<size_t> hits;
  for (bool shielded : {false, true}) {
    Enrol(health_, {Person(1, 1, shielded), Person(2, 1)});
    OpenMatch open;
    const ShareRequest request = Offered(LinkRequest());
    open.ask = &request.asks[0];
    open.offer = *DecodeOffer(open.ask->comparison, request);
    std::vector<index::QueryMember> query;
    for (const QueryMember& m : request.members) query.push_back({m.tokens});
    open.found = *index_->Find(health_.id, query);
    hits.push_back(ToQuestion(request, open).hits.size());
  }
  EXPECT_EQ(hits, (std::vector<size_t>{2, 2}));
}

}  // namespace
}  // namespace kinstile::share
