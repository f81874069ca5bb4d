// SPDX-License-Identifier: Apache-2.0
// Every character there and back, and what is none.
#include "adapters/sources/sql/utf16.h"

#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

std::string Units(std::u16string_view units) {
  return std::string(reinterpret_cast<const char*>(units.data()),
                     2 * units.size());
}

TEST(Utf16, ConvertsBothWays) {
  struct {
    const char* name;
    std::string utf8;
    std::u16string_view utf16;
  } const cases[] = {
      {"nothing", "", u""},
      {"ASCII", "Ann", u"Ann"},
      {"two bytes", "Zoë", u"Zo\u00EB"},
      {"three bytes", "Ż€", u"\u017B\u20AC"},
      {"a pair", "🙂", u"\U0001F642"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Utf8ToUtf16(c.utf8), Units(c.utf16)) << c.name;
    EXPECT_EQ(Utf16ToUtf8(Units(c.utf16)), c.utf8) << c.name;
  }
}

TEST(Utf16, ReplacesWhatIsNoCharacter) {
  const char16_t lead[] = {0xD83D, u'a'}, trail[] = {0xDE42};
  EXPECT_EQ(Utf16ToUtf8(Units({lead, 2})),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(Utf16ToUtf8(Units({trail, 1})), "\xEF\xBF\xBD");
  EXPECT_EQ(Utf8ToUtf16("\xFF"), Units(u"\uFFFD"));
}

}  // namespace
}  // namespace kinstile::sources
