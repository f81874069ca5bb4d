// SPDX-License-Identifier: Apache-2.0
// What an agency has used today of something rationed.
#ifndef KINSTILE_GATEWAY_SHARE_DAILY_USE_H_
#define KINSTILE_GATEWAY_SHARE_DAILY_USE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/base/ids.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

// Thread-safe. Days are UTC, counted from 1970. Memory decides; the table lets
// a restart go on counting. Like claims of requests it is written in the
// transaction of the audit entry about the use.
class DailyUse {
 public:
  static absl::StatusOr<std::unique_ptr<DailyUse>> Open(storage::Database& db,
                                                        absl::Time now);

  int64_t Used(const AgencyId& agency, absl::string_view what,
               absl::Time now) const;
  // Adds `amount` if that stays within `limit`; RESOURCE_EXHAUSTED (Reason
  // kBudgetExhausted) and nothing added otherwise.
  absl::Status Take(const AgencyId& agency, absl::string_view what,
                    int64_t amount, int64_t limit, absl::Time now);

  // Undoes a Take of the day of `then` that came to nothing and was not kept.
  void GiveBack(const AgencyId& agency, absl::string_view what, int64_t amount,
                absl::Time then);

  static absl::Status Keep(storage::Transaction& tx, const AgencyId& agency,
                           absl::string_view what, int64_t amount,
                           absl::Time now);

 private:
  DailyUse() = default;
  void StartDay(int64_t day) const;

  mutable std::mutex mutex_;
  mutable int64_t day_ = 0;
  mutable std::map<std::pair<AgencyId, std::string>, int64_t> used_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_DAILY_USE_H_
