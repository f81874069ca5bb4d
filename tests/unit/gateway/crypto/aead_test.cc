// SPDX-License-Identifier: Apache-2.0
// XChaCha20-Poly1305 against its draft and Wycheproof; padding.
#include "gateway/crypto/aead.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "gateway/crypto/random.h"
#include "vectors.h"

namespace kinstile::crypto {
namespace {

// draft-irtf-cfrg-xchacha-03 appendix A.3.1.
constexpr char kKey[] =
    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
constexpr char kNonce[] = "404142434445464748494a4b4c4d4e4f5051525354555657";
constexpr char kAad[] = "50515253c0c1c2c3c4c5c6c7";
constexpr char kPlaintext[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one "
    "tip for the future, sunscreen would be it.";
constexpr char kCiphertext[] =
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
    "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
    "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
    "21f9664c97637da9768812f615c68b13b52e"
    "c0875924c1c7987947deafd8780acf49";

TEST(Aead, MatchesTheDraft) {
  const AeadKey key = SecretFromHex<AeadKey>(kKey);
  const std::string sealed =
      AeadSealWithNonceForTest(key, Hex(kNonce), Hex(kAad), kPlaintext);
  EXPECT_EQ(ToHex(sealed), std::string(kNonce) + kCiphertext);
  const auto opened = AeadOpen(key, Hex(kAad), sealed);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, kPlaintext);
}

TEST(Aead, OpensAndRefusesAsWycheproofSays) {
  const auto file = VectorFile("wycheproof/xchacha20_poly1305_test.json");
  if (!file.has_value()) return;
  int opened = 0, refused = 0;
  for (const Json& group : Items(*file, "testGroups"))
    for (const Json& t : Items(group, "tests")) {
      const AeadKey key = SecretFromHex<AeadKey>(Text(t, "key"));
      const std::string iv = HexAt(t, "iv"), aad = HexAt(t, "aad");
      // The nonce's size is not the caller's to choose here.
      if (iv.size() != 24) continue;
      const std::string sealed = iv + HexAt(t, "ct") + HexAt(t, "tag");
      const auto plaintext = AeadOpen(key, aad, sealed);
      ASSERT_EQ(plaintext.ok(), Text(t, "result") == "valid")
          << Text(t, "comment");
      if (!plaintext.ok()) {
        ++refused;
        continue;
      }
      ++opened;
      EXPECT_EQ(*plaintext, HexAt(t, "msg"));
      EXPECT_EQ(AeadSealWithNonceForTest(key, iv, aad, *plaintext), sealed);
    }
  EXPECT_GT(opened, 200);
  EXPECT_GT(refused, 10);
}

TEST(Aead, RoundTripsEverySize) {
  const AeadKey key = RandomKey<AeadKey>();
  for (size_t size : {0, 1, 15, 16, 17, 63, 64, 65, 1000, 70000}) {
    const std::string plaintext = RandomString(size);
    const std::string sealed = AeadSeal(key, "aad", plaintext);
    EXPECT_EQ(sealed.size(), 24 + size + 16);
    const auto opened = AeadOpen(key, "aad", sealed);
    ASSERT_TRUE(opened.ok()) << size;
    EXPECT_EQ(*opened, plaintext);
  }
}

TEST(Aead, NeverSealsTheSameTwice) {
  const AeadKey key = RandomKey<AeadKey>();
  EXPECT_NE(AeadSeal(key, "", "text"), AeadSeal(key, "", "text"));
}

TEST(Aead, RefusesOtherKeyOtherAadAndEveryChangedByte) {
  const AeadKey key = RandomKey<AeadKey>();
  const std::string sealed = AeadSeal(key, "aad", "plaintext");
  EXPECT_FALSE(AeadOpen(RandomKey<AeadKey>(), "aad", sealed).ok());
  EXPECT_FALSE(AeadOpen(key, "aae", sealed).ok());
  EXPECT_FALSE(AeadOpen(key, "", sealed).ok());
  EXPECT_FALSE(AeadOpen(key, "aad", sealed + "x").ok());
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    const auto opened = AeadOpen(key, "aad", changed);
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kInvalidArgument) << i;
    EXPECT_FALSE(AeadOpen(key, "aad", sealed.substr(0, i)).ok()) << i;
  }
}

TEST(Pad, FillsToABlockAndBack) {
  for (size_t block : {1, 2, 16, 256, 300})
    for (size_t size : {0, 1, 15, 16, 17, 255, 256, 257}) {
      const std::string text(size, '\x80');
      const std::string padded = Pad(text, block);
      EXPECT_EQ(padded.size() % block, 0u);
      EXPECT_GT(padded.size(), size);
      EXPECT_LE(padded.size(), size + block);
      const auto back = Unpad(padded, block);
      ASSERT_TRUE(back.ok()) << block << " " << size;
      EXPECT_EQ(*back, text);
    }
}

TEST(Unpad, RefusesMalformedPadding) {
  const std::string mark(1, '\x80');
  struct {
    const char* name;
    std::string padded;
    size_t block;
  } cases[] = {
      {"empty", "", 16},
      {"no block", std::string("\x80", 1), 0},
      {"not whole blocks", std::string(15, '\0') + "\x80" + "x", 16},
      {"only zeros", std::string(16, '\0'), 16},
      {"no mark", std::string(16, 'a'), 16},
      {"mark in an earlier block", absl::StrCat(mark, std::string(31, '\0')),
       16},
      {"text after the mark", absl::StrCat(mark, std::string(14, '\0'), "a"),
       16},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Unpad(c.padded, c.block).status().code(),
              absl::StatusCode::kInvalidArgument)
        << c.name;
}

}  // namespace
}  // namespace kinstile::crypto
