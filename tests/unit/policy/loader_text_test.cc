// SPDX-License-Identifier: Apache-2.0
// The guards on the text: every wrong name in one pass, each with its place.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "policy/loader.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

using testing::AllIssues;
using testing::DemoOptions;

// The issues of one agreement text, as lines.
std::string IssuesOf(const std::string& text) {
  PolicyFiles files;
  files.law = testing::ShippedLaw();
  files.agreements.push_back({"a", {"a", text}, {}});
  const LoadResult loaded = Load(files, DemoOptions());
  EXPECT_EQ(loaded.set, nullptr);
  return AllIssues(loaded.issues);
}

struct TextMistake {
  const char* name;
  std::string text;
  const char* issue;  // must stand in the issues
};

std::string Nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) absl::StrAppend(&text, "a {");
  for (int i = 0; i < depth; ++i) absl::StrAppend(&text, "}");
  return text;
}

TEST(LoaderText, RefusesWithThePlace) {
  const TextMistake kMistakes[] = {
      {"unknown field", "id: \"a\"\n  titel: \"x\"",
       "a:2:3: no field `titel` in Agreement, did you mean `title`? [LP001]"},
      {"unknown field in a message", "party {\n  naem: \"x\"\n}",
       "a:2:3: no field `naem` in Party, did you mean `name`? [LP001]"},
      {"unknown message", "partey { id: \"x\" whatever { y: 1 } }",
       "a:1:1: no field `partey` in Agreement, did you mean `party`? [LP001]"},
      {"unknown name", "jurisdiction: ENGLND",
       "a:1:15: no Jurisdiction is called `ENGLND`, did you mean `ENGLAND`? "
       "[LP001]"},
      {"number for a name", "jurisdiction: 1",
       "a:1:15: `jurisdiction` is a number; write the name of the "
       "Jurisdiction [LP002]"},
      {"number that stands for nothing", "kind: 77",
       "a:1:7: `kind` is a number; write the name of the Kind [LP002]"},
      {"negative number", "kind: -1", "a:1:7: `kind` is a number"},
      {"number in a list", "jurisdiction: [ENGLAND, 2]",
       "a:1:25: `jurisdiction` is a number"},
      {"zero value", "kind: KIND_UNSPECIFIED",
       "a:1:7: `kind` may not be KIND_UNSPECIFIED [LP003]"},
      {"given twice", "id: \"a\"\nid: \"b\"",
       "a:2:1: `id` given twice [LP007]"},
      {"syntax", "id: \"a\"\nparty {", "a:2:8: "},
      {"unterminated string", "id: \"a", "[LP001]"},
      {"wrong type", "version: \"one\"", "a:1:10: "},
      {"field number", "1: \"a\"", "[LP001]"},
      {"extension", "[some.extension]: 3", "[LP001]"},
      {"negative count", "version: -1", "[LP001]"},
      {"control character", "id: \"a\x01\"",
       "a:1:7: control character U+0001 [LP005]"},
      {"carriage return", "id: \"a\"\r\n", "a:1:8: control character U+000D"},
      {"an escape for a right-to-left override", "title: \"a\\u202e z\"",
       "a:1:8: an escape in a string: write the character itself [LP005]"},
      {"an escape in octal", "title: \"\\342\\200\\256\"", "an escape in"},
      {"an escape in hex", "title: \"\\xff\"", "an escape in a string"},
      {"an escape for a new line", "plain_summary: 'a\\nb'", "an escape in"},
      {"an escape behind a backslash", "title: \"a\\\\\\007\"", "an escape"},
      {"an escape in the second part", "title: \"a\" \"\\033[31m\"",
       "a:1:12: an escape in a string"},
      {"right-to-left override", "title: \"a\xE2\x80\xAE z\"",
       "a:1:10: invisible or direction-changing character U+202E [LP005]"},
      {"zero-width space", "title: \"a\xE2\x80\x8B\"",
       "invisible or direction-changing character U+200B"},
      {"byte order mark", "\xEF\xBB\xBFid: \"a\"",
       "a:1:1: invisible or direction-changing character U+FEFF"},
      {"not composed", "title: \"e\xCC\x81\"",
       "a:1:10: combining character U+0301: write the text composed (NFC) "
       "[LP004]"},
      {"not UTF-8", "title: \"a\xFF\"", "a:1:10: not valid UTF-8 [LP004]"},
      {"overlong UTF-8", "title: \"\xC0\xAF\"", "not valid UTF-8"},
      {"surrogate", "title: \"\xED\xA0\x80\"", "not valid UTF-8"},
      {"cut short", "title: \"\xE2\x80", "not valid UTF-8"},
      {"too deep", Nested(30), "nested deeper than 20 [LP006]"},
      {"too large", std::string(256 * 1024 + 1, ' '),
       "a: larger than 262144 bytes [LP006]"},
      {"empty", "", "[LP008]"},
  };
  for (const TextMistake& mistake : kMistakes) {
    const std::string issues = IssuesOf(mistake.text);
    EXPECT_TRUE(absl::StrContains(issues, mistake.issue))
        << mistake.name << ": " << issues;
  }
}

// A quote in a text needs one.
TEST(LoaderText, TakesAQuoteAndABackslashBehindABackslash) {
  const std::string issues =
      IssuesOf("title: \"a \\\"b\\\" c\\\\d\" plain_summary: 'it\\'s'");
  EXPECT_FALSE(absl::StrContains(issues, "LP005")) << issues;
}

TEST(LoaderText, TellsAllMistakesInOnePass) {
  const std::string issues = IssuesOf(
      "id: \"a\"\n"
      "titel: \"x\"\n"
      "jurisdiction: [ENGLND, 2]\n"
      "kind: KIND_UNSPECIFIED\n"
      "party { typ: POLICE type: POLISE public_authority: true }\n"
      "share { mode: 1 purpose: REFERAL }\n");
  for (const char* place : {"a:2:1:", "a:3:16:", "a:3:24:", "a:4:7:", "a:5:9:",
                            "a:5:27:", "a:6:15:", "a:6:26:"}) {
    EXPECT_TRUE(absl::StrContains(issues, place)) << place << "\n" << issues;
  }
}

// Wrong names do not hide other mistakes, and what is only misspelt is not told
// to be missing as well.
TEST(LoaderText, LooksOnBehindWrongNames) {
  PolicyFiles files = testing::ShippedPolicy();
  std::string& text = files.agreements[0].agreement.bytes;
  text = absl::StrReplaceAll(
      text, {{"title: \"Northbridge", "titel: \"Northbridge"},
             {"kind: RECIPROCAL_PROTOCOL", "kind: RECIPROCAL"},
             {"item: \"work_coach_contact\"\n    category: CONTACT",
              "item: \"work_coach_contact\"\n\tcategory: CONTCT"},
             {"basis: \"person-asked\"", "basis: \"person-askd\""},
             {"review_due: \"2027-01-01\"", "review_due: \"soon\""}});
  const LoadResult loaded = Load(files, DemoOptions());
  EXPECT_EQ(loaded.set, nullptr);
  const std::string issues = AllIssues(loaded.issues);
  for (const char* what :
       {"no field `titel` in Agreement, did you mean `title`?",
        "no Kind is called `RECIPROCAL`",
        "no DataCategory is called `CONTCT`, did you mean `CONTACT`?",
        "cites no basis of this agreement: person-askd, did you mean "
        "`person-asked`?",
        "`review_due` is not a day YYYY-MM-DD"}) {
    EXPECT_TRUE(absl::StrContains(issues, what)) << what << "\n" << issues;
  }
  EXPECT_EQ(loaded.issues.size(), 5u) << issues;
}

TEST(LoaderText, RefusesWhatComposingWouldReplace) {
  // The ohm and Angstrom signs compose to a Greek and a Latin letter.
  for (const char* text :
       {"title: \"\xE2\x84\xA6\"", "title: \"\xE2\x84\xAB\""}) {
    EXPECT_TRUE(absl::StrContains(IssuesOf(text), "(NFC) [LP004]")) << text;
  }
}

TEST(LoaderText, WarnsOfAWordThatMixesScripts) {
  PolicyFiles files = testing::ShippedPolicy();
  std::string& text = files.agreements[0].agreement.bytes;
  // A Cyrillic "a" in an otherwise Latin word.
  text = absl::StrReplaceAll(
      text, {{"Northbridge family support:", "Northbridge f\xD0\xB0mily:"}});
  const LoadResult loaded = Load(files, DemoOptions());
  ASSERT_NE(loaded.set, nullptr) << AllIssues(loaded.issues);
  ASSERT_EQ(loaded.issues.size(), 1u);
  EXPECT_TRUE(absl::StrContains(Format(loaded.issues[0]),
                                "warning: a word mixes scripts at U+0430"));
}

TEST(LoaderText, AcceptsAccentsThatAreComposed) {
  PolicyFiles files = testing::ShippedPolicy();
  std::string& text = files.agreements[0].agreement.bytes;
  text = absl::StrReplaceAll(
      text, {{"title: \"Northbridge", "title: \"Caf\xC3\xA9 Northbridge"}});
  EXPECT_NE(Load(files, DemoOptions()).set, nullptr);
}

TEST(Issue, IsPrintedAsFileLineColumnMessage) {
  EXPECT_EQ(Format({"f", 3, 7, Severity::kError, "LP100", "unknown party"}),
            "f:3:7: unknown party [LP100]");
  EXPECT_EQ(Format({"f", 3, 7, Severity::kWarning, "LP130", "old"}),
            "f:3:7: warning: old [LP130]");
  EXPECT_EQ(Format({"f", 0, 0, Severity::kError, "", "unreadable"}),
            "f: unreadable");
}

}  // namespace
}  // namespace kinstile::policy
