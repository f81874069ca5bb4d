// SPDX-License-Identifier: Apache-2.0
// Whatever is changed in a stored log, verification says so, in plain words.
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

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
                   {"UPDATE audit_checkpoints SET note = replace(note, 'A', "
                    "'B') WHERE size = 12"},
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

TEST_F(Tamper, EveryByteOfEveryRowCounts) {
  struct Column {
    const char *table, *column, *key;
  } columns[] = {{"audit_leaves", "leaf", "idx"},
                 {"audit_payloads", "payload", "idx"},
                 {"audit_checkpoints", "note", "size"}};
  int changed = 0;
  for (const Column& c : columns) {
    // Row 5 and head 6 stand for the rest; every byte of them is flipped.
    int64_t key = std::string(c.key) == "idx" ? 5 : 6;
    bool text = std::string(c.column) == "note";
    std::string original;
    std::string select = std::string("SELECT ") + c.column + " FROM " +
                         c.table + " WHERE " + c.key + " = ?1";
    std::string update = std::string("UPDATE ") + c.table + " SET " + c.column +
                         " = ?2 WHERE " + c.key + " = ?1";
    ASSERT_TRUE(db_->Read([&](storage::Snapshot& snapshot) {
                     return snapshot.Query(
                         select, {storage::Value::Int(key)},
                         [&](const storage::Row& row) {
                           original =
                               std::string(text ? row.Text(0) : row.Blob(0));
                           return absl::OkStatus();
                         });
                   })
                    .ok());
    auto put = [&](const std::string& value) {
      return db_->Write([&](Transaction& t) {
        return t
            .Execute(update, {storage::Value::Int(key),
                              text ? storage::Value::Text(value)
                                   : storage::Value::Blob(value)})
            .status();
      });
    };
    for (size_t i = 0; i<original.size(); i += original.size()> 600 ? 7 : 1) {
      std::string bad = original;
      bad[i] ^= 1;
      ASSERT_TRUE(put(bad).ok());
      EXPECT_FALSE(Verify().ok()) << c.table << " byte " << i;
      ++changed;
    }
    ASSERT_TRUE(put(original).ok());
  }
  EXPECT_GT(changed, 500);
  EXPECT_THAT(Verify().failures, IsEmpty());
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
