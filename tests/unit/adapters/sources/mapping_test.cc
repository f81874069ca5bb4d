// SPDX-License-Identifier: Apache-2.0
// What the mapping loader takes, and where it says it refuses.
#include "adapters/sources/mapping.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGood[] = R"(
id: "ref"
delimiter: ";"
encoding: "windows-1252"
trim: false
family { column: "case" drop_last: 3 }
person {
  forename: "first"
  sex { column: "gender" male: "1" female: "2" }
  birth { date: "dob" }
  nhs_number { column: "nhs" verified { column: "status" values: "Verified" } }
  identifier { column: "upn" kind: "upn" }
  postcode_system: "other"
}
shielded { column: "flag" values: "YES" values: "y" }
items { item: "benefit_type" column: "Benefit" }
)";

TEST(Mapping, ReadsEverything) {
  const auto m = ParseMapping(kGood, "m.textproto");
  ASSERT_TRUE(m.ok()) << m.status();
  EXPECT_EQ(m->id, "ref");
  EXPECT_EQ(m->delimiter, ';');
  EXPECT_EQ(m->encoding, CsvEncoding::kWindows1252);
  EXPECT_FALSE(m->trim);
  EXPECT_EQ(m->family, "case");
  EXPECT_EQ(m->family_drop_last, 3u);
  EXPECT_EQ(m->person.size(), 5u);
  EXPECT_EQ(m->male, std::vector<std::string>{"1"});
  EXPECT_EQ(m->nhs_verified.values, std::vector<std::string>{"verified"});
  EXPECT_EQ(m->identifier_kind, "upn");
  EXPECT_EQ(m->postcode_system, identity::PostcodeSystem::kOther);
  EXPECT_EQ(m->shielded.values, (std::vector<std::string>{"yes", "y"}));
  ASSERT_EQ(m->items.size(), 1u);
  EXPECT_EQ(m->items[0].column, "Benefit");
}

TEST(Mapping, DefaultsAreUtf8CommaAndTrim) {
  const auto m = ParseMapping("id: \"a\" person { surname: \"b\" }", "m");
  ASSERT_TRUE(m.ok()) << m.status();
  EXPECT_EQ(m->encoding, CsvEncoding::kUtf8);
  EXPECT_EQ(m->delimiter, ',');
  EXPECT_TRUE(m->trim);
  EXPECT_EQ(m->postcode_system, identity::PostcodeSystem::kUk);
}

TEST(Mapping, RefusesWithThePlace) {
  const std::string person = "person { surname: \"s\" }\n";
  struct {
    const char* name;
    std::string text;
    const char* place;
    const char* problem;
  } const cases[] = {
      {"no id", person, "m:1:1: ", "id: is missing"},
      {"no person", "id: \"a\"", "m:1:1: ", "no column of a person"},
      {"unknown field", "id: \"a\"\nsurnam: \"x\"\n", "m:2:7: ", "surnam"},
      {"unknown nested field", "id: \"a\"\nperson { nhs: \"x\" }",
       "m:2:", "nhs"},
      {"syntax", "id: \"a\"\nperson {", "m:2:", "Expected"},
      {"twice", "id: \"a\"\nid: \"b\"\n", "m:2:", "multiple times"},
      {"wrong type", "id: 3\n", "m:1:5: ", "string"},
      {"encoding", person + "id: \"a\"\nencoding: \"latin-1\"",
       "m:3:1: ", "encoding"},
      {"delimiter", person + "id: \"a\"\ndelimiter: \"::\"",
       "m:3:1: ", "one character"},
      {"a quote as delimiter", person + "id: \"a\"\ndelimiter: \"\\\"\"",
       "m:3:1: ", "quote"},
      {"family without column", person + "id: \"a\"\nfamily { drop_last: 3 }",
       "m:3:1: ", "family: column"},
      {"shielded without values",
       person + "id: \"a\"\nshielded { column: \"s\" }", "m:3:1: ", "values"},
      {"two addresses",
       "id: \"a\"\nperson { house: \"h\" address_line: \"l\" }",
       "m:2:1: ", "address_line"},
      {"two birth dates",
       "id: \"a\"\nperson { birth { date: \"d\" year: \"y\" } }",
       "m:2:1: ", "birth"},
      {"NHS number without a word on verification",
       "id: \"a\"\nperson { nhs_number { column: \"n\" } }",
       "m:2:1: ", "verified"},
      {"identifier without kind",
       "id: \"a\"\nperson { identifier { column: \"n\" } }", "m:2:1: ", "kind"},
      {"one sex", "id: \"a\"\nperson { sex { column: \"s\" male: \"1\" } }",
       "m:2:1: ", "both"},
      {"postcode system",
       "id: \"a\"\nperson { surname: \"s\" postcode_system: \"UK\" }",
       "m:2:1: ", "postcode_system"},
      {"shielded both ways",
       person + "id: \"a\"\nshielded { column: \"s\" values: \"y\" no: \"Y\" }",
       "m:3:1: ", "both"},
      {"a join without a key",
       person + "id: \"a\"\njoined { name: \"f\" on: \"a\" }",
       "m:3:1: ", "key and on"},
      {"two joins of one name",
       person + "id: \"a\"\njoined { name: \"f\" key: \"k\" on: \"a\" }\n"
                "joined { name: \"f\" key: \"k\" on: \"a\" }",
       "m:4:1: ", "name: appears twice"},
      {"a query that writes",
       person + "id: \"a\"\nsql { people: \"DELETE FROM p\" record: \"SELECT "
                "1 WHERE id = ?\" }",
       "m:3:1: ", "people: must be one SELECT"},
      {"two statements",
       person + "id: \"a\"\nsql { people: \"SELECT 1; DROP TABLE p\" record: "
                "\"SELECT 1 WHERE id = ?\" }",
       "m:3:1: ", "semicolon"},
      {"a query for one without its id",
       person + "id: \"a\"\nsql { people: \"SELECT 1\" record: \"SELECT 1\" }",
       "m:3:1: ", "record: must have one ?"},
      {"FHIR with columns", person + "fhir { }", "m:1:1: ", "leave it unset"},
      {"two kinds",
       person + "id: \"a\"\njoined { name: \"f\" key: \"k\" on: \"a\" }\n"
                "fhir { }",
       "m:4:1: ", "one kind"},
      {"month first of nothing",
       "id: \"a\"\nperson { surname: \"s\" birth { year: \"y\" month_first: "
       "true } }",
       "m:2:1: ", "month_first"},
      {"item name", person + "id: \"a\"\nitems { item: \"A b\" column: \"c\" }",
       "m:3:1: ", "item"},
      {"item twice",
       person + "id: \"a\"\nitems { item: \"a\" column: \"c\" }\n"
                "items { item: \"a\" column: \"d\" }",
       "m:4:1: ", "twice"},
  };
  for (const auto& c : cases) {
    const absl::Status s = ParseMapping(c.text, "m").status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_THAT(std::string(s.message()), StartsWith(c.place)) << c.name;
    EXPECT_THAT(std::string(s.message()), HasSubstr(c.problem)) << c.name;
  }
}

TEST(Mapping, SaysWhenTheFileIsNotThere) {
  EXPECT_EQ(LoadMapping("/nowhere/m.textproto").status().code(),
            absl::StatusCode::kNotFound);
}

TEST(Mapping, ShippedOnesLoad) {
  for (const char* name : {"essnet_cis", "essnet_census", "febrl"}) {
    const auto m =
        LoadMapping(std::string(MAPPINGS_DIR "/") + name + ".textproto");
    EXPECT_TRUE(m.ok()) << m.status();
  }
}

}  // namespace
}  // namespace kinstile::sources
