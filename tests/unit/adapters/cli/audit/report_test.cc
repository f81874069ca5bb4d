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

// One entry stands for many requests, and for none that anybody read.
TEST(Reports, CountWhatWasTurnedAway) {
  RefusalsReport refusals("council");
  UnusualReport unusual;
  SharesReport shares("council");
  for (Report* r :
       {static_cast<Report*>(&refusals), static_cast<Report*>(&unusual),
        static_cast<Report*>(&shares)}) {
    r->Add(TurnedAway(1, 1));
    r->Add(TurnedAway(2, 49));
  }
  EXPECT_THAT(TextOf(refusals),
              HasSubstr("Asked by council, 50 times: refused (ADMISSION): they "
                        "had expired."));
  EXPECT_THAT(TextOf(unusual),
              HasSubstr("requests in the name of council were turned away 50 "
                        "times"));
  EXPECT_THAT(TextOf(shares), HasSubstr("Nothing was shared"));
}

TEST(SubjectReport, SaysWhoLookedAndNothingOfAnybodyElse) {
  SubjectReport report(HandleOf('a'));
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

// Of the two asked about in one request, information about one was passed on.
TEST(SubjectReport, SaysWhatWasPassedOnAboutThisVeryPerson) {
  Found found = Released(1);
  found.record.legs[0].released = {{"visit-dates", "month", {1}}};
  SubjectReport first(HandleOf('a')), second(HandleOf('b'));
  first.Add(found);
  second.Add(found);
  EXPECT_THAT(TextOf(first), HasSubstr("nothing was passed on"));
  EXPECT_THAT(TextOf(first) + first.ToJson().dump(),
              Not(HasSubstr("visit-dates")));
  EXPECT_THAT(TextOf(second), HasSubstr("information was passed on"));
  EXPECT_THAT(TextOf(second), HasSubstr("passed on: visit-dates (month)"));
  // A match without items confirms some, and says so of those.
  found.record.legs[0].released.clear();
  found.record.legs[0].confirmed = {0};
  SubjectReport known(HandleOf('a')), other(HandleOf('b'));
  known.Add(found);
  other.Add(found);
  EXPECT_THAT(TextOf(known), HasSubstr("confirmed that the person is known"));
  EXPECT_THAT(TextOf(other), Not(HasSubstr("confirmed")));
}

TEST(SubjectReport, SaysSoWhenNobodyLooked) {
  EXPECT_THAT(TextOf(SubjectReport(HandleOf('a'))), HasSubstr("Nobody looked"));
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

// Somebody who tries names.
TEST(UnusualReport, NamesWhoLooksForPeopleThatNobodyKnows) {
  UnusualReport report;
  for (uint64_t n = 0; n < 10; ++n) {
    Found f = By("fisher", n);
    f.record.legs.erase(f.record.legs.begin());  // jcp did not know them
    report.Add(f);
  }
  EXPECT_THAT(TextOf(report),
              HasSubstr("fisher of council asked about people whom nobody "
                        "knows 10 times within a day"));
}

// A source refuses too.
TEST(UnusualReport, CountsRefusalsBySources) {
  UnusualReport report;
  for (uint64_t n = 0; n < 3; ++n) {
    Found f = By("refused", n);
    f.record.legs[1].status = audit::LegStatus::kDenied;
    report.Add(f);
  }
  EXPECT_THAT(TextOf(report), HasSubstr("refused of council was refused 3"));
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
