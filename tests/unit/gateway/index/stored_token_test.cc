// SPDX-License-Identifier: Apache-2.0
// Masked tokens: what they depend on, and how rows hold them.
#include "gateway/index/stored_token.h"

#include "gateway/index/index.h"
#include "tests/unit/gateway/index/register.h"

namespace kinstile::index {
namespace {

const AgencyId kCouncil = AgencyId::Create("council").value();
const AgencyId kHealth = AgencyId::Create("health").value();

StoredToken MaskOne(const crypto::MacKey& key, const AgencyId& agency,
                    KeyedToken token) {
  return Mask(key, agency).Apply({token}).value().at(0).token;
}

TEST(Mask, IsTheLabelledHmacOfAgencyKeyAndToken) {
  const crypto::MacKey key = TestKey(1);
  const std::string message =
      std::string(crypto::Sha256("council").view().substr(0, 8)) + '\x02' +
      Numbered<Token>(7).str();
  const Digest mac =
      crypto::HmacSha256(key, "kinstile/v1/index-token", message);
  EXPECT_EQ(MaskOne(key, kCouncil, Carries(2, 7)).view(),
            mac.view().substr(0, 16));
}

TEST(Mask, DependsOnEveryPart) {
  const crypto::MacKey key = TestKey(1);
  const crypto::MacKey other = TestKey(2);
  const StoredToken base = MaskOne(key, kCouncil, Carries(2, 7));
  EXPECT_EQ(MaskOne(key, kCouncil, Carries(2, 7)), base);
  EXPECT_NE(MaskOne(other, kCouncil, Carries(2, 7)), base);
  EXPECT_NE(MaskOne(key, kHealth, Carries(2, 7)), base);
  EXPECT_NE(MaskOne(key, kCouncil, Carries(3, 7)), base);
  EXPECT_NE(MaskOne(key, kCouncil, Carries(2, 8)), base);
}

TEST(Mask, SortsAndRemovesRepeats) {
  const crypto::MacKey key = TestKey(1);
  const auto masked =
      Mask(key, kCouncil)
          .Apply({Carries(9, 1), Carries(2, 7), Carries(9, 1), Carries(2, 8)})
          .value();
  EXPECT_EQ(masked.size(), 3u);
  EXPECT_TRUE(std::is_sorted(masked.begin(), masked.end()));
}

TEST(Mask, RefusesWhatIsNoMatchKeyOrTooMuch) {
  const crypto::MacKey key = TestKey(1);
  const Mask mask(key, kCouncil);
  const KeyId unknown = static_cast<KeyId>(kMatchKeys.size());
  EXPECT_TRUE(
      absl::IsInvalidArgument(mask.Apply({Carries(unknown, 1)}).status()));
  std::vector<KeyedToken> many(kMaxTokensPerRecord, Carries(0, 1));
  KS_EXPECT_OK(mask.Apply(many).status());
  many.push_back(Carries(0, 1));
  EXPECT_TRUE(absl::IsInvalidArgument(mask.Apply(many).status()));
}

TEST(Slot, HoldsThePartAndTheFirst44Bits) {
  StoredToken token;
  for (size_t i = 0; i < token.kSize; ++i)
    token.bytes[i] = static_cast<uint8_t>(0x11 * (i + 1));
  EXPECT_EQ(Slot(0, token), 0x11223344556);
  EXPECT_EQ(Slot(5, token), int64_t{5} << 44 | 0x11223344556);
  token.bytes.fill(0xFF);
  EXPECT_EQ(Slot(kMaxPart, token), std::numeric_limits<int64_t>::max());
}

TEST(KeyCheck, TellsKeysApart) {
  EXPECT_EQ(KeyCheck(TestKey(1)), KeyCheck(TestKey(1)));
  EXPECT_NE(KeyCheck(TestKey(1)), KeyCheck(TestKey(2)));
}

TEST(Rows, UnpackWhatWasPacked) {
  const crypto::MacKey key = TestKey(1);
  const auto tokens =
      Mask(key, kCouncil).Apply({Carries(0, 1), Carries(9, 2)}).value();
  EXPECT_EQ(UnpackTokens(PackTokens(tokens)).value(), tokens);
  EXPECT_EQ(PackTokens(tokens).size(), 2 * 17u);
  EXPECT_TRUE(UnpackTokens("").value().empty());
  const std::vector<uint32_t> persons = {0, 1, 255, 256, 0xFFFFFFFF};
  EXPECT_EQ(UnpackPersons(PackPersons(persons)).value(), persons);
  EXPECT_TRUE(UnpackPersons("").value().empty());
}

TEST(Rows, OfAnotherLengthAreDataLoss) {
  for (size_t n : {1u, 16u, 18u, 33u})
    EXPECT_TRUE(absl::IsDataLoss(UnpackTokens(std::string(n, 'x')).status()));
  for (size_t n : {1u, 2u, 3u, 5u})
    EXPECT_TRUE(absl::IsDataLoss(UnpackPersons(std::string(n, 'x')).status()));
}

}  // namespace
}  // namespace kinstile::index
