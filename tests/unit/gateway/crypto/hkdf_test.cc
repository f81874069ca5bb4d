// SPDX-License-Identifier: Apache-2.0
// HKDF-SHA-256 against RFC 5869 appendix A and Wycheproof.
#include "gateway/crypto/hkdf.h"

#include <gtest/gtest.h>

#include "gateway/crypto/aead.h"
#include "vectors.h"

namespace kinstile::crypto {
namespace {

std::string Range(int first, int last) {
  std::string out;
  for (int i = first; i <= last; ++i) out.push_back(static_cast<char>(i));
  return out;
}

std::string Expanded(const Prk& prk, absl::string_view info, size_t size) {
  std::string out(size, '\0');
  HkdfExpand(prk, info, reinterpret_cast<uint8_t*>(out.data()), size);
  return out;
}

struct HkdfCase {
  const char* name;
  std::string ikm, salt, info;
  const char* prk;
  const char* okm;
};

const HkdfCase kRfc5869[] = {
    {"A.1", std::string(22, '\x0b'), Range(0, 0x0c), Range(0xf0, 0xf9),
     "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
     "34007208d5b887185865"},
    {"A.2", Range(0, 0x4f), Range(0x60, 0xaf), Range(0xb0, 0xff),
     "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
     "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
     "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"A.3", std::string(22, '\x0b'), "", "",
     "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
     "9d201395faa4b61a96c8"},
};

TEST(Hkdf, MatchesRfc5869) {
  for (const HkdfCase& c : kRfc5869) {
    const Prk prk = HkdfExtract(c.salt, c.ikm);
    EXPECT_EQ(ToHex(prk.view(SecretAccess())), c.prk) << c.name;
    const std::string okm = Hex(c.okm);
    EXPECT_EQ(Expanded(prk, c.info, okm.size()), okm) << c.name;
  }
}

TEST(Hkdf, MatchesWycheproof) {
  const auto file = VectorFile("wycheproof/hkdf_sha256_test.json");
  if (!file.has_value()) return;
  int checked = 0;
  for (const Json& group : Items(*file, "testGroups"))
    for (const Json& t : Items(group, "tests")) {
      if (Text(t, "result") != "valid")
        continue;  // sizes over the limit: below
      const Prk prk = HkdfExtract(HexAt(t, "salt"), HexAt(t, "ikm"));
      const size_t size = static_cast<size_t>(At(t, "size").number_value());
      EXPECT_EQ(Expanded(prk, HexAt(t, "info"), size), HexAt(t, "okm"))
          << Text(t, "comment");
      ++checked;
    }
  EXPECT_GT(checked, 80);
}

TEST(HkdfDeathTest, RefusesSizesThatRfc5869Forbids) {
  const Prk prk = HkdfExtract("salt", "ikm");
  EXPECT_EQ(Expanded(prk, "i", 8160).size(), 8160u);
  EXPECT_DEATH(Expanded(prk, "i", 8161), "HKDF: output size");
  EXPECT_DEATH(Expanded(prk, "i", 0), "HKDF: output size");
}

TEST(Hkdf, KeysDifferByInfo) {
  const Prk prk = HkdfExtract("salt", "ikm");
  const AeadKey a = HkdfKey<AeadKey>(prk, "kinstile/v1/a");
  const AeadKey b = HkdfKey<AeadKey>(prk, "kinstile/v1/b");
  EXPECT_NE(a.view(SecretAccess()), b.view(SecretAccess()));
  EXPECT_EQ(a.view(SecretAccess()), Expanded(prk, "kinstile/v1/a", 32));
}

}  // namespace
}  // namespace kinstile::crypto
