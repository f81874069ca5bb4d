// SPDX-License-Identifier: Apache-2.0
// HPKE against RFC 9180 appendix A.2.1; X25519 against RFC 7748 and Wycheproof.
#include "gateway/crypto/hpke.h"

#include <gtest/gtest.h>

#include "gateway/crypto/random.h"
#include "vectors.h"

namespace kinstile::crypto {
namespace {

// A.2.1.1, sequence number 0.
constexpr char kEphemeral[] =
    "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600";
constexpr char kEnc[] =
    "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
constexpr char kRecipientSecret[] =
    "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
constexpr char kRecipient[] =
    "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
constexpr char kInfo[] = "Ode on a Grecian Urn";
constexpr char kHpkeAad[] = "Count-0";
constexpr char kHpkePlaintext[] = "Beauty is truth, truth beauty";
constexpr char kHpkeCiphertext[] =
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db"
    "21993c62ce81883d2dd1b51a28";

// The points of order 1, 2, 4 and 8 on the curve and its twist, with their
// non-canonical encodings.
constexpr const char* kLowOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

BoxPublicKey Public(absl::string_view hex) {
  return *BoxPublicKey::FromBytes(Hex(hex));
}

TEST(Hpke, MatchesRfc9180) {
  const auto ephemeral = SecretFromHex<BoxSecretKey>(kEphemeral);
  const auto recipient = SecretFromHex<BoxSecretKey>(kRecipientSecret);
  EXPECT_EQ(ToHex(PublicKeyOf(ephemeral).view()), kEnc);
  EXPECT_EQ(ToHex(PublicKeyOf(recipient).view()), kRecipient);
  const auto sealed = HpkeSealWithEphemeralForTest(
      ephemeral, Public(kRecipient), kInfo, kHpkeAad, kHpkePlaintext);
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(ToHex(*sealed), std::string(kEnc) + kHpkeCiphertext);
  const auto opened = HpkeOpen(recipient, kInfo, kHpkeAad, *sealed);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, kHpkePlaintext);
}

TEST(Hpke, RoundTripsAndNeverSealsTheSameTwice) {
  const auto secret = RandomKey<BoxSecretKey>();
  for (size_t size : {0, 1, 64, 5000}) {
    const std::string text = RandomString(size);
    const auto sealed = HpkeSeal(PublicKeyOf(secret), "info", "aad", text);
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ(sealed->size(), 32 + size + 16);
    EXPECT_EQ(HpkeOpen(secret, "info", "aad", *sealed).value(), text);
    EXPECT_NE(*HpkeSeal(PublicKeyOf(secret), "info", "aad", text), *sealed);
  }
}

TEST(Hpke, RefusesOtherKeyInfoAadAndEveryChangedByte) {
  const auto secret = RandomKey<BoxSecretKey>();
  const std::string sealed =
      *HpkeSeal(PublicKeyOf(secret), "info", "aad", "plaintext");
  EXPECT_FALSE(HpkeOpen(RandomKey<BoxSecretKey>(), "info", "aad", sealed).ok());
  EXPECT_FALSE(HpkeOpen(secret, "infp", "aad", sealed).ok());
  EXPECT_FALSE(HpkeOpen(secret, "info", "aae", sealed).ok());
  EXPECT_FALSE(HpkeOpen(secret, "infoa", "ad", sealed).ok());
  EXPECT_FALSE(HpkeOpen(secret, "info", "aad", sealed + "x").ok());
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(HpkeOpen(secret, "info", "aad", changed).status().code(),
              absl::StatusCode::kInvalidArgument)
        << i;
    EXPECT_FALSE(HpkeOpen(secret, "info", "aad", sealed.substr(0, i)).ok());
  }
}

// X25519 ignores the top bit of a point, so DHKEM binds the encoding instead.
TEST(Hpke, RefusesAnotherEncodingOfTheSameEphemeralPoint) {
  const auto secret = RandomKey<BoxSecretKey>();
  std::string sealed = *HpkeSeal(PublicKeyOf(secret), "i", "a", "text");
  sealed[31] ^= static_cast<char>(0x80);
  EXPECT_FALSE(HpkeOpen(secret, "i", "a", sealed).ok());
}

TEST(Hpke, RefusesLowOrderPoints) {
  const auto secret = RandomKey<BoxSecretKey>();
  for (const char* point : kLowOrder) {
    EXPECT_EQ(HpkeSeal(Public(point), "i", "a", "text").status().code(),
              absl::StatusCode::kInvalidArgument)
        << point;
    const std::string sealed = Hex(point) + std::string(40, 'x');
    EXPECT_FALSE(HpkeOpen(secret, "i", "a", sealed).ok()) << point;
  }
}

TEST(DiffieHellman, MatchesRfc7748) {  // section 6.1
  const auto alice = SecretFromHex<BoxSecretKey>(
      "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto bob = SecretFromHex<BoxSecretKey>(
      "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  EXPECT_EQ(ToHex(PublicKeyOf(alice).view()),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const auto at_alice = DiffieHellman(alice, PublicKeyOf(bob));
  const auto at_bob = DiffieHellman(bob, PublicKeyOf(alice));
  ASSERT_TRUE(at_alice.ok() && at_bob.ok());
  EXPECT_EQ(ToHex(at_alice->view(SecretAccess())),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  EXPECT_EQ(at_alice->view(SecretAccess()), at_bob->view(SecretAccess()));
}

TEST(DiffieHellman, MatchesWycheproofAndRefusesEveryZeroSecret) {
  const auto file = VectorFile("wycheproof/x25519_test.json");
  if (!file.has_value()) return;
  int agreed = 0, refused = 0;
  for (const Json& group : Items(*file, "testGroups"))
    for (const Json& t : Items(group, "tests")) {
      const auto secret = SecretFromHex<BoxSecretKey>(Text(t, "private"));
      const BoxPublicKey peer = Public(Text(t, "public"));
      const auto shared = DiffieHellman(secret, peer);
      if (Text(t, "shared") == std::string(64, '0')) {
        EXPECT_FALSE(shared.ok()) << Text(t, "comment");
        EXPECT_FALSE(HpkeSeal(peer, "i", "a", "text").ok());
        EXPECT_FALSE(
            HpkeOpen(secret, "i", "a", peer.str() + std::string(40, 'x')).ok());
        ++refused;
        continue;
      }
      ASSERT_TRUE(shared.ok()) << Text(t, "comment");
      EXPECT_EQ(ToHex(shared->view(SecretAccess())), Text(t, "shared"));
      ++agreed;
    }
  EXPECT_EQ(agreed, 487);
  EXPECT_EQ(refused, 31);
}

}  // namespace
}  // namespace kinstile::crypto
