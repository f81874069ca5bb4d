// SPDX-License-Identifier: Apache-2.0
// Identifiers: what is a name, what is not, and which types never mix.
#include "gateway/base/ids.h"

#include <gtest/gtest.h>

#include <concepts>
#include <set>

#include "absl/hash/hash.h"

namespace kinstile {
namespace {

template <class A, class B>
concept Mixes = std::constructible_from<A, B> || std::assignable_from<A&, B> ||
    requires(const A& a, const B& b) {
  a == b;
};

static_assert(!Mixes<AgencyId, FlowId>);
static_assert(!Mixes<AgencyId, AgreementId>);
static_assert(!Mixes<FlowId, AgreementId>);
static_assert(!Mixes<Handle, FamilyHandle>);
static_assert(!Mixes<Handle, Token>);
static_assert(!Mixes<RequestId, Handle>);
static_assert(!Mixes<Token, Digest>);
static_assert(!std::constructible_from<AgencyId, std::string>);
static_assert(!std::convertible_to<std::string, Token>);

TEST(Name, AcceptsTheRuleAndNothingElse) {
  struct {
    const char* name;
    std::string text;
    bool good;
  } cases[] = {
      {"one letter", "a", true},
      {"letters, digits, hyphens", "leeds-council-2", true},
      {"64", "a" + std::string(63, '9'), true},
      {"65", "a" + std::string(64, '9'), false},
      {"empty", "", false},
      {"digit first", "2council", false},
      {"hyphen first", "-council", false},
      {"upper case", "Council", false},
      {"space", "a b", false},
      {"underscore", "a_b", false},
      {"dot", "a.b", false},
      {"slash", "a/b", false},
      {"newline", "a\n", false},
      {"zero byte", std::string("a\0", 2), false},
      {"not ASCII", "caf\xc3\xa9", false},
  };
  for (const auto& c : cases) {
    const auto id = AgencyId::Create(c.text);
    EXPECT_EQ(id.ok(), c.good) << c.name;
    EXPECT_EQ(id.ok() ? id->str() : c.text, c.text) << c.name;
  }
}

TEST(Name, ErrorNamesTheFieldAndNeverTheValue) {
  const auto id = FlowId::Create("Secret Flow");
  EXPECT_EQ(id.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(id.status().message().find("Secret"), absl::string_view::npos);
  EXPECT_EQ(id.status().message().substr(0, 5), "flow ");
}

TEST(Name, ComparesOrdersAndHashesByItsBytes) {
  const AgencyId a = *AgencyId::Create("a"), b = *AgencyId::Create("b");
  EXPECT_EQ(a, *AgencyId::Create("a"));
  EXPECT_NE(a, b);
  EXPECT_LT(a, b);
  EXPECT_EQ(absl::Hash<AgencyId>()(a),
            absl::Hash<AgencyId>()(*AgencyId::Create("a")));
  EXPECT_TRUE(AgencyId().empty());
  EXPECT_FALSE(a.empty());
}

TEST(FixedBytes, TakesItsSizeAndNoOther) {
  const std::string raw = "0123456789abcdef";
  const auto token = Token::FromBytes(raw);
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->view(), raw);
  EXPECT_EQ(token->str(), raw);
  for (size_t size : {0, 1, 15, 17, 32}) {
    const auto bad = Token::FromBytes(std::string(size, 'x'));
    EXPECT_EQ(bad.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(bad.status().message(), "token: must be 16 bytes");
  }
  EXPECT_EQ(Digest::kSize, 32u);
}

TEST(FixedBytes, ComparesOrdersAndHashesByItsBytes) {
  const Handle a = *Handle::FromBytes("0123456789abcdef");
  const Handle b = *Handle::FromBytes("0123456789abcdeg");
  EXPECT_EQ(a, *Handle::FromBytes("0123456789abcdef"));
  EXPECT_NE(a, b);
  EXPECT_EQ((std::set<Handle>{b, a, a}.size()), 2u);
  EXPECT_LT(a, b);
  EXPECT_EQ(absl::Hash<Handle>()(a),
            absl::Hash<Handle>()(*Handle::FromBytes(a.view())));
  EXPECT_EQ(Handle(), *Handle::FromBytes(std::string(16, '\0')));
}

}  // namespace
}  // namespace kinstile
