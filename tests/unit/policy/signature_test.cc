// SPDX-License-Identifier: Apache-2.0
// A signed agreement loads with every party's signature over exact bytes only,
// and each statement says who signed what, in which post, and when.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "policy/loader.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

using testing::AllIssues;
using testing::DemoOptions;
using testing::ShippedPolicy;

constexpr const char* kParties[] = {"council", "health", "jcp"};

// As a key of the party: of the year, for the test of rotated keys.
std::string ToySign(absl::string_view party, absl::string_view message) {
  return testing::ToyHash(absl::StrCat(party, ":", message));
}

LoadOptions SignedOptions() {
  LoadOptions options = DemoOptions();
  options.demo_mode = false;
  options.verify = [](absl::string_view party, absl::string_view message,
                      absl::string_view signature) {
    return signature == ToySign(party, message);
  };
  options.key_of = [](absl::string_view) { return std::string(64, 'a'); };
  return options;
}

void SignRegister(PolicyFiles& files) {
  files.agencies_signatures.clear();
  for (const char* agency : {"council", "health"}) {
    files.agencies_signatures.push_back(
        {agency, ToySign(agency, RegisterToSign(files.agencies.bytes))});
  }
}

void Sign(PolicyFiles& files, const LoadOptions& options) {
  auto& signatures = files.agreements[0].signatures;
  signatures.clear();
  for (const char* party : kParties) {
    std::vector<Issue> issues;
    const std::string statement =
        StatementFor(files, "family-support", party, options, &issues);
    EXPECT_TRUE(issues.empty()) << AllIssues(issues);
    signatures.push_back(
        {party,
         {absl::StrCat("sig/", party, ".textproto"), statement},
         ToySign(party, StatementToSign(statement))});
  }
}

// The shipped family-support agreement as if lawyers and parties had signed.
PolicyFiles SignedPolicy() {
  PolicyFiles files = ShippedPolicy();
  files.agreements.pop_back();
  for (NamedBytes& law : files.law) {
    law.bytes = absl::StrReplaceAll(
        law.bytes, {{"certainty: HIGH", "certainty: SIGNED_OFF"},
                    {"certainty: MEDIUM", "certainty: SIGNED_OFF"}});
  }
  std::string& text = files.agreements[0].agreement.bytes;
  text = absl::StrReplaceAll(text, {{"status: DRAFT", "status: SIGNED"}});
  Sign(files, SignedOptions());
  SignRegister(files);
  return files;
}

void ExpectRefused(const PolicyFiles& files, const LoadOptions& options,
                   absl::string_view why) {
  const LoadResult loaded = Load(files, options);
  EXPECT_EQ(loaded.set, nullptr) << why;
  EXPECT_TRUE(absl::StrContains(AllIssues(loaded.issues), why))
      << why << " is not in\n"
      << AllIssues(loaded.issues);
}

TEST(Signatures, AllPartiesOverTheExactBytesLoad) {
  const PolicyFiles files = SignedPolicy();
  const LoadResult loaded = Load(files, SignedOptions());
  ASSERT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  const Agreement& agreement = loaded.set->agreements()[0];
  const std::vector<std::string> all(std::begin(kParties), std::end(kParties));
  EXPECT_FALSE(agreement.draft);
  EXPECT_EQ(agreement.signed_by, all);
  EXPECT_EQ(loaded.set->agencies().signed_by,
            (std::vector<std::string>{"council", "health"}));
  std::vector<Issue> issues;
  EXPECT_EQ(SignersOf(files, "family-support", SignedOptions(), &issues), all);
}

TEST(Signatures, RemovingAnyOneRefuses) {
  for (size_t i = 0; i < 3; ++i) {
    PolicyFiles files = SignedPolicy();
    auto& signatures = files.agreements[0].signatures;
    const std::string party = signatures[i].party;
    signatures.erase(signatures.begin() + i);
    ExpectRefused(files, SignedOptions(),
                  absl::StrCat("the signature of ", party, " is missing"));
    std::vector<Issue> issues;
    EXPECT_EQ(
        SignersOf(files, "family-support", SignedOptions(), &issues).size(),
        2u);
  }
}

TEST(Signatures, AnyByteOfAgreementOrLawBreaksThem) {
  PolicyFiles files = SignedPolicy();
  files.agreements[0].agreement.bytes += "\n";
  ExpectRefused(files, SignedOptions(), "the agreement has changed");
  files = SignedPolicy();
  files.law[0].bytes += "\n";
  ExpectRefused(files, SignedOptions(), "the catalogue has changed");
}

// Every field of a statement, changed by somebody who cannot sign, and by the
// party itself.
TEST(Signatures, AChangedFieldOfAStatementRefuses) {
  const std::map<std::string, std::string> fields = {
      {"agreement: \"family-support\"", "agreement: \"family-supporT\""},
      {"version: 1", "version: 2"},
      {"agreement_sha256: \"", "agreement_sha256: \"0"},
      {"catalogue_sha256: \"", "catalogue_sha256: \"0"},
      {"schema_sha256: \"", "schema_sha256: \"0"},
      {"rendering_sha256: \"", "rendering_sha256: \"0"},
      {"party: \"jcp\"", "supersedes_sha256: \"00\" party: \"jcp\""},
      {"party: \"jcp\"", "party: \"council\""},
      {"signatory_post: \"DWP", "signatory_post: \"dwp"},
      {"on: \"2026-11-23\"", "on: \"2026-11-24\""},
      {"on: \"2026-11-23\"", "on: \"2026-11-31\""},
      {"on: \"2026-11-23\"", ""},
      {"signatory_post: ", "post: "},
  };
  for (const auto& [from, to] : fields) {
    for (bool resigned : {false, true}) {
      SCOPED_TRACE(absl::StrCat(to, resigned ? ", signed again" : ""));
      PolicyFiles files = SignedPolicy();
      DetachedSignature& jcp = files.agreements[0].signatures[2];
      std::string& text = jcp.statement.bytes;
      const size_t at = text.find(from);
      ASSERT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
      if (resigned) jcp.signature = ToySign("jcp", StatementToSign(text));
      const LoadResult loaded = Load(files, SignedOptions());
      EXPECT_EQ(loaded.set, nullptr);
      EXPECT_TRUE(
          absl::StrContains(AllIssues(loaded.issues), "sig/jcp.textproto:"))
          << AllIssues(loaded.issues);
      std::vector<Issue> issues;
      EXPECT_EQ(
          SignersOf(files, "family-support", SignedOptions(), &issues).size(),
          2u);
    }
  }
}

// A second version names the first, and so does everybody who signs it.
TEST(Signatures, NameTheVersionBefore) {
  PolicyFiles files = SignedPolicy();
  std::string& text = files.agreements[0].agreement.bytes;
  const std::string before(64, 'b');
  text = absl::StrReplaceAll(
      text,
      {{"version: 1\n", "version: 2\n"},
       {"status: SIGNED",
        absl::StrCat("status: SIGNED supersedes_sha256: \"", before, "\"")}});
  Sign(files, SignedOptions());
  const LoadResult loaded = Load(files, SignedOptions());
  ASSERT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  DetachedSignature& jcp = files.agreements[0].signatures[2];
  for (const std::string& other :
       {std::string(),
        absl::StrCat("supersedes_sha256: \"", std::string(64, 'c'), "\"\n")}) {
    PolicyFiles forged = files;
    DetachedSignature& mine = forged.agreements[0].signatures[2];
    mine.statement.bytes = absl::StrReplaceAll(
        jcp.statement.bytes,
        {{absl::StrCat("supersedes_sha256: \"", before, "\"\n"), other}});
    ASSERT_NE(mine.statement.bytes, jcp.statement.bytes);
    mine.signature = ToySign("jcp", StatementToSign(mine.statement.bytes));
    ExpectRefused(forged, SignedOptions(), "`supersedes_sha256` of jcp");
  }
}

TEST(Signatures, OfStrangersAndWithoutAVerifierRefuse) {
  PolicyFiles files = SignedPolicy();
  files.agreements[0].signatures.push_back({"police", {"p", ""}, "x"});
  ExpectRefused(files, SignedOptions(),
                "signature of police, which is no party");
  LoadOptions options = SignedOptions();
  options.verify = nullptr;
  EXPECT_EQ(Load(SignedPolicy(), options).set, nullptr);
}

// By the register a key signs on some days only.
TEST(Signatures, OutsideTheDaysOfTheKeyRefuse) {
  struct Row {
    const char* name;
    std::string key;
    bool good;
  };
  const std::string a(64, 'a'), b(64, 'b');
  auto key = [](const std::string& hex, const char* days) {
    return absl::StrCat("  key { ed25519: \"", hex, "\" ", days, " }\n");
  };
  const Row rows[] = {
      {"in use", key(a, "from: \"2026-01-01\""), true},
      {"its first day", key(a, "from: \"2026-11-23\""), true},
      {"its last day", key(a, "from: \"2026-01-01\" to: \"2026-11-23\""), true},
      {"not yet", key(a, "from: \"2026-11-24\""), false},
      {"no more", key(a, "from: \"2026-01-01\" to: \"2026-11-22\""), false},
      {"another", key(b, "from: \"2026-01-01\""), false},
      {"the older of two",
       key(b, "from: \"2026-11-01\"") + key(a, "from: \"2026-01-01\""), true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    PolicyFiles files = SignedPolicy();
    files.agencies.bytes = absl::StrReplaceAll(
        files.agencies.bytes,
        {{"  id: \"jcp\"\n", absl::StrCat("  id: \"jcp\"\n", row.key)}});
    SignRegister(files);
    const LoadResult loaded = Load(files, SignedOptions());
    EXPECT_EQ(loaded.set != nullptr, row.good) << AllIssues(loaded.issues);
    EXPECT_EQ(absl::StrContains(AllIssues(loaded.issues), "[LP183]"),
              !row.good);
  }
}

TEST(AgencyRegister, NeedsTwoSignaturesOverItsBytes) {
  PolicyFiles files = SignedPolicy();
  files.agencies_signatures.pop_back();
  ExpectRefused(files, SignedOptions(), "needs the signatures of 2 agencies");
  files = SignedPolicy();
  files.agencies_signatures[1] = files.agencies_signatures[0];
  ExpectRefused(files, SignedOptions(), "needs the signatures of 2 agencies");
  files = SignedPolicy();
  files.agencies.bytes += "\n";
  ExpectRefused(files, SignedOptions(),
                "the signature of council does not verify");
  files = SignedPolicy();
  files.agencies_signatures.push_back({"nobody", "x"});
  ExpectRefused(files, SignedOptions(), "no agency of the register");
  files = SignedPolicy();
  files.agencies = {};
  ExpectRefused(files, SignedOptions(), "no register of agencies");
}

TEST(Signatures, OfOneThingAreNoneOfAnother) {
  EXPECT_NE(StatementToSign("x"), RegisterToSign("x"));
  EXPECT_TRUE(
      absl::StrContains(StatementToSign("x"), "kinstile/policy/signature"));
}

}  // namespace
}  // namespace kinstile::policy
