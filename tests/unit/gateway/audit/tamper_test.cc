// SPDX-License-Identifier: Apache-2.0
// Whatever is changed in a stored log, verification says so, in plain words.
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include "absl/strings/str_cat.h"
#include "gateway/audit/diff.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

using storage::Transaction;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class Tamper : public LogTest {
 protected:
  // Twelve entries: 0 GENESIS, 1 KEYMANIFEST, 2 and 3 KEYFRAMEs, 4 to 11.
  Tamper() {
    auto first = log_->Append({SampleDraft(0), SampleDraft(1, "health")});
    EXPECT_TRUE(first.ok()) << first.status();
    for (const AuditReceipt& r : *first)
      kept_.evidence.receipts.push_back(r.Encode());
    for (int i = 2; i < 8; ++i) {
      AuditReceipt r = MustAppend(i, i % 2 ? "health" : "council");
      kept_.evidence.receipts.push_back(r.Encode());
    }
    kept_.evidence.checkpoints = {log_->checkpoint()};
    log_.reset();
  }

  void Sql(absl::string_view sql) {
    absl::Status s =
        db_->Write([&](Transaction& t) { return t.Execute(sql, {}).status(); });
    ASSERT_TRUE(s.ok()) << sql << ": " << s;
  }

  VerifyOptions kept_;
};

TEST_F(Tamper, NothingChangedIsWhole) {
  VerifyReport report = Verify(kept_);
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.receipts, 8u);
  EXPECT_EQ(report.kept_checkpoints, 1u);
}

TEST_F(Tamper, OfficersVerifyACopyWithoutWritingToIt) {
  db_.reset();
  db_ = *storage::Open(store_.url(), {.read_only = true});
  VerifyReport report = Verify(kept_);
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.entries, 12u);
  EXPECT_EQ(OpenAs(oversight_, "health").entries.size(), 4u);
}

struct TamperCase {
  const char* name;
  std::vector<const char*> sql;
  const char* says;
};

class TamperGrid : public Tamper,
                   public testing::WithParamInterface<TamperCase> {};

TEST_P(TamperGrid, IsNoticedByTheStoreAlone) {
  for (const char* sql : GetParam().sql) Sql(sql);
  EXPECT_THAT(Verify().failures, Contains(HasSubstr(GetParam().says)));
}

INSTANTIATE_TEST_SUITE_P(
    Each, TamperGrid,
    testing::Values(
        TamperCase{"DeleteEntry",
                   {"DELETE FROM audit_leaves WHERE idx = 6",
                    "DELETE FROM audit_payloads WHERE idx = 6"},
                   "entry 6: missing"},
        TamperCase{"DeleteSeveral",
                   {"DELETE FROM audit_leaves WHERE idx IN (6, 7)"},
                   "entries 6 to 7: missing"},
        TamperCase{"DeletePayload",
                   {"DELETE FROM audit_payloads WHERE idx = 6"},
                   "entry 6: payload missing"},
        TamperCase{"ReplacePayload",
                   {"UPDATE audit_payloads SET payload = (SELECT payload FROM "
                    "audit_payloads WHERE idx = 8) WHERE idx = 6"},
                   "entry 6: payload is not the one"},
        TamperCase{"SwapLeaves",
                   {"UPDATE audit_leaves SET idx = -6 WHERE idx = 6",
                    "UPDATE audit_leaves SET idx = 6 WHERE idx = 8",
                    "UPDATE audit_leaves SET idx = 8 WHERE idx = -6"},
                   "entry 6: its leaf is that of entry 8"},
        TamperCase{"MoveUp",
                   {"DELETE FROM audit_leaves WHERE idx = 6",
                    "UPDATE audit_leaves SET idx = idx - 1 WHERE idx > 6"},
                   "is number"},
        TamperCase{"InsertCopy",
                   {"INSERT INTO audit_leaves (log, idx, audience, leaf) "
                    "SELECT log, 12, audience, leaf FROM audit_leaves WHERE "
                    "idx = 6"},
                   "covered by no checkpoint"},
        TamperCase{
            "ShowToAnotherAudience",
            {"UPDATE audit_leaves SET audience = 'health' WHERE idx = 6"},
            "entry 6: stored under another audience"},
        TamperCase{"CutTheEndLeavingHeads",
                   {"DELETE FROM audit_leaves WHERE idx > 8",
                    "DELETE FROM audit_payloads WHERE idx > 8"},
                   "cut short or rolled back"},
        TamperCase{"DeleteLastHead",
                   {"DELETE FROM audit_checkpoints WHERE size > 8"},
                   "the last 4 entries are covered by no checkpoint"},
        TamperCase{"DeleteAllHeads",
                   {"DELETE FROM audit_checkpoints"},
                   "there are no checkpoints"},
        TamperCase{"HeadUnderAnotherSize",
                   {"UPDATE audit_checkpoints SET size = 13 WHERE size = 12"},
                   "stored under another size"},
        TamperCase{"HeadOfAnotherKey",
                   // One character of the signature, whatever it was.
                   {"UPDATE audit_checkpoints SET note = substr(note, 1, "
                    "length(note) - 9) || CASE substr(note, length(note) - 8, "
                    "1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(note, "
                    "length(note) - 7) WHERE size = 12"},
                   "checkpoint 12: "},
        TamperCase{"DropKeyFrame",
                   {"DELETE FROM audit_keyframes WHERE audience = 'council'"},
                   "list of KEYFRAMEs is not complete"},
        TamperCase{"PointKeyFrameElsewhere",
                   {"UPDATE audit_keyframes SET idx = 5 WHERE audience = "
                    "'council'"},
                   "listed as a KEYFRAME that it is not"},
        TamperCase{"WithholdWrap",
                   {"DELETE FROM audit_payloads WHERE idx = 2"},
                   "entry 2: payload missing"},
        TamperCase{"StrayPayload",
                   {"INSERT INTO audit_payloads (log, idx, payload) SELECT log,"
                    " 99, payload FROM audit_payloads WHERE idx = 6"},
                   "payloads that belong to no entry"},
        TamperCase{"RowsOfNoLog",
                   {"INSERT INTO audit_checkpoints (log, size, note) VALUES "
                    "(1, 1, 'x')"},
                   "1 rows belong to no log"},
        TamperCase{"LineInAHead",
                   {"UPDATE audit_checkpoints SET note = note || char(8212) || "
                    "' evil AAAAAAAA' || char(10)"},
                   "9 heads have a line that the log does not write"},
        TamperCase{"ViewInPlaceOfATable",
                   {"ALTER TABLE audit_payloads RENAME TO hidden",
                    "CREATE VIEW audit_payloads AS SELECT * FROM hidden"},
                   "schema: view audit_payloads: is none"},
        TamperCase{"Trigger",
                   {"CREATE TRIGGER t AFTER INSERT ON audit_leaves BEGIN "
                    "DELETE FROM audit_payloads; END"},
                   "schema: trigger t: is none"},
        TamperCase{
            "EmptyTheLog",
            {"DELETE FROM audit_leaves", "DELETE FROM audit_payloads",
             "DELETE FROM audit_checkpoints", "DELETE FROM audit_keyframes"},
            "there are no entries"},
        TamperCase{
            "NoLog", {"DELETE FROM audit_logs"}, "no log of this origin"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Tamper, CleanTruncationIsNoticedByAKeptReceiptOrCheckpoint) {
  Sql("DELETE FROM audit_leaves WHERE idx > 8");
  Sql("DELETE FROM audit_payloads WHERE idx > 8");
  Sql("DELETE FROM audit_checkpoints WHERE size > 9");
  // By itself it looks whole: only evidence from outside can tell.
  EXPECT_THAT(Verify().failures, IsEmpty());
  VerifyReport report = Verify(kept_);
  EXPECT_THAT(report.failures, Contains(HasSubstr("kept receipt 8")));
  EXPECT_THAT(report.failures, Contains(HasSubstr("kept checkpoint 1")));
}

TEST_F(Tamper, AHeadThatSomebodyHasIsStored) {
  Sql("DELETE FROM audit_checkpoints WHERE size < 12");
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(kept_).failures,
              Contains(testing::AllOf(HasSubstr("kept receipt 3"),
                                      HasSubstr("is not stored"))));
}

// A copy of yesterday is no attack, if it is said to be of yesterday.
TEST_F(Tamper, AnOlderCopyIsHeldAgainstWhatWasKeptBeforeIt) {
  const int64_t copied = clock_.now_ms;
  MemoryCopy older = Take();
  clock_.now_ms += 60'000;
  OpenLog();
  kept_.evidence.receipts.push_back(MustAppend(20).Encode());
  kept_.evidence.checkpoints.push_back(log_->checkpoint());
  log_.reset();
  const crypto::VerifyKey key = TestLogKey().verify_key();
  EXPECT_THAT(VerifyCopy(older, kOrigin, key, kept_)->failures,
              testing::ElementsAre(
                  testing::AllOf(HasSubstr("kept receipt 9 of 2026-"),
                                 HasSubstr("or this copy is older than that")),
                  HasSubstr("kept checkpoint 2")));
  kept_.as_of_ms = copied;
  const VerifyReport report = *VerifyCopy(older, kOrigin, key, kept_);
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.newer_evidence, 2u);
  // What the copy holds is held against it, whenever it was kept.
  kept_.as_of_ms = copied - 3'600'000;
  EXPECT_EQ(VerifyCopy(older, kOrigin, key, kept_)->receipts, 9u);
  EXPECT_EQ(VerifyCopy(older, kOrigin, key, kept_)->newer_evidence, 2u);
  // What was kept before that moment still counts, and no copy is older than
  // its last entry.
  older.entries.pop_back();
  older.heads.pop_back();
  EXPECT_THAT(VerifyCopy(older, kOrigin, key, kept_)->failures,
              Contains(HasSubstr("kept receipt 8")));
}

// Another entry in the place of one that somebody has a receipt for, in a copy
// that is said to be older than the receipt's checkpoint.
TEST_F(Tamper, AnOlderCopyWithAnotherEntryIsNoticed) {
  const int64_t copied = clock_.now_ms;
  OpenLog();
  const MemoryCopy older = Take();
  clock_.now_ms += 60'000;
  VerifyOptions other;
  other.evidence.receipts = {MustAppend(20).Encode()};
  log_.reset();
  MemoryCopy branch = older;
  // As long as the other branch is with its KEYFRAME.
  for (int i = 0; i < 2; ++i) branch.entries.push_back(branch.entries.back());
  other.as_of_ms = copied;
  EXPECT_THAT(
      VerifyCopy(branch, kOrigin, TestLogKey().verify_key(), other)->failures,
      Contains(HasSubstr("kept receipt 1")));
}

// What is the same for every public entry cannot hide anything.
TEST_F(Tamper, PublicLeavesHoldNothingElse) {
  OpenLog();  // ends the epochs that were left open
  log_.reset();
  const MemoryCopy whole = Take();
  const auto failures = [&whole](size_t entry, auto&& change) {
    MemoryCopy copy = whole;
    MemoryCopy::Entry& e = copy.entries[entry];
    Leaf leaf = *DecodeLeaf(e.leaf);
    change(leaf, e);
    e.leaf = EncodeLeaf(leaf);
    return VerifyCopy(copy, kOrigin, TestLogKey().verify_key())->failures;
  };
  const auto said = Contains(HasSubstr("more in it than its type has"));
  ASSERT_EQ(DecodeLeaf(whole.entries[12].leaf)->type, EntryType::kEpochSeal);
  EXPECT_THAT(failures(1, [](Leaf& l, auto&) { l.binding = DigestOf(1); }),
              said);
  EXPECT_THAT(
      failures(2, [](Leaf& l, auto&) { l.key_commitment = DigestOf(1); }),
      said);
  EXPECT_THAT(failures(1, [](Leaf& l, auto&) { l.epoch = 7; }), said);
  EXPECT_THAT(failures(1, [](Leaf& l,
                             auto& e) { l.audience = e.audience = "council"; }),
              said);
  EXPECT_THAT(failures(12, [](Leaf& l, auto&) { l.payload_size = 1; }), said);
}

TEST_F(Tamper, AnOldManifestPlayedAgainIsNoticed) {
  OpenLog();
  const auto switch_to = [this](const char* signed_bytes) {
    KeyManifest m = Recipients();
    m.signed_bytes = signed_bytes;
    m.manifest_digest = crypto::Sha256(m.signed_bytes);
    ASSERT_TRUE(log_->SetRecipients(m).ok());
  };
  VerifyOptions options;
  options.manifests =
      [&](const KeyManifest& m) -> absl::StatusOr<ManifestFacts> {
    ManifestFacts facts;
    facts.recipients = Recipients();
    // The fixture's first one has no bytes and is version 0.
    facts.version = m.signed_bytes.empty()
                        ? 0
                        : static_cast<uint32_t>(m.signed_bytes[0] - '0');
    return facts;
  };
  const auto failures = [&] {
    std::vector<std::string> out = Verify(options).failures;
    std::erase_if(out, [](const std::string& f) {
      return f ==
             "entry 1: KEYMANIFEST names another manifest than it contains";
    });
    return out;
  };
  switch_to("4");
  switch_to("5");
  options.manifest_version = 5;
  EXPECT_THAT(failures(), IsEmpty());
  options.manifest_version = 6;
  EXPECT_THAT(failures(),
              testing::ElementsAre(HasSubstr("it ends under version 5")));
  options.as_of_ms = clock_.now_ms;
  EXPECT_THAT(failures(), IsEmpty());
  options.manifest_version = 4;
  EXPECT_THAT(Verify(options).notes, Contains(HasSubstr("newer than yours")));
  switch_to("5 again");
  EXPECT_THAT(failures(), testing::ElementsAre(HasSubstr("another version 5")));
  switch_to("4");
  EXPECT_THAT(failures(), Contains(HasSubstr("an old one was played again")));
}

// Another history is put in the file's place while the gateway runs: it stops,
// and what it answered before is in the file that it had.
TEST_F(Tamper, FileReplacedUnderARunningLogIsNoticed) {
  const std::string other = store_.path() + ".other";
  ASSERT_TRUE(storage::CopyTo(store_.url(), other).ok());
  {
    auto db = *storage::Open("sqlite:" + other);
    auto log = *Log::Open(*db, Options());
    ASSERT_TRUE(log->AppendOne(SampleDraft(30)).ok());
  }
  OpenLog();
  kept_.evidence.receipts.push_back(MustAppend(20).Encode());
  for (const char* suffix : {"-wal", "-shm"})
    std::filesystem::remove(store_.path() + suffix);
  std::filesystem::rename(other, store_.path());
  // Answered or not: nothing is answered that the file at this path has not.
  const absl::StatusOr<AuditReceipt> later =
      log_->AppendOne(SampleDraft(21, "council"));
  EXPECT_FALSE(later.ok());
  EXPECT_TRUE(absl::IsDataLoss(later.status())) << later.status();
  EXPECT_FALSE(log_->healthy());
  log_.reset();
  ReopenStore();
  EXPECT_THAT(Verify(kept_).failures,
              Contains(HasSubstr("not the ones it was signed for")));
}

TEST_F(Tamper, RolledBackCopyIsNoticedByAKeptReceipt) {
  db_.reset();
  std::filesystem::copy_file(store_.path(), store_.path() + ".old");
  ReopenStore();
  OpenLog();
  VerifyOptions later;
  later.evidence.receipts = {MustAppend(20).Encode()};
  log_.reset();
  db_.reset();
  for (const char* suffix : {"-wal", "-shm"})
    std::filesystem::remove(store_.path() + suffix);
  std::filesystem::rename(store_.path() + ".old", store_.path());
  ReopenStore();
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(later).failures,
              Contains(HasSubstr("cut short or rolled back")));
}

TEST_F(Tamper, RewriteWithTheStolenLogKeyIsNoticedByAKeptReceipt) {
  for (const char* table :
       {"audit_leaves", "audit_payloads", "audit_checkpoints",
        "audit_keyframes", "audit_logs"})
    Sql(std::string("DELETE FROM ") + table);
  OpenLog();
  for (int i = 0; i < 12; ++i) MustAppend(i);
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(kept_).failures,
              Contains(HasSubstr("not the ones it was signed for")));
}

TEST_F(Tamper, SwappedRecipientIsNoticed) {
  // The operator re-seals the chain to a key of its own and signs it all: the
  // KEYFRAME then disagrees with the KEYMANIFEST, or the manifest with what
  // the agencies hold, or the leaf with the kept receipts.
  Officer thief{"council-1"};
  KeyFrame frame{{"council", "", "general/2026-09"},
                 1,
                 DigestOf(99),
                 {{thief.recipient(), "x"}}};
  std::string payload = EncodeKeyFrame(frame);
  absl::Status s = db_->Write([&](Transaction& t) {
    return t
        .Execute("UPDATE audit_payloads SET payload = ?1 WHERE idx = 2",
                 {storage::Value::Blob(payload)})
        .status();
  });
  ASSERT_TRUE(s.ok());
  VerifyReport report = Verify();
  EXPECT_THAT(report.failures, Contains(HasSubstr("entry 2: payload is not")));
  EXPECT_THAT(report.failures,
              Contains(HasSubstr("not sealed to the KEYMANIFEST")));
}

// Three other values (a bit, a letter's case, all bits) of every byte of every
// leaf, payload and head that is stored; what the rows'
// other columns say (number, audience, size) is changed in the grid above.
TEST_F(LogTest, EveryByteOfEveryRowCounts) {
  ASSERT_TRUE(log_->Append({SampleDraft(0), SampleDraft(1, "health")}).ok());
  MemoryCopy copy = Take();
  auto holds = [&copy] {
    return VerifyCopy(copy, kOrigin, TestLogKey().verify_key())->ok();
  };
  ASSERT_TRUE(holds());
  std::vector<std::pair<std::string, std::string*>> rows;
  for (MemoryCopy::Entry& e : copy.entries) {
    rows.emplace_back(absl::StrCat("leaf ", e.index), &e.leaf);
    rows.emplace_back(absl::StrCat("payload ", e.index), &*e.payload);
  }
  for (MemoryCopy::Head& h : copy.heads)
    rows.emplace_back(absl::StrCat("head ", h.size), &h.note);
  size_t changed = 0;
  for (auto& [name, bytes] : rows)
    for (char& byte : *bytes)
      for (const int bits : {0x01, 0x20, 0xff}) {
        byte = static_cast<char>(byte ^ bits);
        EXPECT_FALSE(holds())
            << name << " byte " << &byte - bytes->data() << " ^ " << bits;
        byte = static_cast<char>(byte ^ bits);
        ++changed;
      }
  EXPECT_GT(changed, 12000u);
  EXPECT_TRUE(holds());
}

// Two histories that both verify: what a receipt from one is for.
TEST_F(Tamper, ForkIsNoticedByAReceiptFromTheOtherBranch) {
  const std::string copy = store_.path() + ".branch";
  ASSERT_TRUE(storage::CopyTo(store_.url(), copy).ok());
  OpenLog();
  MustAppend(20);
  VerifyOptions other_branch;
  other_branch.evidence.receipts = {MustAppend(21).Encode()};
  log_.reset();
  const MemoryCopy one = Take();
  db_ = *storage::Open("sqlite:" + copy);
  OpenLog();
  MustAppend(30);
  MustAppend(31);
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(other_branch).failures,
              Contains(HasSubstr("not the ones it was signed for")));
  MemoryCopy a = one, b = Take();
  absl::StatusOr<Difference> d = Compare(a, b);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_FALSE(d->consistent());
  // Both sealed the epochs that were left open; then they part.
  EXPECT_EQ(d->fork, 14u);
  log_.reset();
}

// The operator has the log key: the whole chain is made again, to a key of its
// own. Without evidence only what the agencies signed can tell.
TEST_F(Tamper, RecipientsThatNobodySignedAreNoticed) {
  VerifyOptions options;
  const KeyManifest signed_by_agencies = Recipients();
  options.manifests =
      [&](const KeyManifest& m) -> absl::StatusOr<ManifestFacts> {
    EXPECT_EQ(m.manifest_digest, crypto::Sha256(m.signed_bytes));
    return ManifestFacts{signed_by_agencies, {}};
  };
  for (const char* table :
       {"audit_leaves", "audit_payloads", "audit_checkpoints",
        "audit_keyframes", "audit_logs"})
    Sql(std::string("DELETE FROM ") + table);
  Officer thief{"council-1"};
  LogOptions rewritten = Options();
  rewritten.recipients.audiences[0].recipients[0] = thief.recipient();
  rewritten.recipients.signed_bytes = "what was signed";
  rewritten.recipients.manifest_digest =
      crypto::Sha256(rewritten.recipients.signed_bytes);
  log_ = *Log::Open(*db_, std::move(rewritten));
  MustAppend(1);
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(options).failures,
              Contains(HasSubstr("other recipients than the agencies signed")));
  options.manifests = [](const KeyManifest&) -> absl::StatusOr<ManifestFacts> {
    return absl::UnauthenticatedError("1 pinned agency signed it");
  };
  EXPECT_THAT(Verify(options).failures,
              Contains(HasSubstr("KEYMANIFEST is not believed")));
}

TEST_F(Tamper, DamagedFileIsAFailureNotAnError) {
  db_.reset();
  uintmax_t size = std::filesystem::file_size(store_.path());
  std::filesystem::resize_file(store_.path(), size / 2);
  absl::StatusOr<std::unique_ptr<storage::Database>> db =
      storage::Open(store_.url(), {.read_only = true});
  if (!db.ok()) {
    EXPECT_TRUE(absl::IsDataLoss(db.status())) << db.status();
    return;
  }
  db_ = *std::move(db);
  EXPECT_FALSE(Verify().ok());
}

TEST_F(Tamper, GatewayDoesNotStartOnAChangedLog) {
  Sql("UPDATE audit_leaves SET leaf = (SELECT leaf FROM audit_leaves WHERE idx "
      "= 8) WHERE idx = 6");
  EXPECT_TRUE(absl::IsDataLoss(Log::Open(*db_, Options()).status()));
}

TEST_F(Tamper, GatewayDoesNotStartOnACutLog) {
  Sql("DELETE FROM audit_leaves WHERE idx = 11");
  EXPECT_TRUE(absl::IsDataLoss(Log::Open(*db_, Options()).status()));
}

}  // namespace
}  // namespace kinstile::audit
