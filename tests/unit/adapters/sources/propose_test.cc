// SPDX-License-Identifier: Apache-2.0
// What is proposed for tables as agencies have them.
#include "adapters/sources/propose.h"

#include "absl/strings/str_split.h"
#include "adapters/sources/mapping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Rows separated by |, columns by commas; the first is the header.
TableSample Table(absl::string_view text) {
  TableSample sample;
  for (absl::string_view line : absl::StrSplit(text, '|')) {
    std::vector<std::string> values = absl::StrSplit(line, ',');
    if (sample.header.empty()) {
      sample.header = std::move(values);
      continue;
    }
    sample.rows.emplace_back();
    for (std::string& v : values) sample.rows.back().emplace_back(std::move(v));
  }
  return sample;
}

Proposal Propose(const TableSample& sample) {
  return ProposeMapping(sample, absl::CivilDay(2026, 11, 25));
}

TEST(ProposeMapping, GuessesByNamesAndValues) {
  struct Case {
    const char* name;
    const char* table;
    std::vector<std::string> has;
    std::vector<std::string> has_not;
  };
  const Case cases[] = {
      {"a council's extract",
       "Person ID,Case Ref,Forename(s),Surname,Gender,DOB,NHS Number,Post "
       "Code,Restricted,Tenure|1,C1,Ann,Hill,F,05/03/1987,9990000018,ZZ1 "
       "1AA,No,rent|2,C1,Bo,Hill,M,06/03/1987,,ZZ1 1AA,Yes,own",
       {"id: \"Person ID\"  # GUESS: its name and 100 % of its values",
        "family { column: \"Case Ref\" }  # GUESS: its name\n",
        "forename: \"Forename(s)\"", "surname: \"Surname\"",
        "sex { column: \"Gender\" male: \"m\" female: \"f\" }",
        "birth { date: \"DOB\" }", "column: \"NHS Number\"",
        "all_verified: false", "postcode: \"Post Code\"",
        "shielded { column: \"Restricted\" values: \"yes\" no: \"no\" }",
        "# items { item: \"tenure\" column: \"Tenure\" }"},
       {"NOBODY IS SHIELDED", "rent", "9990000018"}},
      {"an id that is not unique",
       "id,record_id,surname|1,7,Hill|1,8,Low",
       {"id: \"record_id\"", "# items { item: \"id\" column: \"id\" }"},
       {}},
      {"dates where names should be",
       "id,forename,surname,dob|1,1987-03-05,"
       "Hill,Ann",
       {"surname: "},
       {"forename: ", "birth"}},
      {"months first",
       "id,surname,dob|1,Hill,03/25/1987|2,Low,01/02/1990",
       {"birth { date: \"dob\" month_first: true }"},
       {}},
      {"nobody says who is shielded",
       "id,surname|1,Hill",
       {"# NOBODY IS SHIELDED", "# No family"},
       {}},
      {"a shield in words of its own",
       "id,surname,restricted|1,Hill,Level 3",
       {"# NOBODY IS SHIELDED",
        "# items { item: \"restricted\" column: \"restricted\" }"},
       {}},
      {"house and address",
       "id,surname,house_number,address|1,Hill,9,Mill Lane",
       {"house: \"house_number\""},
       {"address_line"}},
  };
  for (const Case& c : cases) {
    const TableSample sample = Table(c.table);
    const Proposal p = Propose(sample);
    for (const std::string& text : c.has)
      EXPECT_THAT(p.text, HasSubstr(text)) << c.name;
    for (const std::string& text : c.has_not)
      EXPECT_THAT(p.text, Not(HasSubstr(text))) << c.name;
    EXPECT_TRUE(p.complete) << c.name;
    const auto mapping = ParseMapping(p.text, "m");
    EXPECT_TRUE(mapping.ok()) << c.name << mapping.status() << p.text;
    EXPECT_TRUE(FindColumns(*mapping, sample.header, "t").ok()) << c.name;
  }
}

TEST(ProposeMapping, SaysWhatIsMissing) {
  const Proposal p = Propose(Table("ref,colour|1,red|1,blue"));
  EXPECT_FALSE(p.complete);
  EXPECT_THAT(p.text, HasSubstr("# MISSING: id:"));
  EXPECT_THAT(p.unmapped, ElementsAre("ref", "colour"));
  EXPECT_FALSE(ParseMapping(p.text, "m").ok());
}

TEST(ProposeMapping, WritesTheQueriesOfADatabase) {
  TableSample sample = Table("Id,surname,Last Contact|1,Hill,x");
  sample.sql_table = "cases.person";
  const Proposal p = Propose(sample);
  const auto mapping = ParseMapping(p.text, "m");
  ASSERT_TRUE(mapping.ok()) << mapping.status() << p.text;
  ASSERT_TRUE(mapping->sql.has_value());
  EXPECT_EQ(mapping->sql->people,
            "SELECT Id, surname, \"Last Contact\" FROM cases.person ORDER BY "
            "Id");
  EXPECT_EQ(mapping->sql->record,
            "SELECT Id, surname, \"Last Contact\" FROM cases.person WHERE Id = "
            "?");
}

TEST(ProposeMapping, SaysTheFormOfAFile) {
  TableSample sample = Table("id,surname|1,Hill");
  sample.encoding = "windows-1252";
  sample.delimiter = ';';
  const Proposal p = Propose(sample);
  const auto mapping = ParseMapping(p.text, "m");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  EXPECT_EQ(mapping->encoding, CsvEncoding::kWindows1252);
  EXPECT_EQ(mapping->delimiter, ';');
}

}  // namespace
}  // namespace kinstile::sources
