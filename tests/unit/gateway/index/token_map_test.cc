// SPDX-License-Identifier: Apache-2.0
// The map against the rows it was read from; and what an index does without it.
#include "gateway/index/token_map.h"

#include <atomic>
#include <chrono>
#include <limits>
#include <map>
#include <random>
#include <thread>

#include "gateway/index/stored_token.h"
#include "tests/unit/gateway/index/register.h"

namespace kinstile::index {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

class TokenMapTest : public RegisterTest {
 protected:
  absl::StatusOr<TokenMap> Load(const AgencyId& agency,
                                size_t most_bytes = kNoLimit,
                                bool stop = false) {
    absl::StatusOr<TokenMap> map = absl::InternalError("not read");
    EXPECT_EQ(database_->Read([&](storage::Snapshot& s) -> absl::Status {
      const Generation row = VisibleGeneration(s, agency).value();
      const std::atomic<bool> stopping = stop;
      map = TokenMap::Load(s, row, most_bytes, stopping);
      return absl::OkStatus();
    }),
              absl::OkStatus());
    return map;
  }

  int64_t PartOf(const AgencyId& agency) {
    int64_t part = -1;
    EXPECT_EQ(database_->Read([&](storage::Snapshot& s) -> absl::Status {
      part = VisibleGeneration(s, agency).value().part;
      return absl::OkStatus();
    }),
              absl::OkStatus());
    return part;
  }

  std::map<int64_t, std::vector<uint32_t>> Rows(int64_t part) {
    std::map<int64_t, std::vector<uint32_t>> rows;
    EXPECT_EQ(database_->Read([&](storage::Snapshot& s) {
      return s.Query("SELECT slot, persons FROM index_tokens", {},
                     [&](const storage::Row& row) {
                       if (row.Int(0) >> kSlotTokenBits == part)
                         rows[row.Int(0)] = UnpackPersons(row.Blob(1)).value();
                       return absl::OkStatus();
                     });
    }),
              absl::OkStatus());
    return rows;
  }
};

std::vector<EnrolledRecord> Shared(uint32_t people, uint32_t values) {
  std::mt19937 random(people);
  std::vector<EnrolledRecord> out;
  for (uint32_t i = 0; i < people; ++i)
    out.push_back(
        Person(i, i / 4,
               {Carries(kNumber, i), Carries(kNames, random() % values),
                Carries(kAddress, random() % 4)}));
  return out;
}

TEST_F(TokenMapTest, HasTheRowsOfItsPartAndNothingElse) {
  Enrol(health_, Shared(50, 7));
  for (uint32_t people : {0u, 1u, 3u, 500u, 3000u}) {
    Enrol(council_, Shared(people, people + 1));
    const TokenMap map = Load(council_).value();
    const int64_t part = PartOf(council_);
    const auto rows = Rows(part);
    EXPECT_GE(rows.size(), people);
    for (const auto& [slot, persons] : rows) {
      const Carriers found = map.Find(slot);
      EXPECT_EQ(found.too_many, persons.empty());
      EXPECT_THAT(found.persons, ElementsAreArray(persons));
      for (const int64_t other : {slot - 1, slot + 1}) {
        if (rows.contains(other)) continue;
        EXPECT_FALSE(map.Find(other).too_many);
        EXPECT_THAT(map.Find(other).persons, IsEmpty());
      }
    }
    EXPECT_THAT(map.Find(part << kSlotTokenBits | kSlotTokenMask).persons,
                IsEmpty());
  }
}

TEST_F(TokenMapTest, TakesNoMoreThanItMay) {
  Enrol(council_, Shared(2000, 500));
  const size_t bytes = Load(council_).value().bytes();
  EXPECT_LT(bytes, 2000u * 3 * 14);
  EXPECT_TRUE(absl::IsResourceExhausted(Load(council_, bytes - 1).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(Load(council_, 0).status()));
}

TEST_F(TokenMapTest, StopsReadingWhenTold) {
  Enrol(council_, Shared(10, 3));
  EXPECT_TRUE(absl::IsCancelled(Load(council_, kNoLimit, true).status()));
}

TEST_F(TokenMapTest, AnIndexWithoutMemoryFindsTheSameInTheStore) {
  auto index = Index::Open(*database_, TestKey(1), clock_, 0).value();
  index_.swap(index);
  Enrol(council_, Shared(20, 100));
  EXPECT_EQ(index_->memory_used(), 0u);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNumber, 7)}),
              ElementsAre(Record(7)));
}

TEST_F(TokenMapTest, RegistersOfAnEarlierProcessAreReadAtTheStart) {
  Enrol(council_, Shared(20, 100));
  Enrol(health_, Shared(30, 100));
  const size_t both = index_->memory_used();
  Reopen();
  EXPECT_EQ(index_->memory_used(), 0u);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNumber, 7)}),
              ElementsAre(Record(7)));
  index_->StartLoading();
  for (int i = 0; i < 1000 && index_->memory_used() < both; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(index_->memory_used(), both);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNumber, 7)}),
              ElementsAre(Record(7)));
}

// Two processes on one store: what one has in memory, the other may change.
TEST_F(TokenMapTest, AnotherProcesssChangesHoldAtOnce) {
  Enrol(council_, Shared(20, 100));
  const auto other = Index::Open(*database_, TestKey(1), clock_).value();
  ASSERT_EQ(other->Withdraw(council_, {Record(7)}).value(), 1u);
  EXPECT_THAT(HandlesOf(council_, {Carries(kNumber, 7)}), IsEmpty());
  EXPECT_THAT(HandlesOf(council_, {Carries(kNumber, 8)}),
              ElementsAre(Record(8)));

  const EnrolmentId id = other->StartEnrolment(council_, 1, 3).value();
  const std::vector<EnrolledRecord> next = {
      Person(5, 1, {Carries(kNumber, 8)})};
  KS_ASSERT_OK(other->AddRecords(id, next));
  KS_ASSERT_OK(other->FinishEnrolment(id, 1));
  EXPECT_THAT(HandlesOf(council_, {Carries(kNumber, 8)}),
              ElementsAre(Record(5)));
  EXPECT_THAT(HandlesOf(council_, {Carries(kNumber, 9)}), IsEmpty());
}

TEST_F(TokenMapTest, ARecordThatIsGoneFromADamagedStoreIsAnError) {
  Enrol(council_, Shared(20, 100));
  KS_ASSERT_OK(database_->Write([](storage::Transaction& t) {
    return t
        .Execute("DELETE FROM index_records WHERE record % 4294967296 = 7", {})
        .status();
  }));
  EXPECT_TRUE(absl::IsDataLoss(
      index_->Find(council_, {QueryMember{{Carries(kNumber, 7)}}}).status()));
}

}  // namespace
}  // namespace kinstile::index
