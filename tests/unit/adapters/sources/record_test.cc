// SPDX-License-Identifier: Apache-2.0
// What a row's fields become, and what is left out of a record and said.
#include "adapters/sources/record.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CanonicalDate, TakesTheMonthByNameOrFirst) {
  struct {
    const char* name;
    const char* text;
    bool month_first;
    const char* date;
  } const cases[] = {
      {"ISO", "1987-03-05", false, "1987-03-05"},
      {"UK", "05/03/1987", false, "05/03/1987"},
      {"compact", "19870305", false, "19870305"},
      {"Oracle", "05-MAR-1987", false, "1987-3-05"},
      {"Oracle, two digits of the year", "05-MAR-87", false, "05-MAR-87"},
      {"in words", "5th March 1987", false, "1987-3-5"},
      {"in words, month first", "March 5th, 1987", false, "1987-3-5"},
      {"with a time", "05-Oct-1987 00:00:00", false, "1987-10-05"},
      {"one word", "5Sept1987", false, "1987-9-5"},
      {"US", "03/05/1987", true, "1987-03-05"},
      {"ISO where US was said", "1987-03-05", true, "1987-03-05"},
      {"no month", "05-XYZ-1987", false, "05-XYZ-1987"},
      {"too short a month", "05-Ma-1987", false, "05-Ma-1987"},
      {"a name", "Ann Hill May", false, "Ann Hill May"},
      {"nothing", "", true, ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(CanonicalDate(c.text, c.month_first), c.date) << c.name;
}

class RecordTest : public ::testing::Test {
 protected:
  // The record of a row of columns a, b, ... under the mapping; "" for none.
  std::optional<SourceRecord> Make(const std::string& mapping,
                                   const std::vector<std::string>& row) {
    const auto m = ParseMapping(mapping, "m");
    EXPECT_TRUE(m.ok()) << m.status();
    std::vector<std::string> header;
    Fields fields;
    for (size_t k = 0; k < row.size(); ++k) {
      header.push_back(std::string(1, static_cast<char>('a' + k)));
      fields.emplace_back(row[k]);
    }
    const auto layout = FindColumns(*m, header, "t");
    EXPECT_TRUE(layout.ok()) << layout.status();
    std::vector<RowIssue> issues;
    IssueList list(issues);
    auto record = MakeRecord(*m, *layout, fields, 7, list);
    issues_.clear();
    for (const RowIssue& i : issues)
      issues_.push_back(
          absl::StrCat(i.kept ? "" : "!", i.field, ": ", i.problem));
    return record;
  }
  std::vector<std::string> issues_;
};

TEST_F(RecordTest, LeavesOutWhatCannotBeTheField) {
  const std::string mapping =
      "id: \"a\" person { forename: \"b\" surname: \"c\" street: \"d\" sex { "
      "column: \"e\" } }";
  struct {
    const char* name;
    std::vector<std::string> row;
    std::string person;  // forename/surname/street/sex
    std::vector<std::string> issues;
  } const cases[] = {
      {"good",
       {"1", "Ann", "O'Neil", "Mill Lane", "Female"},
       "Ann/O'Neil/Mill Lane/F",
       {}},
      {"formula",
       {"1", "=HYPERLINK(\"http://example.com\")", "+cmd|' /C calc'!A",
        "@SUM(A)", ""},
       "///",
       {"forename: looks like a spreadsheet's formula",
        "surname: looks like a spreadsheet's formula",
        "street: looks like a spreadsheet's formula"}},
      {"signs for unknown", {"1", "-", "--", "-", ""}, "-/--/-/", {}},
      {"a date and a postcode as names",
       {"1", "1987-03-05", "ZZ1 1AA", "", ""},
       "///",
       {"forename: has a digit, so it is no name",
        "surname: has a digit, so it is no name"}},
      {"a house number in the street",
       {"1", "Ann", "Hill", "9 Mill Lane", ""},
       "Ann/Hill/9 Mill Lane/",
       {}},
      {"a sex that is none",
       {"1", "Ann", "Hill", "", "fifth"},
       "Ann/Hill//",
       {"sex: is neither of the mapped values"}},
  };
  for (const auto& c : cases) {
    const auto r = Make(mapping, c.row);
    ASSERT_TRUE(r.has_value()) << c.name;
    const auto& p = r->person;
    auto read = [](const Pii<>& v) { return v.Reveal(PiiAccess{}); };
    EXPECT_EQ(absl::StrCat(read(p.forename), "/", read(p.surname), "/",
                           read(p.street), "/", read(p.sex)),
              c.person)
        << c.name;
    EXPECT_EQ(issues_, c.issues) << c.name;
  }
}

TEST_F(RecordTest, NeedsAnIdThatIsText) {
  const std::string mapping = "id: \"a\" person { surname: \"b\" }";
  EXPECT_FALSE(Make(mapping, {"", "x"}).has_value());
  EXPECT_THAT(issues_, ElementsAre("!id: is blank"));
  EXPECT_FALSE(Make(mapping, {"\xFFz", "x"}).has_value());
  EXPECT_THAT(issues_, ElementsAre("!id: not UTF-8"));
}

// A value that the mapping does not know is taken the way that discloses least.
TEST_F(RecordTest, TakesAnUnknownFlagTheSafeWay) {
  const std::string strict =
      "id: \"a\" person { nhs_number { column: \"b\" verified { column: \"c\" "
      "values: \"01\" no: \"02\" } } } shielded { column: \"d\" values: \"Y\" "
      "no: \"N\" no: \"\" }";
  struct {
    const char* name;
    std::string verified, shielded;
    bool is_verified, is_shielded;
    size_t issues;
  } const cases[] = {
      {"both yes", "01", "y", true, true, 0},
      {"both no", "02", "n", false, false, 0},
      {"blank is a no when it says so", "01", "", true, false, 0},
      {"blank is none when it does not", "", "n", false, false, 1},
      {"both unknown", "1", "YES", false, true, 2},
  };
  for (const auto& c : cases) {
    const auto r = Make(strict, {"1", "9990000018", c.verified, c.shielded});
    ASSERT_TRUE(r.has_value()) << c.name;
    EXPECT_EQ(r->person.nhs_verified, c.is_verified) << c.name;
    EXPECT_EQ(r->shielded, c.is_shielded) << c.name;
    EXPECT_EQ(issues_.size(), c.issues) << c.name;
  }
  const auto loose = Make(
      "id: \"a\" person { surname: \"b\" } shielded { column: \"c\" values: "
      "\"Y\" }",
      {"1", "x", "perhaps"});
  EXPECT_FALSE(loose->shielded);
  EXPECT_THAT(issues_, IsEmpty());
}

TEST_F(RecordTest, ReportsAnItemThatIsNoText) {
  ASSERT_TRUE(Make("id: \"a\" person { surname: \"b\" } items { item: \"i\" "
                   "column: \"c\" }",
                   {"1", "x", "caf\xE9"})
                  .has_value());
  EXPECT_THAT(issues_, ElementsAre("i: not UTF-8"));
}

TEST(IssueList, CountsWhatItDoesNotKeep) {
  std::vector<RowIssue> out;
  IssueList list(out);
  for (size_t k = 0; k < kMaxRowIssues + 3; ++k) {
    list.Add({k + 1, "", "bad"});
    list.Add({k + 1, "sex", "bad", true});
  }
  list.Finish();
  ASSERT_EQ(out.size(), 2 * kMaxRowIssues + 2);
  EXPECT_EQ(out[out.size() - 2].problem, "3 more rows were refused");
  EXPECT_EQ(out.back().problem, "3 more fields were left out");
}

}  // namespace
}  // namespace kinstile::sources
