// SPDX-License-Identifier: Apache-2.0
// The witness: other people's script, forks, and what is durable when.
#include "gateway/audit/witness.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/audit/fixture.h"
#include "tests/unit/gateway/merkle/vectors.h"
#include "tests/unit/gateway/storage/disk_faults.h"

namespace kinstile::audit {
namespace {

constexpr char kWitness[] = "council.example/witness";
constexpr char kDash[] = "\xe2\x80\x94";

class WitnessTest : public LogTest {
 protected:
  WitnessTest()
      : witness_db_(*storage::Open(witness_store_.url())),
        witness_(*witness_db_, kWitness, witness_key_, clock_) {}

  // What the witness says to a checkpoint that comes from this log.
  WitnessAnswer Add(const Log& log, uint64_t old_size) {
    AddCheckpointRequest request{old_size, {}, log.checkpoint()};
    if (old_size > 0)
      request.proof = *log.ConsistencyProof(old_size, log.size());
    return MustAdd(FormatAddCheckpoint(request));
  }
  WitnessAnswer MustAdd(const std::string& body) {
    const auto answer = witness_.AddCheckpoint(
        {kOrigin, NoteAlgorithm::kEd25519, TestLogKey().verify_key()}, body);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : WitnessAnswer{};
  }
  uint64_t HeadSize() {
    const auto head = witness_.Head(kOrigin);
    EXPECT_TRUE(head.ok()) << head.status();
    return head.ok() && *head ? (*head)->size : 0;
  }
  // Another log with the same origin and key: a fork, entry by entry.
  std::unique_ptr<Log> Fork(storage::Database& db) {
    return *Log::Open(db, Options());
  }

  storage::SqliteStore witness_store_;
  const crypto::SigningKey witness_key_ = TestLogKey(40);
  std::unique_ptr<storage::Database> witness_db_;
  Witness witness_;
};

TEST_F(WitnessTest, CosignsWhatGrowsAndKeepsTheWholeCheckpoint) {
  const WitnessAnswer first = Add(*log_, 0);
  ASSERT_EQ(first.code, WitnessCode::kCosigned) << first.body;
  MustAppend(1);
  const uint64_t before = HeadSize();
  const WitnessAnswer second = Add(*log_, before);
  ASSERT_EQ(second.code, WitnessCode::kCosigned) << second.body;
  EXPECT_EQ(HeadSize(), log_->size());
  const auto head = *witness_.Head(kOrigin);
  EXPECT_EQ(head->note, log_->checkpoint() + second.body);
  const Note note = *ParseNote(head->note);
  EXPECT_TRUE(VerifyNoteBy(note, kOrigin, TestLogKey().verify_key()).ok());
  EXPECT_EQ(*VerifyCosignature(note, kWitness, witness_key_.verify_key()),
            static_cast<uint64_t>(clock_.now_ms / 1000));
}

// A lost reply is asked for again; the time is new.
TEST_F(WitnessTest, CosignsTheSameSizeAgain) {
  ASSERT_EQ(Add(*log_, 0).code, WitnessCode::kCosigned);
  clock_.now_ms += 5000;
  ASSERT_EQ(Add(*log_, log_->size()).code, WitnessCode::kCosigned);
  EXPECT_EQ(*VerifyCosignature(*ParseNote((*witness_.Head(kOrigin))->note),
                               kWitness, witness_key_.verify_key()),
            static_cast<uint64_t>(clock_.now_ms / 1000));
}

TEST_F(WitnessTest, RefusesInThePublishedOrder) {
  ASSERT_EQ(Add(*log_, 0).code, WitnessCode::kCosigned);
  const uint64_t size = log_->size();
  MustAppend(1);
  const std::string good = log_->checkpoint();
  const auto proof = *log_->ConsistencyProof(size, log_->size());
  auto wrong = proof;
  wrong[0].bytes[0] ^= 1;
  const std::string other_origin =
      SignCheckpoint({"other.example", 9, merkle::EmptyRoot()}, TestLogKey());
  const std::string other_key =
      SignCheckpoint({kOrigin, 9, merkle::EmptyRoot()}, TestLogKey(9));
  struct Case {
    const char* name;
    std::string body;
    WitnessCode code;
  } cases[] = {
      {"empty", "", WitnessCode::kBadRequest},
      {"no old size", "\n" + good, WitnessCode::kBadRequest},
      {"old size with a zero before", "old 01\n\n" + good,
       WitnessCode::kBadRequest},
      {"no checkpoint", "old 0\n\n", WitnessCode::kBadRequest},
      {"unknown log, whatever else is wrong", "old 99\n\n" + other_origin,
       WitnessCode::kUnknownLog},
      {"another key", "old 99\n\n" + other_key, WitnessCode::kForbidden},
      {"no signature", absl::StrCat("old 0\n\n", kOrigin, "\n1\nx\n"),
       WitnessCode::kForbidden},
      {"old above new", FormatAddCheckpoint({log_->size() + 1, {}, good}),
       WitnessCode::kBadRequest},
      {"old not the last", FormatAddCheckpoint({size - 1, proof, good}),
       WitnessCode::kConflict},
      {"no proof", FormatAddCheckpoint({size, {}, good}),
       WitnessCode::kUnprocessable},
      {"wrong proof", FormatAddCheckpoint({size, wrong, good}),
       WitnessCode::kUnprocessable},
  };
  for (const Case& c : cases) {
    const WitnessAnswer answer = MustAdd(c.body);
    EXPECT_EQ(answer.code, c.code) << c.name;
    if (c.code == WitnessCode::kConflict) {
      EXPECT_EQ(answer.body, absl::StrCat(size, "\n"));
    }
    EXPECT_EQ(HeadSize(), size) << c.name;
  }
  EXPECT_EQ(Add(*log_, size).code, WitnessCode::kCosigned);
}

TEST_F(WitnessTest, AForkIsRefusedAndKeptAsEvidence) {
  MustAppend(1);
  ASSERT_EQ(Add(*log_, 0).code, WitnessCode::kCosigned);
  storage::SqliteStore other_store;
  const auto other_db = *storage::Open(other_store.url());
  const auto fork = Fork(*other_db);
  const uint64_t size = log_->size();
  // One size, two roots.
  while (fork->size() < size) ASSERT_TRUE(fork->AppendOne(SampleDraft(7)).ok());
  ASSERT_EQ(fork->size(), size);
  EXPECT_EQ(MustAdd(FormatAddCheckpoint({size, {}, fork->checkpoint()})).code,
            WitnessCode::kConflict);
  // A larger one that does not follow.
  ASSERT_TRUE(fork->AppendOne(SampleDraft(8)).ok());
  EXPECT_EQ(Add(*fork, size).code, WitnessCode::kUnprocessable);
  EXPECT_EQ(HeadSize(), size);
  const auto evidence = *ReadWitnessEvidence(*witness_db_);
  ASSERT_EQ(evidence.size(), 2u);
  EXPECT_EQ(evidence[1].note, fork->checkpoint());
  // The honest history goes on.
  MustAppend(2);
  EXPECT_EQ(Add(*log_, size).code, WitnessCode::kCosigned);
}

TEST_F(WitnessTest, NothingIsCosignedThatIsNotStored) {
  ASSERT_EQ(Add(*log_, 0).code, WitnessCode::kCosigned);
  const uint64_t size = log_->size();
  MustAppend(1);
  const std::string body = FormatAddCheckpoint(
      {size, *log_->ConsistencyProof(size, log_->size()), log_->checkpoint()});
  {
    ScopedDiskFault full(DiskFault::kFull);
    EXPECT_FALSE(witness_
                     .AddCheckpoint({kOrigin, NoteAlgorithm::kEd25519,
                                     TestLogKey().verify_key()},
                                    body)
                     .ok());
  }
  EXPECT_EQ(HeadSize(), size);
  witness_db_.reset();
  witness_db_ = *storage::Open(witness_store_.url());
  Witness again(*witness_db_, kWitness, witness_key_, clock_);
  EXPECT_EQ((*again.Head(kOrigin))->size, size);
}

// Check and store are one step: of two requests from one old size, one wins.
TEST_F(WitnessTest, TwoRequestsFromOneSizeCannotBothBeTrue) {
  ASSERT_EQ(Add(*log_, 0).code, WitnessCode::kCosigned);
  const uint64_t size = log_->size();
  std::vector<std::string> bodies;
  for (int i = 0; i < 8; ++i) {
    MustAppend(i);
    bodies.push_back(
        FormatAddCheckpoint({size, *log_->ConsistencyProof(size, log_->size()),
                             log_->checkpoint()}));
  }
  std::atomic<int> cosigned = 0;
  std::vector<std::thread> threads;
  for (const std::string& body : bodies)
    threads.emplace_back([&, body] {
      if (MustAdd(body).code == WitnessCode::kCosigned) ++cosigned;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(cosigned, 1);
}

// FiloSottile/torchwood cmd/litewitness/testdata/litewitness.txt (ISC): steps
// 1, 5, 6, 7 and 9 of its nine.
constexpr char kScriptOrigin[] =
    "sigsum.org/v1/tree/"
    "4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
struct ScriptStep {
  const char *old, *proof, *size, *root, *signature;
  int status;
};
const ScriptStep kScript[] = {
    {"0", "", "1", "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
     "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoF"
     "BJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
     200},
    {"1",
     "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
     "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABA=\n",
     "3", "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
     "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d"
     "75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=",
     422},
    {"1",
     "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
     "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
     "3", "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
     "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d"
     "75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=",
     200},
    {"1",
     "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
     "+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=\n"
     "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
     "5", "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
     "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4Q"
     "PVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
     409},
    {"0", "", "5", "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
     "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4Q"
     "PVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
     409},
};

class WitnessScript : public testing::Test {
 protected:
  int Post(const std::string& body) {
    answer_ = *witness_.AddCheckpoint(
        {kScriptOrigin, NoteAlgorithm::kEd25519,
         *crypto::VerifyKey::FromBytes(absl::HexStringToBytes(
             "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100"
             "f"))},
        body);
    return static_cast<int>(answer_.code);
  }

  storage::SqliteStore store_;
  std::unique_ptr<storage::Database> db_ = *storage::Open(store_.url());
  const crypto::SigningKey key_ =
      crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
          crypto::SecretAccess(),
          absl::HexStringToBytes("31ffc2116ecbe003acaa800ab70757bd7d53206e3febe"
                                 "f6a6d0796d95530b34f")));
  Witness witness_{*db_, "example.com/witness", key_, SystemClock()};
  WitnessAnswer answer_;
};

TEST_F(WitnessScript, StepsThatStandHere) {
  for (const ScriptStep& s : kScript)
    EXPECT_EQ(
        Post(absl::StrCat("old ", s.old, "\n", s.proof, "\n", kScriptOrigin,
                          "\n", s.size, "\n", s.root, "\n\n", kDash, " ",
                          kScriptOrigin, " ", s.signature, "\n")),
        s.status)
        << s.old << " to " << s.size << ": " << answer_.body;
}

TEST_F(WitnessScript, WholeAsPublished) {
  const auto script = LoadVectors("c2sp/witness_add_checkpoint.json");
  if (!script.ok()) {
    RecordProperty("vectors", "absent: only transcribed steps were replayed");
    return;
  }
  ASSERT_EQ(ListAt(*script, "steps").size(), 9);
  int number = 0;
  for (const Json& step : ListAt(*script, "steps")) {
    const std::string body = TextAt(step, "body");
    // An unknown log is 404 by tlog-witness as it stands, 403 in the script.
    const bool unknown = body.find(kScriptOrigin) == std::string::npos;
    EXPECT_EQ(Post(body),
              unknown ? 404 : static_cast<int>(NumberAt(step, "status")))
        << "step " << number << ": " << answer_.body;
    if (answer_.code == WitnessCode::kCosigned) {
      EXPECT_TRUE(answer_.body.starts_with(
          absl::StrCat(kDash, " example.com/witness ")));
      const std::string note = body.substr(body.find("\n\n") + 2);
      EXPECT_TRUE(VerifyCosignature(*ParseNote(note + answer_.body),
                                    "example.com/witness", key_.verify_key())
                      .ok());
    }
    const std::string exact = "body == \"";
    if (TextAt(step, "assert").starts_with(exact)) {
      EXPECT_EQ(answer_.body,
                TextAt(step, "assert").substr(exact.size(), 1) + "\n");
    }
    ++number;
  }
}

}  // namespace
}  // namespace kinstile::audit
