// SPDX-License-Identifier: Apache-2.0
// Secret: what does not compile, and what is left in memory.
#include "gateway/crypto/secret.h"

#include <gtest/gtest.h>

#include <concepts>
#include <functional>
#include <ostream>
#include <type_traits>

#include "gateway/crypto/aead.h"
#include "gateway/crypto/group.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/hkdf.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/oprf.h"
#include "gateway/crypto/random.h"
#include "gateway/crypto/sign.h"

namespace kinstile::crypto {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& t) {
  out << t;
};
template <class T>
concept Concatenable = requires(const T& t) {
  absl::StrCat(t);
};
template <class T>
concept Hashable = requires(const T& t) {
  std::hash<T>()(t);
};
template <class A, class B>
concept Comparable = requires(const A& a, const B& b) {
  a == b;
};
template <class A, class B>
concept Mixes = std::constructible_from<A, B> || std::assignable_from<A&, B> ||
    std::convertible_to<B, A> || Comparable<A, B>;

template <class T>
constexpr bool kSecretIsSafe =
    std::is_nothrow_move_constructible_v<T>&&
        std::is_nothrow_move_assignable_v<T> &&
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    !std::is_default_constructible_v<T> && !Printable<T> && !Concatenable<T> &&
    !Hashable<T> && !Comparable<T, T> && !std::convertible_to<T, std::string> &&
    !std::convertible_to<T, absl::string_view>;

static_assert(kSecretIsSafe<AeadKey>);
static_assert(kSecretIsSafe<MacKey>);
static_assert(kSecretIsSafe<Prk>);
static_assert(kSecretIsSafe<BoxSecretKey>);
static_assert(kSecretIsSafe<DhSecret>);
static_assert(kSecretIsSafe<SigningSeed>);
static_assert(kSecretIsSafe<MatchSecret>);
static_assert(kSecretIsSafe<Scalar>);

static_assert(!std::is_copy_constructible_v<Blinding>);
static_assert(!std::is_copy_constructible_v<OprfKey>);
static_assert(!std::is_copy_constructible_v<OprfOutput>);
static_assert(!std::is_copy_constructible_v<SigningKey>);
static_assert(!Printable<Blinding> && !Printable<OprfKey>);

// Thirty-two bytes each, and none stands for another.
static_assert(!Mixes<AeadKey, MacKey>);
static_assert(!Mixes<MacKey, AeadKey>);
static_assert(!Mixes<AeadKey, MatchSecret>);
static_assert(!Mixes<BoxSecretKey, SigningSeed>);
static_assert(!Mixes<Prk, DhSecret>);
static_assert(!Mixes<BoxPublicKey, VerifyKey>);
static_assert(!Mixes<Digest, BoxPublicKey>);

// Three stages of a match-key, three types.
static_assert(!Mixes<Token, BlindedPoint>);
static_assert(!Mixes<Token, EvaluatedPoint>);
static_assert(!Mixes<BlindedPoint, EvaluatedPoint>);
static_assert(!Mixes<EvaluatedPoint, BlindedPoint>);
static_assert(!Mixes<BlindedPoint, Element>);
static_assert(!Mixes<Token, Handle>);
static_assert(!Mixes<Token, MatchSecret>);

// Access is said aloud.
static_assert(!std::convertible_to<int, SecretAccess>);
template <class T>
concept BracesGiveAccess = requires(const T& t) {
  t.view({});
};
static_assert(!BracesGiveAccess<AeadKey>);

TEST(Secret, FromBytesWantsTheSize) {
  EXPECT_TRUE(AeadKey::FromBytes(SecretAccess(), std::string(32, 'k')).ok());
  for (size_t size : {0, 1, 31, 33, 64}) {
    auto key = AeadKey::FromBytes(SecretAccess(), std::string(size, 'k'));
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument) << size;
    EXPECT_EQ(key.status().message(), "AEAD key: must be 32 bytes");
  }
}

TEST(Secret, MovedFromIsWiped) {
  auto key = *AeadKey::FromBytes(SecretAccess(), std::string(32, 'k'));
  AeadKey constructed = std::move(key);
  EXPECT_EQ(key.view(SecretAccess()), std::string(32, '\0'));
  AeadKey assigned{SecretAccess()};
  assigned = std::move(constructed);
  EXPECT_EQ(constructed.view(SecretAccess()), std::string(32, '\0'));
  EXPECT_EQ(assigned.view(SecretAccess()), std::string(32, 'k'));
}

TEST(Secret, CloneIsASecondCopy) {
  AeadKey key = RandomKey<AeadKey>();
  const AeadKey copy = key.Clone();
  EXPECT_EQ(copy.view(SecretAccess()), key.view(SecretAccess()));
  key.mutable_data(SecretAccess())[0] ^= 1;
  EXPECT_NE(copy.view(SecretAccess()), key.view(SecretAccess()));
}

TEST(Secret, IsWipedWhenDropped) {
  alignas(AeadKey) unsigned char storage[sizeof(AeadKey)];
  auto* key = new (storage)
      AeadKey(*AeadKey::FromBytes(SecretAccess(), std::string(32, 'k')));
  key->~AeadKey();
  // The compiler may not know that anyone looks; read through volatile.
  const volatile unsigned char* left = storage;
  for (size_t i = 0; i < sizeof storage; ++i) EXPECT_EQ(left[i], 0) << i;
}

TEST(Wipe, ClearsBytesBehindTheEndToo) {
  std::string text = "short text";
  const char* data = text.data();
  text.resize(2);
  Wipe(text);
  EXPECT_TRUE(text.empty());
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(data[i], '\0') << i;
}

}  // namespace
}  // namespace kinstile::crypto
