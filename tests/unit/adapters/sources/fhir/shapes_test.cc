// SPDX-License-Identifier: Apache-2.0
// UK Core resources as people, and resources that are not as they should be.
#include "adapters/sources/fhir/shapes.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// After the example Patient of UK Core, with an invented person.
constexpr char kPatient[] = R"({
  "resourceType": "Patient", "id": "p1",
  "meta": {"security": [{
    "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    "code": "R"}]},
  "identifier": [
    {"system": "https://example.org/local", "value": "77"},
    {"extension": [{
       "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
       "valueCodeableConcept": {"coding": [{
         "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
         "code": "number-present-and-verified"}]}}],
     "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
  "active": true,
  "name": [
    {"use": "nickname", "given": ["Annie"]},
    {"use": "maiden", "family": "Low"},
    {"use": "official", "family": "Hill", "given": ["Ann", "May", "Zo\u00eb"]}],
  "gender": "female", "birthDate": "1987-03-05",
  "telecom": [{"system": "email", "value": "ann@example.org"},
              {"system": "phone", "value": "01632 960001"}],
  "address": [
    {"use": "old", "postalCode": "ZZ9 9ZZ"},
    {"use": "home", "line": ["9 Mill Lane", "Kelby"], "postalCode": "ZZ1 1AA",
     "extension": [{
       "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AddressKey",
       "extension": [
         {"url": "type", "valueCoding": {"code": "UPRN"}},
         {"url": "value", "valueString": "100000000001"}]}]}],
  "generalPractitioner": [{"display": "Mill Lane Surgery"}],
  "multipleBirthInteger": 2, "deceasedBoolean": false
})";

FhirJson Json(absl::string_view text) {
  return FhirJson::parse(text.begin(), text.end());
}

std::string Show(const identity::RawPerson& p) {
  auto read = [](const Pii<>& v) { return v.Reveal(PiiAccess{}); };
  return absl::StrJoin(
      {read(p.forename), read(p.middle), read(p.surname),
       read(p.previous_surname), read(p.sex), read(p.birth_date),
       read(p.postcode), read(p.previous_postcode), read(p.address_line),
       read(p.uprn), read(p.nhs_number),
       std::string(p.nhs_verified ? "verified" : ""), read(p.role)},
      "|");
}

TEST(FhirPerson, ReadsUkCore) {
  EXPECT_EQ(Show(FhirPerson(Json(kPatient))),
            "Ann|May Zoë|Hill|Low|F|1987-03-05|ZZ1 1AA|ZZ9 9ZZ|9 Mill Lane|"
            "100000000001|9990000018|verified|");
}

TEST(FhirPerson, TakesWhatIsThere) {
  struct {
    const char* name;
    const char* json;
    const char* person;
  } const cases[] = {
      {"nothing", "{}", "||||||||||||"},
      {"no object", "[1]", "||||||||||||"},
      {"wrong types",
       R"({"name":"Ann","gender":1,"birthDate":{},"address":[3],
           "identifier":[[]],"relationship":5})",
       "||||||||||||"},
      {"wrong types inside",
       R"({"name":[{"family":["Hill"],"given":"Ann"}],
           "address":[{"line":"x","postalCode":7}],
           "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number",
                          "value":9990000018}]})",
       "||||||||||||"},
      {"a name without use", R"({"name":[{"family":"Hill","given":["Ann"]}]})",
       "Ann||Hill||||||||||"},
      {"only an old name", R"({"name":[{"use":"old","family":"Low"}]})",
       "|||Low|||||||||"},
      {"partial birth date", R"({"birthDate":"1987"})", "|||||1987|||||||"},
      {"traced but not verified",
       R"({"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number",
           "value":"9990000018","extension":[{"url":
           "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
           "valueCodeableConcept":{"coding":[{"code":
           "number-present-but-not-traced"}]}}]}]})",
       "||||||||||9990000018||"},
      {"verified as CareConnect said it",
       R"({"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number",
           "value":"9990000018","extension":[{"url":
           "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus",
           "valueCodeableConcept":{"coding":[{"code":"01"}]}}]}]})",
       "||||||||||9990000018|verified|"},
      {"a mother",
       R"({"resourceType":"RelatedPerson","relationship":[{"coding":[{"code":
           "MTH"}]}],"name":[{"family":"Hill"}]})",
       "||Hill||||||||||parent"},
      {"a neighbour", R"({"relationship":[{"coding":[{"code":"NBOR"}]}]})",
       "||||||||||||"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Show(FhirPerson(Json(c.json))), c.person) << c.name;
}

TEST(FhirShielded, TakesTheCodesOfTheMapping) {
  FhirShapes shapes;
  shapes.shielded_codes = {"R", "V"};
  EXPECT_TRUE(FhirShielded(Json(kPatient), shapes));
  shapes.shielded_codes = {"V"};
  EXPECT_FALSE(FhirShielded(Json(kPatient), shapes));
  EXPECT_FALSE(FhirShielded(Json("{\"meta\":[]}"), shapes));
}

TEST(FhirRetired, IsInactiveOrMerged) {
  EXPECT_FALSE(FhirRetired(Json(kPatient)));
  EXPECT_TRUE(FhirRetired(Json(R"({"active":false})")));
  EXPECT_TRUE(FhirRetired(Json(
      R"({"link":[{"other":{"reference":"Patient/2"},"type":"replaced-by"}]})")));
  EXPECT_FALSE(FhirRetired(Json(
      R"({"link":[{"other":{"reference":"Patient/2"},"type":"replaces"}]})")));
}

TEST(FhirMembers, AreTheActivePeopleOfAnActualGroup) {
  const std::string members = R"("member":[
    {"entity":{"reference":"Patient/1"}},
    {"entity":{"reference":"https://example.org/R4/RelatedPerson/2"}},
    {"entity":{"reference":"Patient/3/_history/4"}},
    {"entity":{"reference":"Patient/5"},"inactive":true},
    {"entity":{"reference":"Device/6"}}, {"entity":7}, 8]})";
  EXPECT_THAT(FhirMembers(Json(R"({"type":"person","actual":true,)" + members)),
              ElementsAre("Patient/1", "RelatedPerson/2", "Patient/3"));
  EXPECT_THAT(
      FhirMembers(Json(R"({"type":"person","actual":false,)" + members)),
      IsEmpty());
  EXPECT_THAT(FhirMembers(Json(R"({"type":"device","actual":true,)" + members)),
              IsEmpty());
}

TEST(FhirPath, WalksMembersListsAndConditions) {
  const FhirJson patient = Json(kPatient);
  struct {
    const char* path;
    const char* value;
  } const cases[] = {
      {"generalPractitioner.display", "Mill Lane Surgery"},
      {"telecom[system=phone].value", "01632 960001"},
      {"telecom[system=fax].value", ""},
      {"telecom.value", "ann@example.org"},
      {"identifier[system=https://fhir.nhs.uk/Id/nhs-number].value",
       "9990000018"},
      {"name.given", "Annie"},
      {"multipleBirthInteger", "2"},
      {"deceasedBoolean", "no"},
      {"name", ""},
      {"no.such.path", ""},
      {"birthDate.year", ""},
      {"telecom[system", ""},
      {"telecom[].value", "ann@example.org"},
      {".", ""},
      {"", ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(FhirPath(patient, c.path).Reveal(PiiAccess{}), c.value) << c.path;
}

}  // namespace
}  // namespace kinstile::sources
