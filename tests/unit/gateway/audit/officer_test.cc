// SPDX-License-Identifier: Apache-2.0
// The officer's own checks: the canary, and the comparison of two copies.
#include <gmock/gmock.h>

#include "gateway/audit/canary.h"
#include "gateway/audit/diff.h"
#include "gateway/audit/leaf.h"
#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Canary : public LogTest {
 protected:
  Canary() {
    for (int i = 0; i < 4; ++i) MustAppend(i, i % 2 ? "health" : "council");
    copy_ = Take();
  }
  CanaryReport RunAs(const Officer& officer, const char* audience = "council") {
    absl::StatusOr<CanaryReport> report =
        RunCanary(copy_, kOrigin, audience, officer.secret.Clone());
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : CanaryReport();
  }
  // Changes the council's KEYFRAME as a gateway could that makes it so.
  void EditFrame(const std::function<void(KeyFrame&)>& edit) {
    for (MemoryCopy::Entry& e : copy_.entries) {
      Leaf leaf = *DecodeLeaf(e.leaf);
      if (leaf.type != EntryType::kKeyFrame || leaf.audience != "council")
        continue;
      KeyFrame frame = *DecodeKeyFrame(*e.payload);
      edit(frame);
      e.payload = EncodeKeyFrame(frame);
      leaf.payload_hash = crypto::Sha256(*e.payload);
      e.leaf = EncodeLeaf(leaf);
    }
  }
  MemoryCopy copy_;
};

TEST_F(Canary, OpensOneEntryOfEachEpoch) {
  CanaryReport report = RunAs(council_);
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.epochs, 1u);
  EXPECT_EQ(report.opened, 1u);
  EXPECT_EQ(RunAs(oversight_, "health").opened, 1u);
}

TEST_F(Canary, SaysThatNothingIsForAStranger) {
  Officer stranger{"stranger"};
  CanaryReport report = RunAs(stranger);
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.not_ours, 1u);
  EXPECT_EQ(report.epochs, 0u);
}

TEST_F(Canary, AlarmsWhenAWrapIsMissing) {
  EditFrame([](KeyFrame& f) { f.keys.erase(f.keys.begin()); });
  EXPECT_THAT(RunAs(council_).alarms,
              ElementsAre(HasSubstr("the wrap for this key is missing")));
  // To the others all is well: that is why each runs its own.
  EXPECT_THAT(RunAs(oversight_).alarms, IsEmpty());
}

TEST_F(Canary, AlarmsWhenAWrapIsBad) {
  EditFrame([](KeyFrame& f) { f.keys[0].sealed[40] ^= 1; });
  EXPECT_THAT(RunAs(council_).alarms,
              ElementsAre(HasSubstr("wrap for this key does not open")));
  EXPECT_THAT(RunAs(oversight_).alarms, IsEmpty());
}

// Each officer's wrap opens, but not to the key that the entries are under.
TEST_F(Canary, AlarmsWhenAWrapIsOfAnotherKey) {
  EditFrame([this](KeyFrame& f) {
    Chain other = Chain::Random(crypto::Sha256(kOrigin), "council", f.epoch);
    absl::StatusOr<KeyFrame> sealed = SealChain(
        other, kOrigin, f.scope, {council_.recipient()}, f.manifest_digest);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    f.keys[0] = sealed->keys[0];
  });
  EXPECT_THAT(RunAs(council_).alarms,
              ElementsAre(HasSubstr("does not open: key commitment")));
  EXPECT_THAT(RunAs(oversight_).alarms, IsEmpty());
}

TEST_F(Canary, PassesOverErasedEntries) {
  for (MemoryCopy::Entry& e : copy_.entries)
    if (DecodeLeaf(e.leaf)->sealing == Sealing::kRatchetV1) e.payload.reset();
  CanaryReport report = RunAs(council_);
  EXPECT_THAT(report.alarms, IsEmpty());
  EXPECT_EQ(report.erased, 1u);
}

TEST_F(Canary, DiffSaysWhichCopyIsLongerAndWhatOneLacks) {
  MemoryCopy longer = copy_, shorter = copy_;
  shorter.entries.pop_back();
  longer.entries[5].payload.reset();
  absl::StatusOr<Difference> d = Compare(longer, shorter);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_TRUE(d->consistent());
  EXPECT_EQ(d->size_a, d->size_b + 1);
  EXPECT_THAT(d->only_in_b, ElementsAre(5u));
  EXPECT_THAT(d->only_in_a, IsEmpty());
}

TEST_F(Canary, DiffSaysWhichPayloadIsDamaged) {
  MemoryCopy other = copy_;
  (*other.entries[5].payload)[0] ^= 1;
  absl::StatusOr<Difference> d = Compare(copy_, other);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_FALSE(d->consistent());
  EXPECT_THAT(d->damaged, ElementsAre(5u));
}

}  // namespace
}  // namespace kinstile::audit
