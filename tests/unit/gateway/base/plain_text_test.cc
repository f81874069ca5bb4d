// SPDX-License-Identifier: Apache-2.0
// What a terminal would obey is shown as what it is.
#include "gateway/base/plain_text.h"

#include <gtest/gtest.h>

namespace kinstile {
namespace {

TEST(PlainText, ShowsWhatWouldNotShow) {
  struct Case {
    const char* name;
    absl::string_view text;
    const char* shown;
  } cases[] = {
      {"escape", "a\x1b[31mb", "a<U+001B>[31mb"},
      {"carriage return", "a\rb", "a<U+000D>b"},
      {"newline", "a\nb", "a<U+000A>b"},
      {"delete", "a\x7f", "a<U+007F>"},
      {"C1",
       "\xc2\x9b"
       "x",
       "<U+009B>x"},
      {"turned around", "\xe2\x80\xaeoops", "<U+202E>oops"},
      {"isolate", "\xe2\x81\xa6", "<U+2066>"},
      {"no UTF-8", "a\xff", "a<U+00FF>"},
      {"cut short", "a\xe2\x80", "a<U+00E2><U+0080>"},
      {"overlong", "\xe0\x80\x80", "<U+00E0><U+0080><U+0080>"},
  };
  for (const Case& c : cases) {
    EXPECT_FALSE(IsPlain(c.text)) << c.name;
    EXPECT_EQ(Plain(c.text), c.shown) << c.name;
  }
}

TEST(PlainText, LeavesWordsAlone) {
  for (absl::string_view text : {"", "a b-c_d.", "Ffion \xc3\x89ire",
                                 "\xe2\x80\x94", "\xf0\x9f\x8f\xa0"}) {
    EXPECT_TRUE(IsPlain(text));
    EXPECT_EQ(Plain(text), text);
  }
}

}  // namespace
}  // namespace kinstile
