// SPDX-License-Identifier: Apache-2.0
// Any t of n shares are the key; fewer, or wrong ones, are not.
#include "gateway/crypto/shares.h"

#include <gtest/gtest.h>

#include <bit>

namespace kinstile::crypto {
namespace {

constexpr int kBatch = 3;

struct Client {
  std::vector<Blinding> blindings;
  std::vector<BlindedPoint> points;
};

Client MakeClient() {
  Client c;
  for (int i = 0; i < kBatch; ++i) {
    c.blindings.push_back(*Blinding::Create("input " + std::to_string(i)));
    c.points.push_back(c.blindings.back().point());
  }
  return c;
}

std::vector<Token> Tokens(const Client& c,
                          const std::vector<EvaluatedPoint>& evaluated) {
  std::vector<Token> tokens;
  for (int i = 0; i < kBatch; ++i)
    tokens.push_back(c.blindings[i].Finalize(evaluated[i]).token);
  return tokens;
}

// The evaluations by the holders whose bit is set in `subset`.
std::vector<ShareEvaluations> By(const std::vector<KeyShare>& shares,
                                 unsigned subset,
                                 const std::vector<BlindedPoint>& points) {
  std::vector<ShareEvaluations> out;
  for (size_t i = 0; i < shares.size(); ++i)
    if (subset >> i & 1)
      out.push_back({shares[i].index, shares[i].key.Evaluate(points)});
  return out;
}

struct Threshold {
  int t, n;
};
constexpr Threshold kThresholds[] = {{1, 1}, {1, 3}, {2, 2}, {2, 3},
                                     {3, 4}, {3, 5}, {5, 5}};

TEST(Shares, AnyTOfNGiveTheTokensOfTheWholeKeyAndFewerDoNot) {
  const OprfKey key = OprfKey::Random();
  const Client client = MakeClient();
  const auto expected = Tokens(client, key.Evaluate(client.points));
  for (const Threshold& c : kThresholds) {
    const auto shares = DealShares(key, c.t, c.n);
    ASSERT_TRUE(shares.ok());
    ASSERT_EQ(shares->size(), static_cast<size_t>(c.n));
    for (unsigned subset = 1; subset < 1u << c.n; ++subset) {
      const auto combined =
          CombineEvaluations(By(*shares, subset, client.points));
      ASSERT_TRUE(combined.ok());
      EXPECT_EQ(Tokens(client, *combined) == expected,
                std::popcount(subset) >= c.t)
          << c.t << " of " << c.n << ", subset " << subset;
    }
  }
}

TEST(Shares, OrderOfTheHoldersDoesNotMatter) {
  const OprfKey key = OprfKey::Random();
  const Client client = MakeClient();
  const auto shares = *DealShares(key, 3, 3);
  auto evaluations = By(shares, 7, client.points);
  std::swap(evaluations[0], evaluations[2]);
  EXPECT_EQ(*CombineEvaluations(evaluations), key.Evaluate(client.points));
}

TEST(Shares, PublicKeysCombineToTheWholeKeys) {
  const OprfKey key = OprfKey::Random();
  const auto shares = *DealShares(key, 2, 3);
  std::vector<std::pair<uint8_t, OprfPublicKey>> keys;
  for (const KeyShare& s : shares)
    keys.emplace_back(s.index, s.key.public_key());
  EXPECT_EQ(*CombinePublicKeys(keys), key.public_key());
  EXPECT_EQ(*CombinePublicKeys({keys[0], keys[2]}), key.public_key());
  EXPECT_NE(*CombinePublicKeys({keys[1]}), key.public_key());
  EXPECT_FALSE(CombinePublicKeys({}).ok());
  EXPECT_FALSE(CombinePublicKeys({keys[0], keys[0]}).ok());
}

TEST(Shares, EachHolderProvesItsOwnShare) {
  const Client client = MakeClient();
  const auto shares = *DealShares(OprfKey::Random(), 2, 3);
  const auto evaluated = shares[0].key.Evaluate(client.points);
  const auto proof = *shares[0].key.Prove(client.points, evaluated);
  EXPECT_TRUE(VerifyEvaluation(shares[0].key.public_key(), client.points,
                               evaluated, proof)
                  .ok());
  EXPECT_FALSE(VerifyEvaluation(shares[1].key.public_key(), client.points,
                                evaluated, proof)
                   .ok());
}

TEST(Shares, DealsAnewEachTime) {
  const OprfKey key = OprfKey::Random();
  EXPECT_NE((*DealShares(key, 2, 2))[0].key.public_key(),
            (*DealShares(key, 2, 2))[0].key.public_key());
  EXPECT_EQ((*DealShares(key, 1, 2))[1].key.public_key(), key.public_key());
}

TEST(DealShares, RefusesOtherThresholds) {
  const OprfKey key = OprfKey::Random();
  for (const Threshold& c : {Threshold{0, 1}, {-1, 2}, {2, 1}, {1, 17}, {0, 0}})
    EXPECT_EQ(DealShares(key, c.t, c.n).status().code(),
              absl::StatusCode::kInvalidArgument)
        << c.t << " of " << c.n;
  EXPECT_TRUE(DealShares(key, 16, 16).ok());
}

TEST(CombineEvaluations, RefusesWhatIsNotOneBatchByDifferentHolders) {
  const Client client = MakeClient();
  const auto shares = *DealShares(OprfKey::Random(), 2, 3);
  const auto good = By(shares, 3, client.points);
  auto repeated = good, zero = good, unequal = good;
  repeated[1].index = repeated[0].index;
  zero[0].index = 0;
  unequal[1].points.pop_back();
  struct {
    const char* name;
    std::vector<ShareEvaluations> shares;
  } cases[] = {{"none", {}},
               {"repeated index", repeated},
               {"zero index", zero},
               {"unequal sizes", unequal}};
  for (const auto& c : cases)
    EXPECT_EQ(CombineEvaluations(c.shares).status().code(),
              absl::StatusCode::kInvalidArgument)
        << c.name;
}

// A holder that answers so that the sum vanishes is an error, not a token.
TEST(CombineEvaluations, RefusesASumThatIsTheIdentity) {
  const Element& g = Element::Generator();
  // For indices 1 and 2 the weights are 2 and -1: 2 * g - 1 * (2 * g) = 0.
  const std::vector<ShareEvaluations> shares = {
      {1, {EvaluatedPoint(g)}},
      {2, {EvaluatedPoint(Scalar::FromUint(2).Times(g))}}};
  EXPECT_EQ(CombineEvaluations(shares).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kinstile::crypto
