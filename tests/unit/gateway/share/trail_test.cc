// SPDX-License-Identifier: Apache-2.0
// The trail's share of a share: crashes end it, two agencies may erase of it.
#include <algorithm>

#include "gateway/audit/shred.h"
#include "gateway/audit/verify.h"
#include "gateway/share/erasure.h"
#include "gateway/share/officer.h"
#include "gateway/share/open_requests.h"
#include "gateway/share/reason.h"
#include "tests/unit/gateway/share/exchange_world.h"

namespace kinstile::share {
namespace {

using audit::EntryType;
using audit::LegStatus;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TrailTest : public ExchangeTest {
 protected:
  size_t OpenRequests() {
    size_t n = 0;
    KS_EXPECT_OK(db_->Read([&n](storage::Snapshot& s) {
      return s.Query("SELECT COUNT(*) FROM open_request", {},
                     [&n](const storage::Row& row) {
                       n = static_cast<size_t>(row.Int(0));
                       return absl::OkStatus();
                     });
    }));
    return n;
  }
  audit::VerifyReport Verify() {
    return *audit::VerifyStore(*db_, kOrigin, log_->verify_key());
  }
};

TEST_F(TrailTest, ATrailIsSearchedForWhatTheLawKnows) {
  SearchNotice notice{council_.id, "IG-7", "LAWFULNESS_CHECK", "sample", {}};
  KS_EXPECT_OK(RecordSearch(*log_, notice, clock_.now).status());
  for (const char* purpose : {"TEA_BREAK", "lawfulness_check", ""}) {
    notice.purpose = purpose;
    EXPECT_TRUE(absl::IsInvalidArgument(
        RecordSearch(*log_, notice, clock_.now).status()))
        << purpose;
  }
  notice.purpose = "SECURITY";
  notice.reason = "a\x1b[31mb";
  EXPECT_TRUE(absl::IsInvalidArgument(
      RecordSearch(*log_, notice, clock_.now).status()));
  EXPECT_THAT(RecordsOf(council_), SizeIs(1));
}

TEST_F(TrailTest, EveryoneConcernedReadsOfARequestThatACrashCutShort) {
  const ShareRequest request = Request();
  // As a process that dies here leaves the store.
  storage::SqliteStore crashed;
  sources_.on_ask = [&] {
    EXPECT_EQ(OpenRequests(), 1u);
    KS_ASSERT_OK(storage::CopyTo(store_.url(), crashed.path()));
  };
  MustShare(request);
  EXPECT_EQ(OpenRequests(), 0u);

  auto db = *storage::Open(crashed.url());
  auto log = *audit::Log::Open(*db, LogOptions());
  EXPECT_EQ(
      EndInterrupted(*db, *log, *MakeConsortium(), clock_.now).value().ended,
      1u);
  const auto read = [&](const Keys& reader) {
    return audit::OpenEntries(*db, kOrigin, reader.id.str(),
                              reader.officer.Clone())
        ->entries.back()
        .record;
  };
  EXPECT_EQ(read(council_).type, EntryType::kAbort);
  EXPECT_THAT(read(council_).legs, SizeIs(2));
  for (const Keys* holder : {&health_, &school_}) {
    EXPECT_EQ(read(*holder).type, EntryType::kAsked);
    EXPECT_EQ(read(*holder).request_digest, RequestDigest(Offered(request)));
    EXPECT_EQ(read(*holder).legs.at(0).status, LegStatus::kUnreachable);
  }
  EXPECT_EQ(
      EndInterrupted(*db, *log, *MakeConsortium(), clock_.now).value().ended,
      0u);
  EXPECT_TRUE(audit::VerifyStore(*db, kOrigin, log->verify_key())->ok());
}

TEST_F(TrailTest, WithoutThisMonthsKeysAnInterruptedRequestWaitsForThem) {
  storage::SqliteStore crashed;
  sources_.on_ask = [&] {
    KS_ASSERT_OK(storage::CopyTo(store_.url(), crashed.path()));
  };
  MustShare(Request());
  auto db = *storage::Open(crashed.url());
  audit::LogOptions without = LogOptions();
  for (audit::Audience& a : without.recipients.audiences)
    for (audit::Recipient& r : a.recipients) r.bucket = "general/2020-01";
  auto log = *audit::Log::Open(*db, std::move(without));
  auto interrupted = EndInterrupted(*db, *log, *MakeConsortium(), clock_.now);
  KS_ASSERT_OK(interrupted.status());
  EXPECT_EQ(interrupted->ended, 0u);
  EXPECT_EQ(interrupted->left, 1u);
  KS_ASSERT_OK(log->SetRecipients(LogOptions().recipients));
  interrupted = EndInterrupted(*db, *log, *MakeConsortium(), clock_.now);
  KS_ASSERT_OK(interrupted.status());
  EXPECT_EQ(interrupted->ended, 1u);
  EXPECT_EQ(interrupted->left, 0u);
}

TEST_F(TrailTest, LargestRequestHasAHoldersEntryOfTheOneSize) {
  ShareRequest request = Request();
  for (std::string* text : {&request.practitioner, &request.role,
                            &request.reason, &request.purpose})
    *text = std::string(kMaxText, 'x');
  request.asks.resize(1);
  request.asks[0].items.clear();
  for (size_t i = 0; i < kMaxItems; ++i)
    request.asks[0].items.push_back(std::string(60, 'a') +
                                    std::to_string(100 + i));
  for (uint32_t n = 3; request.members.size() < kMaxMembers; ++n)
    request.members.push_back({Record(9000 + n), {Carries(n, kStrong)}});
  MustShare(request);
  const auto opened = Open(health_);
  ASSERT_THAT(opened.entries, SizeIs(1));
  EXPECT_EQ(opened.entries[0].leaf.payload_size,
            audit::kHolderEntrySize + 24 + 16);
  EXPECT_THAT(RecordsOf(council_).at(0).legs.at(0).items_asked,
              SizeIs(kMaxItems));
}

TEST_F(TrailTest, ErasingAnEntryNeedsTwoAgenciesAndItsOwn) {
  MustShare(Request());
  const uint64_t index = Open(health_).entries.at(0).index;
  audit::ShredOrder order{
      kOrigin, "", index, audit::ShredGround::kMistake, ToMillis(clock_.now),
      {}};
  const std::string bytes = audit::EncodeShredOrder(order);
  const auto by = [&](const Keys& k, const std::string& label) {
    return audit::ShredApproval{k.id.str(), k.signing.Sign(label, bytes)};
  };
  const auto approve = [&](const Keys& k) { return by(k, audit::kShredLabel); };
  const struct {
    const char* name;
    std::vector<audit::ShredApproval> approvals;
  } cases[] = {
      {"nobody", {}},
      {"one", {approve(health_)}},
      {"one twice", {approve(health_), approve(health_)}},
      {"not the entry's agency", {approve(council_), approve(school_)}},
      {"signed for something else",
       {approve(health_), by(council_, "kinstile/v1/other")}},
      {"a stranger",
       {approve(health_), {"stranger", approve(council_).signature}}},
  };
  for (const auto& c : cases)
    EXPECT_TRUE(absl::IsPermissionDenied(
        Erase(*MakeConsortium(), *log_, {order, c.approvals})))
        << c.name;
  KS_EXPECT_OK(Erase(*MakeConsortium(), *log_,
                     {order, {approve(council_), approve(health_)}}));
  EXPECT_THAT(Verify().failures, IsEmpty());
}

TEST_F(TrailTest, ShortDiskBeginsNothingAndFinishesWhatIsBegun) {
  // A disk with room for everything but for beginning something new.
  auto disk = *storage::Disk::Open(
      store_.url(), {uint64_t{1} << 62, uint64_t{1} << 62, 0, 1 << 20});
  audit::LogOptions options = LogOptions();
  options.disk = disk.get();
  log_.reset();
  log_ = *audit::Log::Open(*db_, std::move(options));
  EXPECT_EQ(log_->disk_level(), storage::DiskLevel::kShort);
  audit::Draft draft;
  draft.audience = "council";
  const auto append = [&](EntryType type, bool finishes) {
    draft.record.type = type;
    draft.finishes = finishes;
    return log_->AppendOne(draft).status().code();
  };
  EXPECT_EQ(append(EntryType::kIntent, false),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(append(EntryType::kRelease, false),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(append(EntryType::kRelease, true), absl::StatusCode::kOk);
  EXPECT_EQ(append(EntryType::kDeny, false), absl::StatusCode::kOk);
  EXPECT_EQ(append(EntryType::kSearch, false), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace kinstile::share
