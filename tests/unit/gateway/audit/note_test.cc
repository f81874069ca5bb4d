// SPDX-License-Identifier: Apache-2.0
// Signed notes and checkpoints against other people's.
#include "gateway/audit/note.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
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
  for (const Json& c : ListAt(*suite, "cases")) {
    for (const Json& vkey : ListAt(c, "vkeys"))
      EXPECT_EQ(Holds(vkey.string_value(), TextAt(c, "note")),
                BoolAt(c, "valid"))
          << TextAt(c, "name");
    if (TextAt(c, "type") == "ed25519-checkpoint") {
      Note note = *ParseNote(TextAt(c, "note"));
      crypto::VerifyKey key = *crypto::VerifyKey::FromBytes(
          absl::HexStringToBytes(TextAt(c, "pub_hex")));
      Checkpoint head = *ParseCheckpoint(note.text);
      EXPECT_TRUE(OpenCheckpoint(TextAt(c, "note"), head.origin, key).ok());
      EXPECT_EQ(head.size, 10u);
    }
  }
}

TEST(Checkpoint, RefusesWhatThePublishedParserRefuses) {
  absl::StatusOr<Json> suite = LoadVectors("c2sp/checkpoint_parse.json");
  if (!suite.ok()) {
    RecordProperty("vectors", "absent: only own values were checked");
    return;
  }
  for (const Json& c : ListAt(*suite, "cases")) {
    if (BoolAt(c, "valid")) continue;
    EXPECT_FALSE(ParseCheckpoint(TextAt(c, "text")).ok()) << TextAt(c, "text");
  }
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

crypto::SigningKey SomeKey(char fill) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
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
      {"too long", absl::StrCat(std::string(70000, 'x'), good)},
  };
  for (const Case& c : cases) EXPECT_FALSE(ParseNote(c.note).ok()) << c.name;
}

}  // namespace
}  // namespace kinstile::audit
