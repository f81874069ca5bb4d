// SPDX-License-Identifier: Apache-2.0
// A small consortium for the tests of gateway/share: a council that asks,
// health and a school that hold, one agreement, a store of its own.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_SHARE_WORLD_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_SHARE_WORLD_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/audit/log.h"
#include "gateway/audit/open.h"
#include "gateway/base/match_keys.h"
#include "gateway/crypto/random.h"
#include "gateway/index/index.h"
#include "gateway/share/consortium.h"
#include "gateway/share/exchange.h"
#include "gateway/share/request.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/active_set.h"
#include "tests/unit/gateway/storage/sqlite_store.h"

namespace kinstile::share {

#define KS_ASSERT_OK(expr) ASSERT_EQ((expr), absl::OkStatus())
#define KS_EXPECT_OK(expr) EXPECT_EQ((expr), absl::OkStatus())

// Signs whatever a source might be made to sign.
inline void SignAnything(const crypto::SigningKey& key, SourceAnswer& answer) {
  answer.signature = key.Sign(kSourceAnswerLabel, Encode(answer));
}

inline constexpr char kOrigin[] = "gw.example/audit/2026";
inline constexpr int64_t kCap = 2;

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now =
      absl::FromCivil(absl::CivilHour(2026, 11, 23, 9), absl::UTCTimeZone());
};

// An agency with its keys, as nobody but itself has them.
struct Keys {
  explicit Keys(const std::string& name, uint8_t fill);
  AgencyId id;
  crypto::SigningKey signing;
  crypto::BoxSecretKey officer;
};

template <class Id>
Id Numbered(uint32_t n) {
  Id id;
  id.bytes[0] = 0xA5;
  for (size_t i = 0; i < 4; ++i)
    id.bytes[Id::kSize - 1 - i] = static_cast<uint8_t>(n >> 8 * i);
  return id;
}
inline Handle Record(uint32_t n) { return Numbered<Handle>(n); }
inline FamilyHandle Family(uint32_t n) { return Numbered<FamilyHandle>(n); }
// Person n's token under `key`.
inline KeyedToken Carries(uint32_t n, KeyId key) {
  return {key, Numbered<Token>(n * 16 + key)};
}
inline constexpr KeyId kNumber = 0;  // an identifier
inline constexpr KeyId kStrong = 3;  // a name-led key
inline constexpr KeyId kWeak = 7;    // an address-led key

// Person n as a comparison sees them: names, birth date, sex, postcode, house
// and a verified number, nothing of it shared with another person.
FieldTokens TokensOfPerson(uint32_t n);
// Person n, with the number of person `whose`.
FieldTokens WithNumberOf(uint32_t n, uint32_t whose);

// Flows, all for the role "key worker": "visits" (health: visits by month,
// contact exact), "attendance" (school: attendance), "engage" (health: visits,
// kCap requests a day), "engage-more" (health: contact, no cap), "link"
// (health: record_handle, for evaluation), "link-mute" (school: attendance,
// for evaluation).
policy::Agreement FamilySupport();

class World : public ::testing::Test {
 protected:
  World();

  std::shared_ptr<Consortium> MakeConsortium() const;
  audit::LogOptions LogOptions() const;

  // The council's question about persons 1 and 2, to health and the school.
  ShareRequest Request();
  SignedRequest Signed(const ShareRequest& request) const {
    return {request, SignRequest(council_.signing, request)};
  }
  policy::Ask AskOf(const ShareRequest& request, size_t ask = 0) const;
  policy::Permit PermitFor(const ShareRequest& request, size_t ask = 0) const;

  audit::OpenedEntries Open(const Keys& reader);
  // The audience's entries but the log's own, oldest first.
  std::vector<audit::Record> RecordsOf(const Keys& reader);

  FixedClock clock_;
  const Keys council_{"council", 1};
  const Keys health_{"health", 2};
  const Keys school_{"school", 3};
  const crypto::BoxSecretKey sealing_ =
      crypto::RandomKey<crypto::BoxSecretKey>();
  storage::SqliteStore store_;
  std::unique_ptr<storage::Database> db_;
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<index::Index> index_;
  InForce<policy::ActiveSet> policy_;
  Directory directory_;
  uint32_t requests_ = 0;
};

}  // namespace kinstile::share

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_SHARE_WORLD_H_
