// SPDX-License-Identifier: Apache-2.0
// The ratchet, the commitment and the wraps.
#include "gateway/audit/seal.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"

namespace kinstile::audit {
namespace {

constexpr char kLogOrigin[] = "gw.example/audit/2026";

Chain FixedChain(const std::string& audience = "council", uint64_t epoch = 1) {
  return Chain(
      *ChainKey::FromBytes(crypto::SecretAccess(), std::string(32, 'k')),
      crypto::Sha256(kLogOrigin), audience, epoch);
}

std::string Hex(const EntryKey& key) {
  return absl::BytesToHexString(key.view(crypto::SecretAccess()));
}

// Made by a few lines of Python's hmac, not by this code.
TEST(Chain, HasItsGoldenKeys) {
  Chain chain = FixedChain();
  EXPECT_EQ(Hex(chain.Next()),
            "e8dfd31fc7dbbc9b5c2f642802dacf8aba85cd90a767778fa07a25a53e9e7d97");
  EXPECT_EQ(Hex(chain.Next()),
            "95dbf8b0a2807a84230b02c58dafd81845510bafeb3c3f0f21a3a9f379010510");
  EXPECT_EQ(chain.next(), 2u);
}

TEST(Chain, NeverRepeatsAcrossEntriesAudiencesAndEpochs) {
  std::set<std::string> keys;
  auto take = [&keys](Chain chain) {
    for (int i = 0; i < 100; ++i) keys.insert(Hex(chain.Next()));
  };
  take(FixedChain());
  take(FixedChain("health"));
  take(FixedChain("council", 2));
  EXPECT_EQ(keys.size(), 300u);
}

TEST(Chain, CloneGoesOnAsTheOriginalDoes) {
  Chain chain = FixedChain();
  chain.Next();
  Chain copy = chain.Clone();
  EXPECT_EQ(Hex(copy.Next()), Hex(chain.Next()));
}

TEST(KeyFrame, OpensForItsRecipientsAndInItsPlaceOnly) {
  auto a = crypto::RandomKey<crypto::BoxSecretKey>();
  auto b = crypto::RandomKey<crypto::BoxSecretKey>();
  auto other = crypto::RandomKey<crypto::BoxSecretKey>();
  std::vector<Recipient> recipients = {{"a", crypto::PublicKeyOf(a)},
                                       {"b", crypto::PublicKeyOf(b)}};
  Chain chain = FixedChain();
  KeyFrame frame = *SealChain(chain, kLogOrigin,
                              {"council", "key-working", "sharing/2026-11"},
                              recipients, Digest{});
  std::string first = Hex(chain.Next());
  EXPECT_EQ(Hex(OpenChain(frame, kLogOrigin, a)->Next()), first);
  EXPECT_EQ(Hex(OpenChain(frame, kLogOrigin, b)->Next()), first);
  EXPECT_TRUE(
      absl::IsPermissionDenied(OpenChain(frame, kLogOrigin, other).status()));
  EXPECT_FALSE(OpenChain(frame, "another.example", a).ok());
  KeyFrame epoch = frame;
  epoch.epoch = 2;
  EXPECT_FALSE(OpenChain(epoch, kLogOrigin, a).ok());
  KeyFrame manifest = frame;
  manifest.manifest_digest.bytes[0] = 1;
  EXPECT_FALSE(OpenChain(manifest, kLogOrigin, a).ok());
  KeyFrame agreement = frame;
  agreement.scope.agreement = "another";
  EXPECT_FALSE(OpenChain(agreement, kLogOrigin, a).ok());
  KeyFrame bucket = frame;
  bucket.scope.bucket = "sharing/2026-12";
  EXPECT_FALSE(OpenChain(bucket, kLogOrigin, a).ok());
  KeyFrame back = *DecodeKeyFrame(EncodeKeyFrame(frame));
  EXPECT_EQ(EncodeKeyFrame(back), EncodeKeyFrame(frame));
}

TEST(SealPayload, OpensUnderItsKeyLeafAndBytesOnly) {
  Chain chain = FixedChain();
  Chain reader = FixedChain();
  Leaf leaf;
  leaf.audience = "council";
  std::string payload = SealPayload(chain, std::string(256, 'p'), leaf);
  EntryKey key = reader.Next();
  EXPECT_EQ(*OpenPayload(key, leaf, payload), std::string(256, 'p'));
  EXPECT_FALSE(OpenPayload(reader.Next(), leaf, payload).ok());
  Leaf moved = leaf;
  moved.index = 7;
  EXPECT_FALSE(OpenPayload(key, moved, payload).ok());
  Leaf uncommitted = leaf;
  uncommitted.key_commitment.bytes[0] ^= 1;
  EXPECT_FALSE(OpenPayload(key, uncommitted, payload).ok());
  payload[40] ^= 1;
  EXPECT_FALSE(OpenPayload(key, leaf, payload).ok());
}

// Output of two_key_vector.py beside this file.
constexpr char kOpensUnderTwoKeys[] =
    "000102030405060708090a0b0c0d0e0f10111213141516172ac90e49e5ed2fb208"
    "fdce5ca78abc42f752b317dbf7c2257bda606d41519e4e1af41bc6a4db76d25461"
    "7b6477c9b73d090000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000"
    "00000000000000000000000000000000d6bf7dfc2472aa83a84d3e47c1109a55";

// Without the commitment two auditors could be shown two truths of one leaf.
TEST(SealPayload, OneCiphertextOpensUnderTheKeyOfTheLeafOnly) {
  const std::string payload = absl::HexStringToBytes(kOpensUnderTwoKeys);
  const auto entry_key = [](char fill) {
    return *EntryKey::FromBytes(crypto::SecretAccess(), std::string(32, fill));
  };
  Leaf leaf;
  leaf.type = EntryType::kRelease;
  leaf.sealing = Sealing::kRatchetV1;
  leaf.origin_hash = crypto::Sha256(kLogOrigin);
  leaf.index = 7;
  leaf.epoch = 1;
  leaf.audience = "council";
  leaf.payload_size = static_cast<uint32_t>(payload.size());
  leaf.payload_hash = crypto::Sha256(payload);
  crypto::HkdfExpand(entry_key(1), "kinstile/v1/audit-entry-commitment",
                     leaf.key_commitment.bytes.data(), Digest::kSize);
  // The attack works on the cipher itself.
  const auto bare = [&](char fill) {
    auto opened =
        crypto::AeadOpen(crypto::HkdfKey<crypto::AeadKey>(
                             entry_key(fill), "kinstile/v1/audit-entry-aead"),
                         SealingContext(leaf), payload);
    return opened.ok() ? *opened : opened.status().ToString();
  };
  EXPECT_EQ(bare(1).substr(0, 16), "NOTHING RELEASED");
  EXPECT_EQ(bare(2).substr(16, 16), "EVERYTHING GIVEN");
  // The leaf tells which key is the one.
  EXPECT_TRUE(OpenPayload(entry_key(1), leaf, payload).ok());
  EXPECT_EQ(OpenPayload(entry_key(2), leaf, payload).status().message(),
            "key commitment in the leaf is not of the epoch's key");
}

TEST(PadRecord, HidesTheSize) {
  for (size_t n : {0, 1, 255, 256, 300, 4095}) {
    std::string text(n, '\x80');
    EXPECT_EQ(PadRecord(text, 4096)->size(), 4096u);
    EXPECT_EQ(PadRecord(text, 0)->size(), (n / 256 + 1) * 256);
    EXPECT_EQ(*UnpadRecord(*PadRecord(text, 4096)), text);
    EXPECT_EQ(*UnpadRecord(*PadRecord(text, 0)), text);
  }
  EXPECT_FALSE(PadRecord(std::string(4096, 'x'), 4096).ok());
  EXPECT_FALSE(PadRecord("x", 100).ok());
  EXPECT_FALSE(UnpadRecord("").ok());
  EXPECT_FALSE(UnpadRecord(std::string(256, '\0')).ok());
}

}  // namespace
}  // namespace kinstile::audit
