// SPDX-License-Identifier: Apache-2.0
// A trail that was witnessed: what the lines are worth to whoever verifies it,
// and that a witness's head tells what a store alone cannot.
#include <gmock/gmock.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/audit/witness.h"
#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// One agency: its witness, on a store of its own.
struct Partner {
  Partner(std::string agency, char fill)
      : name(agency + ".example/witness"), key(TestLogKey(fill)) {}
  NoteVerifier verifier() const {
    return {name, NoteAlgorithm::kCosignatureV1, key.verify_key()};
  }
  const std::string name;
  const crypto::SigningKey key;
  storage::SqliteStore store;
  std::unique_ptr<storage::Database> db = *storage::Open(store.url());
};

class WitnessedTrail : public LogTest {
 protected:
  WitnessedTrail() {
    manifest_ = Recipients();
    manifest_.signed_bytes = "what was signed";
    manifest_.manifest_digest = crypto::Sha256(manifest_.signed_bytes);
    Empty();
    OpenLog();
    MustAppend(0);
    Cosign(council_witness_);
    MustAppend(1);
    Cosign(council_witness_);
    Cosign(health_witness_);
    witnessed_ = log_->size();
    MustAppend(2);
  }

  // As what the agencies signed, which the fixture's is not.
  void OpenLog() {
    LogOptions options = Options();
    options.recipients = manifest_;
    log_ = *Log::Open(*db_, std::move(options));
  }
  void Empty() {
    log_.reset();
    for (const char* table :
         {"audit_leaves", "audit_payloads", "audit_checkpoints",
          "audit_cosignatures", "audit_keyframes", "audit_logs"})
      Sql(absl::StrCat("DELETE FROM ", table));
  }

  // A round of witnessing, without the calls.
  void Cosign(Partner& by) {
    Witness witness(*by.db, by.name, by.key, clock_);
    const auto head = *witness.Head(kOrigin);
    const uint64_t old_size = head ? head->size : 0;
    AddCheckpointRequest request{old_size, {}, log_->checkpoint()};
    if (old_size > 0)
      request.proof = *log_->ConsistencyProof(old_size, log_->size());
    const auto answer = witness.AddCheckpoint(
        {kOrigin, NoteAlgorithm::kEd25519, log_->verify_key()},
        FormatAddCheckpoint(request));
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->code, WitnessCode::kCosigned) << answer->body;
    Keep(log_->size(), by.name, answer->body);
  }
  void Keep(uint64_t size, const std::string& name, const std::string& line) {
    EXPECT_TRUE(db_->Write([&](storage::Transaction& t) {
                     return UpsertCosignature(t, LogNumber(kOrigin),
                                              {size, name, line});
                   })
                    .ok());
  }
  void Sql(absl::string_view sql) {
    absl::Status s = db_->Write(
        [&](storage::Transaction& t) { return t.Execute(sql, {}).status(); });
    ASSERT_TRUE(s.ok()) << sql << ": " << s;
  }

  // With the manifest that both agencies are witnesses by.
  VerifyOptions Believing() const {
    VerifyOptions options;
    options.manifests =
        [this](const KeyManifest&) -> absl::StatusOr<ManifestFacts> {
      return ManifestFacts{manifest_, {}, Policy()};
    };
    return options;
  }
  TlogPolicy Policy() const {
    return *TlogPolicy::Parse(absl::StrCat(
        "witness council ", FormatNoteVerifier(council_witness_.verifier()),
        "\nwitness health ", FormatNoteVerifier(health_witness_.verifier()),
        "\ngroup both all council health\nquorum both\n"));
  }
  // All that the council's adapter has to say about the trail.
  VerifyOptions WithHead() const {
    VerifyOptions options;
    const auto heads = *ReadWitnessHeads(*council_witness_.db);
    for (const auto& h : heads) options.evidence.witnessed.push_back(h.note);
    return options;
  }

  KeyManifest manifest_;
  Partner council_witness_{"council", 21};
  Partner health_witness_{"health", 22};
  uint64_t witnessed_ = 0;
};

TEST_F(WitnessedTrail, SaysHowFarAQuorumHasSeenIt) {
  const VerifyReport report = Verify(Believing());
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.cosignatures, 3u);
  EXPECT_TRUE(report.cosignatures_checked);
  EXPECT_EQ(report.quorum_size, witnessed_);
  EXPECT_LT(report.quorum_size, report.entries);
  EXPECT_EQ(report.quorum_ms, clock_.now_ms / 1000 * 1000);
}

TEST_F(WitnessedTrail, WithoutAManifestLinesAreCountedAndNotBelieved) {
  const VerifyReport report = Verify();
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.cosignatures, 3u);
  EXPECT_FALSE(report.cosignatures_checked);
  EXPECT_EQ(report.quorum_size, 0u);
}

TEST_F(WitnessedTrail, EachCosignatureIsByAWitnessOfTheManifest) {
  Partner stranger{"stranger", 23};
  Cosign(stranger);
  EXPECT_THAT(Verify(Believing()).failures,
              Contains(HasSubstr("by no witness of the manifests")));
}

TEST_F(WitnessedTrail, ACosignatureIsOfItsOwnCheckpoint) {
  Sql(absl::StrCat("UPDATE audit_cosignatures SET size = ", log_->size(),
                   " WHERE size = ", witnessed_));
  EXPECT_THAT(Verify(Believing()).failures,
              Contains(HasSubstr("the cosignature of council does not hold")));
}

TEST_F(WitnessedTrail, ACosignatureHasACheckpointAndItsOwnName) {
  Sql(absl::StrCat("UPDATE audit_cosignatures SET size = 99 WHERE size = ",
                   witnessed_, " AND witness LIKE 'health%'"));
  EXPECT_THAT(Verify().failures,
              Contains(HasSubstr("cosignatures of no checkpoint")));
  Sql("UPDATE audit_cosignatures SET witness = 'x' WHERE size <> 99");
  EXPECT_THAT(Verify().failures, Contains(HasSubstr("under another name")));
}

TEST_F(WitnessedTrail, EveryByteOfEveryCosignatureCounts) {
  struct Line {
    uint64_t size;
    std::string name, line;
  };
  std::vector<Line> lines;
  ASSERT_TRUE(db_->Read([&](storage::Snapshot& s) {
                   return ForEachCosignature(
                       s, LogNumber(kOrigin), [&](const CosignatureRow& row) {
                         lines.push_back({row.size, std::string(row.witness),
                                          std::string(row.line)});
                         return absl::OkStatus();
                       });
                 })
                  .ok());
  ASSERT_EQ(lines.size(), 3u);
  const Line& one = lines.back();
  for (size_t i = 0; i < one.line.size(); ++i) {
    std::string changed = one.line;
    changed[i] ^= 1;
    Keep(one.size, one.name, changed);
    EXPECT_FALSE(Verify(Believing()).ok()) << "byte " << i;
  }
  Keep(one.size, one.name, one.line);
  EXPECT_TRUE(Verify(Believing()).ok());
}

// What is stored beside leaves, payloads, heads and lines (EveryByteOf...):
// each byte of each name and number by which they are found.
struct Column {
  const char* name;
  bool number;
};
struct Table {
  const char* name;
  std::vector<Column> columns;
};
const Table kTables[] = {
    {"audit_logs", {{"log", true}, {"origin", false}}},
    {"audit_leaves", {{"log", true}, {"idx", true}, {"audience", false}}},
    {"audit_payloads", {{"log", true}, {"idx", true}}},
    {"audit_keyframes",
     {{"log", true}, {"audience", false}, {"epoch", true}, {"idx", true}}},
    {"audit_checkpoints", {{"log", true}, {"size", true}}},
    {"audit_cosignatures", {{"log", true}, {"size", true}, {"witness", false}}},
};
// Of one row, in the order of its columns.
struct Cell {
  int64_t number = 0;
  std::string text;
  storage::Value value(bool is_number) const {
    return is_number ? storage::Value::Int(number) : storage::Value::Text(text);
  }
};

std::vector<std::vector<Cell>> RowsOf(storage::Database& db,
                                      const Table& table) {
  std::vector<std::string> names;
  for (const Column& c : table.columns) names.push_back(c.name);
  std::vector<std::vector<Cell>> rows;
  const absl::Status read = db.Read([&](storage::Snapshot& s) {
    return s.Query(absl::StrCat("SELECT ", absl::StrJoin(names, ", "), " FROM ",
                                table.name),
                   {}, [&](const storage::Row& row) {
                     std::vector<Cell> cells;
                     for (size_t i = 0; i < names.size(); ++i)
                       cells.push_back(table.columns[i].number
                                           ? Cell{row.Int(i), ""}
                                           : Cell{0, std::string(row.Text(i))});
                     rows.push_back(std::move(cells));
                     return absl::OkStatus();
                   });
  });
  EXPECT_TRUE(read.ok()) << read;
  return rows;
}

// The cell with one byte changed, for each of its bytes.
std::vector<Cell> ChangesOf(const Cell& cell, bool number) {
  std::vector<Cell> out;
  if (number)
    for (int byte = 0; byte < 8; ++byte)
      out.push_back({cell.number ^ int64_t{1} << 8 * byte, ""});
  for (size_t i = 0; i < cell.text.size(); ++i) {
    out.push_back(cell);
    out.back().text[i] ^= 1;
  }
  return out;
}

TEST_F(WitnessedTrail, EveryByteOfEveryNameAndNumberCounts) {
  log_.reset();
  const VerifyOptions believing = Believing();
  int changed = 0;
  for (const Table& table : kTables) {
    const auto rows = RowsOf(*db_, table);
    EXPECT_FALSE(rows.empty()) << table.name;
    for (const std::vector<Cell>& row : rows)
      for (size_t c = 0; c < row.size(); ++c)
        for (const Cell& to : ChangesOf(row[c], table.columns[c].number)) {
          std::string sql = absl::StrCat("UPDATE ", table.name, " SET ",
                                         table.columns[c].name, " = ?1 WHERE ");
          std::vector<storage::Value> values = {
              to.value(table.columns[c].number)};
          for (size_t k = 0; k < row.size(); ++k) {
            values.push_back(row[k].value(table.columns[k].number));
            absl::StrAppend(&sql, k > 0 ? " AND " : "", table.columns[k].name,
                            " = ?", values.size());
          }
          // Looked at from inside, and taken back.
          (void)db_->Write([&](storage::Transaction& t) -> absl::Status {
            const auto done = t.Execute(sql, values);
            // Two rows of one key cannot be stored.
            if (!done.ok()) return done.status();
            EXPECT_EQ(*done, 1) << sql;
            StoreCopy copy(t, kOrigin);
            const auto report =
                VerifyCopy(copy, kOrigin, TestLogKey().verify_key(), believing);
            EXPECT_TRUE(report.ok()) << report.status();
            EXPECT_FALSE(report.ok() && report->ok())
                << table.name << "." << table.columns[c].name << " of row "
                << &row - rows.data();
            ++changed;
            return absl::CancelledError();
          });
        }
  }
  EXPECT_GT(changed, 400);
  EXPECT_TRUE(Verify(believing).ok());
}

// The four that a store alone cannot tell, by the head that a witness kept.

TEST_F(WitnessedTrail, AHeadTellsATruncation) {
  log_.reset();
  // Back to what the council's first cosignature covers.
  const uint64_t left = witnessed_ - 1;
  for (const char* table :
       {"audit_leaves", "audit_payloads", "audit_keyframes"})
    Sql(absl::StrCat("DELETE FROM ", table, " WHERE idx >= ", left));
  for (const char* table : {"audit_checkpoints", "audit_cosignatures"})
    Sql(absl::StrCat("DELETE FROM ", table, " WHERE size > ", left));
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(WithHead()).failures,
              Contains(AllOf(HasSubstr("head that the witness cosigned 1"),
                             HasSubstr("cut short or rolled back"))));
}

TEST_F(WitnessedTrail, AHeadTellsARollback) {
  log_.reset();
  db_.reset();
  std::filesystem::copy_file(store_.path(), store_.path() + ".old");
  ReopenStore();
  OpenLog();
  MustAppend(3);
  Cosign(council_witness_);
  log_.reset();
  db_.reset();
  for (const char* suffix : {"-wal", "-shm"})
    std::filesystem::remove(store_.path() + suffix);
  std::filesystem::rename(store_.path() + ".old", store_.path());
  ReopenStore();
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(WithHead()).failures,
              Contains(HasSubstr("cut short or rolled back")));
}

TEST_F(WitnessedTrail, AHeadTellsARewriteWithTheStolenLogKey) {
  Empty();
  OpenLog();
  for (int i = 0; i < 9; ++i) MustAppend(i);
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(WithHead()).failures,
              Contains(HasSubstr("not the ones it was signed for")));
}

TEST_F(WitnessedTrail, AHeadTellsAForkAndSoDoesTheOneThatWasRefused) {
  log_.reset();
  db_.reset();
  const std::string branch = store_.path() + ".branch";
  std::filesystem::copy_file(store_.path(), branch);
  ReopenStore();
  OpenLog();
  MustAppend(30);
  Cosign(council_witness_);
  log_.reset();
  db_ = *storage::Open("sqlite:" + branch);
  OpenLog();
  MustAppend(40);
  MustAppend(41);
  EXPECT_THAT(Verify().failures, IsEmpty());
  EXPECT_THAT(Verify(WithHead()).failures,
              Contains(HasSubstr("not the ones it was signed for")));
  // The witness is shown this branch too, and refuses.
  Witness witness(*council_witness_.db, council_witness_.name,
                  council_witness_.key, clock_);
  const uint64_t old_size = (*witness.Head(kOrigin))->size;
  const auto answer = witness.AddCheckpoint(
      {kOrigin, NoteAlgorithm::kEd25519, log_->verify_key()},
      FormatAddCheckpoint({old_size,
                           *log_->ConsistencyProof(old_size, log_->size()),
                           log_->checkpoint()}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->code, WitnessCode::kUnprocessable);
  VerifyOptions refused;
  const auto evidence = *ReadWitnessEvidence(*council_witness_.db);
  for (const auto& e : evidence) refused.evidence.refused.push_back(e.note);
  ASSERT_EQ(refused.evidence.refused.size(), 1u);
  EXPECT_THAT(Verify(refused).failures, IsEmpty());  // it is of this branch
  log_.reset();
  ReopenStore();
  EXPECT_THAT(Verify(refused).failures,
              Contains(HasSubstr("head that the witness refused 1")));
}

}  // namespace
}  // namespace kinstile::audit
