// SPDX-License-Identifier: Apache-2.0
// The contract of database.h, sentence by sentence.
#include "tests/unit/gateway/storage/contract_test.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gateway/storage/store_error.h"

namespace kinstile::storage {

namespace {

absl::Status Ok(const Row&) { return absl::OkStatus(); }

absl::Status Put(Transaction& t, int64_t key, absl::string_view value) {
  return t
      .Execute("INSERT INTO things (k, v) VALUES (?1, ?2)",
               {Value::Int(key), Value::Blob(value)})
      .status();
}

}  // namespace

void StorageContract::SetUp() {
  store_ = GetParam().make();
  db_ = Reopen();
  ASSERT_TRUE(db_->Write([](Transaction& t) {
                   return t
                       .Execute(
                           "CREATE TABLE things (k BIGINT NOT NULL PRIMARY "
                           "KEY, v BYTEA, t TEXT CHECK (t <> 'bad'))",
                           {})
                       .status();
                 })
                  .ok());
}

std::unique_ptr<Database> StorageContract::Reopen() const {
  absl::StatusOr<std::unique_ptr<Database>> db =
      Open(store_->url(), {.busy_timeout_ms = 100});
  EXPECT_TRUE(db.ok()) << db.status();
  return db.ok() ? *std::move(db) : nullptr;
}

int64_t StorageContract::CountRows(Database& db) {
  int64_t n = -1;
  EXPECT_TRUE(db.Read([&n](Snapshot& s) {
                  return s.Query("SELECT COUNT(*) FROM things", {},
                                 [&n](const Row& row) {
                                   n = row.Int(0);
                                   return absl::OkStatus();
                                 });
                }).ok());
  return n;
}

TEST_P(StorageContract, KeepsWhatWasCommittedAcrossReopening) {
  ASSERT_TRUE(db_->Write([](Transaction& t) { return Put(t, 1, "one"); }).ok());
  db_.reset();
  EXPECT_EQ(CountRows(*Reopen()), 1);
}

TEST_P(StorageContract, RollsBackWhenTheBodyFails) {
  absl::Status s = db_->Write([](Transaction& t) {
    EXPECT_TRUE(Put(t, 1, "one").ok());
    return absl::AbortedError("changed my mind");
  });
  EXPECT_EQ(s, absl::AbortedError("changed my mind"));
  EXPECT_EQ(CountRows(*db_), 0);
}

TEST_P(StorageContract, FailedStatementDoomsTheTransaction) {
  absl::Status s = db_->Write([](Transaction& t) {
    EXPECT_TRUE(Put(t, 1, "one").ok());
    EXPECT_TRUE(absl::IsAlreadyExists(Put(t, 1, "again")));
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsAlreadyExists(s)) << s;
  EXPECT_EQ(CountRows(*db_), 0);
  EXPECT_TRUE(db_->healthy());
}

TEST_P(StorageContract, NamesFailuresByCode) {
  struct Case {
    const char* sql;
    absl::StatusCode code;
  } cases[] = {
      {"INSERT INTO things (k) VALUES (NULL)",
       absl::StatusCode::kFailedPrecondition},
      {"INSERT INTO things (k, t) VALUES (7, 'bad')",
       absl::StatusCode::kFailedPrecondition},
      {"INSERT INTO nowhere (k) VALUES (1)", absl::StatusCode::kInternal},
      {"INSERT INTO things (k) VALUES (?1)", absl::StatusCode::kInternal},
      {"not sql", absl::StatusCode::kInternal},
  };
  for (const Case& c : cases) {
    absl::Status s = db_->Write(
        [&c](Transaction& t) { return t.Execute(c.sql, {}).status(); });
    EXPECT_EQ(s.code(), c.code) << c.sql << ": " << s;
  }
}

TEST_P(StorageContract, RoundTripsEveryKindOfValue) {
  const std::string bytes("\0\xff'\";--", 7);
  ASSERT_TRUE(db_->Write([&](Transaction& t) {
                   return t
                       .Execute(
                           "INSERT INTO things (k, v, t) VALUES (?1, ?2, ?3), "
                           "(2, ?4, ?5)",
                           {Value::Int(INT64_MIN), Value::Blob(bytes),
                            Value::Text("it's"), Value::Blob(""),
                            Value::Null()})
                       .status();
                 })
                  .ok());
  int rows = 0;
  absl::Status s = db_->Read([&](Snapshot& snapshot) {
    return snapshot.Query("SELECT k, v, t FROM things ORDER BY k", {},
                          [&](const Row& row) {
                            if (rows++ == 0) {
                              EXPECT_EQ(row.Int(0), INT64_MIN);
                              EXPECT_EQ(row.Blob(1), bytes);
                              EXPECT_EQ(row.Text(2), "it's");
                            } else {
                              EXPECT_FALSE(row.IsNull(1));
                              EXPECT_EQ(row.Blob(1), "");
                              EXPECT_TRUE(row.IsNull(2));
                            }
                            return absl::OkStatus();
                          });
  });
  EXPECT_TRUE(s.ok()) << s;
  EXPECT_EQ(rows, 2);
}

TEST_P(StorageContract, ReadingAColumnAsAnotherTypeIsAnError) {
  ASSERT_TRUE(db_->Write([](Transaction& t) { return Put(t, 1, "one"); }).ok());
  absl::Status s = db_->Read([](Snapshot& snapshot) {
    return snapshot.Query("SELECT v FROM things", {}, [](const Row& row) {
      EXPECT_EQ(row.Int(0), 0);
      return absl::OkStatus();
    });
  });
  EXPECT_TRUE(absl::IsInternal(s)) << s;
}

TEST_P(StorageContract, TellsHowManyRowsChanged) {
  absl::Status s = db_->Write([](Transaction& t) {
    EXPECT_TRUE(Put(t, 1, "a").ok() && Put(t, 2, "b").ok());
    EXPECT_EQ(*t.Execute("UPDATE things SET v = NULL", {}), 2);
    EXPECT_EQ(*t.Execute("DELETE FROM things WHERE k = ?1", {Value::Int(9)}),
              0);
    return absl::OkStatus();
  });
  EXPECT_TRUE(s.ok()) << s;
}

TEST_P(StorageContract, RowCallbackCanStopTheQuery) {
  ASSERT_TRUE(db_->Write([](Transaction& t) {
                   EXPECT_TRUE(Put(t, 1, "a").ok());
                   return Put(t, 2, "b");
                 })
                  .ok());
  int seen = 0;
  absl::Status s = db_->Read([&seen](Snapshot& snapshot) {
    return snapshot.Query("SELECT k FROM things", {}, [&seen](const Row&) {
      ++seen;
      return absl::CancelledError("enough");
    });
  });
  EXPECT_TRUE(absl::IsCancelled(s));
  EXPECT_EQ(seen, 1);
}

TEST_P(StorageContract, SnapshotDoesNotMoveWhileAWriterCommits) {
  absl::Status s = db_->Read([this](Snapshot& snapshot) {
    EXPECT_TRUE(snapshot.Query("SELECT k FROM things", {}, Ok).ok());
    EXPECT_TRUE(
        db_->Write([](Transaction& t) { return Put(t, 1, "one"); }).ok());
    int rows = 0;
    absl::Status again =
        snapshot.Query("SELECT k FROM things", {}, [&rows](const Row&) {
          ++rows;
          return absl::OkStatus();
        });
    EXPECT_EQ(rows, 0);
    return again;
  });
  EXPECT_TRUE(s.ok()) << s;
  EXPECT_EQ(CountRows(*db_), 1);
}

TEST_P(StorageContract, TransactionSeesItsOwnWrites) {
  int rows = 0;
  ASSERT_TRUE(db_->Write([&rows](Transaction& t) {
                   EXPECT_TRUE(Put(t, 1, "one").ok());
                   return t.Query("SELECT k FROM things", {},
                                  [&rows](const Row&) {
                                    ++rows;
                                    return absl::OkStatus();
                                  });
                 })
                  .ok());
  EXPECT_EQ(rows, 1);
}

TEST_P(StorageContract, SerialisesWritersAndRunsReadersBesideThem) {
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int w = 0; w < 8; ++w)
    threads.emplace_back([this, w, &failures] {
      for (int i = 0; i < 25; ++i) {
        // Read, then write what was read: lost updates would collide.
        absl::Status s = db_->Write([](Transaction& t) {
          int64_t n = 0;
          absl::Status q =
              t.Query("SELECT COUNT(*) FROM things", {}, [&n](const Row& row) {
                n = row.Int(0);
                return absl::OkStatus();
              });
          return q.ok() ? Put(t, n, "x") : q;
        });
        if (!s.ok() || CountRows(*db_) < i) ++failures;
        (void)w;
      }
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(CountRows(*db_), 200);
}

TEST_P(StorageContract, SaysUnavailableWhileAnotherProcessHoldsTheLock) {
  std::unique_ptr<Database> other = Reopen();
  absl::Notification held, done;
  std::thread holder([&] {
    EXPECT_TRUE(other
                    ->Write([&](Transaction& t) {
                      absl::Status s = Put(t, 1, "one");
                      held.Notify();
                      done.WaitForNotification();
                      return s;
                    })
                    .ok());
  });
  held.WaitForNotification();
  absl::Status s = db_->Write([](Transaction& t) { return Put(t, 2, "two"); });
  EXPECT_TRUE(absl::IsUnavailable(s)) << s;
  EXPECT_TRUE(IsStoreError(s));
  EXPECT_TRUE(db_->healthy());
  done.Notify();
  holder.join();
  EXPECT_TRUE(db_->Write([](Transaction& t) { return Put(t, 2, "two"); }).ok());
  EXPECT_EQ(CountRows(*db_), 2);
}

TEST_P(StorageContract, KnowsItsOwnErrorsFromTheCallers) {
  const auto fail = [&](const absl::Status& with) {
    return db_->Write([&](Transaction&) { return with; });
  };
  EXPECT_FALSE(IsStoreError(fail(absl::UnavailableError("sqlite: not mine"))));
  EXPECT_FALSE(IsStoreError(fail(absl::OkStatus())));
  EXPECT_TRUE(IsStoreError(db_->Read([](Snapshot& s) {
    return s.Query("SELECT nothing FROM nowhere", {}, Ok);
  })));
}

}  // namespace kinstile::storage
