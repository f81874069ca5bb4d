// SPDX-License-Identifier: Apache-2.0
// The nasty CSV file, row by row.
#include "adapters/sources/csv/reader.h"

#include <sstream>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using ::testing::ElementsAre;

// Each row as "field|field" or "!problem".
std::vector<std::string> Rows(const std::string& text, char delimiter = ',') {
  std::istringstream in(text);
  CsvReader reader(in, delimiter);
  std::vector<std::string> rows;
  for (CsvRow row; reader.Next(row);) {
    std::vector<std::string> fields;
    for (const auto& f : row.fields)
      fields.push_back(f.Reveal(identity::PiiAccess{}));
    rows.push_back(row.problem.empty() ? absl::StrJoin(fields, "|")
                                       : "!" + row.problem);
    EXPECT_EQ(row.number, rows.size());
  }
  return rows;
}

TEST(CsvReader, Forms) {
  struct {
    const char* name;
    std::string text;
    std::vector<std::string> rows;
  } const cases[] = {
      {"nothing", "", {}},
      {"one field", "a", {"a"}},
      {"LF", "a,b\nc,d\n", {"a|b", "c|d"}},
      {"CRLF", "a,b\r\nc,d\r\n", {"a|b", "c|d"}},
      {"CR", "a,b\rc,d", {"a|b", "c|d"}},
      {"no line end at the end", "a,b\nc,d", {"a|b", "c|d"}},
      {"empty lines", "a\n\n\r\nb\n\n", {"a", "b"}},
      {"empty fields", ",,\n", {"||"}},
      {"byte-order mark",
       "\xEF\xBB\xBF"
       "a,b\n",
       {"a|b"}},
      {"half a byte-order mark",
       "\xEF\xBB"
       "a\n",
       {"\xEF\xBB"
        "a"}},
      {"quotes", "\"a\",\"b,c\"\n", {"a|b,c"}},
      {"empty quotes", "\"\",x\n", {"|x"}},
      {"doubled quotes", "\"say \"\"hi\"\"\"\n", {"say \"hi\""}},
      {"a line end in quotes", "\"a\nb\",c\nd,e\n", {"a\nb|c", "d|e"}},
      {"CRLF in quotes", "\"a\r\nb\",c\n", {"a\r\nb|c"}},
      {"quotes at the end of the file", "a,\"b\"", {"a|b"}},
      {"a quote inside a plain field", "5\" pipe,b\n", {"5\" pipe|b"}},
      {"blanks behind a closing quote", "\"a\" ,b\n", {"a|b"}},
      {"text behind a closing quote",
       "\"a\"b,c\nd,e\n",
       {"!text after a closing quote", "d|e"}},
      {"a quote that is never closed",
       "a,b\n\"c,d\ne,f\ng,h\n",
       {"a|b", "!a quote is never closed", "e|f", "g|h"}},
      {"a stray quote that a later one closes",
       "\"a,b\nc,d\n\"e\",f\n",
       {"!text after a closing quote", "c|d", "e|f"}},
      {"NUL is a byte", std::string("a\0b\n", 4), {std::string("a\0b", 3)}},
  };
  for (const auto& c : cases) EXPECT_EQ(Rows(c.text), c.rows) << c.name;
}

TEST(CsvReader, TakesOtherDelimiters) {
  EXPECT_THAT(Rows("a;b,c\n", ';'), ElementsAre("a|b,c"));
  EXPECT_THAT(Rows("a\tb\n", '\t'), ElementsAre("a|b"));
}

TEST(CsvReader, RefusesAFieldOverTheLimitAndGoesOn) {
  const std::string longest(kMaxCsvFieldBytes, 'x');
  EXPECT_THAT(Rows(longest + "x,b\nc,d\n"),
              ElementsAre("!a field is over 1 MiB", "c|d"));
  EXPECT_THAT(Rows("\"" + longest + "x\",b\nc,d\n"),
              ElementsAre("!a field is over 1 MiB", "c|d"));
  EXPECT_EQ(Rows(longest + "\n").at(0), longest);
}

TEST(CsvReader, RefusesTooManyColumnsAndGoesOn) {
  EXPECT_THAT(Rows(std::string(kMaxCsvColumns, ',') + "\nc\n"),
              ElementsAre("!too many columns", "c"));
}

TEST(CsvReader, EndsOnAFileOfStrayQuotes) {
  std::string text;
  for (int k = 0; k < 3000; ++k) text += "\"a,b\n";
  text += "\"";
  EXPECT_LE(Rows(text).size(), 3001u);
}

TEST(CsvReader, ReadsOneRowByItsOffset) {
  std::istringstream in("h,i\n\"a\nb\",c\nd,e\n");
  CsvReader reader(in, ',');
  CsvRow row;
  ASSERT_TRUE(reader.Next(row));
  ASSERT_TRUE(reader.Next(row));
  const uint64_t offset = row.offset;
  std::istringstream again(in.str());
  again.seekg(static_cast<std::streamoff>(offset));
  CsvReader at(again, ',', offset);
  ASSERT_TRUE(at.Next(row));
  EXPECT_EQ(row.fields.at(0).Reveal(identity::PiiAccess{}), "a\nb");
}

}  // namespace
}  // namespace kinstile::sources
