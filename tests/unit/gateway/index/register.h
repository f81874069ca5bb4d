// SPDX-License-Identifier: Apache-2.0
// A store in a temporary folder and invented registers, for the index's tests.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_INDEX_REGISTER_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_INDEX_REGISTER_H_

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/match_keys.h"
#include "gateway/crypto/random.h"
#include "gateway/index/index.h"
#include "gateway/storage/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::index {

// gtest prints what these say when an expectation fails.
#define KS_ASSERT_OK(expr) ASSERT_EQ((expr), absl::OkStatus())
#define KS_EXPECT_OK(expr) EXPECT_EQ((expr), absl::OkStatus())

// The n-th key of a tier, whatever the table holds today.
constexpr KeyId KeyOf(KeyTier tier, size_t n = 0) {
  for (const MatchKeyInfo& info : kMatchKeys)
    if (info.tier == tier && n-- == 0) return info.id;
  std::abort();  // the table has too few keys of the tier
}
inline constexpr KeyId kNumber = KeyOf(KeyTier::kIdentifier);
inline constexpr KeyId kNino = KeyOf(KeyTier::kIdentifier, 1);
inline constexpr KeyId kNames = KeyOf(KeyTier::kName);
inline constexpr KeyId kAddress = KeyOf(KeyTier::kAddress);

template <class Id>
Id Numbered(uint32_t n) {
  Id id;
  for (size_t i = 0; i < 4; ++i)
    id.bytes[Id::kSize - 1 - i] = static_cast<uint8_t>(n >> 8 * i);
  id.bytes[0] = 0xA5;  // so that its bytes are easy to look for
  return id;
}
inline Handle Record(uint32_t n) { return Numbered<Handle>(n); }
inline FamilyHandle Family(uint32_t n) { return Numbered<FamilyHandle>(n); }
inline KeyedToken Carries(KeyId key, uint32_t value) {
  return {key, Numbered<Token>(value)};
}
inline EnrolledRecord Person(uint32_t n, uint32_t family,
                             std::vector<KeyedToken> tokens,
                             bool shielded = false) {
  return {Record(n), Family(family), shielded, std::move(tokens)};
}

class FixedClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

inline crypto::MacKey TestKey(uint8_t fill) {
  crypto::MacKey key{crypto::SecretAccess()};
  std::fill_n(key.mutable_data(crypto::SecretAccess()), crypto::MacKey::kSize,
              fill);
  return key;
}

class RegisterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string dir = ::testing::TempDir() + "/index.XXXXXX";
    ASSERT_NE(mkdtemp(dir.data()), nullptr);
    dir_ = dir;
    Reopen();
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(dir_);
  }

  std::string path() const { return dir_ + "/index.db"; }
  void Close() {
    index_.reset();
    database_.reset();
  }
  void Reopen(uint8_t key = 1) {
    Close();
    auto database = storage::Open("sqlite:" + path());
    KS_ASSERT_OK(database.status());
    database_ = *std::move(database);
    auto index = Index::Open(*database_, TestKey(key), clock_);
    KS_ASSERT_OK(index.status());
    index_ = *std::move(index);
  }

  static AgencyId Agency(const std::string& name) {
    return AgencyId::Create(name).value();
  }
  EnrolmentId Start(const AgencyId& agency) {
    return index_->StartEnrolment(agency, kIdentitySpecVersion, 3).value();
  }
  void Enrol(const AgencyId& agency,
             const std::vector<EnrolledRecord>& records) {
    const EnrolmentId id = Start(agency);
    KS_ASSERT_OK(index_->AddRecords(id, records));
    KS_ASSERT_OK(index_->FinishEnrolment(id, records.size()));
  }
  MemberResult FindOne(const AgencyId& agency, std::vector<KeyedToken> tokens) {
    auto found = index_->Find(agency, {QueryMember{std::move(tokens)}});
    EXPECT_EQ(found.status(), absl::OkStatus());
    return found.ok() ? found->members.at(0) : MemberResult();
  }
  std::vector<Handle> HandlesOf(const AgencyId& agency,
                                std::vector<KeyedToken> tokens) {
    std::vector<Handle> out;
    for (const Candidate& c : FindOne(agency, std::move(tokens)).candidates)
      out.push_back(c.handle);
    return out;
  }
  int64_t CountRows(absl::string_view sql) {
    int64_t rows = -1;
    EXPECT_EQ(database_->Read([&](storage::Snapshot& s) {
      return s.Query(sql, {}, [&](const storage::Row& row) {
        rows = row.Int(0);
        return absl::OkStatus();
      });
    }),
              absl::OkStatus());
    return rows;
  }

  const AgencyId council_ = Agency("council");
  const AgencyId health_ = Agency("health");
  FixedClock clock_;
  std::string dir_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<Index> index_;
};

}  // namespace kinstile::index

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_INDEX_REGISTER_H_
