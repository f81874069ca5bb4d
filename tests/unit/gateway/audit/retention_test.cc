// SPDX-License-Identifier: Apache-2.0
// Erasing by bucket and by entry; disclosing one entry alone.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "gateway/audit/disclosure.h"
#include "gateway/audit/shred.h"
#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// The fixture's clock starts in September 2026.
constexpr char kBucket[] = "sharing/2026-09";

class Retention : public LogTest {
 protected:
  Retention() {
    ReopenStore();
    log_ = *Log::Open(*db_, BucketOptions());
  }

  LogOptions BucketOptions() {
    KeyManifest m{crypto::Sha256("months"), {}};
    m.signed_bytes = "months";
    m.audiences = {{"council",
                    {In("sep", september_), In("sep-o", september_oversight_),
                     In("oct", october_, "sharing/2026-10"),
                     In("oct-o", october_oversight_, "sharing/2026-10")}}};
    m.classes = {{"sharing", {"key-working"}, 24}};
    return {kOrigin, TestLogKey(), std::move(m), clock_};
  }
  static Recipient In(const char* id, const Officer& officer,
                      const char* bucket = kBucket) {
    return {id, crypto::PublicKeyOf(officer.secret), bucket, {}};
  }
  void NextMonth() {
    clock_.now_ms += absl::ToInt64Milliseconds(absl::Hours(24 * 30));
  }
  ShredOrder September() const {
    return {kOrigin,       kBucket,         0, ShredGround::kRetentionEnded,
            clock_.now_ms, {"sep", "sep-o"}};
  }
  ShredOrder Entry(uint64_t index) const {
    return {kOrigin, "", index, ShredGround::kCourtOrder, clock_.now_ms, {}};
  }
  // The approvals are gateway/share's to check; the entry has to have them.
  static Shred Approved(const ShredOrder& order) {
    return {order, {{"council", {}}, {"health", {}}}};
  }
  std::string StoreBytes() {
    std::string all;
    for (const char* part : {"", "-wal"}) {
      std::ifstream in(store_.path() + part, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  Officer september_{"sep"}, september_oversight_{"sep-o"};
  Officer october_{"oct"}, october_oversight_{"oct-o"};
};

TEST_F(Retention, EachMonthHasItsOwnKeysAndNoMonthWithoutKeysIsWritten) {
  MustAppend(1);
  NextMonth();
  MustAppend(2);
  const OpenedEntries september = OpenAs(september_, "council");
  ASSERT_EQ(september.entries.size(), 1u);
  EXPECT_EQ(september.entries[0].record, SampleRecord(1));
  const OpenedEntries october = OpenAs(october_, "council");
  ASSERT_EQ(october.entries.size(), 1u);
  EXPECT_EQ(october.entries[0].record, SampleRecord(2));
  NextMonth();
  const absl::Status s = log_->AppendOne(SampleDraft(3)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(s)) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("sharing/2026-1"));
  EXPECT_TRUE(log_->healthy());
}

TEST_F(Retention, BucketIsErasedAndEveryProofStaysValid) {
  VerifyOptions kept;
  const AuditReceipt old = MustAppend(1);
  kept.evidence.receipts = {old.Encode(), MustAppend(2).Encode()};
  const std::string payload =
      log_->ListEntries("council", old.index(), 1)->entries[0].payload;
  ASSERT_THAT(StoreBytes(), HasSubstr(payload));
  EXPECT_THAT(std::string(log_->Erase(Approved(September())).message()),
              HasSubstr("month is not over"));
  NextMonth();
  kept.evidence.receipts.push_back(MustAppend(3).Encode());
  ASSERT_EQ(log_->Erase(Approved(September())), absl::OkStatus());
  // Not in the file, nor in what SQLite has put aside.
  EXPECT_THAT(StoreBytes(), testing::Not(HasSubstr(payload)));
  const VerifyReport report = Verify(kept);
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.receipts, 3u);
  EXPECT_EQ(OpenAs(october_, "council").entries.size(), 1u);
  EXPECT_THAT(std::string(log_->Erase(Approved(September())).message()),
              HasSubstr("erased already"));
  ReopenStore();
  log_ = *Log::Open(*db_, BucketOptions());
  MustAppend(4);
  EXPECT_THAT(Verify(kept).failures, IsEmpty());
}

// Who reads just then cannot make it look undone, nor keep it from being done.
TEST_F(Retention, WhatIsErasedWhileSomebodyReadsIsOverwrittenLater) {
  const AuditReceipt old = MustAppend(1);
  const std::string payload =
      log_->ListEntries("council", old.index(), 1)->entries[0].payload;
  NextMonth();
  MustAppend(2);
  const auto reader = *storage::Open(store_.url());
  ASSERT_TRUE(reader
                  ->Read([&](storage::Snapshot& s) {
                    EXPECT_TRUE(CountPayloads(s, LogNumber(kOrigin)).ok());
                    EXPECT_EQ(log_->Erase(Approved(September())),
                              absl::OkStatus());
                    EXPECT_TRUE(log_->scrub_due());
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(StoreBytes(), HasSubstr(payload));
  MustAppend(3);  // so soon it is not tried again
  EXPECT_TRUE(log_->scrub_due());
  clock_.now_ms += 60'000;
  MustAppend(4);
  EXPECT_FALSE(log_->scrub_due());
  EXPECT_THAT(StoreBytes(), testing::Not(HasSubstr(payload)));
  EXPECT_THAT(Verify().failures, IsEmpty());
}

TEST_F(Retention, ErasedAndMissingAreToldApart) {
  const uint64_t erased = MustAppend(1).index();
  const uint64_t missing = MustAppend(2).index();
  ASSERT_EQ(log_->Erase(Approved(Entry(erased))), absl::OkStatus());
  EXPECT_THAT(Verify().failures, IsEmpty());
  ASSERT_TRUE(db_->Write([&](storage::Transaction& t) {
                   return t
                       .Execute(
                           "DELETE FROM audit_payloads WHERE idx = ?1",
                           {storage::Value::Int(static_cast<int64_t>(missing))})
                       .status();
                 })
                  .ok());
  EXPECT_THAT(
      Verify().failures,
      testing::ElementsAre(HasSubstr("entry " + std::to_string(missing))));
}

// Erased is said, and not done; or room is made for what belongs to nobody.
TEST_F(Retention, WhatIsErasedIsNotThere) {
  const uint64_t erased = MustAppend(1).index();
  const std::string payload =
      log_->ListEntries("council", erased, 1)->entries[0].payload;
  ASSERT_EQ(log_->Erase(Approved(Entry(erased))), absl::OkStatus());
  auto put = [&](uint64_t index) {
    ASSERT_TRUE(db_->Write([&](storage::Transaction& t) {
                     return t
                         .Execute(
                             "INSERT INTO audit_payloads (log, idx, "
                             "payload) VALUES (?1, ?2, ?3)",
                             {storage::Value::Int(LogNumber(kOrigin)),
                              storage::Value::Int(static_cast<int64_t>(index)),
                              storage::Value::Blob(payload)})
                         .status();
                   })
                    .ok());
  };
  put(424242);
  EXPECT_THAT(Verify().failures, Contains(HasSubstr("belong to no entry")));
  put(erased);
  EXPECT_THAT(Verify().failures,
              Contains(HasSubstr("says that it was erased, and its payload")));
}

// Who runs the gateway may have left out its rules: verification has them too.
TEST_F(Retention, OrdersThatTheGatewayWouldRefuseAreNoticed) {
  const uint64_t entry = MustAppend(1).index();
  NextMonth();
  ASSERT_EQ(log_->Erase(Approved(Entry(entry))), absl::OkStatus());
  ShredOrder early = September(), partly = September();
  early.bucket = "sharing/2026-10";
  partly.destroyed_key_ids = {"sep"};
  struct Case {
    const char* name;
    Shred shred;
    const char* says;
  } cases[] = {
      {"others' entry",
       {Entry(entry), {{"jcp", {}}, {"health", {}}}},
       "not signed by the agency whose entry it is"},
      {"later entry", Approved(Entry(99)), "no sealed entry before it"},
      {"public entry", Approved(Entry(0)), "no sealed entry before it"},
      {"month not over", Approved(early), "month that was not over"},
      {"a key is left", Approved(partly), "not name all the keys"},
  };
  const MemoryCopy taken = Take();
  VerifyOptions options;
  options.manifests =
      [this](const KeyManifest&) -> absl::StatusOr<ManifestFacts> {
    ManifestFacts facts;
    facts.recipients = BucketOptions().recipients;
    for (const char* agency : {"council", "health", "jcp"})
      facts.signing_keys.emplace(agency, TestLogKey().verify_key());
    return facts;
  };
  for (Case& c : cases) {
    MemoryCopy copy = taken;
    for (ShredApproval& a : c.shred.approvals)
      a.signature =
          TestLogKey().Sign(kShredLabel, EncodeShredOrder(c.shred.order));
    copy.entries.back().payload = EncodeShred(c.shred);
    EXPECT_THAT(
        VerifyCopy(copy, kOrigin, TestLogKey().verify_key(), options)->failures,
        Contains(HasSubstr(c.says)))
        << c.name;
  }
}

TEST_F(Retention, OrdersThatCannotBeTrueAreRefused) {
  const uint64_t index = MustAppend(1).index();
  NextMonth();
  MustAppend(2);
  struct Case {
    const char* name;
    ShredOrder order;
    absl::StatusCode code;
  } cases[] = {
      {"another log", September(), absl::StatusCode::kInvalidArgument},
      {"no such bucket", September(), absl::StatusCode::kNotFound},
      {"a key is left", September(), absl::StatusCode::kFailedPrecondition},
      {"a public entry", Entry(0), absl::StatusCode::kFailedPrecondition},
      {"no such entry", Entry(99), absl::StatusCode::kNotFound},
  };
  cases[0].order.origin = "another.example";
  cases[1].order.bucket = "general/2026-09";
  cases[2].order.destroyed_key_ids = {"sep"};
  for (const Case& c : cases)
    EXPECT_EQ(log_->Erase(Approved(c.order)).code(), c.code) << c.name;
  EXPECT_EQ(*log_->AudienceOf(index), "council");
  EXPECT_TRUE(absl::IsNotFound(log_->AudienceOf(99).status()));
  EXPECT_THAT(Verify().failures, IsEmpty());
}

TEST_F(Retention, BucketThatAStandingKeyOpensCannotBeErased) {
  LogOptions options = BucketOptions();
  options.recipients.audiences[0].recipients.push_back(
      In("all", oversight_, ""));
  ASSERT_TRUE(log_->SetRecipients(options.recipients).ok());
  MustAppend(1);
  NextMonth();
  ShredOrder order = September();
  order.destroyed_key_ids = {"all", "sep", "sep-o"};
  EXPECT_THAT(std::string(log_->Erase(Approved(order)).message()),
              HasSubstr("for every bucket"));
}

TEST_F(Retention, OneEntryIsDisclosedAloneWithItsProof) {
  const AuditReceipt shown = MustAppend(1);
  MustAppend(2);
  const EntryPage page = *log_->ListEntries("council", shown.index(), 2);
  EntryOpener opener(kOrigin, "council", september_.secret.Clone());
  for (const StoredEntry& frame : page.keyframes)
    ASSERT_TRUE(opener.AddKeyFrame(frame).ok());
  Disclosure out{kOrigin, page.entries[0], *opener.KeyFor(page.entries[0]),
                 *log_->InclusionProof(shown.index(), log_->size()),
                 log_->checkpoint()};
  const std::string bytes = EncodeDisclosure(out);
  Disclosure in = *DecodeDisclosure(bytes);
  EXPECT_EQ(EncodeDisclosure(in), bytes);
  auto opened = OpenDisclosure(in, TestLogKey().verify_key());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->record, SampleRecord(1));
  EXPECT_FALSE(OpenDisclosure(in, TestLogKey(9).verify_key()).ok());
  // The key is for this entry only.
  EXPECT_FALSE(OpenWithKey(kOrigin, page.entries[1], in.key).ok());
  in.entry = page.entries[1];
  EXPECT_FALSE(OpenDisclosure(in, TestLogKey().verify_key()).ok());
  for (size_t i = 0; i < bytes.size(); i += 7)
    EXPECT_FALSE(DecodeDisclosure(bytes.substr(0, i)).ok()) << i;
}

}  // namespace
}  // namespace kinstile::audit
