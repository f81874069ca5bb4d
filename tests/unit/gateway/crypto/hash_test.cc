// SPDX-License-Identifier: Apache-2.0
// SHA-2 against FIPS 180-4's examples; labelled HMAC against RFC 2104 by hand.
#include "gateway/crypto/hash.h"

#include <gtest/gtest.h>

#include "gateway/crypto/random.h"
#include "vectors.h"

namespace kinstile::crypto {
namespace {

struct ShaCase {
  const char* name;
  std::string message;
  const char* sha256;
  const char* sha512;
};

const ShaCase kSha[] = {
    {"empty", "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    {"abc", "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
     "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
     "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
    {"a million a", std::string(1000000, 'a'),
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
     "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
     "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
};

TEST(Sha2, MatchesTheStandardsExamples) {
  for (const ShaCase& c : kSha) {
    EXPECT_EQ(ToHex(Sha256(c.message).view()), c.sha256) << c.name;
    const auto sha512 = Sha512(c.message);
    EXPECT_EQ(ToHex({reinterpret_cast<const char*>(sha512.data()), 64}),
              c.sha512)
        << c.name;
  }
}

TEST(Sha256Stream, GivesTheSameInAnyPieces) {
  std::string message;
  for (int i = 0; i < 300; ++i) message.push_back(static_cast<char>(i * 7));
  for (size_t piece : {1, 3, 63, 64, 65, 299, 300}) {
    Sha256Stream stream;
    for (size_t at = 0; at < message.size(); at += piece)
      stream.Update(absl::string_view(message).substr(at, piece));
    EXPECT_EQ(stream.Finish(), Sha256(message)) << piece;
  }
  EXPECT_EQ(Sha256Stream().Finish(), Sha256(""));
}

// RFC 2104 by hand, from the hash alone.
Digest NaiveHmac(absl::string_view key, absl::string_view message) {
  std::string inner(key), outer(key);
  inner.resize(64);
  outer.resize(64);
  for (char& c : inner) c ^= 0x36;
  for (char& c : outer) c ^= 0x5c;
  inner.append(message.data(), message.size());
  return Sha256(outer + Sha256(inner).str());
}

TEST(NaiveHmac, MatchesRfc4231) {  // the double is right: sections 4.2, 4.3
  EXPECT_EQ(ToHex(NaiveHmac(std::string(20, '\x0b'), "Hi There").view()),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(ToHex(NaiveHmac("Jefe", "what do ya want for nothing?").view()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(HmacSha256, IsHmacOfLengthLabelAndMessage) {
  const std::string raw =
      Hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const MacKey key = *MacKey::FromBytes(SecretAccess(), raw);
  for (const std::string message : {"", "m", "a longer message, of no size"})
    EXPECT_EQ(HmacSha256(key, "kinstile/v1/t", message),
              NaiveHmac(raw, std::string("\0\0\0\x0d", 4) + "kinstile/v1/t" +
                                 message));
}

TEST(KeyedHmacSha256, GivesTheSameTagsAgainAndAgain) {
  const MacKey key = RandomKey<MacKey>();
  const KeyedHmacSha256 keyed(key);
  for (size_t size : {0, 1, 27, 64, 1000, 27}) {
    const std::string message(size, 'm');
    EXPECT_EQ(keyed.Tag("label", message), HmacSha256(key, "label", message));
  }
}

TEST(HmacSha256, LabelAndMessageDoNotShift) {
  const MacKey key = *MacKey::FromBytes(SecretAccess(), std::string(32, 'k'));
  EXPECT_NE(HmacSha256(key, "ab", "c"), HmacSha256(key, "a", "bc"));
  EXPECT_NE(HmacSha256(key, "a", "m"), HmacSha256(key, "b", "m"));
  const MacKey other = *MacKey::FromBytes(SecretAccess(), std::string(32, 'l'));
  EXPECT_NE(HmacSha256(key, "a", "m"), HmacSha256(other, "a", "m"));
}

TEST(Equal, ComparesBytesAndLengths) {
  EXPECT_TRUE(Equal("", ""));
  EXPECT_TRUE(Equal("abc", "abc"));
  EXPECT_FALSE(Equal("abc", "abd"));
  EXPECT_FALSE(Equal("abc", "ab"));
  EXPECT_FALSE(Equal("", "a"));
  EXPECT_TRUE(Equal(std::string("\0x", 2), std::string("\0x", 2)));
  EXPECT_FALSE(Equal(std::string("\0x", 2), std::string("\0y", 2)));
}

}  // namespace
}  // namespace kinstile::crypto
