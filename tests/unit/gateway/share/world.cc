// SPDX-License-Identifier: Apache-2.0
// Builds the small consortium, its agreement and its store.
#include "tests/unit/gateway/share/world.h"

#include <cstdlib>
#include <utility>

#include "gateway/crypto/hash.h"
#include "policy/engine.h"

namespace kinstile::share {
namespace {

crypto::SigningKey KeyOf(uint8_t fill) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, static_cast<char>(fill))));
}

policy::FlowItem Item(std::string name, policy::Granularity grain) {
  return {std::move(name), policy::DataCategory::kServiceUse, grain, {}, ""};
}

policy::Flow FlowOf(std::string id, std::string from, policy::Purpose purpose,
                    policy::Mode mode, std::vector<policy::FlowItem> items) {
  policy::Flow flow{};
  flow.id = std::move(id);
  flow.from = std::move(from);
  flow.to = "council";
  flow.roles = {"key worker"};
  flow.purposes = {purpose};
  flow.mode = mode;
  flow.items = std::move(items);
  flow.keep_days = 30;
  flow.max_people = 20;
  return flow;
}

Agency AgencyOf(const Keys& keys) {
  Agency agency;
  agency.id = keys.id;
  agency.name = keys.id.str();
  agency.tls_pins = {crypto::Sha256(keys.id.str())};
  agency.signing_key = keys.signing.verify_key();
  agency.officers = {
      {keys.id.str() + "-officer", crypto::PublicKeyOf(keys.officer)}};
  agency.register_size = 10;
  return agency;
}

}  // namespace

Keys::Keys(const std::string& name, uint8_t fill)
    : id(*AgencyId::Create(name)),
      signing(KeyOf(fill)),
      officer(crypto::RandomKey<crypto::BoxSecretKey>()) {}

namespace {

policy::Catalogue TestLaw() {
  policy::Catalogue law;
  law.digest = std::string(64, 'b');
  return law;
}

}  // namespace

policy::Agreement FamilySupport() {
  using policy::Granularity;
  using policy::Mode;
  using policy::Purpose;
  policy::Agreement a;
  a.id = "family-support";
  a.version = 3;
  a.digest = std::string(64, 'a');
  a.effective_from = absl::CivilDay(2026, 1, 1);
  a.expires = absl::CivilDay(2027, 12, 31);
  a.nations = {policy::Jurisdiction::kEngland};
  for (const char* id : {"council", "health", "school"}) {
    policy::Party party;
    party.id = party.name = id;
    party.type = policy::AgencyType::kPolice;
    party.public_authority = true;
    party.carries_out = policy::ObligationKinds::All();
    party.nations = a.nations;
    a.parties.push_back(std::move(party));
  }
  const policy::FlowItem visits = Item("visits", Granularity::kMonthOnly);
  const policy::FlowItem contact = Item("contact", Granularity::kExact);
  const policy::FlowItem attendance = Item("attendance", Granularity::kYesNo);
  const policy::FlowItem handle =
      Item(kRecordHandleItem, Granularity::kPseudonym);
  const Purpose work = Purpose::kSupportKeyWorking;
  const Purpose engage = Purpose::kEngagement;
  const Purpose evaluate = Purpose::kOutcomeEvaluation;
  const Mode household = Mode::kAskOneHousehold;
  const Mode link = Mode::kLinkForEvaluation;
  policy::Flow counts =
      FlowOf("counts", "health", Purpose::kServicePlanning, Mode::kAskCounts,
             {Item("visitors", Granularity::kAggregateOnly), contact});
  counts.conditions.push_back({policy::ConditionKind::kCohortAtLeast, 10, ""});
  a.flows = {FlowOf("attendance", "school", work, household, {attendance}),
             std::move(counts),
             FlowOf("engage", "health", engage, household, {visits}),
             FlowOf("engage-more", "health", engage, household, {contact}),
             FlowOf("link", "health", evaluate, link, {handle}),
             FlowOf("link-mute", "school", evaluate, link, {attendance}),
             FlowOf("visits", "health", work, household, {visits, contact})};
  a.flows[2].max_requests_per_day = kCap;
  return a;
}

FieldTokens TokensOfPerson(uint32_t n) {
  FieldTokens t;
  for (Field f :
       {Field::kForename, Field::kForenameJoined, Field::kForenameInitial,
        Field::kSurname, Field::kSurnameInitial, Field::kSex, Field::kBirthYear,
        Field::kBirthMonth, Field::kBirthDay, Field::kBirth, Field::kPostcode,
        Field::kHouse, Field::kNhsNumber})
    t[f] = uint64_t{n} << 16 | static_cast<uint64_t>(f) << 8 | 1;
  return t;
}

FieldTokens WithNumberOf(uint32_t n, uint32_t whose) {
  FieldTokens t = TokensOfPerson(n);
  t[Field::kNhsNumber] = TokensOfPerson(whose)[Field::kNhsNumber];
  return t;
}

World::World()
    : db_(*storage::Open(store_.url(), {.busy_timeout_ms = 100})),
      log_(*audit::Log::Open(*db_, LogOptions())),
      index_(*index::Index::Open(*db_, crypto::RandomKey<crypto::MacKey>(),
                                 clock_)),
      policy_(std::make_shared<policy::ActiveSet>(
          std::vector<policy::Agreement>{FamilySupport()}, TestLaw(),
          std::string(64, 'c'))),
      directory_(MakeConsortium()) {}

std::shared_ptr<Consortium> World::MakeConsortium() const {
  auto c = std::make_shared<Consortium>();
  c->name = "test";
  c->version = 1;
  c->digest = crypto::Sha256("manifest 1");
  c->agencies = {AgencyOf(council_), AgencyOf(health_), AgencyOf(school_)};
  c->key_epoch = 5;
  c->key_threshold = 1;
  return c;
}

audit::LogOptions World::LogOptions() const {
  static const crypto::BoxPublicKey oversight =
      crypto::PublicKeyOf(crypto::RandomKey<crypto::BoxSecretKey>());
  audit::KeyManifest recipients;
  for (const Keys* k : {&council_, &health_, &school_})
    recipients.audiences.push_back(
        {k->id.str(),
         {{k->id.str() + "-officer", crypto::PublicKeyOf(k->officer)},
          {"oversight", oversight}}});
  return {kOrigin, KeyOf(99), std::move(recipients), clock_};
}

ShareRequest World::Request() {
  ShareRequest r;
  r.id = Numbered<RequestId>(++requests_);
  r.agency = council_.id;
  r.agreement = *AgreementId::Create("family-support");
  r.purpose = "SUPPORT_KEY_WORKING";
  r.mode = "ASK_ONE_HOUSEHOLD";
  r.practitioner = "staff-0042";
  r.role = "key worker";
  r.reason = "first visit planned";
  r.expires_at_ms = ToMillis(clock_.now + absl::Minutes(5));
  r.sealing_key = crypto::PublicKeyOf(sealing_);
  r.identity_spec_version = kIdentitySpecVersion;
  r.key_epoch = 5;
  r.manifest_digest = crypto::Sha256("manifest 1");
  for (uint32_t n : {1u, 2u})
    r.members.push_back({Record(9000 + n), {Carries(n, kStrong)}});
  r.asks = {{health_.id, "", {"visits", "contact"}, ""},
            {school_.id, "", {"attendance"}, ""}};
  return r;
}

policy::Ask World::AskOf(const ShareRequest& request, size_t ask) const {
  return *ToPolicyAsk(request, request.asks[ask], clock_.now);
}

policy::Permit World::PermitFor(const ShareRequest& request, size_t ask) const {
  policy::Decision decision = policy::Decide(
      *policy_.Current(), AskOf(request, ask), policy::Deciding::kGateway);
  if (std::holds_alternative<policy::Refusal>(decision)) {
    ADD_FAILURE() << std::get<policy::Refusal>(decision).reason_for_record;
    std::abort();
  }
  return std::get<policy::Permit>(std::move(decision));
}

audit::OpenedEntries World::Open(const Keys& reader) {
  auto opened = audit::OpenEntries(*db_, kOrigin, reader.id.str(),
                                   reader.officer.Clone());
  EXPECT_EQ(opened.status(), absl::OkStatus());
  if (!opened.ok()) return {};
  EXPECT_TRUE(opened->failures.empty());
  return *std::move(opened);
}

std::vector<audit::Record> World::RecordsOf(const Keys& reader) {
  std::vector<audit::Record> out;
  for (audit::OpenedEntry& e : Open(reader).entries)
    out.push_back(std::move(e.record));
  return out;
}

}  // namespace kinstile::share
