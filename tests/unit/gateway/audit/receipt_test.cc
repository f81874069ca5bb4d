// SPDX-License-Identifier: Apache-2.0
// Receipts as text, and every way in which one can be wrong.
#include "gateway/audit/receipt.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/crypto/hash.h"
#include "tests/unit/gateway/merkle/vectors.h"

namespace kinstile::audit {
namespace {

constexpr char kOrigin[] = "gw.example/audit/2026";

crypto::SigningKey Key() {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, 3)));
}

Digest Request() { return crypto::Sha256("request"); }

Leaf SomeLeaf(uint64_t index, const ReceiptNonce& nonce) {
  Leaf leaf;
  leaf.type = EntryType::kRelease;
  leaf.sealing = Sealing::kRatchetV1;
  leaf.origin_hash = crypto::Sha256(kOrigin);
  leaf.index = index;
  leaf.audience = "council";
  leaf.binding = BindingOf(nonce, Request());
  return leaf;
}

// Leaf 5 of 11.
Receipt SomeReceipt() {
  Receipt r;
  r.index = 5;
  r.nonce.bytes.fill(9);
  r.leaf = EncodeLeaf(SomeLeaf(5, r.nonce));
  merkle::Tree tree;
  for (int i = 0; i < 11; ++i)
    tree.Append(merkle::HashLeaf(i == 5 ? r.leaf : absl::StrCat(i)));
  r.proof = *tree.InclusionProof(5, 11);
  r.checkpoint = SignCheckpoint({kOrigin, 11, tree.Root()}, Key());
  return r;
}

absl::Status Check(const Receipt& r, const Digest& request = Request()) {
  return VerifyReceipt(r, Key().verify_key(), kOrigin, request).status();
}

TEST(Receipt, RoundTripsAndVerifies) {
  Receipt r = SomeReceipt();
  std::string text = EncodeReceipt(r);
  absl::StatusOr<Receipt> parsed = ParseReceipt(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, r);
  EXPECT_EQ(EncodeReceipt(*parsed), text);
  absl::StatusOr<VerifiedReceipt> v =
      VerifyReceipt(r, Key().verify_key(), kOrigin, Request());
  ASSERT_TRUE(v.ok()) << v.status();
  EXPECT_EQ(v->audience, "council");
  EXPECT_EQ(v->index, 5u);
  EXPECT_EQ(v->tree_size, 11u);
}

TEST(Receipt, EveryChangedByteOfTheTextIsRefused) {
  std::string text = EncodeReceipt(SomeReceipt());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] ^= 1;
    absl::StatusOr<Receipt> parsed = ParseReceipt(bad);
    EXPECT_FALSE(parsed.ok() && Check(*parsed).ok()) << i;
    EXPECT_FALSE(ParseReceipt(text.substr(0, i)).ok()) << i;
  }
}

TEST(VerifyReceipt, RefusesWhatIsNotAboutThisRequest) {
  Receipt r = SomeReceipt();
  EXPECT_TRUE(absl::IsUnauthenticated(Check(r, crypto::Sha256("other"))));
  Receipt moved = r;
  moved.index = 4;
  EXPECT_FALSE(Check(moved).ok());
  Receipt nonce = r;
  nonce.nonce.bytes[0] ^= 1;
  EXPECT_FALSE(Check(nonce).ok());
  EXPECT_FALSE(
      VerifyReceipt(r, Key().verify_key(), "another.example", Request()).ok());
}

// A leaf that is in the tree, but claims another index or log.
TEST(VerifyReceipt, RefusesALeafThatSaysItIsElsewhere) {
  ReceiptNonce nonce{};
  Leaf elsewhere = SomeLeaf(6, nonce);
  Leaf foreign = SomeLeaf(0, nonce);
  foreign.origin_hash = crypto::Sha256("another.example");
  for (const Leaf& leaf : {elsewhere, foreign}) {
    Receipt r;
    r.nonce = nonce;
    r.leaf = EncodeLeaf(leaf);
    r.checkpoint =
        SignCheckpoint({kOrigin, 1, merkle::HashLeaf(r.leaf)}, Key());
    EXPECT_TRUE(absl::IsUnauthenticated(Check(r)));
  }
}

TEST(ParseReceipt, RefusesWhatThePublishedParserRefuses) {
  std::string text = EncodeReceipt(SomeReceipt());
  struct Case {
    const char *name, *from, *to;
  } cases[] = {{"header", "tlog-proof@v1", "tlog-proof@v2"},
               {"index negative", "index 5", "index -5"},
               {"index padded", "index 5", "index 05"},
               {"index missing", "index 5\n", ""},
               {"no leaf", "extra ", "extra  "}};
  for (const Case& c : cases)
    EXPECT_FALSE(ParseReceipt(absl::StrReplaceAll(text, {{c.from, c.to}})).ok())
        << c.name;
  absl::StatusOr<Json> suite = LoadVectors("c2sp/tlog_proof_parse.json");
  if (!suite.ok()) {
    RecordProperty("vectors", "absent: only own values were checked");
    return;
  }
  for (const Json& c : ListAt(*suite, "cases")) {
    if (BoolAt(c, "valid")) continue;
    EXPECT_FALSE(ParseReceipt(TextAt(c, "text")).ok()) << TextAt(c, "name");
  }
}

TEST(Leaf, RefusesEveryTruncationAndUnknownNumbers) {
  std::string bytes = EncodeLeaf(SomeLeaf(5, ReceiptNonce{}));
  ASSERT_TRUE(DecodeLeaf(bytes).ok());
  EXPECT_EQ(EncodeLeaf(*DecodeLeaf(bytes)), bytes);
  for (size_t i = 0; i < bytes.size(); ++i)
    EXPECT_FALSE(DecodeLeaf(bytes.substr(0, i)).ok()) << i;
  EXPECT_FALSE(DecodeLeaf(bytes + "x").ok());
  std::string label = "kinstile/v1/audit-leaf";
  std::string type = bytes, sealing = bytes;
  type[4 + label.size()] = 99;
  sealing[4 + label.size() + 1] = 99;
  EXPECT_FALSE(DecodeLeaf(type).ok());
  EXPECT_FALSE(DecodeLeaf(sealing).ok());
}

}  // namespace
}  // namespace kinstile::audit
