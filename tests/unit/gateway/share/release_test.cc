// SPDX-License-Identifier: Apache-2.0
// No audit, no permit: no share. Most of it is checked by the compiler.
#include "gateway/share/release.h"

#include <concepts>
#include <type_traits>

#include "gateway/crypto/hash.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using audit::AuditReceipt;
using linkage::FamilyLink;
using policy::Permit;

template <class... Args>
concept ReleasesFrom = requires(const Args&... args) {
  Release(args...);
};

// It compiles with everything, and without any one of it not at all.
static_assert(ReleasesFrom<Permit, AuditReceipt, Digest, Minimised>);
static_assert(!ReleasesFrom<AuditReceipt, Digest, Minimised>);
static_assert(!ReleasesFrom<Permit, Digest, Minimised>);
static_assert(!ReleasesFrom<Digest, Minimised>);
static_assert(!ReleasesFrom<Permit, AuditReceipt, Digest, SourceAnswer>);
static_assert(ReleasesFrom<Permit, AuditReceipt, Digest, AgencyId, FamilyLink>);
static_assert(!ReleasesFrom<AuditReceipt, Digest, AgencyId, FamilyLink>);
static_assert(!ReleasesFrom<Permit, Digest, AgencyId, FamilyLink>);
// Nothing stands in for them: not their parts, not a decision, not braces.
static_assert(
    !ReleasesFrom<policy::PermitTerms, AuditReceipt, Digest, Minimised>);
static_assert(!ReleasesFrom<policy::Decision, AuditReceipt, Digest, Minimised>);
static_assert(!ReleasesFrom<policy::Refusal, AuditReceipt, Digest, Minimised>);
static_assert(!ReleasesFrom<Permit, audit::Receipt, Digest, Minimised>);
static_assert(
    !ReleasesFrom<Permit, absl::StatusOr<AuditReceipt>, Digest, Minimised>);
template <class T>
concept ReleasesFromBraces = requires(const Permit& p, const AuditReceipt& r,
                                      const Digest& d, Minimised m) {
  Release(p, T{}, d, m);
}
|| requires(const AuditReceipt& r, const Digest& d, Minimised m) {
  Release(T{}, r, d, m);
};
static_assert(!ReleasesFromBraces<AuditReceipt>);
static_assert(!ReleasesFromBraces<Permit>);

// Each has one maker, and no constructor that anybody else can call.
template <class T, class... Parts>
constexpr bool MadeElsewhereOnly =
    !std::is_default_constructible_v<T> && !std::is_aggregate_v<T> &&
    !std::is_constructible_v<T, Parts...>;
static_assert(MadeElsewhereOnly<Permit, policy::PermitTerms>);
static_assert(MadeElsewhereOnly<AuditReceipt, audit::Receipt, audit::EntryType,
                                std::string, Digest>);
static_assert(MadeElsewhereOnly<Minimised, SourceAnswer>);
static_assert(
    MadeElsewhereOnly<ReleasedShare, SourceAnswer, std::vector<WithheldItem>>);
static_assert(
    MadeElsewhereOnly<ReleasedMatch, AgencyId, std::vector<MemberMatch>>);
// So an answer about people cannot be written by hand.
static_assert(!std::is_constructible_v<decltype(ShareAnswer::legs)::value_type,
                                       SourceAnswer>);
static_assert(!std::is_default_constructible_v<ShareAnswer>);
static_assert(!std::is_default_constructible_v<MatchAnswer>);

class ReleaseTest : public World {
 protected:
  AuditReceipt Append(audit::EntryType type, const Digest& digest) {
    audit::Draft draft;
    draft.audience = "council";
    draft.record.type = type;
    draft.request_digest = digest;
    return log_->AppendOne(std::move(draft)).value();
  }
  Minimised SomeAnswer() {
    return Minimise(PermitFor(request_), {{0, Record(1)}},
                    NoMatch(digest_, health_.id, "v3"));
  }
  ShareRequest request_ = Request();
  Digest digest_ = RequestDigest(request_);
};

TEST_F(ReleaseTest, TakesOnlyAReleaseOfThisRequest) {
  const Permit permit = PermitFor(request_);
  const auto release = [&](const AuditReceipt& receipt) {
    const absl::Status share =
        Release(permit, receipt, digest_, SomeAnswer()).status();
    const absl::Status match =
        Release(permit, receipt, digest_, health_.id, FamilyLink{}).status();
    EXPECT_EQ(share.code(), match.code());
    return share;
  };
  KS_EXPECT_OK(release(Append(audit::EntryType::kRelease, digest_)));
  EXPECT_TRUE(absl::IsInternal(
      release(Append(audit::EntryType::kRelease, crypto::Sha256("another")))));
  for (audit::EntryType type :
       {audit::EntryType::kIntent, audit::EntryType::kDeny,
        audit::EntryType::kAsked, audit::EntryType::kAbort})
    EXPECT_TRUE(absl::IsInternal(release(Append(type, digest_))));
}

TEST_F(ReleaseTest, TellsTheAskerWhatTheGatewayWithheldInAskersWords) {
  request_.asks[0].items = {"visits", "diagnosis"};
  const Permit permit = PermitFor(request_);
  const auto share =
      Release(permit, Append(audit::EntryType::kRelease, digest_), digest_,
              SomeAnswer());
  KS_ASSERT_OK(share.status());
  ASSERT_EQ(share->withheld().size(), 1u);
  EXPECT_EQ(share->withheld()[0].item, "diagnosis");
  EXPECT_EQ(share->withheld()[0].reason, permit.withheld()[0].reason_for_asker);
  EXPECT_EQ(share->source(), health_.id);
}

TEST_F(ReleaseTest, MinimiseKeepsExactlyWhatIsPermitted) {
  struct Case {
    const char* name;
    ItemLabel label;
    bool kept;
  };
  const Case cases[] = {
      {"permitted", {0, "visits", "MONTH_ONLY", 0}, true},
      {"other item permitted", {2, "contact", "EXACT", 0}, true},
      {"finer", {0, "visits", "EXACT", 0}, false},
      {"coarser is another grain too", {0, "contact", "YEAR_ONLY", 0}, false},
      {"no grain", {0, "visits", "", 0}, false},
      {"other item", {0, "diagnosis", "EXACT", 0}, false},
      {"unmatched member", {1, "visits", "MONTH_ONLY", 0}, false},
      {"no member", {9, "visits", "MONTH_ONLY", 0}, false},
  };
  SourceAnswer answer = NoMatch(digest_, health_.id, "v3");
  answer.status = SourceStatus::kAnswered;
  for (const Case& c : cases) answer.items.push_back({c.label, "box", {}});
  const Minimised minimised =
      Minimise(PermitFor(request_), {{0, Record(1)}, {2, Record(3)}}, answer);
  ASSERT_EQ(minimised.answer().items.size(), std::size(cases));
  for (size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(!minimised.answer().items[i].sealed.empty(), cases[i].kept)
        << cases[i].name;
    EXPECT_EQ(minimised.answer().items[i].label, cases[i].label);
  }
  // What the source signed is as it was.
  EXPECT_EQ(Encode(minimised.answer()), Encode(answer));
}

// The permit carries them; an answer that does not is emptied, so none is lost
// on the way to the requester.
TEST_F(ReleaseTest, AnswerThatLosesAnObligationGivesNothing) {
  std::vector<policy::Agreement> agreements = policy_.Current()->agreements();
  for (policy::Flow& flow : agreements[0].flows)
    flow.obligations = {
        {policy::ObligationKind::kReviewByHuman, {}, ""},
        {policy::ObligationKind::kTellPersonWithinDays, 30, ""}};
  for (policy::Party& party : agreements[0].parties)
    party.carries_out = policy::ObligationKinds::All();
  const policy::ActiveSet set(std::move(agreements), {}, "");
  const policy::Decision decision =
      policy::Decide(set, AskOf(request_, 0), policy::Deciding::kGateway);
  const auto* permit = std::get_if<Permit>(&decision);
  ASSERT_NE(permit, nullptr);
  struct Case {
    std::vector<std::string> obligations;
    bool kept;
  };
  for (const Case& c : std::vector<Case>{
           {{"REVIEW_BY_HUMAN", "TELL_PERSON_WITHIN_DAYS 30"}, true},
           {{"TELL_PERSON_WITHIN_DAYS 7", "REVIEW_BY_HUMAN", "RECORD_DECISION"},
            true},
           {{"REVIEW_BY_HUMAN"}, false},
           {{"REVIEW_BY_HUMAN", "TELL_PERSON_WITHIN_DAYS 31"}, false},
           {{"REVIEW_BY_HUMAN", "TELL_PERSON_WITHIN_DAYS"}, false},
           {{"REVIEW_BY_HUMAN", "TELL_PERSON_WITHIN_DAYS 3O"}, false},
           {{"REVIEW_BY_HUMAN", "TELL_PERSON_WITHIN_DAYS 31",
             "TELL_PERSON_WITHIN_DAYS 30"},
            true},
           {{"REVIEW_BY_HUMANS", "TELL_PERSON_WITHIN_DAYS 30"}, false},
           {{}, false}}) {
    SourceAnswer answer = NoMatch(digest_, health_.id, "v3");
    answer.status = SourceStatus::kAnswered;
    answer.items.push_back({{0, "visits", "MONTH_ONLY", 0}, "box", {}});
    answer.obligations = c.obligations;
    const Minimised minimised = Minimise(*permit, {{0, Record(1)}}, answer);
    EXPECT_EQ(!minimised.answer().items[0].sealed.empty(), c.kept);
  }
}

TEST_F(ReleaseTest, MatchTellsHandlesAndPossibleToLinkageOnly) {
  using linkage::Grade;
  FamilyLink link;
  link.members = {{Grade::kMatch, Record(1), Family(1), {"A1"}},
                  {Grade::kPossible, Record(2), Family(2), {"B1"}},
                  {Grade::kNoMatch, {}, {}, {}}};
  ShareRequest linkage = request_;
  linkage.purpose = "OUTCOME_EVALUATION";
  linkage.mode = "LINK_FOR_EVALUATION";
  linkage.asks[0].items = {kRecordHandleItem};
  ShareRequest mute = linkage;
  mute.asks[0] = {school_.id, "", {"attendance"}, ""};
  const AuditReceipt receipt = Append(audit::EntryType::kRelease, digest_);
  const auto grades = [&](const ShareRequest& request, bool handles) {
    const auto match =
        Release(PermitFor(request), receipt, digest_, health_.id, link);
    std::vector<Grade> out;
    for (const MemberMatch& m : match->members()) {
      out.push_back(m.grade);
      EXPECT_EQ(m.handle.has_value(), handles && m.grade != Grade::kNoMatch);
      EXPECT_EQ(m.family.has_value(), m.handle.has_value());
    }
    return out;
  };
  EXPECT_THAT(
      grades(linkage, true),
      testing::ElementsAre(Grade::kMatch, Grade::kPossible, Grade::kNoMatch));
  for (const ShareRequest& other : {request_, mute})
    EXPECT_THAT(
        grades(other, false),
        testing::ElementsAre(Grade::kMatch, Grade::kNoMatch, Grade::kNoMatch));
}

}  // namespace
}  // namespace kinstile::share
