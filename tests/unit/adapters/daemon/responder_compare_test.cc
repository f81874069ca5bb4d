// SPDX-License-Identifier: Apache-2.0
// Stage 2 between two agencies: who can open what, and what is learnt.
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/client/comparison.h"
#include "adapters/daemon/responder.h"
#include "adapters/identity/match_keys.h"
#include "adapters/identity/normalise.h"
#include "gateway/base/match_keys.h"
#include "gateway/crypto/random.h"
#include "gateway/linkage/compare.h"
#include "gateway/share/comparison.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/adapters/daemon/list_source.h"

namespace kinstile::daemon {
namespace {

using linkage::Comparator;
using share::CandidateHit;
using share::ComparedFamily;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now =
      absl::FromCivil(absl::CivilHour(2026, 11, 23, 9), absl::UTCTimeZone());
};

crypto::SigningKey SigningKeyOf(char fill) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
}

std::shared_ptr<const policy::ActiveSet> Policy() {
  policy::Agreement a;
  a.id = "support";
  a.version = 1;
  a.digest = std::string(64, 'a');
  a.effective_from = absl::CivilDay(2026, 1, 1);
  a.review_due = a.expires = absl::CivilDay(2027, 12, 31);
  a.nations = {policy::Jurisdiction::kEngland};
  a.parties.resize(2);
  a.parties[0].id = "council";
  a.parties[0].type = policy::AgencyType::kCouncilEarlyHelp;
  a.parties[1].id = "health";
  a.parties[1].type = policy::AgencyType::kNhsTrust;
  a.parties[0].nations = a.nations;
  policy::Flow flow{};
  flow.id = "contact";
  flow.from = "health";
  flow.to = "council";
  flow.roles = {"key worker"};
  flow.purposes = {policy::Purpose::kSupportKeyWorking};
  flow.mode = policy::Mode::kAskOneHousehold;
  flow.items = {{"contact",
                 policy::DataCategory::kContact,
                 policy::Granularity::kExact,
                 {},
                 "to plan together"}};
  flow.max_people = 12;
  a.flows = {flow};
  return std::make_shared<policy::ActiveSet>(std::vector<policy::Agreement>{a},
                                             policy::Catalogue{}, "test");
}

identity::Person PersonOf(const std::string& forename,
                          const std::string& birth) {
  identity::RawPerson raw;
  raw.forename = identity::Pii<>(forename);
  raw.surname = identity::Pii<>(std::string("Vale"));
  raw.birth_date = identity::Pii<>(birth);
  raw.sex = identity::Pii<>(std::string("F"));
  raw.postcode = identity::Pii<>(std::string("ZZ12 3AB"));
  raw.house = identity::Pii<>(std::string("7"));
  return identity::Normalise(raw, absl::CivilDay(2026, 11, 23)).person;
}

// What the key holders would give for a match-key: the same for the same key,
// to whoever may have it evaluated. `with_secret_half` false: what a wrap
// without it would be, one constant for everybody.
struct Oracle {
  bool with_secret_half = true;

  client::PersonTokens Evaluate(const identity::Person& person) const {
    client::PersonTokens out;
    const auto key = *crypto::MacKey::FromBytes(crypto::SecretAccess(),
                                                std::string(32, 'o'));
    for (const identity::MatchKey& k : identity::MatchKeys(person)) {
      const std::string& input = k.input.Reveal(identity::PiiAccess());
      const Digest token = crypto::HmacSha256(key, "token", input);
      const Digest half = crypto::HmacSha256(key, "secret", input);
      out.tokens.push_back({k.id, *Token::FromBytes(token.view().substr(16))});
      out.secrets.push_back(*crypto::MatchSecret::FromBytes(
          crypto::SecretAccess(),
          with_secret_half ? half.str() : std::string(32, '0')));
    }
    return out;
  }
};

class CompareTest : public ::testing::Test {
 protected:
  CompareTest()
      : council_(SigningKeyOf(1)),
        health_(SigningKeyOf(2)),
        comparison_key_(crypto::RandomKey<crypto::BoxSecretKey>()),
        directory_(MakeConsortium()),
        records_(std::make_shared<Register>()),
        path_(std::filesystem::temp_directory_path() /
              absl::StrCat("compare-", ::getpid(), ".db")) {
    RemoveStore();
    state_ = *storage::Open("sqlite:" + path_.string());
    replays_ = *share::ReplayGuard::Open(*state_, clock_.now);
    daily_use_ = *share::DailyUse::Open(*state_, clock_.now);
    compare_replays_ = *share::ReplayGuard::Open(*state_, clock_.now);
    store_ = std::make_unique<ComparisonStore>(
        *state_,
        *crypto::MacKey::FromBytes(crypto::SecretAccess(), std::string(32, 3)));
    policy_ = *share::PolicyInForce::Open(*state_, clock_, Policy());
    consents_ = std::make_unique<ConsentBook>(
        ConsentBook::Parts{*AgencyId::Create("health"), *state_, clock_});
    responder_ = std::make_unique<Responder>(Responder::Parts{
        *AgencyId::Create("health"), health_, directory_, *policy_, records_,
        source_, *consents_, *replays_, *daily_use_, handles_, *state_, clock_,
        comparison_key_, *store_, *compare_replays_});
  }
  ~CompareTest() override { RemoveStore(); }
  void RemoveStore() {
    for (const char* end : {"", "-wal", "-shm"})
      std::filesystem::remove(path_.string() + end);
  }

  std::shared_ptr<const share::Consortium> MakeConsortium() {
    auto c = std::make_shared<share::Consortium>();
    c->version = 1;
    c->key_epoch = 1;
    for (const char* id : {"council", "health"}) {
      share::Agency agency;
      agency.id = *AgencyId::Create(id);
      const bool council = agency.id.str() == "council";
      agency.signing_key = (council ? council_ : health_).verify_key();
      agency.comparison_key = crypto::PublicKeyOf(comparison_key_);
      c->agencies.push_back(agency);
    }
    return c;
  }

  static Handle HandleOf(uint8_t n) {
    Handle h;
    h.bytes[0] = n;
    return h;
  }
  static FamilyHandle FamilyOf(uint8_t n) {
    FamilyHandle h;
    h.bytes[0] = n;
    return h;
  }

  // Health's register: families of people, numbered from 1.
  void Enrol(const std::vector<std::vector<identity::Person>>& families) {
    const int64_t generation = store_->Begin().value();
    std::vector<ComparisonRecord> records;
    uint8_t n = 0, f = 0;
    for (const auto& family : families) {
      ++f;
      for (const identity::Person& person : family) {
        ComparisonRecord r{HandleOf(++n), FamilyOf(f), person, {}};
        client::PersonTokens tokens = oracle_.Evaluate(person);
        for (size_t k = 0; k < tokens.tokens.size(); ++k)
          r.secrets.push_back(
              {tokens.tokens[k].key, std::move(tokens.secrets[k])});
        records.push_back(std::move(r));
      }
    }
    ASSERT_TRUE(store_->Add(generation, records).ok());
    ASSERT_TRUE(store_->Finish(generation).ok());
  }

  share::SignedRequest Ask(const std::vector<identity::Person>& people) {
    share::SignedRequest out;
    share::ShareRequest& r = out.request;
    r.id = crypto::RandomId<RequestId>();
    r.agency = *AgencyId::Create("council");
    r.agreement = *AgreementId::Create("support");
    r.purpose = "SUPPORT_KEY_WORKING";
    r.mode = "ASK_ONE_HOUSEHOLD";
    r.practitioner = "KW-1";
    r.role = role_;
    r.reason = "plan";
    r.expires_at_ms = ToMillis(clock_.now + absl::Minutes(2));
    r.sealing_key = crypto::PublicKeyOf(comparison_key_);
    r.identity_spec_version = kIdentitySpecVersion;
    r.key_epoch = 1;
    std::vector<client::PersonTokens> tokens;
    std::vector<const identity::Person*> pointers;
    for (const identity::Person& p : people) {
      tokens.push_back(oracle_.Evaluate(p));
      r.members.push_back({crypto::RandomId<Handle>(), tokens.back().tokens});
      pointers.push_back(&p);
    }
    r.asks = {{*AgencyId::Create("health"), "", {"contact"}, ""}};
    EXPECT_TRUE(
        client::AddComparisons(pointers, tokens, *directory_.Current(), r)
            .ok());
    out.signature = share::SignRequest(council_, r);
    return out;
  }
  static share::ComparisonOffer OfferOf(const share::SignedRequest& request) {
    return *share::DecodeOffer(request.request.asks[0].comparison,
                               request.request);
  }
  // A hit of `record` by the member's token.
  static CandidateHit Hit(const share::SignedRequest& request, uint8_t record,
                          uint32_t member = 0, uint32_t token = 0) {
    return {HandleOf(record), member, token,
            OfferOf(request).wraps[member][token]};
  }
  absl::StatusOr<std::vector<ComparedFamily>> Compare(
      const share::SignedRequest& request, std::vector<CandidateHit> hits) {
    return responder_->Compare(share::WithoutComparisons(request), hits);
  }

  Oracle oracle_;
  std::string role_ = "key worker";
  FixedClock clock_;
  crypto::SigningKey council_, health_;
  crypto::BoxSecretKey comparison_key_;
  ListSource source_{{}};
  share::Directory directory_;
  share::InForce<Register> records_;
  std::filesystem::path path_;
  std::unique_ptr<storage::Database> state_;
  std::unique_ptr<share::ReplayGuard> replays_, compare_replays_;
  std::unique_ptr<share::DailyUse> daily_use_;
  const Handles handles_{
      *crypto::MacKey::FromBytes(crypto::SecretAccess(), std::string(32, 3))};
  std::unique_ptr<share::PolicyInForce> policy_;
  std::unique_ptr<ConsentBook> consents_;
  std::unique_ptr<ComparisonStore> store_;
  std::unique_ptr<Responder> responder_;
};

TEST_F(CompareTest, HitOpensTheWholeFamilyUnderTheRequestersKey) {
  const auto ana = PersonOf("Ana", "1984-03-09");
  const auto bea = PersonOf("Bea", "2015-07-01");
  Enrol({{ana, bea}, {PersonOf("Cleo", "1990-02-02")}});
  const auto request = Ask({ana, PersonOf("Bee", "2015-07-01")});
  const auto families = Compare(request, {Hit(request, 1)});
  ASSERT_TRUE(families.ok()) << families.status();
  ASSERT_THAT(*families, SizeIs(1));
  EXPECT_EQ((*families)[0].family, FamilyOf(1));
  EXPECT_EQ((*families)[0].size, 2u);
  ASSERT_THAT((*families)[0].records, SizeIs(2));
  const auto asked = OfferOf(request).members;
  const auto same =
      linkage::Compare(asked[0], (*families)[0].records[0].tokens);
  EXPECT_THAT(
      linkage::Explain(same),
      testing::IsSupersetOf({"forename exact", "birth exact", "address same"}));
  // The member whom no key needed to find, compared too.
  const auto near =
      linkage::Compare(asked[1], (*families)[0].records[1].tokens);
  EXPECT_THAT(linkage::Explain(near), testing::Contains("forename near"));
}

TEST_F(CompareTest, WrapOpensOnlyWhereItBelongs) {
  const auto ana = PersonOf("Ana", "1984-03-09");
  const auto cleo = PersonOf("Cleo", "1990-02-02");
  Enrol({{ana}, {cleo}});
  const struct {
    const char* what;
    std::function<CandidateHit(const share::SignedRequest&)> hit;
  } cases[] = {
      {"another person's record", [](const auto& r) { return Hit(r, 2); }},
      {"a record that is not there", [](const auto& r) { return Hit(r, 9); }},
      {"another key's wrap",
       [](const auto& r) {
         CandidateHit hit = Hit(r, 1, 0, 1);
         hit.token = 0;
         return hit;
       }},
      {"another member's wrap",
       [](const auto& r) {
         CandidateHit hit = Hit(r, 1, 1, 0);
         hit.member = 0;
         return hit;
       }},
      {"another request's wrap",
       [&](const auto& r) {
         CandidateHit hit = Hit(r, 1);
         hit.wrap = Hit(Ask({ana, cleo}), 1).wrap;
         return hit;
       }},
      {"a changed wrap",
       [](const auto& r) {
         CandidateHit hit = Hit(r, 1);
         hit.wrap[30] ^= 1;
         return hit;
       }},
  };
  for (const auto& c : cases) {
    const auto request = Ask({ana, cleo});
    const auto families = Compare(request, {c.hit(request)});
    ASSERT_TRUE(families.ok()) << c.what;
    EXPECT_THAT(*families, IsEmpty()) << c.what;
  }
}

TEST_F(CompareTest, RefusesWhatTheRequesterDidNotSignOrAskedBefore) {
  const auto ana = PersonOf("Ana", "1984-03-09");
  Enrol({{ana}});
  auto request = Ask({ana});
  EXPECT_THAT(*Compare(request, {Hit(request, 1)}), SizeIs(1));
  EXPECT_FALSE(Compare(request, {Hit(request, 1)}).ok());
  request = Ask({ana});
  request.request.comparison_key.bytes[0] ^= 1;
  EXPECT_TRUE(
      absl::IsUnauthenticated(Compare(request, {Hit(request, 1)}).status()));
  // Our own copy of the agreements refuses: nothing is compared.
  role_ = "receptionist";
  request = Ask({ana});
  EXPECT_THAT(*Compare(request, {Hit(request, 1)}), IsEmpty());
}

TEST_F(CompareTest, LargeEstablishmentShowsOnlyWhoWasFound) {
  std::vector<identity::Person> hostel;
  for (int i = 0; i < 14; ++i)
    hostel.push_back(PersonOf("Ana", absl::StrCat(1970 + i, "-03-09")));
  Enrol({hostel});
  const auto request = Ask({hostel[4]});
  const auto families = *Compare(request, {Hit(request, 5)});
  ASSERT_THAT(families, SizeIs(1));
  EXPECT_EQ(families[0].size, 14u);
  ASSERT_THAT(families[0].records, SizeIs(1));
  EXPECT_EQ(families[0].records[0].handle, HandleOf(5));
}

TEST_F(CompareTest, EnrolmentReplacesWhatWasEnrolledBefore) {
  const auto ana = PersonOf("Ana", "1984-03-09");
  Enrol({{ana}});
  Enrol({{PersonOf("Cleo", "1990-02-02")}});
  const auto request = Ask({ana});
  EXPECT_THAT(*Compare(request, {Hit(request, 1)}), IsEmpty());
}

// Ten thousand queries about different people with equal fields: what the
// gateway holds of one says nothing about another.
TEST_F(CompareTest, GatewayCannotLinkEqualValuesAcrossQueries) {
  const auto person = PersonOf("Ana", "1984-03-09");
  std::set<FieldToken> seen;
  std::set<std::string> wraps;
  size_t tokens = 0, boxes = 0;
  std::vector<client::PersonTokens> evaluated;
  evaluated.push_back(oracle_.Evaluate(person));
  share::SignedRequest base = Ask({person});
  for (int i = 0; i < 10'000; ++i) {
    base.request.id = crypto::RandomId<RequestId>();
    ASSERT_TRUE(client::AddComparisons({&person}, evaluated,
                                       *directory_.Current(), base.request)
                    .ok());
    const auto offer = OfferOf(base);
    for (FieldToken t : offer.members[0].single)
      if (t != 0) ++tokens, seen.insert(t);
    for (const auto& set : offer.members[0].near)
      for (FieldToken t : set) ++tokens, seen.insert(t);
    for (const std::string& wrap : offer.wraps[0]) ++boxes, wraps.insert(wrap);
  }
  EXPECT_GT(tokens, 500'000u);
  // Within one query equal values of one kind do meet (a month and a day, a
  // name of one word and itself joined); across queries none. By chance about
  // 10^-8 would.
  const auto offer = OfferOf(base);
  std::set<FieldToken> one;
  size_t of_one = 0;
  for (FieldToken t : offer.members[0].single)
    if (t != 0) ++of_one, one.insert(t);
  for (const auto& set : offer.members[0].near)
    for (FieldToken t : set) ++of_one, one.insert(t);
  EXPECT_EQ(seen.size(), tokens / of_one * one.size());
  EXPECT_EQ(wraps.size(), boxes);
}

// Gateway and requester together name a record whose match-keys they could not
// have evaluated: they know everything but its secret halves.
TEST_F(CompareTest, ForgedHitOpensNothingUnlessTheWrapLeavesOutTheSecretHalf) {
  for (bool with_secret_half : {true, false}) {
    oracle_.with_secret_half = with_secret_half;
    const auto victim = PersonOf("Cleo", "1990-02-02");
    const auto own = PersonOf("Ana", "1984-03-09");
    Enrol({{victim}});
    const auto request = Ask({own});
    std::vector<CandidateHit> hits;
    for (uint32_t t = 0; t < request.request.members[0].tokens.size(); ++t)
      hits.push_back(Hit(request, 1, 0, t));
    const auto families = Compare(request, hits);
    ASSERT_TRUE(families.ok());
    EXPECT_EQ(families->empty(), with_secret_half);
  }
}

}  // namespace
}  // namespace kinstile::daemon
