// SPDX-License-Identifier: Apache-2.0
// Witnesses that are processes: start, silence, an older copy, a fork.
#include "gateway/audit/witness.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "adapters/cli/ceremony.h"
#include "adapters/client/audit_client.h"
#include "adapters/daemon/receipts.h"
#include "gateway/audit/log.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/audit/succession.h"
#include "gateway/audit/verify.h"
#include "gateway/server/sealed_file.h"
#include "gateway/share/reason.h"
#include "gateway/share/recipients.h"
#include "gateway/wire/key_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;
using share::Reason;
using testing::HasSubstr;

// One consortium; each case leaves it serving.
class WitnessE2e : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    Setting setting;
    setting.families = 40;
    setting.witness_every_ms = 200;
    // Silence is noticed in a test's time.
    setting.witness_sensitive_seconds = 3;
    setting.witness_ordinary_seconds = 8;
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
  }
  static void TearDownTestSuite() {
    delete town_;
    town_ = nullptr;
  }
  void SetUp() override { ASSERT_NE(town_, nullptr); }

  static cli::LocalConsortium& local() { return town_->local(); }
  static daemon::Node& council() { return town_->node("council"); }
  static absl::Status Status() {
    return council().gateway().GetRegistryStatus().status();
  }
  // Once, without the client's patience.
  static absl::Status CheckpointOnce() {
    client::AuditClient client(council().gateway().channel());
    return client.GetCheckpoint().status();
  }
  static std::string Origin() {
    return council().directory().Current()->FindGateway("gateway")->log_origin;
  }
  static std::string StateOf(const std::string& agency) {
    return local().Folder(agency) + "/state.db";
  }
  static uint64_t HeadSize(const std::string& agency,
                           const std::string& origin = Origin()) {
    const auto db = *storage::Open("sqlite:" + StateOf(agency));
    const auto heads = *audit::ReadWitnessHeads(*db);
    for (const auto& h : heads)
      if (h.origin == origin) return h.size;
    return 0;
  }
  static uint64_t SizeNow() {
    const auto note = council().gateway().GetCheckpoint();
    if (!note.ok()) return 0;
    return audit::ParseCheckpoint(audit::ParseNote(*note)->text)->size;
  }
  static void AwaitHead(const std::string& agency, uint64_t size) {
    ASSERT_TRUE(Eventually([&] { return HeadSize(agency) >= size; })) << agency;
  }
  static void StopAdapters() {
    for (const std::string& id : Agencies()) local().StopAdapter(id);
  }
  static void StartAdapters() {
    for (const std::string& id : Agencies()) {
      if (local().Find(id) == nullptr) {
        ASSERT_TRUE(local().StartAdapter(id).ok());
      }
    }
    EXPECT_TRUE(Eventually([] { return Status().ok(); })) << Status();
  }
  static void StopGateway() { local().Find("gateway")->Stop(); }
  static void StartGateway() {
    ASSERT_TRUE(local().StartDaemon("gateway", false).ok());
  }
  static void Put(const std::string& copy,
                  const std::string& party = "gateway") {
    const std::string store = local().Store(party);
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(store + end);
    fs::copy_file(copy, store);
  }
  static std::string Copy(const std::string& name,
                          const std::string& party = "gateway") {
    const std::string path = town_->Path(name);
    const absl::Status s =
        storage::CopyTo("sqlite:" + local().Store(party), path);
    EXPECT_TRUE(s.ok()) << s;
    return path;
  }
  // How many entries a copy of a store holds.
  static uint64_t EntriesIn(const std::string& copy) {
    int64_t n = -1;
    const absl::Status s =
        (*storage::Open("sqlite:" + copy))
            ->Read([&](storage::Snapshot& snapshot) {
              return snapshot.Query("SELECT COUNT(*) FROM audit_leaves", {},
                                    [&](const storage::Row& row) {
                                      n = row.Int(0);
                                      return absl::OkStatus();
                                    });
            });
    EXPECT_TRUE(s.ok()) << s;
    return static_cast<uint64_t>(n);
  }
  static absl::Status Ask() {
    auto family = town_->KnownFamily();
    if (!family.ok()) return family.status();
    return council().Ask(*family, AskJcp()).status();
  }

  static Consortium* town_;
};
Consortium* WitnessE2e::town_ = nullptr;

TEST_F(WitnessE2e, EveryPartnerCosignsEveryTrail) {
  const uint64_t size = SizeNow();
  ASSERT_GT(size, 0u);
  for (const std::string& id : Agencies()) AwaitHead(id, size);
  const auto db = *storage::Open("sqlite:" + StateOf("health"));
  // The gateway's and both key holders'.
  EXPECT_EQ(audit::ReadWitnessHeads(*db)->size(), 3u);
  EXPECT_TRUE(audit::ReadWitnessEvidence(*db)->empty());
}

// The receipt that came with the answer rests on the gateway's key; soon the
// one that is kept rests on its witnesses' too.
TEST_F(WitnessE2e, KeptReceiptsGetTheWitnessesLines) {
  ASSERT_TRUE(Ask().ok());
  const auto state = *storage::Open("sqlite:" + StateOf("council"));
  EXPECT_TRUE(Eventually(
      [&] { return daemon::ReadUnwitnessedReceipts(*state, 10)->empty(); }));
  const auto consortium = council().directory().Current();
  const share::Daemon& gateway = *consortium->FindGateway("gateway");
  const auto kept = *daemon::ReadReceipts(*state);
  ASSERT_FALSE(kept.empty());
  for (const daemon::KeptReceipt& r : kept) {
    const auto receipt = audit::ParseReceipt(r.receipt);
    ASSERT_TRUE(receipt.ok()) << receipt.status();
    EXPECT_TRUE(audit::VerifyReceipt(*receipt, gateway.log_key,
                                     gateway.log_origin, r.request_digest)
                    .ok());
    const auto note = audit::ParseNote(receipt->checkpoint);
    std::set<std::string> cosigned;
    for (const share::Agency& a : consortium->agencies)
      if (audit::VerifyCosignature(*note, a.witness.name, a.witness.key).ok())
        cosigned.insert(a.id.str());
    EXPECT_TRUE(consortium->witnesses.policy.Met(cosigned))
        << cosigned.size() << " witnesses";
  }
}

TEST_F(WitnessE2e, ServesNobodyUntilAQuorumHasPresentedHeads) {
  StopAdapters();
  StopGateway();
  StartGateway();
  absl::Status s;
  // The first call may still be made on the connection that was cut.
  EXPECT_TRUE(Eventually([&] {
    s = CheckpointOnce();
    return s.ok() || share::ReasonOf(s) != Reason::kNone;
  })) << s;
  EXPECT_EQ(share::ReasonOf(s), Reason::kWitnessesMissing) << s;
  ASSERT_TRUE(local().StartAdapter("jcp").ok());
  EXPECT_TRUE(Eventually([&] {
    s = CheckpointOnce();
    return std::string(s.message()).find("so far: jcp") != std::string::npos;
  })) << s;
  ASSERT_TRUE(local().StartAdapter("health").ok());
  EXPECT_TRUE(Eventually([] { return CheckpointOnce().ok(); }));
  // A dead witness is none too many.
  EXPECT_TRUE(Ask().ok());
  // A late one catches up.
  ASSERT_TRUE(local().StartAdapter("council").ok());
  AwaitHead("council", SizeNow());
}

TEST_F(WitnessE2e, StopsWhenWitnessesAreSilentAndSaysWhy) {
  ASSERT_TRUE(Ask().ok());
  client::Question q = KeyWorkerQuestion();
  q.asks = {AskOf("health", {"immunisations_up_to_date"})};
  auto family = *town_->KnownFamily();
  ASSERT_TRUE(town_
                  ->RecordConsents(family, "health", "council",
                                   {"immunisations_up_to_date"})
                  .ok());
  // Permitted: a refusal would not have to wait for anybody.
  const auto first = council().Ask(family, q);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_NE(first->results[0].status, share::SourceStatus::kDenied);
  for (const char* id : {"jcp", "council"}) local().StopAdapter(id);
  // Sensitive first ...
  absl::Status s;
  EXPECT_TRUE(Eventually([&] {
    s = council().Ask(family, q).status();
    return share::ReasonOf(s) == Reason::kWitnessesStale;
  })) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("sensitive items stop"));
  // ... then everything.
  EXPECT_TRUE(Eventually([&] {
    s = council().Ask(family, AskJcp()).status();
    return share::ReasonOf(s) == Reason::kWitnessesStale;
  })) << s;
  EXPECT_THAT(ReadAll(local().LogFile("gateway")),
              HasSubstr("all answers stop"));
  StartAdapters();
  EXPECT_TRUE(Eventually([&] { return Ask().ok(); }));
}

TEST_F(WitnessE2e, AnOlderCopyIsRefusedAndTheNewestServes) {
  ASSERT_TRUE(Ask().ok());
  const std::string older = Copy("older.db");
  ASSERT_TRUE(Ask().ok());
  AwaitHead("health", SizeNow());
  StopGateway();
  const std::string newest = Copy("newest.db");
  Put(older);
  StartGateway();
  absl::Status s;
  EXPECT_TRUE(Eventually([&] {
    s = CheckpointOnce();
    return share::ReasonOf(s) == Reason::kTrailRefused;
  })) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("older copy"));
  EXPECT_THAT(std::string(s.message()), HasSubstr("kinstile restore"));
  EXPECT_EQ(share::ReasonOf(Ask()), Reason::kTrailRefused);
  StopGateway();
  Put(newest);
  StartGateway();
  EXPECT_TRUE(Eventually([] { return CheckpointOnce().ok(); }));
  EXPECT_TRUE(Eventually([] { return Ask().ok(); }));
}

// The log key is stolen and the whole chain is made anew, longer than it was:
// by itself it verifies, and no witness takes it.
TEST_F(WitnessE2e, AChainMadeAnewWithTheStolenKeyIsCaught) {
  ASSERT_TRUE(Ask().ok());
  const uint64_t size = SizeNow();
  for (const std::string& id : Agencies()) AwaitHead(id, size);
  StopGateway();
  const std::string honest = Copy("honest.db");
  const std::string forged = town_->Path("forged.db");
  const auto consortium = council().directory().Current();
  const share::Daemon* gateway = consortium->FindGateway("gateway");
  {
    const auto db = *storage::Open("sqlite:" + forged);
    audit::LogOptions options{
        gateway->log_origin,
        *wire::ReadSigningKey(local().Folder("gateway") + "/log.key"),
        share::RecipientsOf(*consortium), SystemClock()};
    const auto log = *audit::Log::Open(*db, std::move(options));
    while (log->size() <= size + 50) {
      audit::Draft draft;
      draft.audience = "council";
      draft.record.type = audit::EntryType::kEnrolment;
      draft.record.requester = *AgencyId::Create("council");
      ASSERT_TRUE(log->AppendOne(std::move(draft)).ok());
    }
  }
  {
    const auto db = *storage::Open("sqlite:" + forged);
    EXPECT_TRUE(
        audit::VerifyStore(*db, gateway->log_origin, gateway->log_key)->ok());
    // A witness's head is what tells.
    audit::VerifyOptions options;
    const auto state = *storage::Open("sqlite:" + StateOf("health"));
    const auto heads = *audit::ReadWitnessHeads(*state);
    for (const auto& h : heads)
      if (h.origin == gateway->log_origin)
        options.evidence.checkpoints.push_back(h.note);
    ASSERT_EQ(options.evidence.checkpoints.size(), 1u);
    EXPECT_FALSE(audit::VerifyStore(*db, gateway->log_origin, gateway->log_key,
                                    std::move(options))
                     ->ok());
  }
  const Ran ran =
      RunProgram({KINSTILE_PROGRAMS "/kinstile", "audit", "verify", "--store",
                  forged, "--config", local().AdapterConfig("health")});
  EXPECT_EQ(ran.code, 4) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("head that the witness cosigned 1"));
  Put(forged);
  StartGateway();
  absl::Status s;
  EXPECT_TRUE(Eventually([&] {
    s = CheckpointOnce();
    return share::ReasonOf(s) == Reason::kTrailRefused;
  })) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("forked"));
  StopGateway();
  Put(honest);
  StartGateway();
  EXPECT_TRUE(Eventually([] { return Ask().ok(); }));
}

// A key holder shows one history to two adapters and another to the third. Each
// is sound, and each of the adapters has what tells.
TEST_F(WitnessE2e, AForkShownToTwoWitnessesIsCaughtByEither) {
  const std::string holder = "holder-health";
  const auto consortium = council().directory().Current();
  const share::Daemon& daemon = consortium->FindKeyHolder(holder)->daemon;
  auto head = [&](const char* agency) {
    return HeadSize(agency, daemon.log_origin);
  };
  ASSERT_TRUE(Ask().ok());
  local().StopAdapter("council");
  const std::string one = Copy("one.db", holder);
  const uint64_t common = EntriesIn(one);
  ASSERT_TRUE(Ask().ok());
  ASSERT_TRUE(Eventually([&] { return head("health") > common; }));
  ASSERT_LE(head("council"), common);
  StopAdapters();
  local().Find(holder)->Stop();
  const std::string other = Copy("other.db", holder);
  const uint64_t shown = head("health");
  {
    const auto db = *storage::Open("sqlite:" + one);
    audit::LogOptions options{
        daemon.log_origin,
        *wire::ReadSigningKey(local().Folder(holder) + "/log.key"),
        share::RecipientsOf(*consortium), SystemClock()};
    const auto log = *audit::Log::Open(*db, std::move(options));
    while (log->size() <= shown) {
      audit::Draft draft;
      draft.audience = "health";
      draft.record.type = audit::EntryType::kKeyEvaluation;
      draft.record.requester = *AgencyId::Create("council");
      ASSERT_TRUE(log->AppendOne(std::move(draft)).ok());
    }
  }
  Put(one, holder);
  ASSERT_TRUE(local().StartDaemon(holder, false).ok());
  ASSERT_TRUE(local().StartAdapter("council").ok());
  ASSERT_TRUE(Eventually([&] { return head("council") > shown; }));
  ASSERT_TRUE(local().StartAdapter("health").ok());
  // 422, kept as evidence, and the holder is shown what health had cosigned.
  const auto state = *storage::Open("sqlite:" + StateOf("health"));
  EXPECT_TRUE(Eventually(
      [&] { return audit::ReadWitnessEvidence(*state)->size() == 1; }));
  EXPECT_TRUE(Eventually([&] {
    return ReadAll(local().LogFile(holder)).find("another history") !=
           std::string::npos;
  }));
  auto verify = [&](const std::string& store, const char* agency) {
    return RunProgram({KINSTILE_PROGRAMS "/kinstile", "audit", "verify",
                       "--store", store, "--party", holder, "--config",
                       local().AdapterConfig(agency)});
  };
  const std::string branch = Copy("branch.db", holder);
  const Ran sound = verify(branch, "council");
  EXPECT_EQ(sound.code, 0) << sound.output;
  for (const Ran& ran : {verify(branch, "health"), verify(other, "council")}) {
    EXPECT_EQ(ran.code, 4) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("head that the witness cosigned 1"));
  }
  EXPECT_THAT(verify(other, "health").output,
              HasSubstr("head that the witness refused 1"));
}

// Backups as an operator makes and uses them.
class Drill : public WitnessE2e {
 protected:
  static std::string Program() { return KINSTILE_PROGRAMS "/kinstile"; }
  static Ran Backup(const std::string& name) {
    return RunProgram({Program(), "backup", "--config",
                       local().DaemonConfig("gateway"), "--to",
                       town_->Path(name), "--key",
                       local().Folder("gateway") + "/backup.pub"});
  }
  static Ran Restore(const std::string& name,
                     std::vector<std::string> more = {}) {
    std::vector<std::string> argv = {
        Program(),  "restore",
        "--config", local().DaemonConfig("gateway"),
        "--from",   town_->Path(name),
        "--key",    local().Folder("backup") + "/gateway.key"};
    argv.insert(argv.end(), more.begin(), more.end());
    return RunProgram(argv);
  }
  // What is in a backup, and a backup of that by anybody at all.
  static std::string Opened(const std::string& name) {
    auto reader = server::SealedReader::Open(town_->Path(name), BackupKey());
    std::string out;
    while (reader.ok() && !reader->complete()) {
      auto piece = reader->Next();
      if (!piece.ok()) break;
      out += *piece;
    }
    return out;
  }
  static void Seal(const std::string& name, const std::string& text) {
    fs::remove(town_->Path(name));
    auto writer = server::SealedWriter::Create(
        town_->Path(name), crypto::PublicKeyOf(BackupKey()));
    ASSERT_TRUE(writer.ok()) << writer.status();
    EXPECT_TRUE(writer->Write(text).ok());
    EXPECT_TRUE(writer->Finish().ok());
  }
  static crypto::BoxSecretKey BackupKey() {
    return *wire::ReadKey<crypto::BoxSecretKey>(local().Folder("backup") +
                                                "/gateway.key");
  }
};

TEST_F(Drill, ARestoreToTheLastWitnessedHeadWorksAndAnOlderOneIsRefused) {
  ASSERT_TRUE(Ask().ok());
  const Ran first = Backup("first.backup");
  ASSERT_EQ(first.code, 0) << first.output;
  ASSERT_TRUE(Ask().ok());
  AwaitHead("council", SizeNow());
  const Ran last = Backup("last.backup");
  ASSERT_EQ(last.code, 0) << last.output;
  // Never over another.
  EXPECT_NE(Backup("last.backup").code, 0);
  StopGateway();

  // Not over what is there, unless asked to.
  EXPECT_EQ(Restore("last.backup").code, 4);
  // Nothing changed or cut short is taken.
  const std::string whole = ReadAll(town_->Path("last.backup"));
  std::string changed = whole;
  changed[whole.size() / 2] ^= 1;
  WriteAll(town_->Path("changed.backup"), changed);
  WriteAll(town_->Path("cut.backup"), whole.substr(0, whole.size() - 70'000));
  for (const char* bad : {"changed.backup", "cut.backup"})
    EXPECT_EQ(Restore(bad, {"--replace"}).code, 4) << bad;
  // Nor what somebody else has made of a genuine one: whoever reads it (or has
  // an export) can seal to the public key, and tables that no trail covers
  // could say that nobody is shielded.
  const std::string inside = Opened("last.backup");
  for (const auto& [at, says] :
       {std::pair(inside.size() - 5000, "is not what was signed"),
        std::pair(inside.find("gateway"), "of another party"),
        std::pair(inside.find("store"), "not signed by this party")}) {
    std::string forged = inside;
    forged[at] ^= 1;
    Seal("forged.backup", forged);
    const Ran ran = Restore("forged.backup", {"--replace"});
    EXPECT_EQ(ran.code, 4) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr(says));
  }
  Seal("resealed.backup", inside);
  EXPECT_THAT(Restore("resealed.backup").output, HasSubstr("--replace"));
  EXPECT_TRUE(fs::exists(local().Store("gateway")));

  // The disk is lost; the newest backup serves.
  for (const char* store : {"store.db", "index.db"})
    for (const char* end : {"", "-wal", "-shm"})
      fs::remove(local().Folder("gateway") + "/" + store + end);
  const Ran good = Restore("last.backup");
  ASSERT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("all verified"));
  StartGateway();
  EXPECT_TRUE(Eventually([] { return Ask().ok(); })) << Ask();
  AwaitHead("council", SizeNow());
  StopGateway();

  // With a witness's head an older one is refused beforehand ...
  const std::string heads = town_->Path("heads");
  const Ran wrote =
      RunProgram({KINSTILE_PROGRAMS "/kinstile-adapter", "--config",
                  local().AdapterConfig("council"), "--heads", heads});
  ASSERT_EQ(wrote.code, 0) << wrote.output;
  std::string head;
  for (const auto& entry : fs::directory_iterator(heads))
    if (entry.path().filename().string().starts_with("gateway."))
      head = entry.path();
  ASSERT_FALSE(head.empty()) << wrote.output;
  const Ran refused = Restore("first.backup", {"--replace", "--head", head});
  EXPECT_EQ(refused.code, 4) << refused.output;
  EXPECT_THAT(refused.output, HasSubstr("take a newer backup"));
  // ... and without one by the witnesses, who say what to do.
  const std::string kept = Copy("kept.db");
  ASSERT_EQ(Restore("first.backup", {"--replace"}).code, 0);
  StartGateway();
  absl::Status s;
  EXPECT_TRUE(Eventually([&] {
    s = CheckpointOnce();
    return share::ReasonOf(s) == Reason::kTrailRefused;
  })) << s;
  const Ran health = RunProgram({Program(), "health", "--daemon", "--config",
                                 local().DaemonConfig("gateway")});
  EXPECT_EQ(health.code, 4) << health.output;
  EXPECT_THAT(health.output, HasSubstr("older copy"));
  StopGateway();
  Put(kept);
  StartGateway();
  EXPECT_TRUE(Eventually([] { return Ask().ok(); }));
  const Ran well = RunProgram({Program(), "health", "--json", "--config",
                               local().AdapterConfig("council")});
  EXPECT_THAT(well.output, HasSubstr("\"serving\": true"));
}

// The newest backup is older than what witnesses saw, and nothing newer is
// left: two agencies sign a manifest with a new trail, whose first entries say
// what it carries on.
TEST_F(Drill, AfterRealLossANewTrailContinuesTheOldOne) {
  ASSERT_TRUE(Ask().ok());
  const std::string old_origin = Origin();
  AwaitHead("council", SizeNow());
  StopGateway();
  const std::string heads = town_->Path("last-heads");
  ASSERT_EQ(RunProgram({KINSTILE_PROGRAMS "/kinstile-adapter", "--config",
                        local().AdapterConfig("council"), "--heads", heads})
                .code,
            0);
  std::string head;
  for (const auto& entry : fs::directory_iterator(heads))
    if (entry.path().filename().string().starts_with("gateway."))
      head = entry.path();
  ASSERT_FALSE(head.empty());
  const std::string manifest = local().options().folder + "/manifest.textproto";
  Edit(manifest, "version: 1\n", "version: 2\n");
  Edit(manifest, old_origin, old_origin + "-2");
  for (const char* agency : {"jcp", "council"})
    ASSERT_TRUE(cli::SignManifest(manifest, agency,
                                  local().Folder(agency) + "/signing.key")
                    .ok());
  WriteAll(local().DaemonConfig("gateway"),
           absl::StrCat(ReadAll(local().DaemonConfig("gateway")),
                        "continues_file: \"", head, "\"\n"));
  for (const char* end : {"", "-wal", "-shm"})
    fs::remove(local().Store("gateway") + end);
  for (const std::string& id : Agencies())
    ::kill(local().Find(id)->pid(), SIGHUP);
  for (const char* id : {"holder-jcp", "holder-health"})
    ::kill(local().Find(id)->pid(), SIGHUP);
  StartGateway();
  EXPECT_TRUE(Eventually([] { return CheckpointOnce().ok(); }))
      << CheckpointOnce();
  const std::string copy = Copy("continued.db");
  const auto db = *storage::Open("sqlite:" + copy);
  std::string continues;
  ASSERT_TRUE(db->Read([&](storage::Snapshot& snapshot) {
                  return snapshot.Query(
                      "SELECT payload FROM audit_payloads WHERE idx = 1", {},
                      [&](const storage::Row& row) {
                        continues = std::string(row.Blob(0));
                        return absl::OkStatus();
                      });
                }).ok());
  const auto decoded = audit::DecodeContinues(continues);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->origin, old_origin);
  EXPECT_EQ(decoded->ground, audit::ContinuesGround::kDataLoss);
  EXPECT_EQ(decoded->checkpoint, ReadAll(head));

  // A new year: the same store, another name. Whoever verifies the new trail
  // verifies the one before, and is told of the one whose end was lost.
  StopGateway();
  Edit(manifest, "version: 2\n", "version: 3\n");
  Edit(manifest, old_origin + "-2", old_origin + "-3");
  for (const char* agency : {"jcp", "council"})
    ASSERT_TRUE(cli::SignManifest(manifest, agency,
                                  local().Folder(agency) + "/signing.key")
                    .ok());
  Edit(local().DaemonConfig("gateway"),
       absl::StrCat("continues_file: \"", head, "\"\n"), "");
  for (const std::string& id : Agencies())
    ::kill(local().Find(id)->pid(), SIGHUP);
  StartGateway();
  EXPECT_TRUE(Eventually([] { return CheckpointOnce().ok(); }))
      << CheckpointOnce();
  const std::string both = Copy("both.db");
  const std::vector<std::string> verify = {Program(),
                                           "audit",
                                           "verify",
                                           "--store",
                                           both,
                                           "--config",
                                           local().AdapterConfig("council")};
  const Ran whole = RunProgram(verify);
  EXPECT_EQ(whole.code, 0) << whole.output;
  EXPECT_THAT(whole.output,
              HasSubstr(absl::StrCat("The earlier trail ", old_origin, "-2,")));
  EXPECT_THAT(whole.output,
              HasSubstr(absl::StrCat("The earlier trail ", old_origin,
                                     ", which it carries on, is not in")));
  ASSERT_TRUE(
      (*storage::Open("sqlite:" + both))
          ->Write([&](storage::Transaction& t) {
            return t
                .Execute(
                    "DELETE FROM audit_payloads WHERE log = ?1 "
                    "AND idx = 2",
                    {storage::Value::Int(audit::LogNumber(old_origin + "-2"))})
                .status();
          })
          .ok());
  const Ran changed = RunProgram(verify);
  EXPECT_EQ(changed.code, 4) << changed.output;
  EXPECT_THAT(changed.output, HasSubstr("entry 2: payload missing"));
}

}  // namespace
}  // namespace kinstile::e2e
