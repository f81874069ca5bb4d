// SPDX-License-Identifier: Apache-2.0
// Opened entries as CSV, FHIR and OCSF: no formula runs, no rule is broken.
#include "adapters/cli/audit/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/adapters/cli/audit/entries.h"

namespace kinstile::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct CellCase {
  const char* name;
  const char* text;
  const char* cell;
};
class CsvCells : public testing::TestWithParam<CellCase> {};

TEST_P(CsvCells, AreSafe) {
  EXPECT_EQ(CsvCell(GetParam().text), GetParam().cell);
}

INSTANTIATE_TEST_SUITE_P(
    Each, CsvCells,
    testing::Values(
        CellCase{"Plain", "visit-dates", "visit-dates"},
        CellCase{"Empty", "", ""}, CellCase{"Comma", "a,b", "\"a,b\""},
        CellCase{"Quote", "say \"no\"", "\"say \"\"no\"\"\""},
        CellCase{"NewLine", "a\r\nb", "\"a  b\""},
        CellCase{"Equals", "=1+2", "'=1+2"},
        CellCase{"Command", "=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
        CellCase{"Plus", "+44", "'+44"}, CellCase{"Minus", "-1", "'-1"},
        CellCase{"At", "@SUM(A1)", "'@SUM(A1)"}, CellCase{"Pipe", "|x", "'|x"},
        CellCase{"Percent", "%0a", "'%0a"},
        CellCase{"TabInFront", "\t=1", "\"' =1\""},
        CellCase{"ReturnInFront", "\r=1", "\"' =1\""},
        CellCase{"BlankInFront", "  =1", "\"'  =1\""},
        CellCase{"QuoteInFront", "\"=1", "\"'\"\"=1\""},
        CellCase{"EqualsInside", "a=1", "a=1"},
        CellCase{"Delete", "a\x7f", "\"a \""}),
    [](const auto& info) { return info.param.name; });

size_t Cells(const std::string& line) {
  size_t cells = 1;
  bool quoted = false;
  for (char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) ++cells;
  }
  return cells;
}

TEST(Csv, HasOneLineForEachAgencyAndAllItsColumns) {
  const Found found = Released(7);
  const std::string csv = ToCsv(found);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'),
            static_cast<ptrdiff_t>(found.record.legs.size()));
  EXPECT_EQ(Cells(csv.substr(0, csv.find('\n'))), Cells(CsvHeader()));
  EXPECT_THAT(csv, StartsWith("7,\"2026-"));
  EXPECT_THAT(csv, HasSubstr("visit-dates (month)"));
  EXPECT_EQ(Cells(ToCsv(Searched(8))), Cells(CsvHeader()));
}

TEST(Csv, RunsNothingThatAPractitionerWrote) {
  Found found = Released(7);
  found.record.reason = "=HYPERLINK(\"http://evil.example\")";
  found.record.practitioner = "@SUM(1)";
  const std::string csv = ToCsv(found);
  EXPECT_THAT(csv, HasSubstr("\"'=HYPERLINK(\"\"http"));
  EXPECT_THAT(csv, HasSubstr(",'@SUM(1),"));
}

// The rules of the published profiles (IHE BALP 1.1, PrivacyDisclosure.Source
// and .Recipient) and of the R4 resource, as far as they bear on what is here.
void ExpectAuditEvent(const Json& e) {
  EXPECT_EQ(e["resourceType"], "AuditEvent");
  EXPECT_TRUE(e["type"].contains("system") && e["type"].contains("code"));
  EXPECT_TRUE(e["recorded"].is_string());
  EXPECT_TRUE(e["source"].contains("observer"));
  ASSERT_FALSE(e["agent"].empty());
  for (const Json& agent : e["agent"])
    EXPECT_TRUE(agent["requestor"].is_boolean());
  const std::string action = e["action"], outcome = e["outcome"];
  EXPECT_THAT((std::vector<std::string>{"C", "R", "U", "D", "E"}),
              testing::Contains(action));
  EXPECT_THAT((std::vector<std::string>{"0", "4", "8", "12"}),
              testing::Contains(outcome));
}

const Json* AgentOf(const Json& e, const std::string& code) {
  for (const Json& agent : e["agent"])
    if (agent["type"]["coding"][0]["code"] == code) return &agent;
  return nullptr;
}

void ExpectDisclosure(const Json& e, bool source) {
  ExpectAuditEvent(e);
  EXPECT_EQ(e["meta"]["profile"][0],
            std::string("https://profiles.ihe.net/ITI/BALP/StructureDefinition/"
                        "IHE.BasicAudit.PrivacyDisclosure.") +
                (source ? "Source" : "Recipient"));
  EXPECT_EQ(e["type"]["code"], source ? "110106" : "110107");
  EXPECT_EQ(e["action"], source ? "R" : "C");
  EXPECT_EQ(e["subtype"][0]["code"], "disclose");
  const Json* from = AgentOf(e, "110153");
  const Json* to = AgentOf(e, "110152");
  ASSERT_TRUE(from != nullptr && to != nullptr);
  for (const Json* agent : {from, to}) {
    EXPECT_TRUE((*agent).contains("who"));
    EXPECT_TRUE((*agent)["network"].contains("address"));
  }
  // val-audit-source: who wrote it down is one of the two.
  EXPECT_EQ((*(source ? from : to))["who"], e["source"]["observer"]);
  int patients = 0;
  for (const Json& entity : e["entity"])
    if (entity["type"]["code"] == "1" && entity["role"]["code"] == "1")
      ++patients;
  EXPECT_EQ(patients, 1);
  EXPECT_GE(e["entity"].size(), 2u);
}

TEST(Fhir, DisclosuresKeepToTheRecipientProfile) {
  const Found found = Released(7);  // two subjects, one agency answered
  const std::vector<Json> events = ToFhir(found, "council");
  ASSERT_EQ(events.size(), 3u);
  ExpectDisclosure(events[0], /*source=*/false);
  ExpectDisclosure(events[1], /*source=*/false);
  ExpectAuditEvent(events[2]);
  EXPECT_EQ(events[2]["outcome"], "4");
}

// Who was passed on is disclosed, with their items; the others were asked
// about.
TEST(Fhir, DisclosesOnlyThoseWhomTheAnswerWasAbout) {
  Found found = Released(7);
  found.record.legs[0].released = {{"visit-dates", "month", {1}}};
  found.record.legs.resize(1);
  std::vector<Json> events = ToFhir(found, "council");
  ASSERT_EQ(events.size(), 2u);
  ExpectDisclosure(events[0], /*source=*/false);
  EXPECT_THAT(events[0].dump(), HasSubstr("62626262"));
  EXPECT_THAT(events[0].dump(), HasSubstr("item released"));
  ExpectAuditEvent(events[1]);
  EXPECT_THAT(events[1].dump(), HasSubstr("61616161"));
  EXPECT_THAT(events[1].dump(), testing::Not(HasSubstr("62626262")));
  EXPECT_THAT(events[1].dump(), testing::Not(HasSubstr("item released")));
  // A match without items is a disclosure too.
  found.record.legs[0].released.clear();
  found.record.legs[0].confirmed = {0};
  events = ToFhir(found, "council");
  ASSERT_EQ(events.size(), 2u);
  ExpectDisclosure(events[0], /*source=*/false);
  EXPECT_THAT(events[0].dump(), HasSubstr("61616161"));
}

TEST(Export, LeavesOutWhatTheTrailDoesNotSay) {
  Found enrolled{9, BaseRecord(audit::EntryType::kEnrolment, 9)};
  enrolled.record.practitioner.clear();
  const std::string fhir = ToFhir(enrolled, "council")[0].dump();
  EXPECT_THAT(fhir, HasSubstr("urn:kinstile:entry"));
  EXPECT_THAT(fhir, testing::Not(HasSubstr("urn:kinstile:request")));
  const Json ocsf = ToOcsf(enrolled, "council");
  EXPECT_FALSE(ocsf["actor"]["user"].contains("uid"));
  EXPECT_FALSE(ocsf["api"].contains("request"));
  EXPECT_THAT(ToCsv(enrolled), testing::Not(HasSubstr("000000")));
}

TEST(Fhir, DisclosuresKeepToTheSourceProfile) {
  for (const Json& e : ToFhir(Asked(7), "health"))
    ExpectDisclosure(e, /*source=*/true);
}

TEST(Fhir, RefusalsAndSearchesArePlainEvents) {
  const std::vector<Json> denied = ToFhir(Denied(3), "council");
  ASSERT_EQ(denied.size(), 1u);
  ExpectAuditEvent(denied[0]);
  EXPECT_EQ(denied[0]["outcome"], "4");
  EXPECT_THAT(denied[0]["outcomeDesc"].get<std::string>(), HasSubstr("power"));
  const std::vector<Json> searched = ToFhir(Searched(4), "council");
  ASSERT_EQ(searched.size(), 1u);
  ExpectAuditEvent(searched[0]);
  EXPECT_EQ(searched[0]["outcome"], "0");
}

TEST(Ocsf, EventsHaveWhatTheClassRequires) {
  for (const Found& found : {Released(1), Denied(2), Asked(3), Searched(4)}) {
    const Json e = ToOcsf(found, "council");
    const int activity = e["activity_id"];
    EXPECT_EQ(e["class_uid"], 6003);
    EXPECT_EQ(e["category_uid"], 6);
    EXPECT_EQ(e["type_uid"], 600300 + activity);
    EXPECT_EQ(e["time"], found.record.time_ms);
    for (const char* required : {"severity_id", "metadata", "actor", "api",
                                 "src_endpoint", "status_id"})
      EXPECT_TRUE(e.contains(required)) << required;
    EXPECT_TRUE(e["metadata"].contains("version"));
    EXPECT_TRUE(e["metadata"]["product"].contains("vendor_name"));
    EXPECT_TRUE(e["api"].contains("operation"));
  }
  EXPECT_EQ(ToOcsf(Released(1), "council")["status"], "Success");
  EXPECT_EQ(ToOcsf(Denied(2), "council")["status"], "Failure");
}

}  // namespace
}  // namespace kinstile::cli
