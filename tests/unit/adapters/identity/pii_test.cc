// SPDX-License-Identifier: Apache-2.0
// What must not compile with a personal value, and that it is wiped.
#include "adapters/identity/pii.h"

#include <concepts>
#include <functional>
#include <new>
#include <ostream>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace kinstile::identity {
namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& v) {
  out << v;
};
template <class T>
concept Concatenates = requires(const T& v) {
  absl::StrCat(v);
};
template <class T>
concept HashesByAbsl = requires(const T& v) {
  absl::Hash<T>{}(v);
};
template <class T>
concept HashesByStd = requires(const T& v) {
  std::hash<T>{}(v);
};
template <class T>
concept Compares = requires(const T& v) {
  v == v;
};
template <class T>
concept Orders = requires(const T& v) {
  v < v;
};

// The concepts find the ability in a plain string ...
static_assert(Streams<std::string> && Concatenates<std::string>);
static_assert(HashesByAbsl<std::string> && HashesByStd<std::string>);
static_assert(Compares<std::string> && Orders<std::string>);
// ... and not in a personal one.
static_assert(!Streams<Pii<>> && !Concatenates<Pii<>>);
static_assert(!HashesByAbsl<Pii<>> && !HashesByStd<Pii<>>);
static_assert(!Compares<Pii<>> && !Orders<Pii<>>);
static_assert(!Streams<Pii<int>> && !Compares<Pii<int>>);
// It does not turn into text on its own, nor text into it.
static_assert(!std::convertible_to<Pii<>, std::string>);
static_assert(!std::convertible_to<Pii<>, absl::string_view>);
static_assert(!std::convertible_to<std::string, Pii<>>);
// The token has to be written out.
template <class T>
concept RevealsWithBraces = requires(const T& v) {
  v.Reveal({});
};
static_assert(!RevealsWithBraces<Pii<>>);
static_assert(std::is_nothrow_move_constructible_v<Pii<>>);

TEST(Pii, IsReadWithTheToken) {
  const Pii<> name(std::string("Ada"));
  EXPECT_EQ(name.Reveal(PiiAccess{}), "Ada");
  EXPECT_FALSE(name.empty());
  EXPECT_TRUE(Pii<>().empty());
}

TEST(Pii, LeavesNothingBehindWhenMoved) {
  for (const size_t size : {3u, 15u, 16u, 200u}) {
    Pii<> from(std::string(size, 'x'));
    const Pii<> to(std::move(from));
    EXPECT_EQ(to.Reveal(PiiAccess{}), std::string(size, 'x'));
    EXPECT_TRUE(from.empty());  // NOLINT: the moved-from state is promised
    const std::string& rest = from.Reveal(PiiAccess{});
    const absl::string_view spare(rest.data(), rest.capacity());
    EXPECT_EQ(spare.find('x'), absl::string_view::npos);
  }
}

TEST(Pii, IsWipedWhenDestroyed) {
  // A short string lives inside the object, so its bytes can be looked at
  // after the destructor without touching freed memory.
  alignas(Pii<>) unsigned char memory[sizeof(Pii<>)];
  auto* pii = new (memory) Pii<>(std::string("SECRETNAME"));
  pii->~Pii();
  const absl::string_view left(reinterpret_cast<char*>(memory), sizeof memory);
  EXPECT_EQ(left.find("ECRET"), absl::string_view::npos);
}

TEST(Pii, CopiesAndAssigns) {
  Pii<> a(std::string("one"));
  Pii<> b = a;
  b = Pii<>(std::string("two"));
  EXPECT_EQ(a.Reveal(PiiAccess{}), "one");
  EXPECT_EQ(b.Reveal(PiiAccess{}), "two");
  a = b;
  EXPECT_EQ(a.Reveal(PiiAccess{}), "two");
}

}  // namespace
}  // namespace kinstile::identity
