// SPDX-License-Identifier: Apache-2.0
// People, families and relationships in files of their own.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "adapters/sources/csv/csv_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kJoinedMapping[] = R"(
id: "id"
family { column: "relations.family" }
person { forename: "name" postcode: "families.postcode" role: "relations.role" }
shielded { column: "families.flag" values: "yes" }
items { item: "tenure" column: "families.tenure" }
joined { name: "relations" key: "person" on: "id" }
joined { name: "families" key: "family" on: "relations.family" }
)";

class JoinedTest : public ::testing::Test {
 protected:
  JoinedTest() {
    char name[] = "/tmp/kinstile-joined-XXXXXX";
    folder_ = mkdtemp(name);
    Write("people", "id,name\n1,Ann\n2,Bo\n3,Cy\n");
    Write("relations",
          "person,family,role\n2,F1,child\n1,F1,parent\n3,F2,child\n");
    Write("families",
          "family,postcode,flag,tenure\nF1,ZZ1 1AA,no,rent\n"
          "F2,ZZ2 2BB,no,own\n");
  }
  ~JoinedTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_, "/", name, ".csv");
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name) + ".new", std::ios::binary) << text;
    std::filesystem::rename(Path(name) + ".new", Path(name));
  }
  absl::StatusOr<std::unique_ptr<CsvSource>> Open(
      const std::string& mapping = kJoinedMapping) {
    auto m = ParseMapping(mapping, "m");
    EXPECT_TRUE(m.ok()) << m.status();
    return CsvSource::Open(
        Path("people"), *std::move(m),
        {{"families", Path("families")}, {"relations", Path("relations")}});
  }
  // "id/family/role/postcode/shielded" each.
  std::vector<std::string> Records() {
    auto source = Open();
    EXPECT_TRUE(source.ok()) << source.status();
    std::vector<std::string> out;
    std::vector<RowIssue> issues;
    EXPECT_TRUE((*source)
                    ->ForEach(
                        [&](SourceRecord r) {
                          auto read = [](const Pii<>& p) {
                            return p.Reveal(PiiAccess{});
                          };
                          out.push_back(absl::StrCat(
                              read(r.local_id), "/", read(r.local_family), "/",
                              read(r.person.role), "/", read(r.person.postcode),
                              "/", r.shielded ? "s" : ""));
                          return absl::OkStatus();
                        },
                        issues)
                    .ok());
    issues_.clear();
    for (const RowIssue& i : issues)
      issues_.push_back(absl::StrCat(i.table, ":", i.row, ":", i.field, ":",
                                     i.problem, i.kept ? "" : "!"));
    return out;
  }

  std::string folder_;
  std::vector<std::string> issues_;
};

TEST_F(JoinedTest, PutsARowTogether) {
  EXPECT_THAT(Records(),
              ElementsAre("1/F1/parent/ZZ1 1AA/", "2/F1/child/ZZ1 1AA/",
                          "3/F2/child/ZZ2 2BB/"));
  EXPECT_THAT(issues_, IsEmpty());
  auto source = Open();
  const auto items = (*source)->ReadItems(Pii<>("3"), {"tenure"});
  ASSERT_TRUE(items.ok()) << items.status();
  ASSERT_EQ(items->size(), 1u);
  EXPECT_EQ((*items)[0].value.Reveal(PiiAccess{}), "own");
}

TEST_F(JoinedTest, SeesAJoinedFileChange) {
  auto source = Open();
  ASSERT_TRUE((*source)->ReadItems(Pii<>("3"), {"tenure"}).ok());
  Write("families", "family,postcode,flag,tenure\nF2,,no,sold\n");
  const auto items = (*source)->ReadItems(Pii<>("3"), {"tenure"});
  ASSERT_EQ(items->size(), 1u);
  EXPECT_EQ((*items)[0].value.Reveal(PiiAccess{}), "sold");
}

TEST_F(JoinedTest, ReportsWhatIsMissingTwiceOrBad) {
  Write("relations",
        "person,family,role\n1,F1,parent\n,F1,x\n1,F2,parent\nbad\n2,F9,y\n");
  EXPECT_THAT(Records(),
              ElementsAre("1/F1/parent/ZZ1 1AA/",
                          // The shield would be in the row that is not there.
                          "2/F9/y//s", "3////"));
  EXPECT_THAT(issues_, UnorderedElementsAre(
                           "relations:3:person:is blank!",
                           "relations:4:person:is that of an earlier row!",
                           "relations:5::1 columns instead of 3!",
                           ":3:families:has no row for this one",
                           ":4:relations:has no row for this one"));
}

// A child of two homes counts in the first. Its shield closes both.
TEST_F(JoinedTest, AShieldedPersonClosesEveryFamily) {
  const std::string relations =
      "person,family,role\n1,F1,c\n1,F2,c\n2,F1,p\n3,F2,p\n";
  Write("relations", relations);
  EXPECT_THAT(Records(), ElementsAre("1/F1/c/ZZ1 1AA/", "2/F1/p/ZZ1 1AA/",
                                     "3/F2/p/ZZ2 2BB/"));
  Write("families",
        "family,postcode,flag,tenure\nF1,ZZ1 1AA,yes,r\nF2,ZZ2 2BB,no,o\n");
  EXPECT_THAT(Records(), ElementsAre("1/F1/c/ZZ1 1AA/s", "2/F1/p/ZZ1 1AA/s",
                                     "3/F2/p/ZZ2 2BB/s"));
}

TEST_F(JoinedTest, NamesWhatDoesNotFit) {
  Write("families", "family,postcode,flag\n");
  EXPECT_THAT(std::string(Open().status().message()),
              ::testing::HasSubstr("\"families.tenure\", mapped to tenure"));
  Write("families", "fam,postcode,flag,tenure\n");
  EXPECT_THAT(std::string(Open().status().message()),
              ::testing::HasSubstr(
                  "\"family\", mapped to families.key, is not in the header"));
  EXPECT_THAT(
      std::string(
          Open("id: \"id\" person { forename: \"name\" }").status().message()),
      ::testing::HasSubstr("the mapping does not name"));
}

}  // namespace
}  // namespace kinstile::sources
