// SPDX-License-Identifier: Apache-2.0
// One register of resources three ways: a server's pages, a bulk export, and a
// folder. The server is a program of its own (tests/fhir).
#include "adapters/sources/fhir/fhir_source.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "adapters/sources/fhir/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fhir/fhir_server.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kFhirMapping[] = R"(
fhir { }
items { item: "gp_practice" column: "generalPractitioner.display"
        day: "birthDate" count_by: "gender" }
items { item: "health_visitor"
        column: "CareTeam?patient={id}#participant.member.display" }
facts { condition: "AGE_FROM" column: "birthDate" }
)";
constexpr char kToken[] = "open-sesame";

std::string Person(absl::string_view type, absl::string_view id,
                   absl::string_view more) {
  return absl::StrCat("{\"resourceType\":\"", type, "\",\"id\":\"", id,
                      "\",\"name\":[{\"family\":\"Hill\",\"given\":[\"N", id,
                      "\"]}]", more, "}\n");
}
std::string Patient(absl::string_view id, absl::string_view more = "") {
  return Person("Patient", id, more);
}
std::string Related(absl::string_view id, absl::string_view patient,
                    absl::string_view more = "") {
  return Person("RelatedPerson", id,
                absl::StrCat(",\"patient\":{\"reference\":\"Patient/", patient,
                             "\"}", more));
}
std::string Group(absl::string_view id,
                  const std::vector<std::string>& members) {
  std::string list;
  for (const std::string& m : members)
    absl::StrAppend(&list, list.empty() ? "" : ",",
                    "{\"entity\":{\"reference\":\"", m, "\"}}");
  return absl::StrCat("{\"resourceType\":\"Group\",\"id\":\"", id,
                      "\",\"type\":\"person\",\"actual\":true,\"member\":[",
                      list, "]}\n");
}
constexpr char kRestricted[] =
    ",\"meta\":{\"security\":[{\"system\":\"http://terminology.hl7.org/"
    "CodeSystem/v3-Confidentiality\",\"code\":\"R\"}]}";
std::string Nhs(absl::string_view number) {
  return absl::StrCat(
      ",\"identifier\":[{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\","
      "\"value\":\"",
      number, "\"}]");
}

class FhirSourceTest : public ::testing::TestWithParam<const char*> {
 protected:
  FhirSourceTest() {
    char name[] = "/tmp/kinstile-fhir-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~FhirSourceTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Write(const std::string& type, const std::string& lines) {
    std::ofstream(folder_ + "/" + type + ".ndjson", std::ios::binary) << lines;
  }
  bool IsFolder() const { return std::string(GetParam()) == "folder"; }

  absl::StatusOr<std::unique_ptr<FhirSource>> Open(
      const std::string& token = kToken,
      absl::Duration timeout = absl::Seconds(10)) {
    auto mapping = ParseMapping(kFhirMapping, "m");
    EXPECT_TRUE(mapping.ok()) << mapping.status();
    std::unique_ptr<FhirStore> store;
    if (IsFolder()) {
      store = *OpenFhirFolder(folder_);
    } else {
      if (server_ == nullptr) {
        std::vector<std::string> options = {"--token", kToken, "--page", "2"};
        options.insert(options.end(), extra_.begin(), extra_.end());
        auto started = testing::FhirServerProcess::Start(folder_, options);
        if (!started.ok()) return started.status();
        server_ = *std::move(started);
      }
      HttpClient::Options options;
      options.base = server_->base();
      options.token = Pii<>(token);
      options.timeout = timeout;
      store =
          std::make_unique<FhirServer>(*HttpClient::Create(std::move(options)),
                                       std::string(GetParam()) == "bulk");
    }
    return FhirSource::Open(std::move(store), *std::move(mapping));
  }
  // "id/family/forename/shielded" each.
  std::vector<std::string> Records(FhirSource& source) {
    std::vector<std::string> out;
    std::vector<RowIssue> issues;
    status_ = source.ForEach(
        [&](SourceRecord r) {
          auto read = [](const Pii<>& p) { return p.Reveal(PiiAccess{}); };
          out.push_back(absl::StrCat(read(r.local_id), "/",
                                     read(r.local_family), "/",
                                     r.shielded ? "s" : ""));
          return absl::OkStatus();
        },
        issues);
    issues_.clear();
    for (const RowIssue& i : issues)
      issues_.push_back(
          absl::StrCat(i.table, ":", i.row, ":", i.field, ":", i.problem));
    return out;
  }

  std::string folder_;
  std::vector<std::string> extra_;
  std::unique_ptr<testing::FhirServerProcess> server_;
  absl::Status status_;
  std::vector<std::string> issues_;
};

INSTANTIATE_TEST_SUITE_P(Stores, FhirSourceTest,
                         ::testing::Values("pages", "bulk", "folder"),
                         [](const auto& info) { return info.param; });

TEST_P(FhirSourceTest, PutsHouseholdsTogether) {
  // Two pages and a half; a group, a mother by her patient, a father who is a
  // Patient himself, and somebody alone.
  Write("Patient", Patient("1") + Patient("2") + Patient("3") +
                       Patient("4", Nhs("9990000018")) + Patient("5"));
  Write("RelatedPerson", Related("a", "1") + Related("b", "3") +
                             Related("c", "3", Nhs("9990000018")));
  Write("Group", Group("g", {"Patient/1", "Patient/2"}));
  auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Records(**source),
              ElementsAre("1/Group/g/", "2/Group/g/", "3/Patient/3/",
                          "4/Patient/3/", "5//", "RelatedPerson/a/Group/g/",
                          "RelatedPerson/b/Patient/3/"));
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(issues_, ::testing::Each(HasSubstr("has a digit")));
}

TEST_P(FhirSourceTest, ClosesEveryHouseholdOfAShieldedPerson) {
  Write("Patient", Patient("1", kRestricted) + Patient("2") + Patient("3") +
                       Patient("4", Nhs("9990000018")));
  Write("RelatedPerson",
        Related("c", "3", absl::StrCat(Nhs("9990000018"), kRestricted)));
  Write("Group",
        Group("g", {"Patient/1"}) + Group("h", {"Patient/1", "Patient/2"}));
  auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Records(**source), ElementsAre("1/Group/g/s", "2/Group/h/s",
                                             "3/Patient/3/", "4/Patient/3/s"));
}

TEST_P(FhirSourceTest, LeavesOutAndReportsWhatCannotBe) {
  Write(
      "Patient",
      Patient("1") + Patient("2", ",\"active\":false") +
          Patient("3", ",\"link\":[{\"type\":\"replaced-by\",\"other\":{}}]") +
          Patient("4/../5"));
  auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Records(**source), ElementsAre("1//"));
  EXPECT_THAT(issues_, UnorderedElementsAre(
                           "Patient:1:forename:has a digit, so it is no name",
                           "Patient:2::is inactive or replaced by another",
                           "Patient:3::is inactive or replaced by another",
                           "Patient:4:id:is none"));
}

TEST_P(FhirSourceTest, ReadsOnePersonLive) {
  Write("Patient",
        Patient("1",
                ",\"birthDate\":\"2010-11-26\",\"generalPractitioner\":[{"
                "\"display\":\"Mill Lane\"}]") +
            Patient("2", ",\"active\":false"));
  Write("CareTeam",
        "{\"resourceType\":\"CareTeam\",\"id\":\"t\",\"subject\":{"
        "\"reference\":\"Patient/1\"},\"participant\":[{\"member\":{"
        "\"display\":\"Asha Bell\"}}]}\n");
  auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  auto items = [&](const std::string& id) {
    std::vector<std::string> out;
    const auto values =
        (*source)->ReadItems(Pii<>(id), {"gp_practice", "health_visitor"});
    if (!values.ok())
      return std::vector<std::string>{
          std::string(absl::StatusCodeToString(values.status().code()))};
    for (const ItemValue& v : *values)
      out.push_back(absl::StrCat(v.item, "=", v.value.Reveal(PiiAccess{})));
    return out;
  };
  const auto dated = (*source)->ReadItems(Pii<>("1"), {"gp_practice"});
  ASSERT_TRUE(dated.ok()) << dated.status();
  EXPECT_EQ(dated->at(0).day, absl::CivilDay(2010, 11, 26));
  EXPECT_TRUE(dated->at(0).counted_by->empty());
  if (IsFolder())
    EXPECT_THAT(items("1"), ElementsAre("gp_practice=Mill Lane"));
  else
    EXPECT_THAT(items("1"), ElementsAre("gp_practice=Mill Lane",
                                        "health_visitor=Asha Bell"));
  for (const char* gone :
       {"2", "9", "", "../Patient/1", "1?x=y", "RelatedPerson/1"})
    EXPECT_THAT(items(gone), ElementsAre("NOT_FOUND")) << gone;
  const auto facts = (*source)->ReadFacts(Pii<>("1"), {"AGE_FROM"},
                                          absl::CivilDay(2026, 11, 25));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ((*facts)[0].number, 15);
  // As it is now.
  Write("Patient", Patient("1",
                           ",\"generalPractitioner\":[{\"display\":"
                           "\"Canal Side\"}]"));
  EXPECT_EQ(items("1")[0], "gp_practice=Canal Side");
}

TEST_P(FhirSourceTest, SaysWhenTheServerRefusesOrIsSlowOrGone) {
  if (IsFolder()) return;
  Write("Patient", Patient("1"));
  auto source = Open("wrong");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Records(**source), IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(status_)) << status_;
  EXPECT_THAT(std::string(status_.message()), HasSubstr("refuses"));
  server_.reset();
  extra_ = {"--slow", "3"};
  source = Open(kToken, absl::Milliseconds(300));
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE(absl::IsUnavailable(
      (*source)->ReadItems(Pii<>("1"), {"gp_practice"}).status()));
  server_.reset();
  Records(**source);
  EXPECT_TRUE(absl::IsUnavailable(status_)) << status_;
}

TEST(HttpClient, TakesHttpsOrLoopbackOnly) {
  for (const char* bad : {"http://fhir.example.org/R4", "ftp://127.0.0.1/",
                          "file:///etc/passwd", "R4", ""})
    EXPECT_TRUE(absl::IsInvalidArgument(
        HttpClient::Create({bad, {}, "", absl::Seconds(1)}).status()))
        << bad;
  for (const char* good :
       {"https://fhir.example.org/R4", "http://127.0.0.1:1/R4"})
    EXPECT_TRUE(HttpClient::Create({good, {}, "", absl::Seconds(1)}).ok())
        << good;
}

// A token stays with the server that it is for.
TEST(HttpClient, FollowsNoLinkElsewhere) {
  auto client =
      *HttpClient::Create({"http://127.0.0.1:1/R4", Pii<>(std::string(kToken)),
                           "", absl::Seconds(1)});
  for (const char* url :
       {"http://127.0.0.1:2/R4/Patient", "https://127.0.0.1:1/R4/Patient",
        "http://127.0.0.1:1@example.org/R4", "file:///etc/passwd"})
    EXPECT_TRUE(absl::IsFailedPrecondition(client->Get(url, {}).status()))
        << url;
  EXPECT_TRUE(absl::IsUnavailable(
      client->Get("http://127.0.0.1:1/R4/Patient", {}).status()));
}

}  // namespace
}  // namespace kinstile::sources
