// SPDX-License-Identifier: Apache-2.0
// Reports in sentences: right counts, and nobody else in a person's own.
#include "adapters/cli/audit/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "tests/unit/adapters/cli/audit/entries.h"

namespace kinstile::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string TextOf(const Report& report) {
  return absl::StrJoin(report.Sentences(), "\n");
}

TEST(SharesReport, CountsAnswersByPurposeAndBasis) {
  SharesReport report("council");
  report.Add(Released(1));
  report.Add(Released(2));
  Found intent = Released(3);
  intent.record.type = audit::EntryType::kIntent;
  report.Add(intent);  // its answer counts, not this
  report.Add(Denied(4));
  EXPECT_THAT(TextOf(report),
              HasSubstr("health answered council 2 times for "
                        "SUPPORT_KEY_WORKING, on the basis of Children Act "
                        "2004 s.10."));
  EXPECT_THAT(TextOf(report), HasSubstr("visit-dates: 2 times"));
  EXPECT_THAT(TextOf(report), Not(HasSubstr("jcp")));
  ASSERT_EQ(report.ToJson()["rows"].size(), 1u);
  EXPECT_EQ(report.ToJson()["rows"][0]["answers"], 2);
}

TEST(SharesReport, TellsGivingFromGetting) {
  SharesReport report("health");
  report.Add(Asked(1));
  EXPECT_THAT(TextOf(report), HasSubstr("health answered council once"));
}

TEST(RefusalsReport, CountsReasons) {
  RefusalsReport report("council");
  report.Add(Denied(1));
  report.Add(Denied(2));
  report.Add(Released(3));
  EXPECT_THAT(TextOf(report),
              HasSubstr("Asked by council, 2 times: refused (power): no power "
                        "to ask this."));
  EXPECT_THAT(TextOf(report),
              HasSubstr("once: diagnosis held back (confidence)"));
}

TEST(SubjectReport, SaysWhoLookedAndNothingOfAnybodyElse) {
  SubjectReport report;
  Found found = Released(1);
  found.record.families = {*FamilyHandle::FromBytes(std::string(16, 'f'))};
  report.Add(found);
  Found held = Asked(2);
  held.record.holder->late_refusal = "a relative is shielded";
  held.record.holder->shielded = {{"", "", "SHIELD", "3 people withheld"}};
  report.Add(held);
  const std::string text = TextOf(report) + report.ToJson().dump();
  EXPECT_THAT(text, HasSubstr("council (a key worker) asked health"));
  EXPECT_THAT(text, HasSubstr("passed on: visit-dates (month)"));
  EXPECT_THAT(text, HasSubstr("Children Act 2004 s.10"));
  // Nobody else: no staff, no handle, no family, no number, no shield.
  for (const char* other :
       {"NB-KW-0042", "6161616161", "6262626262", "6666666666", "2 people",
        "3 people", "SHIELD", "shielded", "relative", "first family plan"})
    EXPECT_THAT(text, Not(HasSubstr(other)));
}

TEST(SubjectReport, SaysSoWhenNobodyLooked) {
  EXPECT_THAT(TextOf(SubjectReport()), HasSubstr("Nobody looked"));
}

Found By(const std::string& practitioner, uint64_t n) {
  Found f = Released(n);
  f.record.practitioner = practitioner;
  return f;
}

TEST(UnusualReport, NamesWhoAskedFarMoreThanPeers) {
  UnusualReport report;
  for (int peer = 0; peer < 4; ++peer)
    for (uint64_t n = 0; n < 5; ++n)
      report.Add(By("peer-" + std::to_string(peer), n));
  for (uint64_t n = 0; n < 25; ++n) report.Add(By("busy", n));
  EXPECT_THAT(TextOf(report),
              HasSubstr("busy of council asked 25 times; others with the role "
                        "key worker asked 5 times (median of 4)."));
  EXPECT_THAT(TextOf(report), Not(HasSubstr("far more than peers: peer-")));
}

TEST(UnusualReport, ComparesWithNobodyWhenThereAreFewPeers) {
  UnusualReport report;
  report.Add(By("peer", 0));
  for (uint64_t n = 0; n < 25; ++n) report.Add(By("busy", n));
  EXPECT_THAT(TextOf(report), HasSubstr("Nothing stands out"));
}

TEST(UnusualReport, NamesNightsWeekendsAndRepeatedRefusals) {
  UnusualReport report;
  Found night = Released(1);
  night.record.time_ms = kMorning + 13 * 3'600'000;  // 23:00
  report.Add(night);
  Found saturday = Released(2);
  saturday.record.time_ms = kMorning + 4 * 24 * 3'600'000;
  report.Add(saturday);
  for (uint64_t n = 10; n < 13; ++n) report.Add(Denied(n));
  EXPECT_THAT(
      TextOf(report),
      HasSubstr("asked 2 times at night or on a weekend. Entries 1, 2."));
  EXPECT_THAT(TextOf(report), HasSubstr("was refused 3 times within a day"));
}

TEST(UnusualReport, RefusalsFarApartAreNotRepeated) {
  UnusualReport report;
  for (uint64_t n = 0; n < 3; ++n) report.Add(Denied(n * 24 * 60));
  EXPECT_THAT(TextOf(report), Not(HasSubstr("refused")));
}

}  // namespace
}  // namespace kinstile::cli
