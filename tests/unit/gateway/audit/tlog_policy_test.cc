// SPDX-License-Identifier: Apache-2.0
// Witness policies by the letter, and what they say.
#include "gateway/audit/tlog_policy.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace kinstile::audit {
namespace {

NoteVerifier Verifier(const std::string& name, char fill,
                      NoteAlgorithm algorithm) {
  const auto key = crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
  return {name, algorithm, key.verify_key()};
}
std::string LogKey(char fill = 1) {
  return FormatNoteVerifier(
      Verifier("log.example", fill, NoteAlgorithm::kEd25519));
}
std::string WitnessKey(char fill) {
  return FormatNoteVerifier(
      Verifier("w.example", fill, NoteAlgorithm::kCosignatureV1));
}
std::string Witnesses(const std::vector<std::string>& names) {
  std::string text;
  char fill = 10;
  for (const std::string& n : names)
    absl::StrAppend(&text, "witness ", n, " ", WitnessKey(fill++), "\n");
  return text;
}
TlogPolicy Must(const std::string& text) {
  auto policy = TlogPolicy::Parse(text);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return *std::move(policy);
}

// The specification's own example.
TEST(TlogPolicy, TwoLevelsOfGroups) {
  const TlogPolicy p = Must(absl::StrCat(
      "log ", LogKey(), " https://log.example/\n\n  # comment\n",
      Witnesses({"X1", "X2", "X3", "Y1", "Y2", "Y3"}),
      "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses\tany Y1 Y2 Y3\n",
      "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"));
  EXPECT_EQ(p.logs().size(), 1u);
  EXPECT_EQ(p.witnesses().size(), 6u);
  EXPECT_TRUE(p.Met({"X1", "X3", "Y2"}));
  EXPECT_FALSE(p.Met({"X1", "Y1", "Y2", "Y3"}));
  EXPECT_FALSE(p.Met({"X1", "X2", "X3"}));
  EXPECT_FALSE(p.Met({}));
  EXPECT_FALSE(p.MetByOne());
}

TEST(TlogPolicy, AQuorumOfOneIsKnownAsSuch) {
  EXPECT_TRUE(Must(Witnesses({"a"}) + "quorum a\n").MetByOne());
  EXPECT_TRUE(
      Must(Witnesses({"a", "b"}) + "group g any a b\nquorum g\n").MetByOne());
  EXPECT_FALSE(
      Must(Witnesses({"a", "b"}) + "group g all a b\nquorum g\n").MetByOne());
}

TEST(TlogPolicy, NoneNeedsNobody) {
  const TlogPolicy p = Must("quorum none\n");
  EXPECT_TRUE(p.none());
  EXPECT_TRUE(p.Met({}));
  EXPECT_FALSE(p.MetByOne());
  EXPECT_EQ(p.QuorumTime({{"a", 1}}), std::nullopt);
}

TEST(TlogPolicy, AQuorumIsAsOldAsItsOldestNeededMember) {
  const TlogPolicy p =
      Must(Witnesses({"a", "b", "c"}) + "group g 2 a b c\nquorum g\n");
  EXPECT_EQ(p.QuorumTime({{"a", 100}, {"b", 90}, {"c", 10}}), 90);
  EXPECT_EQ(p.QuorumTime({{"a", 100}}), std::nullopt);
  // A stranger counts for nothing.
  EXPECT_EQ(p.QuorumTime({{"a", 100}, {"z", 99}, {"c", 10}}), 10);
}

TEST(TlogPolicy, RefusesWhatIsNotByTheLetter) {
  const std::string abc = Witnesses({"a", "b", "c"});
  struct Case {
    const char* name;
    std::string text;
  } cases[] = {
      {"no quorum", abc},
      {"two quorums", abc + "quorum a\nquorum a\n"},
      {"unknown line", abc + "quorum a\nweight a 3\n"},
      {"quorum before its definition", "quorum a\n" + abc},
      {"unknown member", abc + "group g any a d\nquorum g\n"},
      {"member twice", abc + "group g 2 a a\nquorum g\n"},
      {"member of two groups",
       abc + "group g any a b\ngroup h any a c\nquorum g\n"},
      {"group of itself", abc + "group g any g\nquorum g\n"},
      {"no member", abc + "group g any\nquorum a\n"},
      {"threshold 0", abc + "group g 0 a b\nquorum g\n"},
      {"threshold above", abc + "group g 3 a b\nquorum g\n"},
      {"threshold with a zero before", abc + "group g 02 a b\nquorum g\n"},
      {"none as a member", abc + "group g any none\nquorum g\n"},
      {"none as a name", abc + "group none any a\nquorum none\n"},
      {"name twice", abc + "group a any b\nquorum a\n"},
      {"witness key twice",
       abc + absl::StrCat("witness d ", WitnessKey(10), "\nquorum a\n")},
      {"log key twice",
       absl::StrCat("log ", LogKey(), "\nlog ", LogKey(), "\nquorum none\n")},
      {"log with a witness's key",
       absl::StrCat("log ", WitnessKey(1), "\nquorum none\n")},
      {"witness with a log's key",
       absl::StrCat("witness a ", LogKey(), "\nquorum a\n")},
      {"carriage return", "quorum none\r\n"},
      {"too many items", abc + "quorum a b\n"},
  };
  for (const Case& c : cases)
    EXPECT_FALSE(TlogPolicy::Parse(c.text).ok()) << c.name;
  const auto line = TlogPolicy::Parse("\nquorum x\n");
  EXPECT_EQ(line.status().message(),
            "witness policy: line 2: names what no line before it defines");
}

}  // namespace
}  // namespace kinstile::audit
