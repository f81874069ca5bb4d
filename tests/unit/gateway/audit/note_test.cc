// SPDX-License-Identifier: Apache-2.0
// Signed notes and checkpoints against other people's.
#include "gateway/audit/note.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gateway/crypto/random.h"
#include "tests/unit/gateway/merkle/vectors.h"

namespace kinstile::audit {
namespace {

constexpr char kDash[] = "\xe2\x80\x94";

// golang/mod sumdb/note (BSD-3-Clause) and C2SP signed-note.md (CC-BY-4.0).
struct KnownNote {
  const char* name;
  const char* verifier;
  const char* note;
  bool valid;
};
const KnownNote kKnown[] = {
    {"go-note-peter",
     "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
     "If you think cryptography is the answer to your problem,\n"
     "then you don't know what your problem is.\n\n"
     "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNI"
     "uGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
     true},
    {"go-note-tampered",
     "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
     "If you think cryptography is the answer to your problem,\n"
     "then you don't know what your problem is.\n\n"
     "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZIABC"
     "DnNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
     false},
    {"c2sp-example",
     "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
     "This is an example message.\n\n"
     "\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
     "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
     true},
    {"sunlight-witness-cosigned",
     "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qU"
     "N",
     "rome2026h1.example.org\n300\n"
     "lCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=\n\n"
     "\xe2\x80\x94 rome2026h1.example.org kVB1JgAAAZtxtEwABAMARzBFAiEAi+mTa2xj"
     "L1IdWpH82OeciGsGvwRAP+f1WkfKaSZCfFECIHoNPZ/Q3y6UNzvKOO9cuLr6V16vPNfhwhl"
     "e9f6r5H/Z\n"
     "\xe2\x80\x94 witness.example.org uKLPIAAAAABpVGeAhm2bOvKc3LaB9PFN1ruG19Y"
     "5yqslmcAAbhftnn1Zznmo0LXFZq4LGvqKqLX8jWlwLKasxEGTLIqAVusneCBmBw==\n",
     true},
};

crypto::SigningKey SomeKey(char fill) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
}

bool Holds(const std::string& verifier, const std::string& note) {
  absl::StatusOr<NoteVerifier> v = ParseNoteVerifier(verifier);
  absl::StatusOr<Note> parsed = ParseNote(note);
  if (!v.ok() || !parsed.ok()) return false;
  if (v->algorithm == NoteAlgorithm::kCosignatureV1)
    return VerifyCosignature(*parsed, v->name, v->key).ok();
  return VerifyNoteBy(*parsed, v->name, v->key).ok();
}

TEST(Note, JudgesKnownNotesAsTheirAuthorsDo) {
  for (const KnownNote& k : kKnown)
    EXPECT_EQ(Holds(k.verifier, k.note), k.valid) << k.name;
}

TEST(Note, JudgesThePublishedSetAsItsAuthorsDo) {
  absl::StatusOr<Json> suite = LoadVectors("c2sp/notes_checkpoints.json");
  if (!suite.ok()) {
    RecordProperty("vectors", "absent: only transcribed values were checked");
    return;
  }
  EXPECT_EQ(ListAt(*suite, "cases").size(), 8);
  int signed_again = 0;
  for (const Json& c : ListAt(*suite, "cases")) {
    for (const Json& vkey : ListAt(c, "vkeys"))
      EXPECT_EQ(Holds(vkey.string_value(), TextAt(c, "note")),
                BoolAt(c, "valid"))
          << TextAt(c, "name");
    // Signed again by the key that comes with one of them.
    if (const std::string skey = TextAt(c, "skey"); !skey.empty()) {
      const std::vector<std::string> parts = absl::StrSplit(skey, '+');
      const std::string raw = FromBase64(absl::StrJoin(
          parts.begin() + 4, parts.end(), "+"));  // base64 may hold a plus
      const auto key =
          crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
              crypto::SecretAccess(), raw.substr(1)));
      EXPECT_EQ(SignNote(ParseNote(TextAt(c, "note"))->text, parts.at(2), key),
                TextAt(c, "note"));
      ++signed_again;
    }
    if (TextAt(c, "type") == "ed25519-checkpoint") {
      Note note = *ParseNote(TextAt(c, "note"));
      crypto::VerifyKey key = *crypto::VerifyKey::FromBytes(
          absl::HexStringToBytes(TextAt(c, "pub_hex")));
      Checkpoint head = *ParseCheckpoint(note.text);
      EXPECT_TRUE(OpenCheckpoint(TextAt(c, "note"), head.origin, key).ok());
      EXPECT_EQ(head.size, 10u);
    }
  }
  EXPECT_EQ(signed_again, 1);
}

// The roots of the set are words: that parser takes any, ours 32 bytes only.
std::string WithARealRoot(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  lines.at(2) = absl::Base64Escape(merkle::HashLeaf("x").view());
  return absl::StrJoin(lines, "\n");
}

TEST(Checkpoint, JudgesThePublishedSetAsItsAuthorsDo) {
  absl::StatusOr<Json> suite = LoadVectors("c2sp/checkpoint_parse.json");
  if (!suite.ok()) {
    RecordProperty("vectors", "absent: only own values were checked");
    return;
  }
  EXPECT_EQ(ListAt(*suite, "cases").size(), 10);
  for (const Json& c : ListAt(*suite, "cases")) {
    const std::string text = TextAt(c, "text");
    EXPECT_FALSE(ParseCheckpoint(text).ok()) << text;
    if (!BoolAt(c, "valid")) continue;
    const auto head = ParseCheckpoint(WithARealRoot(text));
    // Nor do our logs sign lines behind the root.
    const bool extended = std::count(text.begin(), text.end(), '\n') > 3;
    ASSERT_EQ(head.ok(), !extended) << text;
    if (extended) continue;
    EXPECT_EQ(FormatCheckpoint(*head), WithARealRoot(text));
  }
}

// transparency-dev/formats note_cosigv1_test.go (BSD-3-Clause): the time that a
// cosignature carries, and one that is too short.
TEST(Cosignature, CarriesItsTimeAndNothingElse) {
  const std::string line = Cosign("o\n1\nx\n", "w", SomeKey(1), 1727964367);
  const absl::StatusOr<Note> note =
      ParseNote(absl::StrCat("o\n1\nx\n\n", line));
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(absl::BytesToHexString(note->signatures[0].signature.substr(0, 8)),
            "0000000066fea4cf");
  const auto time = VerifyCosignature(*note, "w", SomeKey(1).verify_key());
  ASSERT_TRUE(time.ok()) << time.status();
  EXPECT_EQ(*time, 1727964367u);
  for (const auto& [name, key] : {std::pair("v", SomeKey(1).verify_key()),
                                  std::pair("w", SomeKey(2).verify_key())})
    EXPECT_TRUE(
        absl::IsUnauthenticated(VerifyCosignature(*note, name, key).status()));
}

// The same key's signature as a log is no cosignature, and the other way round.
TEST(Cosignature, IsNoLogSignature) {
  const std::string signed_note = SignNote("o\n1\nx\n", "o", SomeKey(1));
  EXPECT_FALSE(
      VerifyCosignature(*ParseNote(signed_note), "o", SomeKey(1).verify_key())
          .ok());
  const std::string cosigned =
      absl::StrCat("o\n1\nx\n\n", Cosign("o\n1\nx\n", "o", SomeKey(1), 5));
  EXPECT_FALSE(
      VerifyNoteBy(*ParseNote(cosigned), "o", SomeKey(1).verify_key()).ok());
}

TEST(Cosignature, OneThatDoesNotHoldSpoilsTheNote) {
  const crypto::SigningKey key = SomeKey(1);
  const std::string good = Cosign("t\n", "w", key, 7);
  const std::string other = Cosign("other\n", "w", key, 8);
  auto verify = [&](const std::string& lines) {
    return VerifyCosignature(*ParseNote("t\n\n" + lines), "w",
                             key.verify_key());
  };
  EXPECT_EQ(*verify(good + Cosign("t\n", "w", key, 9)), 9u);
  EXPECT_FALSE(verify(good + other).ok());
  EXPECT_FALSE(verify(Cosign("t\n", "w", key, uint64_t{1} << 63)).ok());
}

TEST(Cosignature, ReadsThePublishedTimes) {
  absl::StatusOr<Json> suite = LoadVectors("c2sp/cosignature_timestamp.json");
  if (!suite.ok()) {
    RecordProperty("vectors", "absent: only transcribed values were checked");
    return;
  }
  for (const Json& c : ListAt(*suite, "cases")) {
    const std::string raw = FromBase64(TextAt(c, "b64"));
    // Key id, time, signature.
    const bool whole = raw.size() == 4 + 8 + 64;
    EXPECT_EQ(whole, TextAt(c, "error").empty());
    if (!whole) continue;
    uint64_t time = 0;
    for (int i = 4; i < 12; ++i)
      time = time << 8 | static_cast<uint8_t>(raw[i]);
    EXPECT_EQ(time, NumberAt(c, "unix"));
  }
  for (const Json& v : ListAt(*suite, "vkeys_valid"))
    EXPECT_TRUE(ParseNoteVerifier(v.string_value()).ok()) << v.string_value();
  for (const Json& v : ListAt(*suite, "vkeys_invalid"))
    EXPECT_FALSE(ParseNoteVerifier(v.string_value()).ok()) << v.string_value();
}

TEST(KeyName, IsUtf8WithoutSpaces) {
  for (const char* good : {"a", "example.com/log42", "m\xc3\xbcnze", "K",
                           "\xe2\x84\xaa", "\xf0\x9f\x94\x91"})
    EXPECT_TRUE(CheckKeyName(good).ok()) << good;
  for (const char* bad : {"", "a b", "a+b", "a\tb", "a\nb", "a\xc2\xa0x",
                          "a\xe3\x80\x80x", "\xc0\xaf", "\xed\xa0\x80", "\xff",
                          "\xf4\x90\x80\x80", "\xc3", "\xe0\x80\xaf"})
    EXPECT_FALSE(CheckKeyName(bad).ok()) << absl::CHexEscape(bad);
}

TEST(NoteVerifier, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(ParseNoteVerifier("remora.n621.de+da77ade7+BOvN63jn/"
                                "bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2")
                  .ok());
  for (const char* bad :
       {"", "bananas.sigstore.dev+12344556",
        "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
        "rekor.sigstore.dev+12345678+AwEB",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"})
    EXPECT_FALSE(ParseNoteVerifier(bad).ok()) << bad;
}

TEST(Checkpoint, OpensOnlyUnderItsOwnOriginAndKey) {
  crypto::SigningKey key = SomeKey(1);
  Checkpoint head{"gw.example/audit/2026", 42, merkle::HashLeaf("x")};
  std::string note = SignCheckpoint(head, key);
  EXPECT_EQ(*OpenCheckpoint(note, head.origin, key.verify_key()), head);
  EXPECT_FALSE(OpenCheckpoint(note, "other", key.verify_key()).ok());
  EXPECT_FALSE(OpenCheckpoint(note, head.origin, SomeKey(2).verify_key()).ok());
  for (size_t i = 0; i < note.size(); ++i) {
    std::string bad = note;
    bad[i] ^= 1;
    EXPECT_FALSE(OpenCheckpoint(bad, head.origin, key.verify_key()).ok()) << i;
    EXPECT_FALSE(
        OpenCheckpoint(note.substr(0, i), head.origin, key.verify_key()).ok())
        << i;
  }
}

TEST(Checkpoint, AnotherNotesSignatureDoesNotHelp) {
  crypto::SigningKey key = SomeKey(1);
  std::string a = SignCheckpoint({"o", 1, merkle::HashLeaf("a")}, key);
  std::string b = SignCheckpoint({"o", 2, merkle::HashLeaf("b")}, key);
  std::string mixed =
      absl::StrCat(a.substr(0, a.find("\n\n")), b.substr(b.find("\n\n")));
  EXPECT_TRUE(absl::IsUnauthenticated(
      OpenCheckpoint(mixed, "o", key.verify_key()).status()));
}

TEST(Note, RefusesMalformedText) {
  std::string good = SignNote("text\n", "name", SomeKey(1));
  ASSERT_TRUE(ParseNote(good).ok());
  struct Case {
    const char* name;
    std::string note;
  } cases[] = {
      {"empty", ""},
      {"no signature", "text\n\n"},
      {"no blank line", "text\n"},
      {"no last newline", good.substr(0, good.size() - 1)},
      {"control character", absl::StrCat("te\tt", good.substr(4))},
      {"ascii dash", absl::StrReplaceAll(good, {{kDash, "-"}})},
      {"two spaces", absl::StrReplaceAll(good, {{"name ", "name  "}})},
      {"name with plus", absl::StrReplaceAll(good, {{"name", "na+me"}})},
      {"unpadded base64", absl::StrReplaceAll(good, {{"=\n", "\n"}})},
      {"blank line after", absl::StrCat(good, "\n")},
      {"not UTF-8", absl::StrCat("te\xff", good.substr(3))},
      {"too long", absl::StrCat(std::string(70000, 'x'), good)},
  };
  for (const Case& c : cases) EXPECT_FALSE(ParseNote(c.note).ok()) << c.name;
}

}  // namespace
}  // namespace kinstile::audit
