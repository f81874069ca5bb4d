// SPDX-License-Identifier: Apache-2.0
// Verdicts, later verdicts and undoings, against a list kept by hand.
#include "gateway/share/corrections.h"

#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using CorrectionsTest = World;

RecordOf Of(const char* agency, uint32_t n) {
  return {*AgencyId::Create(agency), Record(n)};
}

// Says a verdict of two records.
void Say(storage::Database& db, uint32_t id, const RecordOf& a,
         const RecordOf& b, Verdict verdict, int64_t at_ms) {
  KS_ASSERT_OK(db.Write([&](storage::Transaction& tx) {
    return KeepCorrection(tx, Numbered<CorrectionId>(id), a, b, verdict, at_ms);
  }));
}

absl::Status Undo(storage::Database& db, uint32_t id, int64_t at_ms) {
  return db.Write([&](storage::Transaction& tx) {
    return KeepUndoing(tx, Numbered<CorrectionId>(id), at_ms);
  });
}

std::map<Handle, Verdict> Read(storage::Database& db, const RecordOf& of,
                               const char* other) {
  std::map<Handle, Verdict> out;
  KS_EXPECT_OK(db.Read([&](storage::Snapshot& s) -> absl::Status {
    auto verdicts = ReadVerdicts(s, of, *AgencyId::Create(other));
    if (verdicts.ok()) out = *verdicts;
    return verdicts.status();
  }));
  return out;
}

TEST_F(CorrectionsTest, AreAboutThePairWhicheverSideAsks) {
  const RecordOf a = Of("council", 1), b = Of("health", 2);
  Say(*db_, 1, b, a, Verdict::kSame, 10);
  EXPECT_EQ(Read(*db_, a, "health"),
            (std::map<Handle, Verdict>{{b.handle, Verdict::kSame}}));
  EXPECT_EQ(Read(*db_, b, "council"),
            (std::map<Handle, Verdict>{{a.handle, Verdict::kSame}}));
  EXPECT_TRUE(Read(*db_, a, "school").empty());
  EXPECT_TRUE(Read(*db_, Of("health", 1), "health").empty());
}

TEST_F(CorrectionsTest, RefuseOneRecordAndAnUnknownId) {
  EXPECT_TRUE(absl::IsInvalidArgument(db_->Write([&](storage::Transaction& tx) {
    return KeepCorrection(tx, {}, Of("health", 1), Of("health", 1),
                          Verdict::kSame, 1);
  })));
  EXPECT_TRUE(absl::IsNotFound(Undo(*db_, 9, 1)));
}

// A chain of verdicts on few records, undone in any order: what holds is always
// the last one that is not undone, so undoing all of them restores nothing.
TEST_F(CorrectionsTest, UndoingRestoresWhatWasThereBefore) {
  struct Said {
    RecordOf a, b;
    Verdict verdict;
    bool undone = false;
  };
  std::mt19937 random(7);
  std::vector<Said> said;
  const auto holds = [&](const RecordOf& of, const char* other) {
    std::map<Handle, Verdict> out;
    for (const Said& s : said) {
      if (s.undone) continue;
      const RecordOf* end = s.a == of ? &s.b : s.b == of ? &s.a : nullptr;
      if (end != nullptr && end->agency.str() == other)
        out[end->handle] = s.verdict;
    }
    return out;
  };
  for (int step = 0; step < 120; ++step) {
    const bool undo = !said.empty() && random() % 3 == 0;
    if (undo) {
      const uint32_t n = random() % said.size();
      said[n].undone = true;
      KS_ASSERT_OK(Undo(*db_, n, 1000 + step));
    } else {
      Said s{Of("council", random() % 3), Of("health", random() % 3),
             random() % 2 == 0 ? Verdict::kSame : Verdict::kDifferent};
      if (random() % 2 == 0) std::swap(s.a, s.b);
      Say(*db_, static_cast<uint32_t>(said.size()), s.a, s.b, s.verdict, step);
      said.push_back(s);
    }
    for (uint32_t n = 0; n < 3; ++n) {
      ASSERT_EQ(Read(*db_, Of("council", n), "health"),
                holds(Of("council", n), "health"));
      ASSERT_EQ(Read(*db_, Of("health", n), "council"),
                holds(Of("health", n), "council"));
    }
  }
  for (uint32_t n = 0; n < said.size(); ++n) KS_ASSERT_OK(Undo(*db_, n, 5000));
  for (uint32_t n = 0; n < 3; ++n)
    EXPECT_TRUE(Read(*db_, Of("council", n), "health").empty());
}

}  // namespace
}  // namespace kinstile::share
