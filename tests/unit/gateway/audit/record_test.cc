// SPDX-License-Identifier: Apache-2.0
// The record's bytes are fixed; its limits hold.
#include "gateway/audit/record.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

Record FullRecord() {
  Record r;
  r.type = EntryType::kAsked;
  r.time_ms = 1790000000000;
  r.requester = *AgencyId::Create("council");
  r.practitioner = "staff-0042";
  r.role = "key-worker";
  r.reason = "early help";
  r.purpose = "family-support";
  r.mode = "named";
  r.agreement = *AgreementId::Create("key-working");
  r.agreement_version = 3;
  r.agreement_digest.bytes.fill(1);
  r.manifest_digest.bytes.fill(2);
  r.policy_set_digest.bytes.fill(6);
  r.law_digest.bytes.fill(7);
  r.request_id.bytes.fill(3);
  r.request_digest.bytes.fill(4);
  Leg leg;
  leg.agency = *AgencyId::Create("health");
  leg.flows = {*FlowId::Create("health-visits")};
  leg.basis = {"childrens-act-2004-s10"};
  leg.status = LegStatus::kAnswered;
  leg.items_asked = {"visit-dates", "diagnosis"};
  leg.released = {{"visit-dates", "month", {0, 1}}};
  leg.withheld = {{"diagnosis", "never-1", "confidence", "special category"}};
  leg.obligations = {"delete-after-90-days"};
  leg.decision = "what was decided";
  r.legs = {leg};
  r.subjects.resize(2);
  r.subjects[1].bytes.fill(5);
  r.families.resize(1);
  r.refusal = Refusal{*FlowId::Create("f"), "power", "consent", "not given"};
  r.holder = HolderTruth{{{"address", "s-1", "bar", "shield"}}, 4, {"A1"}, "x"};
  r.counts = {{"evaluations", 1000000}};
  r.criteria = {{"purpose", "family-support"}};
  return r;
}

// If this changes, stored entries no longer open: it must not.
TEST(Record, HasItsGoldenEncoding) {
  Record r;
  r.type = EntryType::kKeyEvaluation;
  r.time_ms = 1;
  r.requester = *AgencyId::Create("jcp");
  r.counts = {{"evaluations", 7}};
  EXPECT_EQ(absl::BytesToHexString(*EncodeRecord(r)),
            "000000186b696e7374696c652f76322f61756469742d7265636f72640d000000"
            "0000000001000000036a63700000000000000000000000000000000000000000"
            "0000000000000000000000200000000000000000000000000000000000000000"
            "0000000000000000000000000000002000000000000000000000000000000000"
            "0000000000000000000000000000000000000020000000000000000000000000"
            "0000000000000000000000000000000000000000000000200000000000000000"
            "0000000000000000000000000000000000000000000000000000001000000000"
            "0000000000000000000000000000002000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000000"
            "00010000000b6576616c756174696f6e73000000000000000700000000");
  EXPECT_EQ(absl::BytesToHexString(
                crypto::Sha256(*EncodeRecord(FullRecord())).view()),
            "5aee3fa1980da7b7fdc00f90aadc5650667837575a59a897cafd309617ecc73f");
}

TEST(Record, RoundTrips) {
  for (const Record& r : {Record(), FullRecord()}) {
    absl::StatusOr<Record> back = DecodeRecord(*EncodeRecord(r));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, r);
  }
}

TEST(Record, RefusesEveryTruncationAndTrailingBytes) {
  std::string bytes = *EncodeRecord(FullRecord());
  for (size_t i = 0; i < bytes.size(); ++i)
    EXPECT_FALSE(DecodeRecord(bytes.substr(0, i)).ok()) << i;
  EXPECT_FALSE(DecodeRecord(bytes + '\0').ok());
}

TEST(Record, NamesTheFieldThatIsTooLong) {
  Record text = FullRecord();
  text.reason.assign(Record::kMaxText + 1, 'x');
  absl::Status s = EncodeRecord(text).status();
  EXPECT_TRUE(absl::IsInvalidArgument(s));
  EXPECT_EQ(s.message(), "audit record: reason: too long");
  Record list = FullRecord();
  list.subjects.resize(Record::kMaxList + 1);
  EXPECT_EQ(EncodeRecord(list).status().message(),
            "audit record: subjects: too long");
}

TEST(EntryType, HasANameForEveryNumber) {
  for (int i = 1; i <= 18; ++i)
    EXPECT_NE(EntryTypeName(static_cast<EntryType>(i)), "UNKNOWN") << i;
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(99)), "UNKNOWN");
  EXPECT_FALSE(ParseEntryType(0).ok());
  EXPECT_FALSE(ParseEntryType(19).ok());
  EXPECT_EQ(LegStatusName(LegStatus::kNoMatch), "NO_MATCH");
}

}  // namespace
}  // namespace kinstile::audit
