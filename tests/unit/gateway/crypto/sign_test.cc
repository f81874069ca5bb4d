// SPDX-License-Identifier: Apache-2.0
// Ed25519 against RFC 8032 section 7.1, Wycheproof and C2SP's edge cases.
#include "gateway/crypto/sign.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "vectors.h"

namespace kinstile::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SigningKey>);
static_assert(std::is_move_constructible_v<SigningKey>);

struct Case {
  const char* name;
  const char* seed;
  const char* key;
  const char* message;
  const char* signature;
};

const Case kRfc8032[] = {
    {"test 1",
     "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"test 2",
     "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"test 3",
     "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

SigningKey KeyOf(int i) {
  return SigningKey::FromSeed(SecretFromHex<SigningSeed>(kRfc8032[i].seed));
}

TEST(Sign, MatchesRfc8032) {
  for (const Case& c : kRfc8032) {
    const SigningKey key =
        SigningKey::FromSeed(SecretFromHex<SigningSeed>(c.seed));
    EXPECT_EQ(ToHex(key.verify_key().view()), c.key) << c.name;
    const Signature signature = key.SignNote(Hex(c.message));
    EXPECT_EQ(ToHex(signature.view()), c.signature) << c.name;
    EXPECT_TRUE(VerifyNote(key.verify_key(), Hex(c.message), signature).ok());
  }
}

TEST(Sign, AcceptsAndRefusesAsWycheproofSays) {
  const auto file = VectorFile("wycheproof/ed25519_test.json");
  if (!file.has_value()) return;
  int checked = 0;
  for (const Json& group : Items(*file, "testGroups")) {
    const auto key = VerifyKey::FromBytes(HexAt(At(group, "publicKey"), "pk"));
    ASSERT_TRUE(key.ok());
    for (const Json& t : Items(group, "tests")) {
      const auto signature = Signature::FromBytes(HexAt(t, "sig"));
      const bool accepted =
          signature.ok() && VerifyNote(*key, HexAt(t, "msg"), *signature).ok();
      EXPECT_EQ(accepted, Text(t, "result") == "valid") << Text(t, "comment");
      ++checked;
    }
  }
  EXPECT_EQ(checked, 151);
}

// These carry flags and no verdict: the accept set of libsodium 1.0.18 is the
// project's rule, and this pins it, so that an upgrade that moves it is seen.
TEST(Sign, AcceptSetOfEdgeCasesIsPinned) {
  const auto file = VectorFile("cctv/ed25519vectors.json");
  if (!file.has_value()) return;
  int accepted = 0, refused = 0;
  for (const Json& t : file->list_value().values()) {
    const auto key = VerifyKey::FromBytes(HexAt(t, "key"));
    const auto signature = Signature::FromBytes(HexAt(t, "sig"));
    ASSERT_TRUE(key.ok() && signature.ok());
    (VerifyNote(*key, Text(t, "msg"), *signature).ok() ? accepted : refused)++;
  }
  EXPECT_EQ(accepted, 43);
  EXPECT_EQ(refused, 914 - 43);
}

TEST(Sign, LabelledSignsLengthLabelAndMessage) {
  const SigningKey key = KeyOf(0);
  const Signature signature = key.Sign("kinstile/v1/x", "message");
  EXPECT_EQ(signature, key.SignNote(std::string("\0\0\0\x0d", 4) +
                                    "kinstile/v1/xmessage"));
  EXPECT_TRUE(
      Verify(key.verify_key(), "kinstile/v1/x", "message", signature).ok());
}

TEST(Sign, RefusesEverythingElse) {
  const SigningKey key = KeyOf(0);
  const Signature good = key.Sign("label", "message");
  Signature flipped = good, zero;
  flipped.bytes[40] ^= 1;
  struct {
    const char* name;
    VerifyKey key;
    const char* label;
    const char* message;
    Signature signature;
  } cases[] = {
      {"other key", KeyOf(1).verify_key(), "label", "message", good},
      {"other label", key.verify_key(), "labem", "message", good},
      {"other message", key.verify_key(), "label", "messagf", good},
      {"label moved into message", key.verify_key(), "labe", "lmessage", good},
      {"flipped bit", key.verify_key(), "label", "message", flipped},
      {"zero signature", key.verify_key(), "label", "message", zero},
      {"zero key", VerifyKey{}, "label", "message", zero},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Verify(c.key, c.label, c.message, c.signature).code(),
              absl::StatusCode::kUnauthenticated)
        << c.name;
}

}  // namespace
}  // namespace kinstile::crypto
