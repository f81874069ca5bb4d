// SPDX-License-Identifier: Apache-2.0
// One request is answered once: remembers request ids until they expire.
#ifndef KINSTILE_GATEWAY_SHARE_REPLAY_H_
#define KINSTILE_GATEWAY_SHARE_REPLAY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/base/ids.h"
#include "gateway/share/request.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

// Thread-safe. Memory decides; the table makes the decision survive a restart:
// it is written in the same transaction as the first audit entry about the
// request, before anything is done about it. Memory is bounded by kMaxLifetime
// and the rate of requests.
class ReplayGuard {
 public:
  // Reads what has not expired. Errors as storage::Database.
  static absl::StatusOr<std::unique_ptr<ReplayGuard>> Open(
      storage::Database& db, absl::Time now);

  // ALREADY_EXISTS (Reason kReplayed) when the agency used this id before;
  // DEADLINE_EXCEEDED (kExpired) when ids of its age are forgotten. The
  // claim stays even if the request then fails: a repeat takes a new id.
  absl::Status Claim(const ShareRequest& request, absl::Time now);

  // Writes a claim inside `tx`, and removes expired ones of this agency.
  static absl::Status Keep(storage::Transaction& tx, const AgencyId& agency,
                           const RequestId& id, int64_t expires_at_ms,
                           int64_t now_ms);

 private:
  using Key = std::pair<AgencyId, RequestId>;
  ReplayGuard() = default;
  void Forget(int64_t now_ms);

  std::mutex mutex_;
  std::set<Key> seen_;
  std::multimap<int64_t, Key> by_expiry_;
  int64_t forgotten_ms_ = 0;  // ids that expire by then are not remembered
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_REPLAY_H_
