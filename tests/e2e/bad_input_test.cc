// SPDX-License-Identifier: Apache-2.0
// Rows and configurations that people get wrong: named, and never more lost
// than what is wrong.
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "adapters/cli/sample.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class BadInput : public testing::Test {
 protected:
  void SetUp() override {
    Setting setting;
    setting.families = 5;
    setting.enrol = false;
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = *std::move(started);
  }
  // The gateway serves once a quorum of witnesses runs; the council's adapter,
  // whose register is the bad one, is not needed for it.
  void StartOthers() {
    for (const char* id : {"jcp", "health"})
      ASSERT_TRUE(town_->local().StartAdapter(id).ok());
    ASSERT_TRUE(town_->local().WaitUntilServing().ok());
  }
  std::unique_ptr<Consortium> town_;
};

// A line under the register's own header, from the columns that matter.
std::string Row(const std::vector<std::string>& header,
                const std::map<std::string, std::string>& of) {
  std::vector<std::string> fields;
  for (const std::string& column : header) {
    auto it = of.find(column);
    fields.push_back(it == of.end() ? "" : it->second);
  }
  return absl::StrJoin(fields, ",");
}

TEST_F(BadInput, ReportsBadRowsAndEnrolsTheRest) {
  const std::string path = town_->Register("council");
  const std::string text = ReadAll(path);
  const std::string header_line = text.substr(0, text.find('\n'));
  const std::vector<std::string> header = absl::StrSplit(header_line, ',');
  const auto person = [&](const std::string& id,
                          std::map<std::string, std::string> more) {
    std::map<std::string, std::string> of = {{"record_id", id},
                                             {"case_ref", "F1"},
                                             {"forename", "Quillon"},
                                             {"surname", "Ashgrovewell"},
                                             {"sex", "F"},
                                             {"date_of_birth", "03/02/1990"},
                                             {"house", "12"},
                                             {"street", "Gorse Lane"},
                                             {"postcode", "ZZ99 3VZ"},
                                             {"role", "parent"},
                                             {"nino", "PZ100003A"},
                                             {"nhs_number", "9990000018"},
                                             {"nhs_number_status", "verified"}};
    for (const auto& [column, value] : more) of[column] = value;
    return Row(header, of);
  };
  const std::vector<std::string> lines = {
      header_line,
      person("R1", {}),                                           // row 2
      person("R2", {{"forename", "\"Quillon\" and"}}),            // row 3
      "R3,too,few",                                               // row 4
      person("R4", {{"surname", "Ash\xff\xfegrove"}}),            // row 5
      person("R5", {{"date_of_birth", "29/02/2023"}}),            // row 6
      person("R6", {{"nhs_number", "9990000017"}}),               // row 7
      person("R1", {}),                                           // row 8
      person("", {}),                                             // row 9
      person("R9", {{"nino", "QQ12"}, {"postcode", "NOWHERE"}}),  // row 10
      person("R10", {{"date_of_birth", "29/02/2024"}}),           // row 11
  };
  WriteAll(path, absl::StrJoin(lines, "\n") + "\n");
  StartOthers();
  ASSERT_TRUE(town_->local().Enrol("council").ok());
  const std::string said = ReadAll(town_->local().LogFile("council-enrol"));
  // R1, R4, R5, R6, R9, R10: a bad field costs the field, a bad row the row.
  EXPECT_THAT(said, HasSubstr("enrolled 6 people in 1 families"));
  for (const char* row : {"row 3: text after a closing quote (row left out)",
                          "row 4: 3 columns instead of 20 (row left out)",
                          "row 5: surname: not UTF-8 (row kept)",
                          "row 6: birth_date: no such day (row kept)",
                          "row 7: nhs_number: wrong check digit (row kept)",
                          "row 8: id: is that of an earlier row (row left out)",
                          "row 9: id: is blank (row left out)",
                          "row 10: postcode: malformed (row kept)",
                          "row 10: nino: malformed (row kept)"})
    EXPECT_THAT(said, HasSubstr(row));
  for (const char* row : {"row 2: ", "row 11: "})
    EXPECT_THAT(said, Not(HasSubstr(row)));
  EXPECT_THAT(said, HasSubstr("1 people: surname"));
  EXPECT_THAT(said, HasSubstr("1 people: birth"));
  EXPECT_THAT(said, HasSubstr("1 people: nhs_number: wrong check digit"));
  EXPECT_THAT(said, HasSubstr("1 people: nino"));
  EXPECT_THAT(said, HasSubstr("1 people: postcode"));
  // Never a value.
  for (const char* value : {"Quillon", "Ashgrove", "29/02", "999000", "QQ12",
                            "NOWHERE", "PZ100003A", "Gorse"})
    EXPECT_THAT(said, Not(HasSubstr(value)));
  ASSERT_TRUE(town_->OpenNode("council").ok());
  auto status = town_->node("council").gateway().GetRegistryStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->records, 6u);
}

TEST_F(BadInput, KeepsTheFormerRegisterWhenTheFileIsUnusable) {
  StartOthers();
  ASSERT_TRUE(town_->local().Enrol("council").ok());
  ASSERT_TRUE(town_->OpenNode("council").ok());
  client::GatewayClient& gateway = town_->node("council").gateway();
  const auto before = gateway.GetRegistryStatus();
  ASSERT_TRUE(before.ok());
  EXPECT_GT(before->records, 0u);
  const std::string path = town_->Register("council");
  const std::string good = ReadAll(path);
  for (const std::string& text :
       {std::string(), std::string("no,such,columns\n1,2,3\n"),
        std::string(1'000, '\0')}) {
    WriteAll(path, text);
    EXPECT_FALSE(town_->local().Enrol("council").ok());
    const auto after = gateway.GetRegistryStatus();
    ASSERT_TRUE(after.ok());
    EXPECT_EQ(after->records, before->records);
    EXPECT_EQ(after->enrolled_at_ms, before->enrolled_at_ms);
  }
  WriteAll(path, good);
  EXPECT_TRUE(town_->local().Enrol("council").ok());
}

// ---- configurations

Ran Check(const std::string& program, const std::string& config) {
  return RunProgram({absl::StrCat(KINSTILE_PROGRAMS, "/", program), "--config",
                     config, "--check-config"});
}

TEST_F(BadInput, DaemonsRefuseAConfigurationTheyCannotTrust) {
  struct Case {
    const char* name;
    const char* party;
    const char* from;  // in the configuration
    std::string to;
    std::string says;
  };
  const std::string gateway = town_->local().DaemonConfig("gateway");
  const Case cases[] = {
      {"an unknown key", "gateway", "gateway {", "verbose: true\ngateway {",
       "verbose"},
      {"a setting twice", "gateway", "store:", "store: \"x\"\nstore:", "store"},
      {"no TLS", "gateway", "tls { folder: \"tls\" }\n", "", "tls"},
      {"no pinned signers", "holder-jcp", "pinned", "#pinned", "pinned"},
      {"no index key", "gateway", "index_key_file: \"index.key\"", "",
       "index_key_file"},
      {"both roles", "gateway", "gateway {",
       "key_holder { share_file: \"index.key\" }\ngateway {", "exactly one"},
      {"another's role", "gateway", "party: \"gateway\"",
       "party: \"holder-jcp\"", "party"},
      {"not a configuration", "holder-jcp", "party:", "}party:", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string config = town_->local().DaemonConfig(c.party);
    const std::string good = ReadAll(config);
    EXPECT_EQ(Check("kinstiled", config).code, 0);
    std::string bad = good;
    for (size_t at = bad.find(c.from); at != std::string::npos;
         at = bad.find(c.from, at + c.to.size() + 1))
      bad.replace(at, std::string(c.from).size(), c.to);
    ASSERT_NE(bad, good);
    WriteAll(config, bad);
    const Ran ran = Check("kinstiled", config);
    WriteAll(config, good);
    EXPECT_EQ(ran.code, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr(config));
    EXPECT_THAT(ran.output, HasSubstr(c.says));
    // What is written in the file has a line; whether the manifest knows the
    // party is said of the file as a whole.
    if (absl::string_view(c.name) != "another's role") {
      EXPECT_THAT(ran.output, testing::ContainsRegex(":[0-9]+:[0-9]+: "));
    }
  }
  // file:line:column, as an editor takes it.
  const std::string good = ReadAll(gateway);
  WriteAll(gateway, "no_such_key: 1\n" + good);
  EXPECT_THAT(Check("kinstiled", gateway).output, HasSubstr(gateway + ":1:"));
  WriteAll(gateway, good);
}

TEST_F(BadInput, DaemonsRefuseKeysThatOthersMayRead) {
  const std::pair<const char*, const char*> keys[] = {
      {"gateway", "index.key"},
      {"gateway", "log.key"},
      {"holder-jcp", "share.key"}};
  for (const auto& [party, key] : keys) {
    const std::string path = town_->local().Folder(party) + "/" + key;
    const std::string config = town_->local().DaemonConfig(party);
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    const Ran ran = Check("kinstiled", config);
    EXPECT_EQ(ran.code, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr(key));
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    EXPECT_EQ(Check("kinstiled", config).code, 0);
  }
}

TEST_F(BadInput, AdaptersRefuseAConfigurationTheyCannotTrust) {
  const std::string config = town_->local().AdapterConfig("council");
  const std::string good = ReadAll(config);
  EXPECT_EQ(Check("kinstile-adapter", config).code, 0);
  const std::pair<const char*, const char*> edits[] = {
      {"agency:", "colour: \"red\"\nagency:"},
      {"tls { folder: \"tls\" }\n", ""},
      {"handle_key_file: \"handle.key\"\n", ""},
      {"practitioners_file: \"practitioners.textproto\"\n", ""},
      {"agency: \"council\"", "agency: \"health\""},
      {"signing_key_file: \"signing.key\"", "signing_key_file: \"handle.key\""},
  };
  for (const auto& [from, to] : edits) {
    SCOPED_TRACE(to);
    std::string bad = good;
    const size_t at = bad.find(from);
    ASSERT_NE(at, std::string::npos);
    bad.replace(at, std::string(from).size(), to);
    WriteAll(config, bad);
    const Ran ran = Check("kinstile-adapter", config);
    EXPECT_EQ(ran.code, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr(config));
  }
  WriteAll(config, good);
  const std::string key = town_->local().Folder("council") + "/signing.key";
  ASSERT_EQ(::chmod(key.c_str(), 0640), 0);
  const Ran ran = Check("kinstile-adapter", config);
  EXPECT_EQ(ran.code, 2) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("signing.key"));
}

}  // namespace
}  // namespace kinstile::e2e
