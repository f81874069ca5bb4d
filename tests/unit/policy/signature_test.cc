// SPDX-License-Identifier: Apache-2.0
// A signed agreement loads with every party's signature over exact bytes only.
#include <gtest/gtest.h>

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
  return options;
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
  std::vector<Issue> issues;
  const std::string statement =
      StatementFor(files, "family-support", SignedOptions(), &issues);
  EXPECT_TRUE(issues.empty()) << AllIssues(issues);
  for (const char* party : {"jcp", "council", "health"}) {
    files.agreements[0].signatures.push_back(
        {party, ToySign(party, statement)});
  }
  return files;
}

TEST(Signatures, AllPartiesOverTheExactBytesLoad) {
  const LoadResult loaded = Load(SignedPolicy(), SignedOptions());
  ASSERT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  const Agreement& agreement = loaded.set->agreements()[0];
  EXPECT_FALSE(agreement.draft);
  EXPECT_EQ(agreement.signed_by,
            (std::vector<std::string>{"council", "health", "jcp"}));
}

TEST(Signatures, RemovingAnyOneRefuses) {
  for (size_t i = 0; i < 3; ++i) {
    PolicyFiles files = SignedPolicy();
    auto& signatures = files.agreements[0].signatures;
    const std::string party = signatures[i].name;
    signatures.erase(signatures.begin() + i);
    const LoadResult loaded = Load(files, SignedOptions());
    EXPECT_EQ(loaded.set, nullptr);
    EXPECT_TRUE(absl::StrContains(
        AllIssues(loaded.issues),
        absl::StrCat("the signature of ", party, " is missing")));
  }
}

TEST(Signatures, AnyByteOfAgreementOrLawBreaksThem) {
  for (bool law : {false, true}) {
    PolicyFiles files = SignedPolicy();
    (law ? files.law[0].bytes : files.agreements[0].agreement.bytes) += "\n";
    const LoadResult loaded = Load(files, SignedOptions());
    EXPECT_EQ(loaded.set, nullptr);
    EXPECT_TRUE(absl::StrContains(AllIssues(loaded.issues),
                                  "the signature of jcp does not verify"));
  }
}

TEST(Signatures, OfStrangersAndWithoutAVerifierRefuse) {
  PolicyFiles files = SignedPolicy();
  files.agreements[0].signatures.push_back({"police", "x"});
  EXPECT_TRUE(absl::StrContains(AllIssues(Load(files, SignedOptions()).issues),
                                "signature of police, which is no party"));
  LoadOptions options = SignedOptions();
  options.verify = nullptr;
  EXPECT_EQ(Load(SignedPolicy(), options).set, nullptr);
}

TEST(Signatures, StatementSeparatesItsFields) {
  const SignedParts base{"a", 1, "d", "c", "s", "r"};
  std::set<std::string> seen{SignatureStatement(base)};
  for (const SignedParts& other : {SignedParts{"a1", 1, "d", "c", "s", "r"},
                                   SignedParts{"a", 11, "d", "c", "s", "r"},
                                   SignedParts{"a", 1, "dc", "", "s", "r"},
                                   SignedParts{"a", 1, "d", "cs", "", "r"},
                                   SignedParts{"a", 1, "d", "c", "sr", ""},
                                   SignedParts{"a", 1, "d", "c", "", "sr"}}) {
    EXPECT_TRUE(seen.insert(SignatureStatement(other)).second);
  }
  EXPECT_TRUE(absl::StrContains(SignatureStatement(base),
                                "kinstile/policy/agreement-signature/v1"));
}

}  // namespace
}  // namespace kinstile::policy
