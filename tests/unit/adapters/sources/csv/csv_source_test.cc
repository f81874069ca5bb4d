// SPDX-License-Identifier: Apache-2.0
// A CSV file as a source: records, refused rows, items, change on disk.
#include "adapters/sources/csv/csv_source.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMapping[] = R"(
id: "id"
family { column: "case" drop_last: 1 }
person {
  forename: "first"
  surname: "last"
  sex { column: "sex" male: "1" female: "2" }
  nhs_number { column: "nhs" verified { column: "status" values: "01" } }
}
shielded { column: "flag" values: "yes" }
items { item: "help" column: "help" }
items { item: "contact" column: "contact" }
)";
constexpr char kHeader[] =
    "id,case,first,last,sex,nhs,status,flag,help,contact\n";

class CsvSourceTest : public ::testing::Test {
 protected:
  CsvSourceTest() {
    char name[] = "/tmp/kinstile-csv-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/people.csv";
  }
  ~CsvSourceTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) {
    std::ofstream(path_ + ".new", std::ios::binary) << text;
    std::filesystem::rename(path_ + ".new", path_);
  }
  absl::StatusOr<std::unique_ptr<CsvSource>> Open(
      const std::string& mapping = kMapping) {
    auto m = ParseMapping(mapping, "m");
    EXPECT_TRUE(m.ok()) << m.status();
    return CsvSource::Open(path_, *std::move(m));
  }
  // "id/family/forename/sex/verified/shielded" per record.
  std::vector<std::string> Records(CsvSource& source) {
    std::vector<std::string> out;
    issues_.clear();
    const absl::Status s = source.ForEach(
        [&](SourceRecord r) {
          auto read = [](const Pii<>& p) { return p.Reveal(PiiAccess{}); };
          out.push_back(absl::StrCat(
              read(r.local_id), "/", read(r.local_family), "/",
              read(r.person.forename), "/", read(r.person.sex), "/",
              r.person.nhs_verified ? "v" : "", "/", r.shielded ? "s" : ""));
          return absl::OkStatus();
        },
        issues_);
    EXPECT_TRUE(s.ok()) << s;
    return out;
  }
  // "item=value" each, or the status.
  std::vector<std::string> Items(CsvSource& source, const std::string& id,
                                 const std::vector<std::string>& items) {
    const auto values = source.ReadItems(Pii<>(id), items);
    if (!values.ok())
      return {std::string(absl::StatusCodeToString(values.status().code()))};
    std::vector<std::string> out;
    for (const ItemValue& v : *values)
      out.push_back(absl::StrCat(v.item, "=", v.value.Reveal(PiiAccess{})));
    return out;
  }
  std::vector<std::string> Issues() const {
    std::vector<std::string> out;
    for (const RowIssue& i : issues_)
      out.push_back(absl::StrCat(i.row, ":", i.field, ":", i.problem));
    return out;
  }

  std::string folder_, path_;
  std::vector<RowIssue> issues_;
};

TEST_F(CsvSourceTest, GivesRecordsAndReportsBadRows) {
  Write(absl::StrCat("\xEF\xBB\xBF", kHeader,                            // 1
                     "1,F1a, Ann ,Hill,2,999,01,no,yes,\n",              // 2
                     "2,F1b,Bo,Hill,1,999,02,YES,no,x\n",                // 3
                     "3,F2a,too,few\n",                                  // 4
                     "4,F2a,a,b,1,2,3,4,5,6,too many\n",                 // 5
                     "\"5\"x,F2a,a,b,1,,,,,\n",                          // 6
                     ",F2a,a,b,1,,,,,\n",                                // 7
                     "1,F9a,again,b,1,,,,,\n",                           // 8
                     "6,F3a,\"Cy\nril\",\"O\"\"Neil\",9,,,,\"a,b\",\n",  // 9
                     "7,F3a,\"never closed,b,1,,,,,\n",                  // 10
                     "8,Z,Di,Low,2,,,,,"));                              // 11
  auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Records(**source), ElementsAre("1/F1/Ann/F/v/", "2/F1/Bo/M//s",
                                             "6/F3/Cy\nril///", "8//Di/F//"));
  EXPECT_THAT(
      Issues(),
      ElementsAre("4::4 columns instead of 10", "5::11 columns instead of 10",
                  "6::text after a closing quote", "7:id:is blank",
                  "8:id:is that of an earlier row",
                  "9:sex:is neither of the mapped values",
                  "10::a quote is never closed"));
}

TEST_F(CsvSourceTest, CountsWhatItNoLongerLists) {
  std::string text = kHeader;
  for (size_t k = 0; k < kMaxRowIssues + 5; ++k) text += "x\n";
  Write(text + "1,F,A,B,1,,,,,\n");
  auto source = Open();
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(Records(**source).size(), 1u);
  ASSERT_EQ(issues_.size(), kMaxRowIssues + 1);
  EXPECT_EQ(Issues().back(), "0::5 more rows were refused");
}

TEST_F(CsvSourceTest, StopsWhenAsked) {
  Write(absl::StrCat(kHeader, "1,,,,,,,,,\n2,,,,,,,,,\n"));
  auto source = Open();
  ASSERT_TRUE(source.ok());
  int calls = 0;
  EXPECT_EQ((*source)
                ->ForEach(
                    [&](SourceRecord) {
                      ++calls;
                      return absl::CancelledError("enough");
                    },
                    issues_)
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(calls, 1);
}

TEST_F(CsvSourceTest, ReadsItemsOfOneRecord) {
  Write(absl::StrCat(kHeader, "1,F1a,A,B,1,,,,yes,\n", "bad,row\n",
                     "2,F1b,A,B,1,,,,\"no,\nnot now\",Sal\n"));
  auto source = Open();
  ASSERT_TRUE(source.ok());
  EXPECT_THAT(Items(**source, "1", {"help", "contact", "other"}),
              ElementsAre("help=yes"));
  EXPECT_THAT(Items(**source, "2", {"help", "contact"}),
              ElementsAre("help=no,\nnot now", "contact=Sal"));
  EXPECT_THAT(Items(**source, "2", {}), IsEmpty());
  EXPECT_THAT(Items(**source, "3", {"help"}), ElementsAre("NOT_FOUND"));
  EXPECT_THAT((*source)->ItemNames(), ElementsAre("contact", "help"));
}

TEST_F(CsvSourceTest, SeesTheFileChange) {
  Write(absl::StrCat(kHeader, "1,F,A,B,1,,,,yes,\n"));
  auto source = Open();
  ASSERT_TRUE(source.ok());
  EXPECT_THAT(Items(**source, "1", {"help"}), ElementsAre("help=yes"));
  Write(absl::StrCat(kHeader, "9,F,A,B,1,,,,yes,\n1,F,A,B,1,,,,no,\n"));
  EXPECT_THAT(Items(**source, "1", {"help"}), ElementsAre("help=no"));
  Write(kHeader);
  EXPECT_THAT(Items(**source, "1", {"help"}), ElementsAre("NOT_FOUND"));
  std::filesystem::remove(path_);
  EXPECT_THAT(Items(**source, "1", {"help"}), ElementsAre("UNAVAILABLE"));
}

TEST_F(CsvSourceTest, NamesTheColumnThatIsMissing) {
  Write("id,case,first,last,sex,nhs,status,flag,help\n");
  absl::Status s = Open().status();
  EXPECT_EQ(s.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(s.message()),
              HasSubstr("column \"contact\", mapped to contact, is not in"));
  Write("id,case,first,last,sex,nhs,status,flag,help,contact,id\n");
  EXPECT_THAT(std::string(Open().status().message()),
              HasSubstr("\"id\", mapped to id, is there twice"));
  Write("");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("no header"));
  Write("\xFF\xFEi\0d\0");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("UTF-16"));
}

TEST_F(CsvSourceTest, ReadsWindows1252) {
  Write("id;n\n1;Zo\xEB \x8Amith\n");
  auto source = Open(
      "id: \"id\" encoding: \"windows-1252\" delimiter: \";\" person { "
      "forename: \"n\" }");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Records(**source), ElementsAre("1//Zoë Šmith///"));
}

// Counts over the development data where they are present; otherwise their
// shape in a few transcribed rows, so that the mappings are always exercised.
TEST_F(CsvSourceTest, ShippedMappingsFitTheirData) {
  const char* env = std::getenv("KINSTILE_SHARED");
  const std::string shared =
      env != nullptr ? env : std::string(SOURCE_DIR "/../shared");
  struct {
    const char* mapping;
    const char* file;
    const char* rows;
    size_t records;
  } const cases[] = {
      {"essnet_cis", "essnet_uk/cis_full.csv",
       "\"PERSON_ID\",\"PERNAME1\",\"PERNAME2\",\"SEX\",\"DOB_DAY\","
       "\"DOB_MON\",\"DOB_YEAR\",\"ENUMCAP\",\"ENUMPC\",\"CIS_ID\"\n"
       "\"ZZ11AA091001\",\"ANN\",\"HILL\",\"F\",,1,,\"9 MILL LANE\","
       "\"ZZ11AA\",\"CISZZ11AA091001\"\n",
       24613},
      {"febrl", "febrl/dataset4a.csv",
       "rec_id, given_name, surname, street_number, address_1, address_2, "
       "suburb, postcode, state, date_of_birth, soc_sec_id\n"
       "rec-1-org, ann, hill, 8, mill lane, , kelby, 4223, nsw, 19151111, "
       "1234567\n",
       5000},
  };
  for (const auto& c : cases) {
    auto mapping =
        LoadMapping(absl::StrCat(MAPPINGS_DIR "/", c.mapping, ".textproto"));
    ASSERT_TRUE(mapping.ok()) << mapping.status();
    const std::string real = absl::StrCat(shared, "/data/", c.file);
    const bool present = std::filesystem::exists(real);
    if (!present) std::printf("%s: not here, transcribed rows\n", c.file);
    Write(c.rows);
    auto source = CsvSource::Open(present ? real : path_, *mapping);
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ(Records(**source).size(), present ? c.records : 1u);
    EXPECT_THAT(issues_, IsEmpty());
  }
}

// What a column shows of a condition: yes, no, a number, an age, or nothing.
TEST_F(CsvSourceTest, ShowsFactsByItsColumns) {
  const std::string mapping = absl::StrCat(kMapping, R"(
facts { condition: "LIVES_IN_AREA" column: "status" yes: "In" no: "out" }
facts { condition: "AGE_FROM" column: "help" }
facts { condition: "AT_LEAST_N_DISADVANTAGE_FACTORS" column: "contact" }
)");
  struct Case {
    const char* name;
    std::string area, born, factors;
    std::vector<std::string> facts;  // condition=truth/number
  };
  const Case cases[] = {
      {"all",
       "in",
       "2010-11-23",
       "2",
       {"LIVES_IN_AREA=1/-", "AGE_FROM=1/16",
        "AT_LEAST_N_DISADVANTAGE_FACTORS=1/2"}},
      {"not in the area", "OUT", "", "", {"LIVES_IN_AREA=0/-"}},
      {"neither", "perhaps", "", "", {}},
      {"the day before the birthday", "", "24/11/2010", "", {"AGE_FROM=1/15"}},
      {"half a date", "", "2010-11", "", {}},
      {"no date", "", "unknown", "", {}},
      {"not born yet", "", "2027-01-01", "", {}},
      {"no number", "", "", "two", {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Write(absl::StrCat(kHeader, "P1,C11,a,b,1,,", c.area, ",,", c.born, ",",
                       c.factors, "\n"));
    auto source = Open(mapping);
    ASSERT_TRUE(source.ok()) << source.status();
    const auto facts = (*source)->ReadFacts(
        Pii<>("P1"),
        {"LIVES_IN_AREA", "AGE_FROM", "AT_LEAST_N_DISADVANTAGE_FACTORS"},
        absl::CivilDay(2026, 11, 23));
    ASSERT_TRUE(facts.ok()) << facts.status();
    std::vector<std::string> got;
    for (const RecordFact& f : *facts)
      got.push_back(
          absl::StrCat(f.condition, "=", f.holds ? 1 : 0, "/",
                       f.number ? absl::StrCat(*f.number) : std::string("-")));
    EXPECT_EQ(got, c.facts);
    // Only what is asked for.
    EXPECT_THAT(*(*source)->ReadFacts(Pii<>("P1"), {"CASE_IS_OPEN"},
                                      absl::CivilDay(2026, 11, 23)),
                IsEmpty());
    EXPECT_TRUE(absl::IsNotFound(
        (*source)
            ->ReadFacts(Pii<>("P2"), {"AGE_FROM"}, absl::CivilDay(2026, 11, 23))
            .status()));
  }
}

TEST_F(CsvSourceTest, TakesNoMappingOfFactsThatContradictsItself) {
  for (const char* bad :
       {"facts { condition: \"NO_SUCH\" column: \"help\" }",
        "facts { condition: \"AGE_FROM\" }",
        "facts { condition: \"AGE_FROM\" column: \"a\" yes: \"x\" no: "
        "\"X\" }",
        "facts { condition: \"AGE_FROM\" column: \"a\" } facts { condition: "
        "\"AGE_FROM\" column: \"b\" }"})
    EXPECT_TRUE(absl::IsInvalidArgument(
        ParseMapping(absl::StrCat(kMapping, bad), "m").status()))
        << bad;
}

// The day beside a value, however the column writes it; what it cannot be is
// not known.
TEST_F(CsvSourceTest, ReadsTheDayBesideAnItemAndItsGroup) {
  Write(
      "id,last,help,on,area,flag\n"
      "1,Hill,yes,2026-05-17,E01000001,\n"
      "2,Hill,yes,17/05/2026 10:30,,\n"
      "3,Hill,yes,17-MAY-2026,E01000001,\n"
      "4,Hill,yes,2026-05,E01000001,\n"
      "5,Hill,yes,2026,E01000001,\n"
      "6,Hill,yes,,E01000001,\n"
      "7,Hill,yes,9999-01-01,E01000001,\n"
      "8,Hill,yes,31/02/2026,E01000001,\n"
      "9,Hill,yes,2026-05-17,E01000001,yes\n");
  auto source = Open(R"(
id: "id"
person { surname: "last" }
shielded { column: "flag" values: "yes" }
items { item: "help" column: "help" day: "on" count_by: "area" }
)");
  ASSERT_TRUE(source.ok()) << source.status();
  std::vector<std::string> seen;
  const absl::Status read = (*source)->ForEachItems(
      {"help"}, [&](const Pii<>& id, const std::vector<ItemValue>& values) {
        const auto alone = (*source)->ReadItems(id, {"help"});
        EXPECT_TRUE(alone.ok() && alone->size() == 1 && values.size() == 1 &&
                    alone->at(0).day == values[0].day &&
                    alone->at(0).counted_by.has_value());
        seen.push_back(absl::StrCat(
            id.Reveal(PiiAccess{}), " ",
            values[0].day ? absl::FormatCivilTime(*values[0].day) : "?", " ",
            values[0].counted_by->Reveal(PiiAccess{})));
        return absl::OkStatus();
      });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_THAT(seen,
              ElementsAre("1 2026-05-17 E01000001", "2 2026-05-17 ",
                          "3 2026-05-17 E01000001", "4 2026-05-01 E01000001",
                          "5 ? E01000001", "6 ? E01000001", "7 ? E01000001",
                          "8 ? E01000001"));
}

TEST_F(CsvSourceTest, NeedsTheColumnsOfDayAndGroup) {
  Write("id,last,help\n1,Hill,yes\n");
  for (const char* extra : {"day: \"on\"", "count_by: \"area\""})
    EXPECT_TRUE(absl::IsFailedPrecondition(
        Open(absl::StrCat("id: \"id\" person { surname: \"last\" } items { "
                          "item: \"help\" column: \"help\" ",
                          extra, " }"))
            .status()))
        << extra;
}

}  // namespace
}  // namespace kinstile::sources
