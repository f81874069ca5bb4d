// SPDX-License-Identifier: Apache-2.0
// What is evaluated once is not evaluated again, and nothing is believed that
// was touched at rest.
#include "adapters/daemon/token_cache.h"

#include "adapters/identity/normalise.h"
#include "gateway/crypto/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/adapters/daemon/state_file.h"

namespace kinstile::daemon {
namespace {

using Known = TokenCache::Known;

identity::Person PersonCalled(const std::string& surname) {
  identity::RawPerson raw;
  raw.forename = identity::Pii<>(std::string("Ann"));
  raw.surname = identity::Pii<>(surname);
  raw.birth_date = identity::Pii<>(std::string("1987-03-05"));
  raw.postcode = identity::Pii<>(std::string("ZZ1 1AA"));
  return identity::Normalise(raw, absl::CivilDay(2026, 11, 25)).person;
}

class TokenCacheTest : public ::testing::Test {
 protected:
  TokenCacheTest()
      : state_(file_.Open()),
        handles_(crypto::RandomKey<crypto::MacKey>()),
        cache_(*state_, handles_) {}

  static client::PersonTokens Tokens(char fill) {
    client::PersonTokens p;
    p.tokens.push_back({3, *Token::FromBytes(std::string(16, fill))});
    p.secrets.push_back(*crypto::MatchSecret::FromBytes(crypto::SecretAccess(),
                                                        std::string(32, fill)));
    return p;
  }
  Handle H(const std::string& id) {
    return handles_.ForRecord(identity::Pii<>(id));
  }
  void Keep(int64_t run, const std::string& id, const std::string& surname,
            char fill, bool fresh = true) {
    const client::PersonTokens p = Tokens(fill);
    const TokenCache::Entry entry{
        H(id), cache_.Fingerprint(PersonCalled(surname), 1), &p, fresh};
    ASSERT_TRUE(cache_.Keep(run, {entry}).ok());
  }
  Known Look(TokenCache& cache, const std::string& id,
             const std::string& surname, uint32_t epoch = 1) {
    auto found =
        cache.Find({H(id)}, {cache.Fingerprint(PersonCalled(surname), epoch)});
    EXPECT_TRUE(found.ok()) << found.status();
    last_ = std::move((*found)[0].evaluated);
    return (*found)[0].known;
  }

  const StateFile file_;
  std::unique_ptr<storage::Database> state_;
  Handles handles_;
  TokenCache cache_;
  client::PersonTokens last_;
};

TEST_F(TokenCacheTest, KnowsWhatIsNewChangedAndUnchanged) {
  EXPECT_EQ(*cache_.NextRun(), 1);
  EXPECT_EQ(Look(cache_, "1", "Hill"), Known::kNew);
  Keep(1, "1", "Hill", 'a');
  EXPECT_EQ(*cache_.NextRun(), 2);
  EXPECT_EQ(Look(cache_, "1", "Hill"), Known::kUnchanged);
  EXPECT_EQ(last_.tokens, Tokens('a').tokens);
  ASSERT_EQ(last_.secrets.size(), 1u);
  EXPECT_EQ(last_.secrets[0].view(crypto::SecretAccess()),
            std::string(32, 'a'));
  EXPECT_EQ(Look(cache_, "1", "Low"), Known::kChanged);
  EXPECT_TRUE(last_.tokens.empty());
  // Another epoch of the matching key is another evaluation.
  EXPECT_EQ(Look(cache_, "1", "Hill", 2), Known::kChanged);
  Keep(2, "1", "Low", 'b');
  EXPECT_EQ(Look(cache_, "1", "Low"), Known::kUnchanged);
  EXPECT_EQ(Look(cache_, "1", "Hill"), Known::kChanged);
}

TEST_F(TokenCacheTest, ForgetsWhoIsGone) {
  Keep(1, "1", "Hill", 'a');
  Keep(1, "2", "Low", 'b');
  Keep(2, "1", "Hill", 'a', /*fresh=*/false);
  EXPECT_EQ(*cache_.ForgetOthers(2), 1u);
  EXPECT_EQ(*cache_.Size(), 1u);
  EXPECT_EQ(Look(cache_, "1", "Hill"), Known::kUnchanged);
  EXPECT_EQ(Look(cache_, "2", "Low"), Known::kNew);
}

// A row serves its own record, with what went into it, under the agency's key.
TEST_F(TokenCacheTest, TakesNoRowThatWasMovedOrMadeElsewhere) {
  Keep(1, "1", "Hill", 'a');
  Keep(1, "2", "Hill", 'b');
  TokenCache other(*state_, Handles(crypto::RandomKey<crypto::MacKey>()));
  EXPECT_EQ(Look(other, "1", "Hill"), Known::kChanged);
  ASSERT_TRUE(state_
                  ->Write([&](storage::Transaction& tx) {
                    return tx
                        .Execute(
                            "UPDATE enrolment_token SET tokens = (SELECT "
                            "tokens FROM enrolment_token WHERE handle = ?1) "
                            "WHERE handle = ?2",
                            {storage::Value::Blob(H("2").view()),
                             storage::Value::Blob(H("1").view())})
                        .status();
                  })
                  .ok());
  EXPECT_EQ(Look(cache_, "1", "Hill"), Known::kChanged);
  EXPECT_EQ(Look(cache_, "2", "Hill"), Known::kUnchanged);
}

}  // namespace
}  // namespace kinstile::daemon
