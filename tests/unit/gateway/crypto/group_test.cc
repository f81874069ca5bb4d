// SPDX-License-Identifier: Apache-2.0
// ristretto255 against RFC 9496, expand_message_xmd against RFC 9380 K.3.
#include "gateway/crypto/group.h"

#include <gtest/gtest.h>

#include <optional>

#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"
#include "vectors.h"

namespace kinstile::crypto {
namespace {

constexpr char kIdentity[] =
    "0000000000000000000000000000000000000000000000000000000000000000";
// RFC 9496 appendix A.1, 1 to 8 times the generator.
constexpr const char* kMultiples[] = {
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
    "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
    "f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
    "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
    "903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
};
// RFC 9496 appendix A.2, one or two of each kind.
struct BadEncoding {
  const char* kind;
  const char* hex;
};
constexpr BadEncoding kBad[] = {
    {"non-canonical field element",
     "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
    {"non-canonical field element",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
    {"negative field element",
     "0100000000000000000000000000000000000000000000000000000000000000"},
    {"negative field element",
     "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
    {"non-square x^2",
     "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"},
    {"negative x * y",
     "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e"},
    {"s = -1, y = 0",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
};
// 2^252 + 27742317777372353535851937790883648493, little-endian.
constexpr char kOrder[] =
    "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
constexpr char kOrderMinusOne[] =
    "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

absl::StatusOr<Scalar> ScalarFromHex(absl::string_view hex) {
  return Scalar::Parse(SecretAccess(), Hex(hex));
}

std::string HexOf(const Element& e) { return ToHex(e.bytes()); }
std::string HexOf(const Scalar& s) { return ToHex(s.bytes(SecretAccess())); }

TEST(Element, MultiplesOfTheGeneratorMatchRfc9496) {
  EXPECT_EQ(HexOf(Element::Generator()), kMultiples[0]);
  std::optional<Element> sum;
  for (uint64_t k = 1; k <= std::size(kMultiples); ++k) {
    const Scalar scalar = Scalar::FromUint(k);
    EXPECT_EQ(HexOf(scalar.TimesGenerator()), kMultiples[k - 1]);
    EXPECT_EQ(HexOf(scalar.Times(Element::Generator())), kMultiples[k - 1]);
    sum = sum.has_value() ? *Add(*sum, Element::Generator())
                          : Element::Generator();
    EXPECT_EQ(HexOf(*sum), kMultiples[k - 1]);
    const auto parsed = Element::Parse(Hex(kMultiples[k - 1]));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, *sum);
  }
}

TEST(Element, RefusesBadEncodingsBothWays) {
  const Scalar two = Scalar::FromUint(2);
  auto refused = [&](absl::string_view bytes, absl::string_view why) {
    EXPECT_EQ(Element::Parse(bytes).status().code(),
              absl::StatusCode::kInvalidArgument)
        << why;
    EXPECT_EQ(two.ParseAndMultiply(bytes).status().code(),
              absl::StatusCode::kInvalidArgument)
        << why;
  };
  for (const BadEncoding& bad : kBad) refused(Hex(bad.hex), bad.kind);
  refused(Hex(kIdentity), "identity");
  // libsodium 1.0.18 alone would take these.
  refused(std::string(31, '\0') + '\x80', "identity with the top bit set");
  for (const char* multiple : kMultiples) {
    std::string bytes = Hex(multiple);
    bytes[31] = static_cast<char>(bytes[31] | 0x80);
    refused(bytes, "top bit set");
  }
  const std::string good = Hex(kMultiples[0]);
  for (size_t size = 0; size < good.size(); ++size)
    refused(good.substr(0, size), "short");
  refused(good + '\0', "long");
}

TEST(Element, MatchesTheWholeVectorFile) {
  const auto file = VectorFile("ristretto255.json");
  if (!file.has_value()) return;
  const auto multiples = Items(*file, "generator_multiples_0_to_15_hex");
  for (uint64_t k = 1; k < multiples.size(); ++k)
    EXPECT_EQ(HexOf(Scalar::FromUint(k).TimesGenerator()),
              multiples[k].string_value());
  for (const Json& bad : Items(*file, "invalid_encodings_hex")) {
    EXPECT_FALSE(Element::Parse(Hex(bad.string_value())).ok());
    EXPECT_FALSE(
        Scalar::FromUint(2).ParseAndMultiply(Hex(bad.string_value())).ok());
  }
  for (const Json& t : Items(*file, "oprf_hash_to_group_sha512")) {
    const char mode = static_cast<char>(At(t, "mode").number_value());
    const std::string dst =
        std::string("HashToGroup-OPRFV1-") + mode + "-ristretto255-SHA512";
    EXPECT_EQ(HexOf(Element::HashToGroup(HexAt(t, "input_hex"), dst)),
              Text(t, "point_hex"));
  }
}

TEST(Element, HashToGroupMatchesRfc9497) {  // the points behind appendix A.1.2
  const std::string dst =
      std::string("HashToGroup-OPRFV1-") + '\x01' + "-ristretto255-SHA512";
  EXPECT_EQ(HexOf(Element::HashToGroup(std::string(1, '\0'), dst)),
            "868c9140811d0dc38291c7bbc0bd8f301d0d4e8b15f65e442184a233b8791703");
  EXPECT_EQ(HexOf(Element::HashToGroup(std::string(17, '\x5a'), dst)),
            "caff66fcdc41da4d87ccc72aaac70c6e267a4b55c3dc9489bb365a70a04f1a52");
}

TEST(Element, AddRefusesASumThatIsTheIdentity) {
  const Scalar minus_one = *ScalarFromHex(kOrderMinusOne);
  const Element negated = minus_one.TimesGenerator();
  EXPECT_EQ(Add(Element::Generator(), negated).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Sum, IsTheSumEvenByWayOfTheIdentity) {
  const Element g = Element::Generator();
  const Element negated = ScalarFromHex(kOrderMinusOne)->TimesGenerator();
  EXPECT_EQ(*Sum({g}), g);
  EXPECT_EQ(HexOf(*Sum({g, g, g})), kMultiples[2]);
  EXPECT_EQ(*Sum({g, negated, g}), g);
  EXPECT_FALSE(Sum({g, negated}).ok());
  EXPECT_FALSE(Sum({}).ok());
}

TEST(Scalar, ParseAcceptsOneToOrderMinusOne) {
  struct {
    const char* name;
    std::string hex;
    bool good;
  } cases[] = {
      {"one", "01" + std::string(62, '0'), true},
      {"order - 1", kOrderMinusOne, true},
      {"zero", kIdentity, false},
      {"order", kOrder, false},
      {"order + 1", "ee" + std::string(kOrder).substr(2), false},
      {"top bit set", std::string(62, '0') + "80", false},
      {"all ones", std::string(64, 'f'), false},
      {"31 bytes", std::string(62, '1'), false},
      {"33 bytes", "01" + std::string(64, '0'), false},
      {"no bytes", "", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(ScalarFromHex(c.hex).ok(), c.good) << c.name;
}

TEST(Scalar, ArithmeticIsThatOfTheField) {
  const Element g = Element::HashToGroup("any", "kinstile-test");
  for (int i = 0; i < 8; ++i) {
    const Scalar a = Scalar::Random(), b = Scalar::Random();
    EXPECT_EQ(a.Plus(b)->Times(g), *Add(a.Times(g), b.Times(g)));
    EXPECT_EQ(a.Times(b).Times(g), a.Times(b.Times(g)));
    EXPECT_EQ(a.Invert().Times(a.Times(g)), g);
    EXPECT_EQ(HexOf(*a.Plus(b)->Minus(b)), HexOf(a));
    EXPECT_EQ(HexOf(a.Clone()), HexOf(a));
    EXPECT_TRUE(ScalarFromHex(HexOf(a)).ok());
    const auto both = a.ParseAndMultiply(g.bytes());
    ASSERT_TRUE(both.ok());
    EXPECT_EQ(both->first, g);
    EXPECT_EQ(both->second, a.Times(g));
  }
}

TEST(Scalar, SumsAndDifferencesOfZeroAreRefused) {
  const Scalar a = Scalar::Random();
  EXPECT_FALSE(a.Minus(a).ok());
  EXPECT_FALSE(Scalar::FromUint(1).Plus(*ScalarFromHex(kOrderMinusOne)).ok());
}

TEST(ScalarDeathTest, MovedFromIsNotAScalar) {
  Scalar a = Scalar::Random();
  const Scalar b = std::move(a);
  EXPECT_DEATH(a.TimesGenerator(), "moved-from");
  EXPECT_DEATH(a.Times(Element::Generator()), "moved-from");
  EXPECT_DEATH(a.Invert(), "moved-from");
  EXPECT_DEATH(Scalar::FromUint(0), "zero");
}

// RFC 9380 appendix K.3, dst "QUUX-V01-CS02-with-expander-SHA512-256".
constexpr char kDst[] = "QUUX-V01-CS02-with-expander-SHA512-256";
struct ExpandCase {
  std::string message;
  const char* hex;
};
const ExpandCase kExpand[] = {
    {"", "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"},
    {"abc", "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"},
    {"abcdef0123456789",
     "087e45a86e2939ee8b91100af1583c4938e0f5fc6c9db4b107b83346bc967f58"},
    {"q128_" + std::string(128, 'q'),
     "7336234ee9983902440f6bc35b348352013becd88938d2afec44311caf8356b3"},
    {"a512_" + std::string(512, 'a'),
     "57b5f7e766d5be68a6bfe1768e3c2b7f1228b3e4b3134956dd73a59b954c66f4"},
    {"",
     "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921"
     "b052b62eaed99b46f72f2ef4cc96bfaf254ebbbec091e1a3b9e4fb5e5b619d2e"
     "0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7e"
     "b00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961"},
    {"abc",
     "7f1dddd13c08b543f2e2037b14cefb255b44c83cc397c1786d975653e36a6b11"
     "bdd7732d8b38adb4a0edc26a0cef4bb45217135456e58fbca1703cd6032cb134"
     "7ee720b87972d63fbf232587043ed2901bce7f22610c0419751c065922b48843"
     "1851041310ad659e4b23520e1772ab29dcdeb2002222a363f0c2b1c972b3efe1"},
    {"abcdef0123456789",
     "3f721f208e6199fe903545abc26c837ce59ac6fa45733f1baaf0222f8b7acb04"
     "24814fcb5eecf6c1d38f06e9d0a6ccfbf85ae612ab8735dfdf9ce84c372a77c8"
     "f9e1c1e952c3a61b7567dd0693016af51d2745822663d0c2367e3f4f0bed827f"
     "eecc2aaf98c949b5ed0d35c3f1023d64ad1407924288d366ea159f46287e61ac"},
    {"q128_" + std::string(128, 'q'),
     "b799b045a58c8d2b4334cf54b78260b45eec544f9f2fb5bd12fb603eaee70db7"
     "317bf807c406e26373922b7b8920fa29142703dd52bdf280084fb7ef69da78af"
     "df80b3586395b433dc66cde048a258e476a561e9deba7060af40adf30c64249c"
     "a7ddea79806ee5beb9a1422949471d267b21bc88e688e4014087a0b592b695ed"},
    {"a512_" + std::string(512, 'a'),
     "05b0bfef265dcee87654372777b7c44177e2ae4c13a27f103340d9cd11c86cb2"
     "426ffcad5bd964080c2aee97f03be1ca18e30a1f14e27bc11ebbd650f305269c"
     "c9fb1db08bf90bfc79b42a952b46daf810359e7bc36452684784a64952c343c5"
     "2e5124cd1f71d474d5197fefc571a92929c9084ffe1112cf5eea5192ebff330b"},
};

TEST(ExpandMessageXmd, MatchesRfc9380) {
  for (const ExpandCase& c : kExpand) {
    const auto out =
        ExpandMessageXmd(c.message, kDst, std::string(c.hex).size() / 2);
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(ToHex(*out), c.hex) << c.message;
  }
}

TEST(ExpandMessageXmd, MatchesTheWholeVectorFile) {
  const auto file = VectorFile("rfc9380/expand_message_xmd_SHA512_38.json");
  if (!file.has_value()) return;
  int checked = 0;
  for (const Json& t : Items(*file, "tests")) {
    const size_t size = std::stoul(Text(t, "len_in_bytes"), nullptr, 16);
    const auto out = ExpandMessageXmd(Text(t, "msg"), Text(*file, "DST"), size);
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(ToHex(*out), Text(t, "uniform_bytes"));
    ++checked;
  }
  EXPECT_EQ(checked, 10);
}

TEST(ExpandMessageXmd, LongDstIsHashedAsSection533Says) {
  const std::string edge(255, 'd'), over(256, 'd');
  const auto hash = Sha512("H2C-OVERSIZE-DST-" + over);
  const std::string hashed(hash.begin(), hash.end());
  EXPECT_EQ(*ExpandMessageXmd("m", over, 64),
            *ExpandMessageXmd("m", hashed, 64));
  EXPECT_NE(*ExpandMessageXmd("m", edge, 64), *ExpandMessageXmd("m", over, 64));
}

TEST(ExpandMessageXmd, RefusesSizesAndDstThatTheRfcForbids) {
  EXPECT_TRUE(ExpandMessageXmd("m", "d", 255 * 64).ok());
  EXPECT_FALSE(ExpandMessageXmd("m", "d", 255 * 64 + 1).ok());
  EXPECT_FALSE(ExpandMessageXmd("m", "d", 0).ok());
  EXPECT_FALSE(ExpandMessageXmd("m", "", 64).ok());
}

}  // namespace
}  // namespace kinstile::crypto
