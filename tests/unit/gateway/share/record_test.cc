// SPDX-License-Identifier: Apache-2.0
// What each trail is told: the requester's nothing of what the holder hides.
#include "gateway/share/record.h"

#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using audit::EntryType;
using audit::LegStatus;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RecordTest : public World {
 protected:
  // A leg in which everything has happened that the requester may not know.
  Leg FullLeg() {
    Leg leg;
    leg.ask = &request_.asks[0];
    leg.decision = PermitFor(request_);
    leg.matching.emplace();
    leg.matching->candidates = 7;
    leg.matching->matched = {{0, Record(1)}};
    leg.matching->shielded = {{1, Record(2)}};
    leg.matching->link.members = {
        {linkage::Grade::kMatch, Record(1), Family(1), {"A1"}}};
    leg.late_refusal = LateRefusal{"visits", "c-1", "CONDITION", "opted out"};
    leg.answer = Minimise(*leg.permit(), leg.matching->matched,
                          NoMatch(digest_, health_.id, "v3"));
    return leg;
  }
  Recorder Recording() { return {request_, digest_, clock_.now}; }

  ShareRequest request_ = Request();
  Digest digest_ = RequestDigest(request_);
};

TEST_F(RecordTest, RequestersEntryHoldsNoTruthOfTheHolder) {
  std::vector<Leg> legs;
  legs.push_back(FullLeg());
  const audit::Draft draft =
      Recording().ForRequester(EntryType::kRelease, legs);
  EXPECT_EQ(draft.audience, "council");
  EXPECT_EQ(draft.fixed_size, 0u);
  EXPECT_FALSE(draft.record.holder.has_value());
  EXPECT_EQ(draft.record.legs.at(0).status, LegStatus::kNoMatch);
  // The same to the byte as if nobody had been there.
  legs[0].matching.emplace();
  legs[0].late_refusal.reset();
  EXPECT_EQ(audit::EncodeRecord(draft.record).value(),
            audit::EncodeRecord(
                Recording().ForRequester(EntryType::kRelease, legs).record)
                .value());
}

// What decides the padded size is the same number for every outcome and every
// family: no limit lies between found and not found.
TEST_F(RecordTest, SizeOfTheRequestersEntryIsThatOfTheQuestion) {
  const auto size = [this](EntryType type, const Leg& leg) {
    const audit::Draft draft = Recording().ForRequester(type, {leg});
    return audit::EncodeRecord(draft.record)->size() + draft.spare;
  };
  Leg leg = FullLeg();
  const size_t outcome = size(EntryType::kRelease, leg);
  const size_t intent = size(EntryType::kIntent, leg);
  SourceAnswer found = NoMatch(digest_, health_.id, "v3");
  found.status = SourceStatus::kAnswered;
  for (uint32_t member : {0u, 1u})
    found.items.push_back(*SealItem(crypto::PublicKeyOf(sealing_),
                                    {digest_, health_.id},
                                    {member, "visits", "MONTH_ONLY", 7}, "x"));
  found.withheld = {{"contact", "c-7", "CONDITION", std::string(900, 'w')}};
  leg.answer = Minimise(*leg.permit(), leg.matching->matched, found);
  ASSERT_EQ(Recording()
                .ForRequester(EntryType::kRelease, {leg})
                .record.legs[0]
                .status,
            LegStatus::kAnswered);
  EXPECT_EQ(size(EntryType::kRelease, leg), outcome);
  EXPECT_EQ(size(EntryType::kAbort, leg), outcome);
  request_.members.resize(1);
  EXPECT_EQ(size(EntryType::kRelease, leg), outcome);
  leg.answer.reset();
  leg.matching.reset();
  EXPECT_EQ(size(EntryType::kIntent, leg), intent);
}

TEST_F(RecordTest, HoldersEntryTellsTheWholeTruthInOneSize) {
  const audit::Draft draft = Recording().ForHolder(FullLeg());
  EXPECT_EQ(draft.audience, "health");
  EXPECT_EQ(draft.fixed_size, audit::kHolderEntrySize);
  EXPECT_EQ(draft.record.type, EntryType::kAsked);
  const audit::HolderTruth& truth = *draft.record.holder;
  EXPECT_EQ(truth.candidates, 7u);
  EXPECT_THAT(truth.keys_agreed, testing::ElementsAre("member 1: MATCH: A1"));
  EXPECT_THAT(truth.shielded, SizeIs(1));
  EXPECT_THAT(truth.late_refusal, testing::HasSubstr("c-1"));
  EXPECT_THAT(draft.record.subjects, SizeIs(2));
}

TEST_F(RecordTest, LargestEntryFitsTheHoldersSize) {
  request_.reason = std::string(kMaxText, 'r');
  request_.practitioner = std::string(64, 'p');
  Leg leg = FullLeg();
  for (uint32_t i = 0; i < kMaxMembers; ++i)
    leg.matching->matched.push_back({i, Record(i)});
  KS_EXPECT_OK(log_->AppendOne(Recording().ForHolder(leg)).status());
}

TEST_F(RecordTest, SourceCannotFailTheEntryWithItsWords) {
  Leg leg = FullLeg();
  leg.late_refusal->reason = std::string(1 << 20, 'w');
  KS_EXPECT_OK(log_->AppendOne(Recording().ForHolder(leg)).status());
}

TEST_F(RecordTest, StatusOfALegFollowsItsSteps) {
  Leg leg;
  leg.ask = &request_.asks[0];
  const auto status = [&] {
    return Recording().ForHolder(leg).record.legs.at(0).status;
  };
  EXPECT_EQ(status(), LegStatus::kDenied);
  leg.decision = PermitFor(request_);
  EXPECT_EQ(status(), LegStatus::kPending);
  leg.matching.emplace();
  EXPECT_EQ(status(), LegStatus::kNoMatch);
  leg.matching->matched = {{0, Record(1)}};
  EXPECT_EQ(status(), LegStatus::kAnswered);
  // In an ABORT the asker's officers read nothing of what the index found.
  const auto abort =
      Recording().ForRequester(audit::EntryType::kAbort, {leg}).record.legs[0];
  EXPECT_EQ(abort.status, LegStatus::kPending);
  EXPECT_TRUE(abort.confirmed.empty());
  // Nor was anybody answered, and that is what the holder's say.
  const auto asked =
      Recording().ForHolder(leg, /*interrupted=*/true).record.legs[0];
  EXPECT_EQ(asked.status, LegStatus::kPending);
  EXPECT_TRUE(asked.confirmed.empty());
  leg.unreachable = true;
  EXPECT_EQ(status(), LegStatus::kUnreachable);
}

}  // namespace
}  // namespace kinstile::share
