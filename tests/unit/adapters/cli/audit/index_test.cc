// SPDX-License-Identifier: Apache-2.0
// The officer's index: finds what is there, forgets what is erased, and shows
// nothing to who has only the file.
#include "adapters/cli/audit/index.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/escaping.h"
#include "tests/unit/adapters/cli/audit/entries.h"
#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::cli {
namespace {

using audit::kOrigin;
using testing::ElementsAre;
using testing::IsEmpty;

class Index : public audit::LogTest {
 protected:
  Index() {
    Append(Released(0).record, "council");
    Append(Denied(1).record, "council");
    Append(Asked(2).record, "health");
    Append(Searched(3).record, "council");
  }

  // Gives the entry's number.
  uint64_t Append(audit::Record record, const std::string& audience) {
    audit::Draft draft;
    draft.audience = audience;
    draft.record = std::move(record);
    return log_->AppendOne(std::move(draft))->index();
  }

  std::unique_ptr<SearchIndex> Open() {
    auto index = SearchIndex::Open(path_, kOrigin, "council", council_.secret);
    EXPECT_TRUE(index.ok()) << index.status();
    return *std::move(index);
  }
  SearchIndex::Updated Update(SearchIndex& index,
                              const audit::Officer* officer = nullptr) {
    absl::StatusOr<SearchIndex::Updated> updated =
        absl::InternalError("not run");
    (void)db_->Read([&](storage::Snapshot& s) {
      audit::StoreCopy copy(s, kOrigin);
      std::vector<crypto::BoxSecretKey> keys;
      keys.push_back((officer == nullptr ? council_ : *officer).secret.Clone());
      updated = index.Update(copy, log_->checkpoint(), std::move(keys), {});
      return absl::OkStatus();
    });
    EXPECT_TRUE(updated.ok()) << updated.status();
    return *updated;
  }
  // Types found, in order.
  std::vector<std::string> Find(const SearchIndex& index, const Query& query) {
    std::vector<std::string> out;
    const absl::Status s = index.ForEach(query, [&](const Found& found) {
      out.emplace_back(audit::EntryTypeName(found.record.type));
      return absl::OkStatus();
    });
    EXPECT_TRUE(s.ok()) << s;
    return out;
  }

  const std::string path_ = store_.path() + ".index";
};

TEST_F(Index, FindsByEachField) {
  auto index = Open();
  EXPECT_EQ(Update(*index).added, 3u);
  EXPECT_THAT(Find(*index, {}), ElementsAre("RELEASE", "DENY", "SEARCH"));
  EXPECT_THAT(Find(*index, {.subject = HandleOf('b')}), ElementsAre("RELEASE"));
  EXPECT_THAT(Find(*index, {.subject = HandleOf('a')}),
              ElementsAre("RELEASE", "DENY"));
  EXPECT_THAT(Find(*index, {.practitioner = "IG-1"}), ElementsAre("SEARCH"));
  EXPECT_THAT(Find(*index, {.agency = "jcp"}), ElementsAre("RELEASE"));
  EXPECT_THAT(
      Find(*index, {.purpose = "SUPPORT_KEY_WORKING", .outcome = "deny"}),
      ElementsAre("DENY"));
  EXPECT_THAT(Find(*index, {.agreement = "family-support"}).size(), 3u);
  EXPECT_THAT(Find(*index, {.outcome = "NO_MATCH"}), ElementsAre("RELEASE"));
  EXPECT_THAT(
      Find(*index, {.from_ms = kMorning + 60'000, .to_ms = kMorning + 180'000}),
      ElementsAre("DENY"));
  EXPECT_THAT(Find(*index, {.agency = "nobody"}), IsEmpty());
}

TEST_F(Index, TakesOnlyWhatIsNew) {
  auto index = Open();
  Update(*index);
  EXPECT_EQ(*index->Head(), log_->checkpoint());
  EXPECT_EQ(Update(*index).added, 0u);
  index.reset();
  Append(Released(9).record, "council");
  index = Open();
  EXPECT_EQ(Update(*index).added, 1u);
  EXPECT_THAT(Find(*index, {.outcome = "RELEASE"}).size(), 2u);
}

TEST_F(Index, ForgetsWhatWasErased) {
  auto index = Open();
  const uint64_t entry = Append(Released(9).record, "council");
  Update(*index);
  ASSERT_TRUE(db_->Write([&](storage::Transaction& t) {
                   return t
                       .Execute(
                           "DELETE FROM audit_payloads WHERE idx = ?1",
                           {storage::Value::Int(static_cast<int64_t>(entry))})
                       .status();
                 })
                  .ok());
  EXPECT_EQ(Update(*index).forgotten, 1u);
  EXPECT_THAT(Find(*index, {.subject = HandleOf('b')}).size(), 1u);
  EXPECT_EQ(Update(*index).forgotten, 0u);
}

TEST_F(Index, SaysEveryTimeWhatItCannotOpen) {
  auto index = Open();
  audit::Officer stranger{"stranger"};
  EXPECT_EQ(Update(*index, &stranger).failures.size(), 3u);
  EXPECT_EQ(Update(*index, &stranger).failures.size(), 3u);
  EXPECT_THAT(Find(*index, {}), IsEmpty());
  EXPECT_THAT(Update(*index).failures, IsEmpty());
  EXPECT_EQ(Find(*index, {}).size(), 3u);
}

TEST_F(Index, KeepsItsHeadAndItsSearchesAsEvidence) {
  std::string newest;
  {
    auto index = Open();
    audit::MemoryCopy older = Take();
    const std::string before = log_->checkpoint();
    Append(Released(9).record, "council");
    Update(*index);
    newest = log_->checkpoint();
    ASSERT_TRUE(index->KeepReceipt(7, "first").ok());
    ASSERT_TRUE(index->KeepReceipt(9, "second").ok());
    // An older copy, looked at on purpose, takes nothing back.
    std::vector<crypto::BoxSecretKey> keys;
    keys.push_back(council_.secret.Clone());
    ASSERT_TRUE(index->Update(older, before, std::move(keys), {}).ok());
    EXPECT_EQ(*index->Head(), newest);
  }
  const auto kept = SearchIndex::ReadEvidence(path_);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->head, newest);
  EXPECT_THAT(kept->receipts, ElementsAre("first", "second"));
  EXPECT_TRUE(
      absl::IsNotFound(SearchIndex::ReadEvidence(path_ + ".none").status()));
}

TEST_F(Index, IsForOneKeyAndAudience) {
  Open();
  audit::Officer other{"other"};
  EXPECT_TRUE(absl::IsInvalidArgument(
      SearchIndex::Open(path_, kOrigin, "council", other.secret).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      SearchIndex::Open(path_, kOrigin, "health", council_.secret).status()));
}

TEST_F(Index, ItsFileShowsNothingAndIsItsOwnersOnly) {
  {
    auto index = Open();
    Update(*index);
  }
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  std::string bytes;
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream in(path_ + suffix, std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  ASSERT_GT(bytes.size(), 4096u);
  for (const std::string& secret :
       {std::string("NB-KW-0042"), std::string("family plan"),
        std::string("SUPPORT_KEY_WORKING"), std::string("council"),
        HandleOf('a').str()})
    EXPECT_EQ(bytes.find(secret), std::string::npos) << secret.size();
}

}  // namespace
}  // namespace kinstile::cli
