// SPDX-License-Identifier: Apache-2.0
// One file with everything that goes wrong: each row is right or reported.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "adapters/identity/normalise.h"
#include "adapters/sources/csv/csv_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;

constexpr char kNastyMapping[] = R"(
id: "id"
family { column: "case" }
person {
  forename: "first" surname: "last" sex { column: "sex" }
  birth { date: "born" } postcode: "postcode" street: "street"
  nhs_number { column: "nhs" all_verified: true }
}
shielded { column: "flag" values: "yes" no: "no" }
items { item: "note" column: "note" }
)";
constexpr size_t kColumns = 200;
constexpr absl::CivilDay kToday(2026, 11, 25);

// A row as it is written, and what must become of it.
struct NastyRow {
  const char* name;
  // id, case, first, last, sex, born, postcode, street, nhs, flag, note
  std::string text;
  // Normalised "FORENAME/SURNAME/sex/birth/postcode/street/nhs"; empty when the
  // row is left out.
  std::string person;
  std::set<std::string> fields;  // reported; "" is the whole row
};

std::vector<NastyRow> NastyRows() {
  return {
      {"good",
       "g1,F,Ann,Hill,F,1987-03-05,ZZ1 1AA,Mill Lane,9990000018,no,x",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/9990000018",
       {}},
      {"UK date",
       "g2,F,Ann,Hill,F,05/03/1987,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {}},
      {"compact date",
       "g3,F,Ann,Hill,F,19870305,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {}},
      {"Oracle date",
       "g4,F,Ann,Hill,F,05-MAR-1987,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {}},
      {"date in words",
       "g5,F,Ann,Hill,F,5 March 1987,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {}},
      {"US date",
       "g6,F,Ann,Hill,F,03/25/1987,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F//ZZ11AA/MILLLANE/",
       {"birth_date"}},
      {"a year of two digits",
       "g7,F,Ann,Hill,F,05/03/87,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F//ZZ11AA/MILLLANE/",
       {"birth_date"}},
      {"a spreadsheet's serial",
       "g8,F,Ann,Hill,F,31841,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F//ZZ11AA/MILLLANE/",
       {"birth_date"}},
      // Kept: it was copied from somewhere, and tells people apart.
      {"30 February",
       "g9,F,Ann,Hill,F,30/02/1987,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F/19870230/ZZ11AA/MILLLANE/",
       {"birth_date"}},
      {"in the future",
       "g10,F,Ann,Hill,F,2027-01-01,ZZ1 1AA,Mill Lane,,no,",
       "ANN/HILL/F//ZZ11AA/MILLLANE/",
       {"birth_date"}},
      {"newlines in fields",
       "g11,F,\"Ann\nMay\",Hill,F,1987-03-05,ZZ1 1AA,\"Mill\r\nLane\",,no,"
       "\"a\nb\"",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {}},
      {"Windows-1252 in a UTF-8 file",
       "g12,F,Zo\xEB,Hill,F,1987-03-05,ZZ1 1AA,Mill Lane,,no,caf\xE9",
       "/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {"forename", "note"}},
      {"UTF-8 cut in two",
       "g13,F,Zo\xC3,Hill,F,1987-03-05,ZZ1 1AA,,,no,",
       "/HILL/F/19870305/ZZ11AA//",
       {"forename"}},
      {"accents",
       "g14,F,Zo\xC3\xAB,Hill,F,1987-03-05,ZZ1 1AA,,,no,",
       "ZOE/HILL/F/19870305/ZZ11AA//",
       {}},
      {"formulas",
       "g15,F,\"=HYPERLINK(\"\"http://example.com\"\")\",+Hill,F,1987-03-05,"
       "ZZ1 1AA,@SUM(A),,no,=1",
       "//F/19870305/ZZ11AA//",
       {"forename", "surname", "street"}},
      {"date and postcode exchanged",
       "g16,F,Ann,Hill,F,ZZ1 1AA,1987-03-05,Mill Lane,,no,",
       "ANN/HILL/F///MILLLANE/",
       {"birth_date", "postcode"}},
      {"name and date exchanged",
       "g17,F,1987-03-05,Hill,F,Ann,ZZ1 1AA,Mill Lane,,no,",
       "/HILL/F//ZZ11AA/MILLLANE/",
       {"forename", "birth_date"}},
      {"sex and NHS number exchanged",
       "g18,F,Ann,Hill,9990000018,1987-03-05,ZZ1 1AA,Mill Lane,F,no,",
       "ANN/HILL//19870305/ZZ11AA/MILLLANE/",
       {"sex", "nhs_number"}},
      {"wrong check digit",
       "g19,F,Ann,Hill,F,1987-03-05,ZZ1 1AA,Mill Lane,9990000019,no,",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {"nhs_number"}},
      {"a shield that is no value",
       "g20,F,Ann,Hill,F,1987-03-05,ZZ1 1AA,Mill Lane,,perhaps,",
       "ANN/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {"shielded"}},
      {"a NUL in a name",
       absl::StrCat("g21,F,An", std::string(1, '\0'),
                    "n,Hill,F,1987-03-05,ZZ1 1AA,Mill Lane,,no,"),
       "/HILL/F/19870305/ZZ11AA/MILLLANE/",
       {"forename"}},
      {"10 MB in a field",
       absl::StrCat("b1,F,", std::string(10 << 20, 'a'),
                    ",Hill,F,1987-03-05,ZZ1 1AA,Mill Lane,,no,"),
       "",
       {""}},
      {"10 MB in quotes",
       absl::StrCat("b2,F,\"", std::string(10 << 20, 'a'),
                    "\",Hill,F,1987-03-05,ZZ1 1AA,Mill Lane,,no,"),
       "",
       {""}},
      {"2 KB in a name",
       absl::StrCat("g22,F,", std::string(2048, 'a'),
                    ",Hill,F,1987-03-05,ZZ1 1AA,,,no,"),
       "/HILL/F/19870305/ZZ11AA//",
       {"forename"}},
      {"text behind a quote", "b3,F,\"Ann\"x,Hill,F,,,,,no,", "", {""}},
      {"no id", ",F,Ann,Hill,F,1987-03-05,ZZ1 1AA,,,no,", "", {"id"}},
      {"an id again", "g1,F,Bo,Low,M,1990-01-02,ZZ1 1AA,,,no,", "", {"id"}},
      {"good again",
       "g23,F,Bo,Low,M,1990-01-02,ZZ1 1AA,,,yes,x",
       "BO/LOW/M/19900102/ZZ11AA//",
       {}},
      // Last: a quote that is never closed must not take the rows behind it.
      {"a stray quote", "b4,F,\"Ann,Hill,F,,,,,no,", "", {""}},
      {"good after a stray quote",
       "g24,F,Bo,Low,M,1990-01-02,ZZ1 1AA,,,no,x",
       "BO/LOW/M/19900102/ZZ11AA//",
       {}},
  };
}

std::string Show(const identity::Person& p) {
  auto read = [](const Pii<>& v) { return v.Reveal(PiiAccess{}); };
  return absl::StrJoin(
      {read(p.forename), read(p.surname), read(p.sex),
       read(p.birth_year) + read(p.birth_month) + read(p.birth_day),
       read(p.postcode), read(p.street), read(p.nhs_number)},
      "/");
}

TEST(NastyFile, EachRowIsRightOrReported) {
  char name[] = "/tmp/kinstile-nasty-XXXXXX";
  const std::string folder = mkdtemp(name);
  const std::string path = folder + "/people.csv";
  const std::vector<NastyRow> rows = NastyRows();
  {
    std::ofstream file(path, std::ios::binary);
    std::string filler;
    file << "\xEF\xBB\xBFid,case,first,last,sex,born,postcode,street,nhs,flag,"
            "note";
    for (size_t k = 11; k < kColumns; ++k) {
      file << ",column" << k;
      filler += ",";
    }
    file << "\r\n";
    for (const NastyRow& row : rows) file << row.text << filler << "\r\n";
  }
  auto mapping = ParseMapping(kNastyMapping, "m");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  auto source = CsvSource::Open(path, *std::move(mapping));
  ASSERT_TRUE(source.ok()) << source.status();

  // Rows by their place in the table; the header is row 1.
  std::map<size_t, std::string> people;
  std::map<size_t, std::set<std::string>> reported;
  std::vector<RowIssue> issues;
  const absl::Status read = (*source)->ForEach(
      [&](SourceRecord r) {
        const auto n = identity::Normalise(r.person, kToday);
        people[r.row - 2] = Show(n.person);
        for (const auto& issue : n.issues)
          reported[r.row - 2].insert(issue.field);
        const bool shielded = r.row - 2 == 19 || r.row - 2 == 27;
        EXPECT_EQ(r.shielded, shielded) << rows[r.row - 2].name;
        return absl::OkStatus();
      },
      issues);
  ASSERT_TRUE(read.ok()) << read;
  for (const RowIssue& issue : issues)
    reported[issue.row - 2].insert(issue.field);
  for (size_t k = 0; k < rows.size(); ++k) {
    EXPECT_EQ(people[k], rows[k].person) << rows[k].name;
    EXPECT_EQ(reported[k], rows[k].fields) << rows[k].name;
  }
  // By row and field, never by value.
  for (const RowIssue& issue : issues)
    for (const char* value : {"Ann", "Hill", "HYPERLINK", "ZZ1", "999000"})
      EXPECT_EQ(issue.problem.find(value), std::string::npos);
  std::filesystem::remove_all(folder);
}

// The same letters in the encoding that the mapping says.
TEST(NastyFile, ReadsWindows1252WhenTold) {
  char name[] = "/tmp/kinstile-nasty-XXXXXX";
  const std::string folder = mkdtemp(name);
  const std::string path = folder + "/people.csv";
  std::ofstream(path, std::ios::binary)
      << "id;first\r\n1;Zo\xEB\r\n2;\x8Eofia\r\n3;O\x92Neil\r\n";
  auto mapping = ParseMapping(
      "id: \"id\" encoding: \"windows-1252\" delimiter: \";\" person { "
      "forename: \"first\" }",
      "m");
  auto source = CsvSource::Open(path, *std::move(mapping));
  ASSERT_TRUE(source.ok()) << source.status();
  std::vector<std::string> names;
  std::vector<RowIssue> issues;
  ASSERT_TRUE((*source)
                  ->ForEach(
                      [&](SourceRecord r) {
                        names.push_back(
                            identity::Normalise(r.person, kToday)
                                .person.forename_joined.Reveal(PiiAccess{}));
                        return absl::OkStatus();
                      },
                      issues)
                  .ok());
  EXPECT_THAT(names, ::testing::ElementsAre("ZOE", "ZOFIA", "ONEIL"));
  EXPECT_TRUE(issues.empty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kinstile::sources
