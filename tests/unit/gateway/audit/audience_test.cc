// SPDX-License-Identifier: Apache-2.0
// Who can open what, and the public entries that say so.
#include "gateway/audit/audience.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "gateway/audit/shred.h"
#include "gateway/audit/succession.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

crypto::BoxPublicKey Key(char fill) {
  return *crypto::BoxPublicKey::FromBytes(std::string(32, fill));
}

KeyManifest Manifest() {
  KeyManifest m;
  m.manifest_digest.bytes.fill(1);
  m.audiences = {{"council",
                  {{"old", Key('a'), "sharing/2026-10", {}},
                   {"new", Key('b'), "sharing/2026-11", {}},
                   {"all", Key('c')},
                   {"other", Key('d'), "", {"early-years"}}}}};
  m.classes = {{"sharing", {"key-working"}, 24}};
  m.signed_bytes = "manifest";
  crypto::Signature s;
  s.bytes.fill(9);
  m.signatures = {{"council", s}, {"health", s}};
  return m;
}

int64_t At(const char* text) {
  absl::Time t;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &t, &error)) << error;
  return absl::ToUnixMillis(t);
}

TEST(ScopeOf, IsAgencyAgreementClassAndMonth) {
  const KeyManifest m = Manifest();
  const int64_t last = At("2026-11-30T23:59:59.999Z");
  struct Case {
    const char* agreement;
    int64_t time_ms;
    Scope scope;
  } cases[] = {
      {"key-working", last, {"council", "key-working", "sharing/2026-11"}},
      {"key-working", last + 1, {"council", "key-working", "sharing/2026-12"}},
      {"no-such-thing", last, {"council", "", "general/2026-11"}},
      {"", last, {"council", "", "general/2026-11"}},
  };
  for (const Case& c : cases)
    EXPECT_EQ(ScopeOf(m, "council", c.agreement, c.time_ms), c.scope)
        << c.agreement;
}

TEST(RecipientsOf, AreThoseOfBucketAndAgreement) {
  const KeyManifest m = Manifest();
  const auto ids = [&](const Scope& scope) {
    std::string out;
    for (const Recipient& r : RecipientsOf(m, scope)) out += r.key_id + " ";
    return out;
  };
  EXPECT_EQ(ids({"council", "key-working", "sharing/2026-11"}), "new all ");
  EXPECT_EQ(ids({"council", "early-years", "general/2026-11"}), "all other ");
  EXPECT_EQ(ids({"council", "", "sharing/2026-10"}), "old all ");
  EXPECT_EQ(ids({"health", "", "sharing/2026-10"}), "");
}

TEST(Bucket, IsAClassAndAMonth) {
  for (const char* good : {"sharing/2026-11", "a-b/0001-01"})
    EXPECT_TRUE(IsBucket(good)) << good;
  for (const char* bad :
       {"", "sharing", "/2026-11", "sharing/2026-13", "sharing/2026-00",
        "sharing/2026-1", "Sh/2026-11", "sharing/2026-111", "sharing/2026/11"})
    EXPECT_FALSE(IsBucket(bad)) << bad;
}

TEST(KeyManifest, IsCheckedAndEncodedWhole) {
  EXPECT_TRUE(CheckKeyManifest(Manifest()).ok());
  EXPECT_EQ(*DecodeKeyManifest(EncodeKeyManifest(Manifest())), Manifest());
  const Recipient r{"k", Key('k')};
  struct Case {
    const char* name;
    void (*spoil)(KeyManifest&);
  } cases[] = {
      {"no id", [](auto& m) { m.audiences[0].id = ""; }},
      {"nobody", [](auto& m) { m.audiences[0].recipients.clear(); }},
      {"id twice", [](auto& m) { m.audiences.push_back(m.audiences[0]); }},
      {"key twice",
       [](auto& m) { m.audiences[0].recipients[0].key = Key('b'); }},
      {"no bucket", [](auto& m) { m.audiences[0].recipients[0].bucket = "x"; }},
      {"two classes",
       [](auto& m) {
         m.classes.push_back({"b", {"key-working"}, 1});
       }},
  };
  for (const Case& c : cases) {
    KeyManifest m = Manifest();
    c.spoil(m);
    EXPECT_FALSE(CheckKeyManifest(m).ok()) << c.name;
  }
}

ShredOrder BucketOrder() {
  return {"gw.example/audit/2026",
          "sharing/2026-10",
          0,
          ShredGround::kRetentionEnded,
          1'790'000'000'000,
          {"council-1", "oversight-1"}};
}

TEST(ShredOrder, SaysWhatItIsNot) {
  EXPECT_TRUE(CheckShredOrder(BucketOrder()).ok());
  struct Case {
    const char* name;
    void (*spoil)(ShredOrder&);
  } cases[] = {
      {"no origin", [](auto& o) { o.origin = ""; }},
      {"ground", [](auto& o) { o.ground = static_cast<ShredGround>(9); }},
      {"bucket", [](auto& o) { o.bucket = "sharing"; }},
      {"both", [](auto& o) { o.index = 7; }},
      {"no keys", [](auto& o) { o.destroyed_key_ids = {}; }},
      {"keys for an entry", [](auto& o) { o.bucket = ""; }},
      {"order",
       [](auto& o) {
         std::swap(o.destroyed_key_ids[0], o.destroyed_key_ids[1]);
       }},
  };
  for (const Case& c : cases) {
    ShredOrder o = BucketOrder();
    c.spoil(o);
    EXPECT_FALSE(CheckShredOrder(o).ok()) << c.name;
  }
  EXPECT_EQ(*ParseShredGround("COURT_ORDER"), ShredGround::kCourtOrder);
  EXPECT_FALSE(ParseShredGround("BECAUSE").ok());
}

// If these change, logs no longer verify: they must not.
TEST(PublicEntries, HaveTheirGoldenEncodings) {
  crypto::Signature s;
  s.bytes.fill(9);
  KeyFrame frame;
  frame.scope = {"council", "key-working", "sharing/2026-11"};
  frame.epoch = 3;
  frame.manifest_digest.bytes.fill(1);
  frame.keys = {{{"council-1", Key('a'), "sharing/2026-11", {}}, "sealed"}};
  const struct {
    const char* name;
    std::string bytes;
    const char* sha256;
  } cases[] = {
      {"GENESIS",
       EncodeGenesis({"gw.example/audit/2026",
                      *crypto::VerifyKey::FromBytes(std::string(32, 'v'))}),
       "bebf147bf2e24375c8a855ac960fd8df4f2ea4432ae7e2895bf0eac303aab32e"},
      {"KEYMANIFEST", EncodeKeyManifest(Manifest()),
       "3daa800985cc2c9ff862e695cbd722c34d5a342d3f59033303b4a1123c75f5ee"},
      {"KEYFRAME", EncodeKeyFrame(frame),
       "b9cfe90fb2d99bbd3914db4a8250a805b89e4a27d984fc2d43cc3a27df089b54"},
      {"shred order", EncodeShredOrder(BucketOrder()),
       "40eb4f8ba5ad2b148160809494393e9d4708036f6e3582ae202d4d7b029ba051"},
      {"SHRED", EncodeShred({BucketOrder(), {{"council", s}, {"health", s}}}),
       "1cbd53438d6f402099ba0ed27b2b0ba4f6a5994e2fc624e85f9a6af01af47633"},
      {"CONTINUES",
       EncodeContinues(
           {"gw.example/audit/2025", "note", ContinuesGround::kDataLoss}),
       "53ae32d795e99e44e786cb355b3596766c2f2f2176a3aa38f3c3f3908da7e651"},
      {"CLOSE", EncodeClose({"gw.example/audit/2027"}),
       "58fa5658f1a98a85f5f1a259212d8ef00e460e650e7acaf3c7300e7bd950ccc2"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(absl::BytesToHexString(crypto::Sha256(c.bytes).view()), c.sha256)
        << c.name;
}

TEST(PublicEntries, RoundTripAndRefuseTruncation) {
  crypto::Signature s;
  const Shred shred{BucketOrder(), {{"council", s}, {"health", s}}};
  EXPECT_EQ(*DecodeShred(EncodeShred(shred)), shred);
  const Continues continues{"a", "b", ContinuesGround::kRollover};
  EXPECT_EQ(*DecodeContinues(EncodeContinues(continues)), continues);
  EXPECT_EQ(*DecodeClose(EncodeClose({"a"})), Close{"a"});
  const std::string bytes = EncodeShred(shred);
  for (size_t i = 0; i < bytes.size(); ++i)
    EXPECT_FALSE(DecodeShred(bytes.substr(0, i)).ok()) << i;
}

}  // namespace
}  // namespace kinstile::audit
