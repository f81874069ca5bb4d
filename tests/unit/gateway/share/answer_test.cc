// SPDX-License-Identifier: Apache-2.0
// A sealed item opens in its own place only; a signed answer cannot be edited.
#include "gateway/share/answer.h"

#include <functional>

#include "gateway/crypto/hash.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

class AnswerTest : public World {
 protected:
  const crypto::BoxPublicKey to_ = crypto::PublicKeyOf(sealing_);
  const SealContext context_{crypto::Sha256("request"), health_.id};
  const ItemLabel label_{2, "visits", "MONTH_ONLY", 7};

  SourceAnswer Signed() {
    SourceAnswer a = NoMatch(context_.request_digest, health_.id, "v3");
    a.status = SourceStatus::kAnswered;
    a.items = {*SealItem(to_, context_, label_, "2026-10")};
    a.withheld = {{"contact", "c-1", "CONDITION", "not shown"}};
    a.obligations = {"REVIEW_BY_HUMAN"};
    SignAnything(health_.signing, a);
    return a;
  }
};

TEST_F(AnswerTest, ItemOpensUnderItsOwnKeyContextAndLabelOnly) {
  const SealedItem item = *SealItem(to_, context_, label_, "2026-10");
  EXPECT_EQ(OpenItem(sealing_, context_, item).value(), "2026-10");
  const auto closed = [&](const crypto::BoxSecretKey& key, SealContext context,
                          const SealedItem& i) {
    return absl::IsInvalidArgument(OpenItem(key, context, i).status());
  };
  EXPECT_TRUE(
      closed(crypto::RandomKey<crypto::BoxSecretKey>(), context_, item));
  EXPECT_TRUE(closed(sealing_, {crypto::Sha256("x"), health_.id}, item));
  EXPECT_TRUE(closed(sealing_, {context_.request_digest, school_.id}, item));
  const std::function<void(SealedItem&)> edits[] = {
      [](auto& i) { i.label.member = 1; },
      [](auto& i) { i.label.item = "contact"; },
      [](auto& i) { i.label.granularity = "EXACT"; },
      [](auto& i) { i.label.as_of_ms = 8; },
      [](auto& i) { i.sealed.back() ^= 1; },
      [](auto& i) { i.sealed.clear(); },
  };
  for (const auto& edit : edits) {
    SealedItem edited = item;
    edit(edited);
    EXPECT_TRUE(closed(sealing_, context_, edited));
  }
}

TEST_F(AnswerTest, SizeTellsOnlyTheStep) {
  const auto size = [&](size_t n) {
    return SealItem(to_, context_, label_, std::string(n, 'x'))->sealed.size();
  };
  EXPECT_EQ(size(0), size(200));
  EXPECT_LT(size(200), size(300));
  EXPECT_EQ(size(300), size(500));
  EXPECT_TRUE(
      SealItem(to_, context_, label_, std::string(64 * 1024, 'x')).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(
      SealItem(to_, context_, label_, std::string(64 * 1024 + 1, 'x'))
          .status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      SealItem(crypto::BoxPublicKey{}, context_, label_, "x").status()));
}

TEST_F(AnswerTest, EveryFieldIsSigned) {
  const crypto::VerifyKey key = health_.signing.verify_key();
  KS_EXPECT_OK(VerifyAnswer(key, Signed()));
  EXPECT_TRUE(absl::IsUnauthenticated(
      VerifyAnswer(school_.signing.verify_key(), Signed())));
  const std::function<void(SourceAnswer&)> edits[] = {
      [](auto& a) { a.request_digest.bytes[0] ^= 1; },
      [](auto& a) { a.agency = *AgencyId::Create("school"); },
      [](auto& a) { a.agreement_digest += "x"; },
      [](auto& a) { a.status = SourceStatus::kNoMatch; },
      [](auto& a) { a.items.clear(); },
      [](auto& a) { a.items.push_back(a.items[0]); },
      [](auto& a) { ++a.items[0].label.member; },
      [](auto& a) { a.items[0].label.item = "contact"; },
      [](auto& a) { a.items[0].label.granularity = "EXACT"; },
      [](auto& a) { ++a.items[0].label.as_of_ms; },
      [](auto& a) { a.items[0].sealed_sha256.bytes[0] ^= 1; },
      [](auto& a) { a.withheld.clear(); },
      [](auto& a) { a.withheld[0].reason = "shielded"; },
      [](auto& a) { a.withheld[0].rule = ""; },
      [](auto& a) { a.obligations.clear(); },
      [](auto& a) { a.signature.bytes[0] ^= 1; },
  };
  int i = 0;
  for (const auto& edit : edits) {
    SourceAnswer a = Signed();
    edit(a);
    EXPECT_TRUE(absl::IsUnauthenticated(VerifyAnswer(key, a))) << i;
    ++i;
  }
}

TEST_F(AnswerTest, BoxMayBeTakenOutButNotExchanged) {
  SourceAnswer a = Signed();
  a.items[0].sealed.clear();
  KS_EXPECT_OK(VerifyAnswer(health_.signing.verify_key(), a));
  a.items[0].sealed = "another box";
  EXPECT_TRUE(
      absl::IsInvalidArgument(VerifyAnswer(health_.signing.verify_key(), a)));
}

TEST_F(AnswerTest, NoMatchHasOneForm) {
  SourceAnswer a = NoMatch(context_.request_digest, health_.id, "v3");
  SourceAnswer b = a;
  SignAnything(health_.signing, a);
  SignAnything(health_.signing, b);
  EXPECT_EQ(Encode(a), Encode(b));
  EXPECT_EQ(a.signature, b.signature);
  EXPECT_TRUE(a.items.empty() && a.withheld.empty() && a.obligations.empty());
  EXPECT_EQ(StatusName(a.status), "NO_MATCH");
}

}  // namespace
}  // namespace kinstile::share
