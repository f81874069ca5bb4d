// SPDX-License-Identifier: Apache-2.0
// The canonical encoding: one value, one encoding; everything else refused.
#include "gateway/base/encoding.h"

#include <gtest/gtest.h>

#include <limits>

namespace kinstile {
namespace {

constexpr char kLabel[] = "kinstile/v1/test";

// One of each field.
struct Value {
  uint8_t u8 = 0;
  uint16_t u16 = 0;
  uint32_t u32 = 0;
  uint64_t u64 = 0;
  int64_t i64 = 0;
  bool flag = false;
  std::string bytes;
  std::vector<std::string> strings;
  std::vector<uint16_t> list;
  friend bool operator==(const Value&, const Value&) = default;
};

std::string Encoded(const Value& v) {
  Encoder e(kLabel);
  e.U8(v.u8).U16(v.u16).U32(v.u32).U64(v.u64).I64(v.i64).Bool(v.flag);
  e.Bytes(v.bytes).Strings(v.strings).Count(v.list.size());
  for (uint16_t x : v.list) e.U16(x);
  return std::move(e).Take();
}

absl::Status Decoded(absl::string_view bytes, Value& v) {
  Decoder d(bytes, kLabel);
  v.u8 = d.U8();
  v.u16 = d.U16();
  v.u32 = d.U32();
  v.u64 = d.U64();
  v.i64 = d.I64();
  v.flag = d.Bool();
  v.bytes = d.Bytes();
  v.strings = d.Strings();
  for (size_t n = d.Count(2); n > 0; --n) v.list.push_back(d.U16());
  return d.Finish();
}

bool IsRefused(absl::string_view bytes) {
  Value v;
  return Decoded(bytes, v).code() == absl::StatusCode::kInvalidArgument;
}

Value Example() {
  return {.u8 = 0x12,
          .u16 = 0x3456,
          .u32 = 0x789abcde,
          .u64 = 0xf0f1f2f3f4f5f6f7,
          .i64 = -2,
          .flag = true,
          .bytes = std::string("a\0b", 3),
          .strings = {"", "one", "two"},
          .list = {1, 2, 0xffff}};
}

TEST(Encoding, IsTheseBytes) {  // a change here is a new version of everything
  Encoder e("L");
  e.U8(1).U16(0x0203).U32(0x04050607).U64(0x08090a0b0c0d0e0f).I64(-1);
  e.Bool(true).Bool(false).Bytes("xy").Count(2).Strings({"z"});
  EXPECT_EQ(e.view(), std::string("\0\0\0\x01L"
                                  "\x01"
                                  "\x02\x03"
                                  "\x04\x05\x06\x07"
                                  "\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                                  "\xff\xff\xff\xff\xff\xff\xff\xff"
                                  "\x01\x00"
                                  "\0\0\0\x02xy"
                                  "\0\0\0\x02"
                                  "\0\0\0\x01\0\0\0\x01z",
                                  49));
}

TEST(Encoding, RoundTrips) {
  Value least;
  least.i64 = std::numeric_limits<int64_t>::min();
  const Value most{.u8 = 0xff,
                   .u16 = 0xffff,
                   .u32 = 0xffffffff,
                   .u64 = std::numeric_limits<uint64_t>::max(),
                   .i64 = std::numeric_limits<int64_t>::max(),
                   .flag = true,
                   .bytes = std::string(100000, '\xff'),
                   .strings = std::vector<std::string>(1000, "s"),
                   .list = std::vector<uint16_t>(1000, 7)};
  for (const Value& v : {Value{}, Example(), least, most}) {
    Value back;
    ASSERT_TRUE(Decoded(Encoded(v), back).ok());
    EXPECT_EQ(back, v);
    EXPECT_EQ(Encoded(back), Encoded(v));
  }
}

TEST(Encoding, FieldsDoNotRunIntoEachOther) {
  EXPECT_NE(Encoder("l").Bytes("ab").Bytes("c").view(),
            Encoder("l").Bytes("a").Bytes("bc").view());
  EXPECT_NE(Encoder("l").Strings({"a"}).Strings({}).view(),
            Encoder("l").Strings({}).Strings({"a"}).view());
  EXPECT_NE(Encoder("la").Bytes("b").view(), Encoder("l").Bytes("ab").view());
}

TEST(Decoder, RefusesTruncationAtEveryOffset) {
  const std::string whole = Encoded(Example());
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(IsRefused(whole.substr(0, size))) << size;
}

TEST(Decoder, RefusesTrailingBytes) {
  const std::string whole = Encoded(Example());
  EXPECT_TRUE(IsRefused(whole + '\0'));
  EXPECT_TRUE(IsRefused(whole + whole));
  Value v;
  EXPECT_EQ(Decoded(whole + '\0', v).message(),
            "kinstile/v1/test: bytes after the end");
}

TEST(Decoder, RefusesAnotherLabel) {
  for (absl::string_view label : {"", "kinstile/v1/tess", "kinstile/v1/tes",
                                  "kinstile/v1/test2", "kinstile/v2/test"}) {
    Encoder e(label);
    Decoder d(e.view(), kLabel);
    EXPECT_FALSE(d.ok()) << label;
    EXPECT_EQ(d.Finish().message(), "kinstile/v1/test: malformed encoding");
  }
}

TEST(Decoder, RefusesABoolThatIsNeitherZeroNorOne) {
  for (int v = 2; v < 256; ++v) {
    Encoder e(kLabel);
    e.U8(static_cast<uint8_t>(v));
    Decoder d(e.view(), kLabel);
    EXPECT_TRUE(d.Bool() || !d.ok());
    EXPECT_FALSE(d.Finish().ok()) << v;
  }
}

// A count is believed only as far as the bytes behind it could carry it, so
// that a short message cannot make anyone reserve gigabytes.
TEST(Decoder, RefusesCountsAndLengthsTooLarge) {
  for (uint32_t n : {3u, 4u, 0x7fffffffu, 0xffffffffu}) {
    Encoder count(kLabel);
    count.U32(n).U16(1).U16(2);
    Decoder d(count.view(), kLabel);
    EXPECT_EQ(d.Count(2), 0u);
    EXPECT_FALSE(d.Finish().ok()) << n;

    Encoder strings(kLabel);
    strings.U32(n).Bytes("a").Bytes("b");
    Decoder s(strings.view(), kLabel);
    s.Strings();
    EXPECT_FALSE(s.Finish().ok()) << n;

    Encoder length(kLabel);
    length.U32(n).U8(1).U8(2);
    Decoder l(length.view(), kLabel);
    EXPECT_EQ(l.Bytes(), "");
    EXPECT_FALSE(l.Finish().ok()) << n;
  }
  Encoder exact(kLabel);
  exact.Count(2).U16(1).U16(2);
  Decoder d(exact.view(), kLabel);
  EXPECT_EQ(d.Count(2), 2u);
}

TEST(Decoder, GivesZerosAfterTheFirstFault) {
  Encoder e(kLabel);
  e.U8(7);
  Decoder d(e.view(), kLabel);
  EXPECT_EQ(d.U32(), 0u);
  EXPECT_FALSE(d.ok());
  EXPECT_EQ(d.U8(), 0u);  // there is a byte, but nothing is believed any more
  EXPECT_EQ(d.Bytes(), "");
  EXPECT_TRUE(d.Strings().empty());
  EXPECT_FALSE(d.Bool());
  EXPECT_FALSE(d.Finish().ok());
}

TEST(Decoder, EveryChangedByteIsRefusedOrAnotherValue) {
  const std::string whole = Encoded(Example());
  for (size_t i = 0; i < whole.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      Value v;
      if (!Decoded(changed, v).ok()) continue;
      EXPECT_FALSE(v == Example());
      EXPECT_EQ(Encoded(v), changed);  // one value, one encoding
    }
}

}  // namespace
}  // namespace kinstile
