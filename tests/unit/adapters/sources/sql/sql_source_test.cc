// SPDX-License-Identifier: Apache-2.0
// One source over two databases through their ODBC drivers: SQLite in a file,
// and a PostgreSQL that the test starts.
#include "adapters/sources/sql/sql_source.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/postgres/postgres.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPerson[] = R"(
id: "Id"
family { column: "family_ref" }
person { forename: "forename" surname: "surname" birth { date: "born" } }
shielded { column: "flag" values: "1" no: "0" }
items { item: "tenure" column: "tenure" day: "born" count_by: "area" }
facts { condition: "LIVES_IN_AREA" column: "area" yes: "in" no: "out" }
)";

std::string Mapping(const std::string& people, const std::string& record) {
  return absl::StrCat(kPerson, "sql { people: \"", people, "\" record: \"",
                      record, "\" }");
}
std::string GoodMapping() {
  return Mapping(
      "SELECT p.id, p.family_ref, p.forename, p.surname, p.born, f.flag, "
      "f.tenure, f.area FROM person p JOIN family f ON f.id = p.family_ref "
      "ORDER BY p.id",
      "SELECT p.id, p.family_ref, p.forename, p.surname, p.born, f.flag, "
      "f.tenure, f.area FROM person p JOIN family f ON f.id = p.family_ref "
      "WHERE p.id = ?");
}

constexpr char kTables[] =
    "CREATE TABLE family (id VARCHAR(20), flag INTEGER, tenure VARCHAR(2000), "
    "area VARCHAR(10));"
    "CREATE TABLE person (id VARCHAR(20), family_ref VARCHAR(20), forename "
    "VARCHAR(100), surname VARCHAR(100), born DATE);"
    "INSERT INTO family VALUES ('F1', 0, 'rent', 'in');"
    "INSERT INTO family VALUES ('F2', 1, NULL, 'out');"
    "INSERT INTO person VALUES ('1', 'F1', 'Zoë', 'Hill', '1987-03-05');"
    "INSERT INTO person VALUES ('2', 'F1', 'Żaneta 🙂', 'Hill', NULL);"
    "INSERT INTO person VALUES ('3', 'F2', 'Cy', 'O''Neil', '2010-11-12');";

// A database of either kind with a way to write to it.
struct Database {
  std::string odbc;
  std::function<void(const std::string& sql)> execute;
};

class SqlSourceTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    auto started = testing::Postgres::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    postgres_ = started->release();
  }
  static void TearDownTestSuite() {
    delete postgres_;
    postgres_ = nullptr;
  }

  void SetUp() override {
    if (std::string(GetParam()) == "PostgreSQL") {
      db_.odbc = postgres_->OdbcString("reader");
      db_.execute = [](const std::string& sql) {
        ASSERT_TRUE(postgres_->Execute(sql).ok());
      };
      // As superuser: nothing but the connection keeps it from writing.
      db_.execute(
          "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
          "DROP ROLE IF EXISTS reader; CREATE ROLE reader SUPERUSER LOGIN;");
    } else {
      char name[] = "/tmp/kinstile-sql-XXXXXX";
      folder_ = mkdtemp(name);
      const std::string file = folder_ + "/people.db";
      db_.odbc = absl::StrCat("Driver={SQLite3};Database=", file);
      db_.execute = [file](const std::string& sql) {
        FILE* shell = popen(absl::StrCat("sqlite3 ", file).c_str(), "w");
        ASSERT_NE(shell, nullptr);
        fputs(sql.c_str(), shell);
        ASSERT_EQ(pclose(shell), 0);
      };
    }
    db_.execute(kTables);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  absl::StatusOr<std::unique_ptr<SqlSource>> Open(const std::string& text) {
    auto mapping = ParseMapping(text, "m");
    EXPECT_TRUE(mapping.ok()) << mapping.status();
    SqlSource::Options options;
    options.connection_string = Pii<>(db_.odbc);
    return SqlSource::Open(std::move(options), *std::move(mapping));
  }
  absl::StatusOr<std::vector<std::string>> Records(SqlSource& source) {
    std::vector<std::string> out;
    issues_.clear();
    const absl::Status s = source.ForEach(
        [&](SourceRecord r) {
          auto read = [](const Pii<>& p) { return p.Reveal(PiiAccess{}); };
          out.push_back(absl::StrCat(
              read(r.local_id), "/", read(r.local_family), "/",
              read(r.person.forename), "/", read(r.person.surname), "/",
              read(r.person.birth_date), "/", r.shielded ? "s" : ""));
          return absl::OkStatus();
        },
        issues_);
    if (!s.ok()) return s;
    return out;
  }
  static std::vector<std::string> Items(SqlSource& source,
                                        const std::string& id) {
    const auto values = source.ReadItems(Pii<>(id), {"tenure", "other"});
    if (!values.ok())
      return {std::string(absl::StatusCodeToString(values.status().code()))};
    std::vector<std::string> out;
    for (const ItemValue& v : *values)
      out.push_back(absl::StrCat(v.item, "=", v.value.Reveal(PiiAccess{})));
    return out;
  }

  static testing::Postgres* postgres_;
  Database db_;
  std::string folder_;
  std::vector<RowIssue> issues_;
};
testing::Postgres* SqlSourceTest::postgres_ = nullptr;

INSTANTIATE_TEST_SUITE_P(Drivers, SqlSourceTest,
                         ::testing::Values("SQLite", "PostgreSQL"),
                         [](const auto& info) { return info.param; });

TEST_P(SqlSourceTest, GivesRecordsItemsAndFacts) {
  auto source = Open(GoodMapping());
  ASSERT_TRUE(source.ok()) << source.status();
  auto records = Records(**source);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(*records, ElementsAre("1/F1/Zoë/Hill/1987-03-05/",
                                    "2/F1/Żaneta 🙂/Hill//",
                                    "3/F2/Cy/O'Neil/2010-11-12/s"));
  EXPECT_THAT(issues_, IsEmpty());
  EXPECT_THAT(Items(**source, "1"), ElementsAre("tenure=rent"));
  // Shielded: nothing, whatever is asked.
  EXPECT_THAT(Items(**source, "3"), ElementsAre("NOT_FOUND"));
  EXPECT_THAT(Items(**source, "4"), ElementsAre("NOT_FOUND"));
  EXPECT_THAT((*source)->ItemNames(), ElementsAre("tenure"));
  std::vector<std::string> all;
  const absl::Status read = (*source)->ForEachItems(
      {"tenure"}, [&](const Pii<>& id, const std::vector<ItemValue>& values) {
        for (const ItemValue& v : values)
          all.push_back(absl::StrCat(
              id.Reveal(PiiAccess{}), " ", v.value.Reveal(PiiAccess{}), " ",
              v.day ? absl::FormatCivilTime(*v.day) : "?", " ",
              v.counted_by->Reveal(PiiAccess{})));
        return absl::OkStatus();
      });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_THAT(all, ElementsAre("1 rent 1987-03-05 in", "2 rent ? in"));
  const auto facts = (*source)->ReadFacts(Pii<>("1"), {"LIVES_IN_AREA"},
                                          absl::CivilDay(2026, 11, 25));
  ASSERT_TRUE(facts.ok()) << facts.status();
  ASSERT_EQ(facts->size(), 1u);
  EXPECT_TRUE((*facts)[0].holds);
}

TEST_P(SqlSourceTest, ReadsItemsAsTheyAreNow) {
  auto source = Open(GoodMapping());
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Items(**source, "1"), ElementsAre("tenure=rent"));
  db_.execute("UPDATE family SET tenure = 'owner' WHERE id = 'F1';");
  EXPECT_THAT(Items(**source, "1"), ElementsAre("tenure=owner"));
  db_.execute("UPDATE family SET tenure = NULL WHERE id = 'F1';");
  EXPECT_THAT(Items(**source, "1"), IsEmpty());
  db_.execute("UPDATE family SET flag = 1 WHERE id = 'F1';");
  EXPECT_THAT(Items(**source, "1"), ElementsAre("NOT_FOUND"));
  db_.execute("UPDATE family SET flag = 0 WHERE id = 'F1';");
  db_.execute("DELETE FROM person WHERE id = '1';");
  EXPECT_THAT(Items(**source, "1"), ElementsAre("NOT_FOUND"));
}

// A parameter is a value: what looks like SQL finds nobody, and does nothing.
TEST_P(SqlSourceTest, AnIdIsNeverSql) {
  auto source = Open(GoodMapping());
  ASSERT_TRUE(source.ok()) << source.status();
  for (const char* id :
       {"' OR '1'='1", "1'; DROP TABLE person; --", "\\", "1\n", "🙂", ""})
    EXPECT_THAT(Items(**source, id), ElementsAre("NOT_FOUND"));
  EXPECT_EQ(Records(**source)->size(), 3u);
  // A query that selects too much gives nobody else's items.
  auto wide = Open(Mapping(
      "SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family f ON "
      "f.id = p.family_ref",
      "SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family f ON "
      "f.id = p.family_ref WHERE p.id <> ? ORDER BY p.id"));
  ASSERT_TRUE(wide.ok()) << wide.status();
  EXPECT_THAT(Items(**wide, "1"), ElementsAre("NOT_FOUND"));
}

TEST_P(SqlSourceTest, ReadsLongValuesAndManyRows) {
  const std::string tenure(1500, 'x');
  std::string sql = absl::StrCat("UPDATE family SET tenure = '", tenure,
                                 "' WHERE id = 'F1';BEGIN;");
  for (int k = 100; k < 3100; ++k)
    absl::StrAppend(&sql, "INSERT INTO person VALUES ('", k,
                    "', 'F1', 'Ann', 'Hill', '1987-03-05');");
  db_.execute(sql + "COMMIT;");
  auto source = Open(GoodMapping());
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(Records(**source)->size(), 3003u);
  EXPECT_THAT(Items(**source, "100"), ElementsAre("tenure=" + tenure));
}

TEST_P(SqlSourceTest, ReportsRowsByNumber) {
  db_.execute(
      "INSERT INTO person VALUES ('1', 'F1', 'Bo', 'Hill', NULL);"
      "INSERT INTO person VALUES ('', 'F1', 'Bo', 'Hill', NULL);"
      "INSERT INTO person VALUES ('9', 'F1', 'B0', '=Hill', NULL);");
  auto source = Open(GoodMapping());
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(Records(**source)->size(), 4u);
  std::vector<std::string> issues;
  for (const RowIssue& i : issues_)
    issues.push_back(absl::StrCat(i.row, ":", i.field, ":", i.problem));
  EXPECT_THAT(issues,
              ElementsAre("1:id:is blank", "3:id:is that of an earlier row",
                          "6:forename:has a digit, so it is no name",
                          "6:surname:looks like a spreadsheet's formula"));
  // Shielded in one row and not in another: nobody guesses.
  db_.execute("INSERT INTO person VALUES ('1', 'F2', 'Ann', 'Hill', NULL);");
  auto again = Open(Mapping(
      "SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family f ON "
      "f.id = p.family_ref ORDER BY p.id, f.id",
      "SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family f ON "
      "f.id = p.family_ref WHERE p.id = ?"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(Records(**again).status()));
}

TEST_P(SqlSourceTest, SaysWhatIsWrongWithoutTheDatabasesWords) {
  struct {
    const char* name;
    std::string mapping;
    const char* problem;
  } const cases[] = {
      {"no such table",
       Mapping("SELECT * FROM nowhere", "SELECT * FROM nowhere WHERE id = ?"),
       "database: query: "},
      {"no such column",
       Mapping("SELECT id, family_ref, forename, surname, born FROM person",
               "SELECT * FROM person WHERE id = ?"),
       "sql.people: column \"flag\", mapped to shielded, is not in"},
  };
  for (const auto& c : cases) {
    const absl::Status s = Open(c.mapping).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(s)) << c.name << s;
    EXPECT_THAT(std::string(s.message()), HasSubstr(c.problem)) << c.name;
    EXPECT_EQ(s.message().find("nowhere"), absl::string_view::npos);
  }
  db_.odbc = "Driver={No such driver};PWD=open-sesame";
  const absl::Status s = Open(GoodMapping()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(s)) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("not installed"));
  EXPECT_EQ(s.message().find("sesame"), absl::string_view::npos);
}

// The mapping holds one SELECT, and a SELECT can still call what writes.
TEST_P(SqlSourceTest, CannotWrite) {
  if (std::string(GetParam()) == "PostgreSQL") {
    db_.execute(
        "CREATE FUNCTION w() RETURNS VARCHAR AS $$ BEGIN DELETE FROM person; "
        "RETURN 'x'; END $$ LANGUAGE plpgsql;");
    auto source = Open(Mapping(
        "SELECT w() AS id, p.family_ref, p.forename, p.surname, p.born, 0 AS "
        "flag, '' AS tenure, '' AS area FROM person p",
        "SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family f ON "
        "f.id = p.family_ref WHERE p.id = ?"));
    ASSERT_TRUE(source.ok()) << source.status();
    const absl::Status s = Records(**source).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(s)) << s;
    EXPECT_THAT(std::string(s.message()), HasSubstr("would write"));
  } else {
    // What SQLite can do in a statement that begins with WITH.
    auto source = Open(Mapping(
        "WITH x AS (SELECT 1) DELETE FROM person RETURNING id, family_ref, "
        "forename, surname, born, 0 AS flag, '' AS tenure, '' AS area",
        "SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family f ON "
        "f.id = p.family_ref WHERE p.id = ?"));
    if (source.ok()) {
      EXPECT_FALSE(Records(**source).ok());
    }
  }
  EXPECT_EQ(Records(**Open(GoodMapping()))->size(), 3u);
}

TEST_P(SqlSourceTest, SurvivesARestartOfTheDatabase) {
  if (std::string(GetParam()) != "PostgreSQL") return;  // a file has none
  auto source = Open(GoodMapping());
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Items(**source, "1"), ElementsAre("tenure=rent"));
  ASSERT_TRUE(postgres_->Stop().ok());
  EXPECT_THAT(Items(**source, "1"), ElementsAre("UNAVAILABLE"));
  EXPECT_TRUE(absl::IsUnavailable(Records(**source).status()));
  ASSERT_TRUE(postgres_->Restart().ok());
  EXPECT_THAT(Items(**source, "1"), ElementsAre("tenure=rent"));
}

// A slow database is an unreachable one, within the deadline.
TEST_P(SqlSourceTest, GivesUpOnASlowQuery) {
  if (std::string(GetParam()) != "PostgreSQL") return;  // has nothing slow
  auto mapping = ParseMapping(
      Mapping("SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family "
              "f ON f.id = p.family_ref",
              "SELECT p.*, f.flag, f.tenure, f.area FROM person p JOIN family "
              "f ON f.id = p.family_ref, pg_sleep(60) WHERE p.id = ?"),
      "m");
  SqlSource::Options options;
  options.connection_string = Pii<>(db_.odbc);
  options.record_deadline = absl::Seconds(1);
  auto source = SqlSource::Open(std::move(options), *std::move(mapping));
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(Items(**source, "1"), ElementsAre("UNAVAILABLE"));
}

}  // namespace
}  // namespace kinstile::sources
