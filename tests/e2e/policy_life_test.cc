// SPDX-License-Identifier: Apache-2.0
// A share that is allowed today and refused for every reason that there is,
// over real processes; each refusal with its reason in the trail, taken again
// from there byte for byte.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "gateway/audit/open.h"
#include "gateway/crypto/random.h"
#include "gateway/share/reason.h"
#include "gateway/wire/key_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"
#include "tests/e2e/moved_clock.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using share::SourceStatus;
using testing::HasSubstr;

constexpr int kLastDay = 20;  // days from now

// Reads its files again, and says how that went.
std::string Reload(Consortium& town, const std::string& party) {
  const std::string log = town.local().LogFile(party);
  const size_t before = ReadAll(log).size();
  cli::Process* process = town.local().Find(party);
  if (process == nullptr) return "is not running";
  ::kill(process->pid(), SIGHUP);
  std::string words;
  EXPECT_TRUE(Eventually([&] {
    words = ReadAll(log).substr(before);
    return words.find("reloaded") != std::string::npos ||
           words.find("kept what was in force") != std::string::npos;
  })) << words;
  return words;
}

class PolicyLife : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new cli::ScratchFolder(*cli::ScratchFolder::Create());
    ::setenv(kDaysAheadFile, Path("days").c_str(), 1);
    MoveTo(0);
    // The test's own daemons, by the names of the shipped ones.
    fs::create_directory(Path("programs"));
    for (const char* name : {"kinstiled", "kinstile-adapter"})
      fs::create_symlink(KINSTILE_MOVED_DAEMONS, Path("programs/") + name);
    // The gateway's agreements and the agencies', each its own copy.
    for (const char* side : {"gateway", "agencies"}) {
      fs::copy(KINSTILE_POLICY_DIR "/agreements", Path(side),
               fs::copy_options::recursive);
      const absl::CivilDay last =
          absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone()) + kLastDay;
      Edit(Agreement(side), "expires: \"2027-12-31\"",
           absl::StrCat("expires: \"", absl::FormatCivilTime(last), "\""));
      Edit(Agreement(side), "review_due: \"2027-01-01\"",
           absl::StrCat("review_due: \"", absl::FormatCivilTime(last), "\""));
    }
    Setting setting;
    setting.programs = Path("programs");
    setting.agreements = Path("agencies");
    setting.gateway_agreements = Path("gateway");
    setting.clock = &clock_;
    // Days pass here within a second.
    setting.witness_sensitive_seconds = 7 * 86'400;
    setting.witness_ordinary_seconds = 7 * 86'400;
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
  }
  static void TearDownTestSuite() {
    delete town_;
    delete folder_;
  }

  void SetUp() override {
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok()) << family.status();
    family_ = *std::move(family);
  }

  static std::string Path(const std::string& name) {
    return folder_->path() + "/" + name;
  }
  static std::string Agreement(const std::string& side) {
    return Path(side + "/family-support/agreement.textproto");
  }
  // Forwards only: the trail takes no entry from the past.
  static void MoveTo(int days) { WriteAll(Path("days"), absl::StrCat(days)); }

  client::VerifiedResult Ask(const client::Question& q) {
    auto outcome = town_->node("council").Ask(family_, q);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? outcome->results[0] : client::VerifiedResult{};
  }
  static client::Question AskHealth() {
    client::Question q = KeyWorkerQuestion();
    q.asks = {AskOf("health", {"last_contact_date"})};
    return q;
  }

  // The newest entry of an agency's officers, opened.
  static audit::OpenedEntry Newest(const std::string& agency) {
    storage::OpenOptions options;
    options.read_only = true;
    auto store =
        storage::Open("sqlite:" + town_->local().Store("gateway"), options);
    auto key = wire::ReadKey<crypto::BoxSecretKey>(
        town_->local().Folder(agency) + "/officer/audit.key");
    const auto consortium = town_->node(agency).directory().Current();
    auto opened =
        audit::OpenEntries(*store.value(), consortium->gateways[0].log_origin,
                           agency, std::move(key.value()));
    EXPECT_TRUE(opened.ok()) << opened.status();
    EXPECT_FALSE(opened->entries.empty());
    return opened->entries.back();
  }

  // Refused at the gateway, and on record with the asker and the asked.
  void ExpectRefused(const client::Question& q, const std::string& layer,
                     const std::string& reason) {
    const client::VerifiedResult r = Ask(q);
    EXPECT_EQ(r.status, SourceStatus::kDenied);
    EXPECT_TRUE(r.items.empty());
    EXPECT_EQ(r.refusal.layer, layer);
    for (const std::string& reader :
         {std::string("council"), q.asks[0].agency.str()}) {
      const audit::OpenedEntry entry = Newest(reader);
      ASSERT_TRUE(entry.record.refusal.has_value());
      EXPECT_EQ(entry.record.refusal->layer, layer);
      EXPECT_THAT(entry.record.refusal->reason, HasSubstr(reason));
      EXPECT_EQ(entry.record.type, reader == "council"
                                       ? audit::EntryType::kDeny
                                       : audit::EntryType::kAsked);
      ExpectReplays(reader, entry.index, 0);
    }
  }

  // A folder with these agreements and the law, as somebody would keep it.
  static std::string Archive(const std::string& agreements) {
    const std::string archive = Path("archive-" + agreements);
    if (!fs::exists(archive)) {
      fs::create_directory(archive);
      fs::copy(Path(agreements), archive + "/agreements",
               fs::copy_options::recursive);
      fs::copy(KINSTILE_POLICY_DIR "/law", archive + "/law",
               fs::copy_options::recursive);
    }
    return archive;
  }
  // One field of one record of an agency's own file.
  static void SetItem(const std::string& agency, const std::string& id,
                      const std::string& column, const std::string& value) {
    std::vector<std::string> lines =
        absl::StrSplit(ReadAll(town_->Register(agency)), '\n');
    const std::vector<std::string> header = absl::StrSplit(lines[0], ',');
    const auto at = std::find(header.begin(), header.end(), column);
    ASSERT_NE(at, header.end());
    for (std::string& line : lines) {
      if (!absl::StartsWith(line, id + ",")) continue;
      // From the end: a name or an address may hold a comma.
      std::vector<std::string> fields = absl::StrSplit(line, ',');
      fields[fields.size() - static_cast<size_t>(header.end() - at)] = value;
      line = absl::StrJoin(fields, ",");
    }
    WriteAll(town_->Register(agency), absl::StrJoin(lines, "\n"));
  }

  // With the archived files the decision is the same; exit code `code`.
  static Ran ExpectReplays(const std::string& reader, uint64_t entry, int code,
                           const std::string& agreements = "gateway") {
    const std::string archive = Archive(agreements);
    const Ran ran = RunProgram(
        {KINSTILE_PROGRAMS "/kinstile", "policy", "replay", absl::StrCat(entry),
         "--store", town_->local().Store("gateway"), "--config",
         town_->local().AdapterConfig(reader), "--audience", reader, "--key",
         town_->local().Folder(reader) + "/officer/audit.key", "--policy",
         archive, "--json"});
    EXPECT_EQ(ran.code, code) << ran.output;
    return ran;
  }

  static Ran Kinstile(std::vector<std::string> argv) {
    argv.insert(argv.begin(), KINSTILE_PROGRAMS "/kinstile");
    return RunProgram(argv);
  }
  static Ran Suspend(const std::string& agency, const std::string& verb,
                     std::vector<std::string> more = {}) {
    std::vector<std::string> argv = {
        "policy",      verb,
        "--config",    town_->local().AdapterConfig(agency),
        "--agreement", "family-support",
        "--reason",    "the DPIA is being looked at again"};
    argv.insert(argv.end(), more.begin(), more.end());
    return Kinstile(argv);
  }
  static std::string Reload(const std::string& party) {
    return e2e::Reload(*town_, party);
  }

  static const MovedClock clock_;
  static cli::ScratchFolder* folder_;
  static Consortium* town_;
  std::vector<client::Member> family_;
};

const MovedClock PolicyLife::clock_;
cli::ScratchFolder* PolicyLife::folder_ = nullptr;
Consortium* PolicyLife::town_ = nullptr;

TEST_F(PolicyLife, IsAllowedTodayAndTakenAgainTheSame) {
  EXPECT_EQ(Ask(AskJcp()).status, SourceStatus::kAnswered);
  const audit::OpenedEntry release = Newest("council");
  EXPECT_EQ(release.record.type, audit::EntryType::kRelease);
  EXPECT_NE(release.record.policy_set_digest, Digest());
  EXPECT_NE(release.record.law_digest, Digest());
  EXPECT_NE(release.record.agreement_digest, Digest());
  const Ran replayed = ExpectReplays("council", release.index, 0);
  const json form = json::parse(replayed.output)["decisions"][0]["form"];
  EXPECT_EQ(form.size(), 23u);
  EXPECT_THAT(form["Legal power"].get<std::string>(),
              HasSubstr("SI 2012/1483"));
  EXPECT_THAT(form["Requester's name and post"].get<std::string>(),
              HasSubstr("key worker"));
}

TEST_F(PolicyLife, IsRefusedForAnotherPurpose) {
  client::Question q = AskJcp();
  q.purpose = "CRIME_PREVENTION";
  ExpectRefused(q, "POWER", "no rule allows purpose CRIME_PREVENTION");
}

TEST_F(PolicyLife, IsRefusedForAnotherRole) {
  client::Question q = AskJcp();
  q.role = "auditor";
  ExpectRefused(q, "AGREEMENT", "is for role key worker");
}

// Their own agency does not put its signature under it.
TEST_F(PolicyLife, IsNotAskedByWhoIsInNoRegisterOfPractitioners) {
  client::Question nobody = AskJcp();
  nobody.practitioner = "NB-KW-9999";
  client::Question other_role = AskJcp();
  other_role.role = "headteacher";
  for (const client::Question& q : {nobody, other_role})
    EXPECT_TRUE(absl::IsPermissionDenied(
        town_->node("council").Ask(family_, q).status()));
}

TEST_F(PolicyLife, IsRefusedInWales) {
  client::Question q = AskJcp();
  q.nation = "ENGLAND";
  EXPECT_EQ(Ask(q).status, SourceStatus::kAnswered);
  q.nation = "WALES";
  ExpectRefused(q, "POWER", "does not extend to WALES");
}

TEST_F(PolicyLife, IsRefusedWithoutConsentAndAfterItsWithdrawal) {
  ExpectRefused(AskHealth(), "CONFIDENCE", "CONSENT_RECORDED");
  // The asker's word does not make a consent.
  client::Question claimed = AskHealth();
  claimed.facts.push_back({"CONSENT_RECORDED", true, {}});
  ExpectRefused(claimed, "CONFIDENCE", "CONSENT_RECORDED");
  const auto ids = town_->RecordConsents(family_, "health", "council",
                                         {"last_contact_date"});
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_EQ(Newest("council").record.type, audit::EntryType::kConsent);
  EXPECT_NE(Ask(AskHealth()).status, SourceStatus::kDenied);
  ExpectReplays("council", Newest("council").index, 0);
  // One item more than was agreed to.
  client::Question more = AskHealth();
  more.asks[0].items = {"last_contact_date", "immunisations_up_to_date"};
  ExpectRefused(more, "CONFIDENCE", "CONSENT_RECORDED");
  for (const share::ConsentId& id : *ids) {
    const Ran ran = Kinstile({"consent", "withdraw", "--config",
                              town_->local().AdapterConfig("council"), "--id",
                              absl::BytesToHexString(id.view())});
    EXPECT_EQ(ran.code, 0) << ran.output;
  }
  ExpectRefused(AskHealth(), "CONFIDENCE", "CONSENT_RECORDED");
}

// What a person tells the source counts, whoever keeps the consents, and so
// does how far back the agreement looks: both are the source's to see, and to
// the asker like nothing at all.
TEST_F(PolicyLife, IsHeldBackByTheSourceForWhatOnlyItKnows) {
  const absl::CivilDay today =
      absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone());
  const std::string lately = absl::FormatCivilTime(today - 40);
  // Somebody whom health knows, asked about alone.
  std::vector<client::Member> one;
  std::string at_health;
  for (const auto& [id, there] : town_->Same("council", "health")) {
    auto family = town_->Family("council", id);
    ASSERT_TRUE(family.ok());
    const Handle wanted =
        town_->node("council").handles().ForRecord(identity::Pii<>(id));
    for (const client::Member& member : *family)
      if (member.handle == wanted) one = {member};
    at_health = there;
    ASSERT_TRUE(
        town_->RecordConsents(one, "health", "council", {"last_contact_date"})
            .ok());
    SetItem("health", at_health, "last_contact_date", lately);
    auto first = town_->node("council").Ask(one, AskHealth());
    ASSERT_TRUE(first.ok()) << first.status();
    if (!first->results[0].items.empty()) break;
    one.clear();
  }
  ASSERT_EQ(one.size(), 1u) << "nobody of the sample is answered about";
  const auto ask = [&] {
    auto outcome = town_->node("council").Ask(one, AskHealth());
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome->results[0];
  };
  const client::VerifiedResult recent = ask();
  ASSERT_EQ(recent.items.size(), 1u);
  EXPECT_EQ(recent.items[0].value.Reveal(identity::PiiAccess()),
            lately.substr(0, 7));

  SetItem("health", at_health, "last_contact_date",
          absl::FormatCivilTime(today - 731));
  const client::VerifiedResult old = ask();
  EXPECT_EQ(old.status, SourceStatus::kNoMatch);
  EXPECT_TRUE(old.items.empty() && old.withheld.empty());
  EXPECT_THAT(Newest("health").record.holder->late_refusal,
              HasSubstr("older than the 730 days"));
  SetItem("health", at_health, "last_contact_date", lately);

  share::Consent no;
  no.id = crypto::RandomId<share::ConsentId>();
  no.handle =
      town_->node("health").handles().ForRecord(identity::Pii<>(at_health));
  no.from = *AgencyId::Create("health");
  no.to = *AgencyId::Create("council");
  no.items = {"last_contact_date"};
  no.purpose = "SUPPORT_KEY_WORKING";
  no.decision = share::ConsentDecision::kRefused;
  no.decided_at_ms = ToMillis(clock_.Now());
  daemon::Node& health = town_->node("health");
  ASSERT_TRUE(health.consents().Record(no, {"HV-7", "", ""}).ok());
  // Known to the source alone, and then to the gateway too.
  const client::VerifiedResult refused = ask();
  EXPECT_EQ(refused.status, SourceStatus::kNoMatch);
  EXPECT_TRUE(refused.items.empty() && refused.withheld.empty());
  const audit::Record told = Newest("health").record;
  EXPECT_THAT(told.holder->late_refusal, HasSubstr("CONSENT_RECORDED"));
  // Its own decisions about it, taken again to the byte.
  const Ran replayed =
      Kinstile({"policy", "replay", "--request",
                absl::BytesToHexString(told.request_id.view()), "--config",
                town_->local().AdapterConfig("health"), "--policy",
                Archive("agencies"), "--json"});
  EXPECT_EQ(replayed.code, 0) << replayed.output;
  const json decisions = json::parse(replayed.output)["decisions"];
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[1]["member"], 0);
  EXPECT_EQ(decisions[1]["holds"], true);
  ASSERT_TRUE(health.outbox().Flush().ok());
  EXPECT_EQ(ask().status, SourceStatus::kNoMatch);
  EXPECT_THAT(Newest("health").record.holder->shielded[0].reason,
              HasSubstr("consent"));
}

TEST_F(PolicyLife, IsRefusedWhileAPartySuspendsAndAfterARestart) {
  const Ran suspended = Suspend("jcp", "suspend");
  EXPECT_EQ(suspended.code, 0) << suspended.output;
  for (const char* reader : {"jcp", "council", "health"})
    EXPECT_EQ(Newest(reader).record.type, audit::EntryType::kSuspension);
  ExpectRefused(AskJcp(), "AGREEMENT", "rule fs-jcp is suspended by jcp");
  EXPECT_EQ(town_->local().Find("gateway")->Stop(), 0);
  ASSERT_TRUE(town_->local().StartDaemon("gateway").ok());
  ASSERT_TRUE(Eventually(
      [&] { return town_->node("council").Ask(family_, AskJcp()).ok(); }));
  ExpectRefused(AskJcp(), "AGREEMENT", "rule fs-jcp is suspended by jcp");
  // Nobody else takes it back.
  EXPECT_EQ(Suspend("council", "resume").code, 0);
  ExpectRefused(AskJcp(), "AGREEMENT", "rule fs-jcp is suspended by jcp");
  // Of rules of others nobody can say anything.
  EXPECT_EQ(Suspend("jcp", "suspend", {"--rule", "fs-health"}).code, 2);
  EXPECT_EQ(Suspend("jcp", "resume").code, 0);
  EXPECT_TRUE(Eventually(
      [&] { return Ask(AskJcp()).status == SourceStatus::kAnswered; }));
}

// The gateway's copy is made wider than what was agreed; the source's is not.
TEST_F(PolicyLife, IsRefusedByTheSourceWhereTheGatewayHasAForgedAgreement) {
  const std::string honest = ReadAll(Agreement("gateway"));
  std::string forged = honest;
  const std::string never = "item: [\"benefit_type\", \"claim_start_date\"]";
  ASSERT_NE(forged.find(never), std::string::npos);
  forged = absl::StrReplaceAll(
      forged, {{never, "item: \"claim_start_date\""},
               {"  item {\n    item: \"work_coach_contact\"\n    category: "
                "CONTACT\n",
                "  item {\n    item: \"benefit_type\"\n    category: BENEFITS\n"
                "    as: EXACT\n    why_needed: \"forged\"\n    nature: FACT\n"
                "  }\n  item {\n    item: \"work_coach_contact\"\n    "
                "category: CONTACT\n"}});
  WriteAll(Agreement("gateway"), forged);
  ASSERT_THAT(Reload("gateway"), HasSubstr("reloaded"));
  client::Question q = AskJcp();
  q.asks = {AskOf("jcp", {"benefit_type"})};
  const client::VerifiedResult refused = Ask(q);
  EXPECT_EQ(refused.status, SourceStatus::kDenied);
  EXPECT_TRUE(refused.items.empty());
  ASSERT_FALSE(refused.withheld.empty());
  EXPECT_EQ(refused.withheld[0].rule, "fs-n2");
  // The gateway had let it through: the decision is the source's own.
  const audit::OpenedEntry entry = Newest("council");
  EXPECT_EQ(entry.record.type, audit::EntryType::kRelease);
  EXPECT_EQ(entry.record.legs[0].status, audit::LegStatus::kDenied);
  EXPECT_TRUE(entry.record.legs[0].released.empty());
  // By the honest files that decision cannot be taken again.
  ExpectReplays("council", entry.index, 4);
  // Beside an honest item the forged one is left out.
  q.asks = {AskOf("jcp", {"out_of_work_benefit", "benefit_type"})};
  const client::VerifiedResult narrowed = Ask(q);
  EXPECT_EQ(narrowed.status, SourceStatus::kAnswered);
  for (const client::ReceivedItem& i : narrowed.items)
    EXPECT_EQ(i.item, "out_of_work_benefit");

  // A file that does not load changes nothing.
  WriteAll(Agreement("gateway"), forged + "\nnonsense: 1\n");
  EXPECT_THAT(Reload("gateway"), HasSubstr("kept what was in force"));
  WriteAll(Agreement("gateway"), honest);
  ASSERT_THAT(Reload("gateway"), HasSubstr("reloaded"));
  EXPECT_EQ(Ask(AskJcp()).status, SourceStatus::kAnswered);
}

// What is forged into the signed form of an agreement does not even load.
TEST_F(PolicyLife, IsSignedByEveryPartyOrByNobody) {
  const std::string policy = Path("signing");
  fs::create_directory(policy);
  fs::copy(KINSTILE_POLICY_DIR "/law", policy + "/law",
           fs::copy_options::recursive);
  fs::create_directory(policy + "/agreements");
  fs::copy(KINSTILE_POLICY_DIR "/agreements/family-support",
           policy + "/agreements/family-support", fs::copy_options::recursive);
  fs::copy(KINSTILE_POLICY_DIR "/agreements/agencies.textproto",
           policy + "/agreements");
  const std::string file =
      policy + "/agreements/family-support/agreement.textproto";
  const auto verify = [&] {
    return Kinstile({"policy", "verify", policy, "--config",
                     town_->local().AdapterConfig("council"), "--json"});
  };
  EXPECT_EQ(verify().code, 4);
  for (const std::string& party : Agencies()) {
    const std::vector<std::string> sign = {
        "policy",
        "sign",
        policy,
        "--agreement",
        "family-support",
        "--party",
        party,
        "--key",
        town_->local().Folder(party) + "/signing.key",
        "--demonstration"};
    const Ran ran = Kinstile(sign);
    EXPECT_EQ(ran.code, 0) << ran.output;
    EXPECT_EQ(Kinstile(sign).code, 1) << "signed twice";
  }
  for (const std::string party : {"jcp", "council"}) {
    const Ran ran = Kinstile(
        {"policy", "sign", policy, "--agencies", "--party", party, "--key",
         town_->local().Folder(party) + "/signing.key", "--demonstration"});
    EXPECT_EQ(ran.code, 0) << ran.output;
  }
  const Ran good = verify();
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("\"register_signed\""));
  // Another day, post or party in what was signed; another register.
  const std::string said =
      policy + "/agreements/family-support/sig/jcp.textproto";
  const std::string statement = ReadAll(said);
  for (const char* field : {"on: \"20", "signatory_post: \"", "party: \""}) {
    std::string other = statement;
    const size_t at = other.find(field);
    ASSERT_NE(at, std::string::npos) << field;
    other.insert(at + std::string(field).size(), "1");
    WriteAll(said, other);
    EXPECT_EQ(verify().code, 4) << field;
  }
  WriteAll(said, statement);
  const std::string agencies = policy + "/agreements/agencies.textproto";
  const std::string known = ReadAll(agencies);
  WriteAll(agencies, known + "\n");
  EXPECT_EQ(verify().code, 4);
  WriteAll(agencies, known);
  // One byte of the agreement, of the law, or of a signature.
  const std::string text = ReadAll(file);
  WriteAll(file, text + "\n");
  EXPECT_EQ(verify().code, 4);
  WriteAll(file, text);
  EXPECT_EQ(verify().code, 0);
  const std::string law = policy + "/law/gateways.textproto";
  const std::string gateways = ReadAll(law);
  WriteAll(law, gateways + "# a note\n");
  EXPECT_EQ(verify().code, 4);
  WriteAll(law, gateways);
  const std::string sig = policy + "/agreements/family-support/sig/";
  fs::copy_file(sig + "jcp.sig", sig + "council.sig",
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(verify().code, 4);
  // What does not check is not signed.
  fs::remove(sig + "jcp.sig");
  WriteAll(file, text + "\nnonsense: 1\n");
  EXPECT_EQ(Kinstile({"policy", "sign", policy, "--agreement", "family-support",
                      "--party", "jcp", "--key",
                      town_->local().Folder("jcp") + "/signing.key",
                      "--demonstration"})
                .code,
            4);
}

// Last, for time does not go back.
TEST_F(PolicyLife, IsRefusedOnTheDayAfterItsLast) {
  MoveTo(kLastDay);
  // The witnesses' last word is weeks old now; soon there is another.
  EXPECT_TRUE(Eventually([&] {
    return share::ReasonOf(
               town_->node("council").Ask(family_, AskJcp()).status()) !=
           share::Reason::kWitnessesStale;
  }));
  EXPECT_EQ(Ask(AskJcp()).status, SourceStatus::kAnswered);
  MoveTo(kLastDay + 1);
  ExpectRefused(AskJcp(), "AGREEMENT", "agreement family-support ended");
  // A reload finds it expired: nothing comes into force by it.
  EXPECT_THAT(Reload("gateway"), HasSubstr("kept what was in force"));
  ExpectRefused(AskJcp(), "AGREEMENT", "agreement family-support ended");
}

// Law that lawyers have signed off, and every party's own signature over the
// agreement: what is in force where nobody demonstrates anything.
class SignedPolicy : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = cli::ScratchFolder::Create();
    ASSERT_TRUE(folder.ok());
    folder_ = std::make_unique<cli::ScratchFolder>(*std::move(folder));
    fs::copy(KINSTILE_POLICY_DIR "/law", Path("law"),
             fs::copy_options::recursive);
    for (const auto& file : fs::directory_iterator(Path("law")))
      WriteAll(file.path(),
               absl::StrReplaceAll(
                   ReadAll(file.path()),
                   {{"certainty: HIGH", "certainty: SIGNED_OFF"},
                    {"certainty: MEDIUM", "certainty: SIGNED_OFF"}}));
    fs::create_directory(Path("agreements"));
    fs::copy(KINSTILE_POLICY_DIR "/agreements/family-support",
             Path("agreements/family-support"), fs::copy_options::recursive);
    fs::copy(KINSTILE_POLICY_DIR "/agreements/agencies.textproto",
             Path("agreements"));
    Edit(Path("agreements/family-support/agreement.textproto"), "status: DRAFT",
         "status: SIGNED");
  }

  std::string Path(const std::string& name) const {
    return folder_->path() + "/" + name;
  }
  static absl::Status Run(std::vector<std::string> argv) {
    argv.insert(argv.begin(), KINSTILE_PROGRAMS "/kinstile");
    const Ran ran = RunProgram(argv);
    return ran.code == 0 ? absl::OkStatus()
                         : absl::FailedPreconditionError(ran.output);
  }
  // By each party's own key; then the gateway gets its copy.
  absl::Status Sign(const cli::LocalConsortium& local) const {
    for (const std::string& party : Agencies()) {
      const std::string key = local.Folder(party) + "/signing.key";
      absl::Status status =
          Run({"policy", "sign", folder_->path(), "--agreement",
               "family-support", "--party", party, "--key", key});
      status.Update(Run({"policy", "sign", folder_->path(), "--agencies",
                         "--party", party, "--key", key}));
      if (!status.ok()) return status;
    }
    fs::copy(Path("agreements"), Path("gateway"), fs::copy_options::recursive);
    return absl::OkStatus();
  }

  std::unique_ptr<cli::ScratchFolder> folder_;
};

TEST_F(SignedPolicy, IsInForceAndNothingUnsignedTakesItsPlace) {
  Setting setting;
  setting.families = 40;
  setting.demonstration = false;
  setting.law = Path("law");
  setting.agreements = Path("agreements");
  setting.gateway_agreements = Path("gateway");
  setting.before_start = [&](const auto& local) { return Sign(local); };
  auto town = Consortium::Start(setting);
  ASSERT_TRUE(town.ok()) << town.status();
  const auto family = (*town)->KnownFamily();
  ASSERT_TRUE(family.ok()) << family.status();
  const std::string file = Path("gateway/family-support/agreement.textproto");
  const std::string honest = ReadAll(file);
  const std::string never = "item: [\"benefit_type\", \"claim_start_date\"]";
  const std::pair<const char*, std::string> forged[] = {
      {"one byte", honest + "\n"},
      {"a draft",
       absl::StrReplaceAll(honest, {{"status: SIGNED", "status: DRAFT"}})},
      {"wider",
       absl::StrReplaceAll(honest, {{never, "item: \"claim_start_date\""}})},
  };
  for (const auto& [name, text] : forged) {
    SCOPED_TRACE(name);
    ASSERT_NE(text, honest);
    WriteAll(file, text);
    EXPECT_THAT(Reload(**town, "gateway"), HasSubstr("kept what was in force"));
    const auto outcome = (*town)->node("council").Ask(*family, AskJcp());
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->results[0].status, SourceStatus::kAnswered);
  }
  // Nor does a gateway start with it.
  EXPECT_EQ((*town)->local().Find("gateway")->Stop(), 0);
  EXPECT_FALSE((*town)->local().StartDaemon("gateway").ok());
  WriteAll(file, honest);
  EXPECT_TRUE((*town)->local().StartDaemon("gateway").ok());
}

}  // namespace
}  // namespace kinstile::e2e
