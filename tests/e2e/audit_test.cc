// SPDX-License-Identifier: Apache-2.0
// The officer's commands, as an officer runs them, on the trail of a real
// gateway that has shared, refused and been searched.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/storage/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kKinstile[] = KINSTILE_PROGRAMS "/kinstile";

class Audit : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Consortium::Start({});
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok()) << family.status();
    subject_ = absl::BytesToHexString(family->front().handle.view());
    client::Question question = KeyWorkerQuestion();
    question.asks = AskJcp().asks;
    ASSERT_TRUE(town_->node("council").Ask(*family, question).ok());
    question.facts.clear();  // nothing is vouched for: refused
    ASSERT_TRUE(town_->node("council").Ask(*family, question).ok());
  }
  static void TearDownTestSuite() { delete town_; }

  static std::string Config() {
    return town_->local().AdapterConfig("council");
  }
  static std::string Key() {
    return town_->local().Folder("council") + "/officer/audit.key";
  }
  // A copy of the gateway's store as it is now.
  static std::string Copy() {
    static int number = 0;
    const std::string path = town_->Path(absl::StrCat("copy", ++number, ".db"));
    const absl::Status s =
        storage::CopyTo("sqlite:" + town_->local().Store("gateway"), path);
    EXPECT_TRUE(s.ok()) << s;
    return path;
  }
  static Ran Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {kKinstile, "audit"});
    return RunProgram(arguments);
  }
  // The options of who searches.
  static Ran RunAsOfficer(std::vector<std::string> arguments,
                          const std::string& store,
                          const std::string& config = Config()) {
    for (const std::string& more :
         {std::string("--store"), store, std::string("--config"), config,
          std::string("--key"), Key(), std::string("--officer"),
          std::string("IG-7"), std::string("--purpose"),
          std::string("LAWFULNESS_CHECK"), std::string("--why"),
          std::string("monthly sample"), std::string("--index"),
          town_->Path("officer.index.db")})
      arguments.push_back(more);
    return Run(std::move(arguments));
  }
  static json Parsed(const Ran& ran) {
    json out = json::parse(ran.output, nullptr, false);
    EXPECT_FALSE(out.is_discarded()) << ran.output;
    return out;
  }
  // The newest sealed payload, changed in one byte.
  static void Tamper(const std::string& store) {
    auto db = storage::Open("sqlite:" + store);
    ASSERT_TRUE(db.ok()) << db.status();
    const absl::Status s = (*db)->Write([](storage::Transaction& t) {
      return t
          .Execute(
              "UPDATE audit_leaves SET leaf = (SELECT leaf FROM audit_leaves "
              "WHERE idx = 4) WHERE idx = 5",
              {})
          .status();
    });
    ASSERT_TRUE(s.ok()) << s;
  }

  static Consortium* town_;
  static std::string subject_;
};
Consortium* Audit::town_ = nullptr;
std::string Audit::subject_;

TEST_F(Audit, VerifyChecksManifestsAndReceiptsAndSaysSoInPlainWords) {
  const Ran ran = Run({"verify", "--store", Copy(), "--config", Config()});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("The trail is whole"));
  EXPECT_THAT(ran.output, HasSubstr("two agencies signed each of these"));
  EXPECT_THAT(ran.output, Not(HasSubstr("Nothing kept elsewhere")));
}

TEST_F(Audit, VerifyRefusesAnEmptyTrailAndAChangedOne) {
  const std::string copy = Copy();
  Tamper(copy);
  const Ran ran = Run({"verify", "--store", copy, "--config", Config()});
  EXPECT_EQ(ran.code, 4) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("entry 5: its leaf is that of entry 4"));
  const std::string empty = town_->Path("empty.db");
  ASSERT_TRUE(storage::Open("sqlite:" + empty).ok());
  EXPECT_EQ(Run({"verify", "--store", empty, "--config", Config()}).code, 4);
}

TEST_F(Audit, SearchFindsByHandleAndIsItselfInTheTrail) {
  Ran ran = RunAsOfficer({"search", "--subject", subject_, "--json"}, Copy());
  ASSERT_EQ(ran.code, 0) << ran.output;
  bool released = false, denied = false;
  const json found = Parsed(ran);
  for (const json& e : found["entries"]) {
    released = released || e["type"] == "RELEASE";
    denied = denied || e["type"] == "DENY";
  }
  EXPECT_TRUE(released) << ran.output;
  EXPECT_TRUE(denied) << ran.output;
  // A fresh copy has the search that was just made.
  ran = RunAsOfficer(
      {"search", "--outcome", "SEARCH", "--practitioner", "IG-7", "--json"},
      Copy());
  ASSERT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr(subject_));
  EXPECT_THAT(ran.output, HasSubstr("monthly sample"));
}

TEST_F(Audit, NothingIsSearchedThatCannotBeRecordedOrDoesNotHold) {
  // No gateway answers at this address.
  const std::string offline = Config() + ".offline";
  WriteAll(offline, ReadAll(Config()));
  Edit(offline, town_->local().Address("gateway"), "127.0.0.1:1");
  Ran ran = RunAsOfficer({"search", "--subject", subject_}, Copy(), offline);
  EXPECT_EQ(ran.code, 1) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("nothing was searched"));
  EXPECT_THAT(ran.output, Not(HasSubstr("RELEASE")));

  const std::string changed = Copy();
  Tamper(changed);
  ran = RunAsOfficer({"search", "--subject", subject_}, changed);
  EXPECT_EQ(ran.code, 4) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("nothing was searched"));
}

TEST_F(Audit, AnIndexDoesNotFollowATrailThatWasRolledBack) {
  const std::string older = Copy();
  // The first is recorded behind the older copy's end, the second indexes it.
  for (int i = 0; i < 2; ++i)
    ASSERT_EQ(RunAsOfficer({"search", "--outcome", "DENY"}, Copy()).code, 0);
  Ran ran = RunAsOfficer({"search", "--outcome", "DENY"}, older);
  EXPECT_EQ(ran.code, 4) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("cut short or rolled back"));
  EXPECT_THAT(ran.output, HasSubstr("or this copy is older"));
  // Said to be older, it is searched, and says how old it is.
  ran = RunAsOfficer({"search", "--outcome", "DENY", "--as-of", "2020-01-01"},
                     older);
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("The copy ends at 20"));
  EXPECT_THAT(ran.output, HasSubstr("searches of your own"));
  // The index is evidence for verify too, without its key.
  const std::string index = town_->Path("officer.index.db");
  ran =
      Run({"verify", "--store", older, "--config", Config(), "--index", index});
  EXPECT_EQ(ran.code, 4) << ran.output;
  ran = Run(
      {"verify", "--store", Copy(), "--config", Config(), "--index", index});
  EXPECT_EQ(ran.code, 0) << ran.output;
}

TEST_F(Audit, WhatCanFindNothingIsRefused) {
  const std::string copy = Copy();
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--agency", "nobody-ever"},
        {"--outcome", "NONSENSE"},
        {"--from", "2026-02-01", "--to", "2026-01-01"}}) {
    std::vector<std::string> arguments = {"search"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(RunAsOfficer(arguments, copy).code, 2) << wrong[0];
  }
}

TEST_F(Audit, ReportsReadAsSentences) {
  const std::string copy = Copy();
  Ran ran = RunAsOfficer({"report", "shares"}, copy);
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("jcp answered council "));
  ran = RunAsOfficer({"report", "refusals"}, Copy());
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("Asked by council"));
  ran = RunAsOfficer({"report", "subject", "--subject", subject_}, Copy());
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("council (a key worker) asked jcp"));
  EXPECT_THAT(ran.output, Not(HasSubstr("NB-KW-0042")));
  ran = RunAsOfficer({"report", "unusual", "--json"}, Copy());
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_EQ(Parsed(ran)["report"], "unusual");
  EXPECT_EQ(RunAsOfficer({"report", "subject"}, Copy()).code, 2);
}

TEST_F(Audit, ExportsAFolderThatOthersVerify) {
  const std::string folder = town_->Path("tiles");
  Ran ran = Run({"export", "tiles", "--store", Copy(), "--config", Config(),
                 "--out", folder});
  ASSERT_EQ(ran.code, 0) << ran.output;
  ran = Run({"verify", "--store", folder, "--config", Config()});
  EXPECT_EQ(ran.code, 0) << ran.output;
  // The second verifier, with the key as the manifest has it.
  const auto consortium = town_->node("council").directory().Current();
  const share::Daemon* gateway = consortium->FindGateway("gateway");
  const std::vector<std::string> independent = {
      "/usr/bin/env",
      "python3",
      "-B",
      KINSTILE_VERIFY_LOG,
      folder,
      gateway->log_origin,
      absl::BytesToHexString(gateway->log_key.view())};
  ran = RunProgram(independent);
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("all holds"));

  std::string checkpoint = ReadAll(folder + "/checkpoint");
  // The root; behind it come the log's line and those of witnesses.
  checkpoint[checkpoint.find('\n', checkpoint.find('\n') + 1) + 5] ^= 1;
  WriteAll(folder + "/checkpoint", checkpoint);
  EXPECT_EQ(Run({"verify", "--store", folder, "--config", Config()}).code, 4);
  EXPECT_EQ(RunProgram(independent).code, 1);
}

TEST_F(Audit, ExportsOpenedEntriesForOtherTools) {
  const std::string csv = town_->Path("entries.csv");
  Ran ran = RunAsOfficer({"export", "csv", "--out", csv}, Copy());
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ReadAll(csv), HasSubstr(",RELEASE,council,NB-KW-0042,"));
  // Never over a file that is there.
  EXPECT_NE(RunAsOfficer({"export", "csv", "--out", csv}, Copy()).code, 0);
  for (const char* format : {"fhir", "ocsf"}) {
    const std::string file = town_->Path(absl::StrCat("entries.", format));
    ran = RunAsOfficer({"export", format, "--out", file}, Copy());
    EXPECT_EQ(ran.code, 0) << ran.output;
    const std::string text = ReadAll(file);
    size_t lines = 0;
    for (absl::string_view line :
         absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      EXPECT_FALSE(
          json::parse(line.begin(), line.end(), nullptr, false).is_discarded());
      ++lines;
    }
    EXPECT_GT(lines, 2u) << format;
  }
}

TEST_F(Audit, ProvesAnEntryAndChecksReceipts) {
  const std::string proof = town_->Path("proof.txt");
  Ran ran = Run({"prove", "--store", Copy(), "--config", Config(), "--index",
                 "3", "--out", proof});
  ASSERT_EQ(ran.code, 0) << ran.output;
  ran = Run({"receipt", "--receipt", proof, "--config", Config(), "--json"});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_EQ(Parsed(ran)["receipts"][0]["index"], 3);
  // All that the council's adapter keeps, each bound to its request.
  ran = Run({"receipt", "--config", Config(), "--json"});
  EXPECT_EQ(ran.code, 0) << ran.output;
  const json kept = Parsed(ran);
  ASSERT_GE(kept["receipts"].size(), 2u);
  for (const json& r : kept["receipts"]) EXPECT_EQ(r["bound_to_request"], true);

  std::string text = ReadAll(proof);
  text[text.find("extra ") + 40] ^= 1;
  WriteAll(proof, text);
  EXPECT_EQ(Run({"receipt", "--receipt", proof, "--config", Config()}).code, 4);
  EXPECT_EQ(Run({"prove", "--store", Copy(), "--config", Config(), "--index",
                 "999999"})
                .code,
            2);
}

TEST_F(Audit, ShowsOneEntryWithAndWithoutTheKey) {
  const std::string copy = Copy();
  Ran ran = RunAsOfficer({"search", "--outcome", "RELEASE", "--json"}, Copy());
  ASSERT_EQ(ran.code, 0) << ran.output;
  const std::string index =
      absl::StrCat(Parsed(ran)["entries"][0]["index"].get<uint64_t>());
  ran = Run({"show", "--store", copy, "--config", Config(), "--index", index});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("RELEASE"));
  EXPECT_THAT(ran.output, Not(HasSubstr("NB-KW-0042")));
  // With the key that is reading, and reading is recorded.
  const std::vector<std::string> keyed = {"show",     "--store", copy,
                                          "--config", Config(),  "--index",
                                          index,      "--key",   Key()};
  ran = Run(keyed);
  EXPECT_EQ(ran.code, 2) << ran.output;
  EXPECT_THAT(ran.output, Not(HasSubstr("NB-KW-0042")));
  auto with = [&keyed](std::vector<std::string> more) {
    std::vector<std::string> all = keyed;
    all.insert(all.end(), more.begin(), more.end());
    return Run(all);
  };
  ran = with({"--officer", "IG-7", "--purpose", "LAWFULNESS_CHECK", "--why",
              "complaint 12"});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("NB-KW-0042"));
  EXPECT_EQ(with({"--offline"}).code, 0);
  // One entry, and no other, for somebody without any key.
  const std::string file = town_->Path("one.disclosure");
  const std::vector<std::string> disclose = {
      "disclose", "--store", copy,  "--config", Config(), "--index",
      index,      "--key",   Key(), "--out",    file,     "--offline"};
  ran = Run(disclose);
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_EQ(Run(disclose).code, 1);  // never over another
  const std::vector<std::string> disclosed = {
      "disclosed", "--file", file, "--config",
      town_->local().AdapterConfig("jcp")};
  ran = Run(disclosed);
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("NB-KW-0042"));
  std::string bytes = ReadAll(file);
  bytes[bytes.size() / 2] ^= 1;
  WriteAll(file, bytes);
  EXPECT_EQ(Run(disclosed).code, 4);
  // All of them, likewise; what was recorded is what was read.
  const std::string later = Copy();
  ran = Run({"open", "--store", later, "--config", Config(), "--key", Key()});
  EXPECT_EQ(ran.code, 2) << ran.output;
  ran = Run({"open", "--store", later, "--config", Config(), "--key", Key(),
             "--offline"});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("nobody but you has a record of that"));
  EXPECT_THAT(ran.output, HasSubstr("searched for entry: " + index));
}

TEST_F(Audit, DiffAndCanary) {
  const std::string older = Copy();
  ASSERT_EQ(RunAsOfficer({"search", "--outcome", "ABORT"}, Copy()).code, 0);
  Ran ran =
      Run({"diff", "--store", older, "--with", Copy(), "--config", Config()});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("The second copy is the other one and"));
  const std::string changed = Copy();
  Tamper(changed);
  ran =
      Run({"diff", "--store", older, "--with", changed, "--config", Config()});
  EXPECT_EQ(ran.code, 4) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("not the same from entry 5 on"));
  EXPECT_THAT(ran.output, HasSubstr("the second does not hold by itself"));

  ran = Run({"canary", "--store", older, "--config", Config(), "--key", Key()});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("open all that they should"));
  ran = Run({"canary", "--store", older, "--config", Config(), "--key",
             town_->local().Folder("jcp") + "/officer/audit.key"});
  EXPECT_EQ(ran.code, 4) << ran.output;
}

TEST_F(Audit, TwoAgenciesEraseAnEntryAndErasedIsNotMissing) {
  ASSERT_EQ(RunAsOfficer({"search", "--outcome", "SEARCH"}, Copy()).code, 0);
  Ran ran = RunAsOfficer({"search", "--outcome", "SEARCH", "--json"}, Copy());
  ASSERT_EQ(ran.code, 0) << ran.output;
  const std::string index =
      absl::StrCat(Parsed(ran)["entries"][0]["index"].get<uint64_t>());
  const std::string order = town_->Path("order.txt");
  ran = Run({"shred", "order", "--config", Config(), "--index", index,
             "--ground", "MISTAKE", "--out", order});
  ASSERT_EQ(ran.code, 0) << ran.output;
  auto sign = [&](const std::string& agency) {
    return Run({"shred", "sign", "--order", order, "--agency", agency, "--key",
                town_->local().Folder(agency) + "/signing.key"});
  };
  ASSERT_EQ(sign("council").code, 0);
  ran = Run({"shred", "submit", "--config", Config(), "--order", order,
             "--signed-by", "council"});
  EXPECT_EQ(ran.code, 1) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("1 agencies approved"));
  ASSERT_EQ(sign("jcp").code, 0);
  ran = Run({"shred", "submit", "--config", Config(), "--order", order,
             "--signed-by", "council", "--signed-by", "jcp"});
  ASSERT_EQ(ran.code, 0) << ran.output;

  const std::string copy = Copy();
  ran = Run({"verify", "--store", copy, "--config", Config()});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("1 payload is ERASED"));
  // What is gone without an order is missing.
  auto db = storage::Open("sqlite:" + copy);
  ASSERT_TRUE(db.ok());
  ASSERT_TRUE((*db)
                  ->Write([](storage::Transaction& t) {
                    return t
                        .Execute(
                            "DELETE FROM audit_payloads WHERE idx = (SELECT "
                            "MAX(idx) FROM audit_payloads WHERE idx < 8)",
                            {})
                        .status();
                  })
                  .ok());
  db->reset();
  ran = Run({"verify", "--store", copy, "--config", Config()});
  EXPECT_EQ(ran.code, 4) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("payload missing"));
}

}  // namespace
}  // namespace kinstile::e2e
