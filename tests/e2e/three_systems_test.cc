// SPDX-License-Identifier: Apache-2.0
// One family in three systems of three kinds: the council's CSV files, the
// Jobcentre's PostgreSQL over ODBC, the health trust's FHIR server. Real
// processes throughout; only command lines, as an agency would run them.
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "adapters/cli/scratch_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"
#include "tests/fhir/fhir_server.h"
#include "tests/postgres/postgres.h"

namespace kinstile::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Json = nlohmann::json;

// Mother, father and daughter, written as each agency heard them.
constexpr char kPeopleCsv[] =
    "\xEF\xBB\xBFid,first name,surname,sex,dob,nino\r\n"
    "C1,Asha,Bell,F,05/03/1987,TN 00 01 01 A\r\n"
    "C2,Tom,Bell,M,1985-07-19,TN 00 01 02 B\r\n"
    "C3,Zo\xC3\xAB,Bell,F,12-NOV-2015,\r\n"
    "C4,=HYPERLINK(1),Lark,F,30/30/1980,\r\n"
    "C5,Ngozi,Lark,F,1991-01-09,\r\n";
constexpr char kFamiliesCsv[] =
    "family,house,street,postcode,restricted,case_open,key_worker\r\n"
    "F1,9,Mill Lane,ZZ1 1AA,no,yes,\"Reddy, Tom\"\r\n"
    "F2,4,Canal Side,ZZ2 2BB,yes,no,\r\n";
constexpr char kRelationsCsv[] =
    "person,family,role\r\nC1,F1,parent\r\nC2,F1,parent\r\nC3,F1,child\r\n"
    "C4,F2,parent\r\nC5,F2,parent\r\n";
constexpr char kCsvMapping[] = R"(
id: "id"
family { column: "relations.family" }
person {
  forename: "first name" surname: "surname"
  sex { column: "sex" male: "m" female: "f" }
  birth { date: "dob" }
  house: "families.house" street: "families.street"
  postcode: "families.postcode" nino: "nino" role: "relations.role"
}
shielded { column: "families.restricted" values: "yes" no: "no" }
items { item: "early_help_case_open" column: "families.case_open" }
items { item: "key_worker_name" column: "families.key_worker" }
joined { name: "relations" key: "person" on: "id" }
joined { name: "families" key: "family" on: "relations.family" }
)";

constexpr char kTables[] = R"(
CREATE ROLE reader LOGIN;
CREATE TABLE claim (claim_id INTEGER PRIMARY KEY, address TEXT, pcode TEXT,
                    coach TEXT, sensitive BOOLEAN NOT NULL);
CREATE TABLE claimant (id INTEGER PRIMARY KEY, claim_id INTEGER NOT NULL,
                       fname TEXT, sname TEXT, gender TEXT, dob DATE, nino TEXT,
                       benefit TEXT);
INSERT INTO claim VALUES (70, '9 Mill Lane, Kelby', 'ZZ1 1AA',
                          'Sal Quinn, 01632 960123', FALSE),
                         (71, '4 Canal Side', 'ZZ2 2BB', NULL, FALSE);
INSERT INTO claimant VALUES
  (1, 70, 'ASHA', 'BELL', 'Female', '1987-03-05', 'TN000101A', 'yes'),
  (2, 70, 'THOMAS', 'BELL', 'Male', '1985-07-19', 'TN000102B', 'no'),
  (3, 71, 'NGOZI', 'LARK', 'Female', '1991-01-09', NULL, 'yes');
GRANT SELECT ON claim, claimant TO reader;
)";
constexpr char kSelect[] =
    "SELECT p.id, p.claim_id, p.fname, p.sname, p.gender, p.dob, p.nino, "
    "p.benefit, c.address, c.pcode, c.coach, c.sensitive FROM claimant p JOIN "
    "claim c ON c.claim_id = p.claim_id";
std::string SqlMapping() {
  return absl::StrCat(R"(
id: "id"
family { column: "claim_id" }
person {
  forename: "fname" surname: "sname"
  sex { column: "gender" male: "male" female: "female" }
  birth { date: "dob" } address_line: "address" postcode: "pcode" nino: "nino"
}
shielded { column: "sensitive" values: "1" no: "0" }
items { item: "out_of_work_benefit" column: "benefit" }
items { item: "work_coach_contact" column: "coach" }
sql { people: ")",
                      kSelect, " ORDER BY p.id\"\n record: \"", kSelect,
                      " WHERE p.id = CAST(? AS INTEGER)\" }\n");
}

std::string Person(const std::string& type, const std::string& id,
                   const std::string& given, const std::string& more) {
  return absl::StrCat(
      R"({"resourceType":")", type, R"(","id":")", id,
      R"(","name":[{"use":"official","family":"Bell","given":[")", given,
      R"("]}],"address":[{"use":"home","line":["9 Mill Lane"],)",
      R"("postalCode":"ZZ1 1AA"}])", more, "}\n");
}
constexpr char kFhirMapping[] = R"(
fhir { }
items {
  item: "health_visitor_contact"
  column: "CareTeam?patient={id}#participant.member.display"
}
items { item: "immunisations_up_to_date" column: "extension[url=immunised].valueBoolean" }
)";

class ThreeSystems : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new World();
    const absl::Status started = world_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }

  struct World {
    cli::ScratchFolder scratch = *cli::ScratchFolder::Create();
    std::unique_ptr<kinstile::testing::Postgres> postgres;
    std::unique_ptr<kinstile::testing::FhirServerProcess> fhir;
    std::unique_ptr<cli::LocalConsortium> local;

    std::string Path(const std::string& name) const {
      return scratch.path() + "/" + name;
    }
    void Secret(const std::string& name, const std::string& text) const {
      WriteAll(Path(name), text);
      ASSERT_EQ(chmod(Path(name).c_str(), 0600), 0);
    }

    absl::Status StartSystems();
    absl::Status Start();
  };

  // The answer of `kinstile share` as JSON; null when it failed.
  static Json Share(const std::string& agency, const std::string& case_ref,
                    const std::vector<std::string>& more) {
    std::vector<std::string> argv = {KINSTILE_PROGRAMS "/kinstile",
                                     "share",
                                     "--config",
                                     world_->local->AdapterConfig(agency),
                                     "--case",
                                     case_ref,
                                     "--agreement",
                                     "family-support",
                                     "--reason",
                                     "family plan",
                                     "--json"};
    argv.insert(argv.end(), more.begin(), more.end());
    const Ran ran = RunProgram(argv);
    const Json json = Json::parse(ran.output, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << ran.output;
    return json.is_discarded() ? Json() : json;
  }
  static Json KeyWorkerAsks(const std::string& case_ref) {
    return Share(
        "council", case_ref,
        {"--purpose", "SUPPORT_KEY_WORKING", "--role", "key worker",
         "--practitioner", "NB-KW-0042", "--fact", "FAMILY_AGREED_TO_PROGRAMME",
         "--fact", "CASE_IS_OPEN", "--ask",
         "jcp:out_of_work_benefit,work_coach_contact", "--ask",
         "health:health_visitor_contact,immunisations_up_to_date"});
  }
  // "case item=value" of one agency's answer, or its status.
  static std::vector<std::string> Items(const Json& answer,
                                        const std::string& agency) {
    for (const Json& result : answer["results"]) {
      if (result["agency"] != agency) continue;
      if (result["items"].empty()) return {result["status"]};
      std::vector<std::string> out;
      for (const Json& item : result["items"])
        out.push_back(absl::StrCat(item["case"].get<std::string>(), " ",
                                   item["item"].get<std::string>(), "=",
                                   item["value"].get<std::string>()));
      return out;
    }
    return {"not asked"};
  }
  static void Consent(const std::string& agency, const std::string& case_ref,
                      const std::string& from, const std::string& purpose,
                      const std::vector<std::string>& items) {
    std::vector<std::string> argv = {KINSTILE_PROGRAMS "/kinstile",
                                     "consent",
                                     "record",
                                     "--config",
                                     world_->local->AdapterConfig(agency),
                                     "--case",
                                     case_ref,
                                     "--from",
                                     from,
                                     "--to",
                                     agency,
                                     "--purpose",
                                     purpose,
                                     "--until",
                                     "2027-06-30",
                                     "--means",
                                     "signed",
                                     "--capacity",
                                     "own",
                                     "--practitioner",
                                     "NB-1"};
    for (const std::string& item : items) {
      argv.push_back("--item");
      argv.push_back(item);
    }
    const Ran ran = RunProgram(argv);
    EXPECT_EQ(ran.code, 0) << ran.output;
  }

  static World* world_;
};
ThreeSystems::World* ThreeSystems::world_ = nullptr;

absl::Status ThreeSystems::World::StartSystems() {
  std::filesystem::create_directories(Path("council"));
  WriteAll(Path("council/people.csv"), kPeopleCsv);
  WriteAll(Path("council/families.csv"), kFamiliesCsv);
  WriteAll(Path("council/relations.csv"), kRelationsCsv);
  WriteAll(Path("council.textproto"), kCsvMapping);

  auto database = kinstile::testing::Postgres::Start();
  if (!database.ok()) return database.status();
  postgres = *std::move(database);
  if (absl::Status s = postgres->Execute(kTables); !s.ok()) return s;
  Secret("jcp.odbc", postgres->OdbcString("reader"));
  WriteAll(Path("jcp.textproto"), SqlMapping());

  std::filesystem::create_directories(Path("fhir"));
  const std::string verified =
      R"(,"gender":"female","birthDate":"2015-11-12","identifier":[{"system":)"
      R"("https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],)"
      R"("extension":[{"url":"immunised","valueBoolean":true}])";
  WriteAll(
      Path("fhir/Patient.ndjson"),
      absl::StrCat(Person("Patient", "h1", "Zoe", verified),
                   Person("Patient", "h2", "Asha",
                          R"(,"gender":"female","birthDate":"1987-03-05")")));
  WriteAll(Path("fhir/RelatedPerson.ndjson"),
           Person("RelatedPerson", "r1", "Tom",
                  R"(,"gender":"male","birthDate":"1985-07-19",)"
                  R"("patient":{"reference":"Patient/h1"})"));
  WriteAll(Path("fhir/Group.ndjson"),
           R"({"resourceType":"Group","id":"g1","type":"person","actual":true,)"
           R"("member":[{"entity":{"reference":"Patient/h1"}},)"
           R"({"entity":{"reference":"Patient/h2"}}]})"
           "\n");
  WriteAll(
      Path("fhir/CareTeam.ndjson"),
      R"({"resourceType":"CareTeam","id":"t1","subject":{"reference":)"
      R"("Patient/h1"},"participant":[{"member":{"display":"Mo Larkin"}}]})"
      "\n");
  auto server = kinstile::testing::FhirServerProcess::Start(
      Path("fhir"), {"--token", "open-sesame", "--page", "1"});
  if (!server.ok()) return server.status();
  fhir = *std::move(server);
  Secret("health.token", "open-sesame\n");
  WriteAll(Path("health.textproto"), kFhirMapping);
  return absl::OkStatus();
}

absl::Status ThreeSystems::World::Start() {
  if (absl::Status s = StartSystems(); !s.ok()) return s;
  cli::LocalOptions o;
  o.plan.name = "northbridge";
  o.plan.demonstration = true;
  for (const std::string& id : Agencies())
    o.plan.agencies.push_back({id, id, 1'000});
  o.plan.key_holders = {{"holder-jcp", "jcp"}, {"holder-health", "health"}};
  o.plan.threshold = 2;
  o.agencies = {
      {"council", "", "",
       "practitioner { id: \"NB-KW-0042\" role: \"key worker\" }\n",
       absl::StrCat("csv { file: \"", Path("council/people.csv"),
                    "\" mapping: \"", Path("council.textproto"),
                    "\"\n joined { name: \"families\" file: \"",
                    Path("council/families.csv"),
                    "\" }\n joined { name: \"relations\" file: \"",
                    Path("council/relations.csv"), "\" } }\n")},
      {"jcp", "", "", "practitioner { id: \"JC-7\" role: \"work coach\" }\n",
       absl::StrCat("odbc { connection_file: \"", Path("jcp.odbc"),
                    "\" mapping: \"", Path("jcp.textproto"),
                    "\" record_deadline_ms: 3000 }\n")},
      {"health", "", "",
       "practitioner { id: \"HV-1\" role: \"health visitor\" }\n",
       absl::StrCat("fhir { server: \"", fhir->base(), "\" token_file: \"",
                    Path("health.token"), "\" mapping: \"",
                    Path("health.textproto"), "\" deadline_ms: 3000 }\n")}};
  o.folder = Path("consortium");
  o.programs = KINSTILE_PROGRAMS;
  o.law = KINSTILE_POLICY_DIR "/law";
  o.agreements = KINSTILE_POLICY_DIR "/agreements";
  auto started = cli::LocalConsortium::Start(o);
  if (!started.ok()) return started.status();
  local = *std::move(started);
  if (absl::Status s = local->StartAdapters(); !s.ok()) return s;
  for (const std::string& id : Agencies())
    if (absl::Status s = local->Enrol(id); !s.ok())
      return absl::InternalError(absl::StrCat(
          s.message(), "\n", ReadAll(local->LogFile(id + "-enrol"))));
  return absl::OkStatus();
}

TEST_F(ThreeSystems, EachRegisterIsEnrolledAndWhatWasWrongIsSaid) {
  const std::string council = ReadAll(world_->local->LogFile("council-enrol"));
  EXPECT_THAT(council, HasSubstr("enrolled 5 people in 2 families"));
  EXPECT_THAT(council,
              HasSubstr("row 5: forename: looks like a spreadsheet's formula"));
  EXPECT_THAT(council, HasSubstr("row 5: birth_date: no such day"));
  EXPECT_THAT(council, Not(HasSubstr("HYPERLINK")));
  EXPECT_THAT(ReadAll(world_->local->LogFile("jcp-enrol")),
              HasSubstr("enrolled 3 people in 2 families"));
  EXPECT_THAT(ReadAll(world_->local->LogFile("health-enrol")),
              HasSubstr("enrolled 3 people in 1 families"));
}

// The council asks the database and the FHIR server; the Jobcentre asks the
// files. No agreement that ships lets the health trust ask.
TEST_F(ThreeSystems, ShareOneFamilyAmongAllThree) {
  for (const char* member : {"C1", "C2", "C3"})
    Consent("council", member, "health", "SUPPORT_KEY_WORKING",
            {"health_visitor_contact", "immunisations_up_to_date"});
  const Json answer = KeyWorkerAsks("C1");
  EXPECT_THAT(Items(answer, "jcp"),
              IsSupersetOf({"C1 out_of_work_benefit=yes",
                            "C1 work_coach_contact=Sal Quinn, 01632 960123"}))
      << answer.dump(1);
  EXPECT_THAT(Items(answer, "health"),
              IsSupersetOf({"C3 health_visitor_contact=Mo Larkin",
                            "C3 immunisations_up_to_date=yes"}))
      << answer.dump(1);

  for (const char* member : {"1", "2"})
    Consent("jcp", member, "council", "EMPLOYMENT_SUPPORT",
            {"early_help_case_open", "key_worker_name"});
  const Json back = Share("jcp", "1",
                          {"--purpose", "EMPLOYMENT_SUPPORT", "--role",
                           "work coach", "--practitioner", "JC-7", "--ask",
                           "council:early_help_case_open,key_worker_name"});
  EXPECT_THAT(Items(back, "council"),
              IsSupersetOf({"1 early_help_case_open=yes",
                            "1 key_worker_name=Reddy, Tom"}))
      << back.dump(1);
}

// Items are read from the systems when they are asked for.
TEST_F(ThreeSystems, AnswersWithWhatTheSystemsHoldNow) {
  ASSERT_TRUE(world_->postgres
                  ->Execute("UPDATE claim SET coach = 'Piotr Evans' WHERE "
                            "claim_id = 70;")
                  .ok());
  EXPECT_THAT(Items(KeyWorkerAsks("C1"), "jcp"),
              IsSupersetOf({"C1 work_coach_contact=Piotr Evans"}));
  // Shielded at the council only: the Jobcentre hears nothing of it.
  const Json shielded = Share(
      "jcp", "3",
      {"--purpose", "EMPLOYMENT_SUPPORT", "--role", "work coach",
       "--practitioner", "JC-7", "--ask", "council:early_help_case_open"});
  for (const std::string& line : Items(shielded, "council"))
    EXPECT_EQ(line.find("="), std::string::npos) << shielded.dump(1);
}

// One system down: the others answer, and nobody takes the silence for a no.
TEST_F(ThreeSystems, SaysWhichSystemIsDown) {
  ASSERT_TRUE(world_->postgres->Stop().ok());
  const Json answer = KeyWorkerAsks("C1");
  EXPECT_THAT(Items(answer, "jcp"), UnorderedElementsAre("UNREACHABLE"))
      << answer.dump(1);
  EXPECT_THAT(Items(answer, "health"),
              IsSupersetOf({"C3 immunisations_up_to_date=yes"}));
  ASSERT_TRUE(world_->postgres->Restart().ok());
  EXPECT_THAT(Items(KeyWorkerAsks("C1"), "jcp"),
              IsSupersetOf({"C1 out_of_work_benefit=yes"}));
}

}  // namespace
}  // namespace kinstile::e2e
