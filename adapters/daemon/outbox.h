// SPDX-License-Identifier: Apache-2.0
// What this agency has done and the gateway must hear of, until it has.
#ifndef KINSTILE_ADAPTERS_DAEMON_OUTBOX_H_
#define KINSTILE_ADAPTERS_DAEMON_OUTBOX_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/client/gateway_client.h"
#include "gateway/share/consent.h"
#include "gateway/share/suspension.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

// Put runs in the transaction of the change itself, so that nothing done here
// is forgotten; Flush tells the gateway, in order. The daemon flushes while it
// runs, a command at once; both may do so at one time, for every call is safe
// to repeat. Thread-safe.
class Outbox {
 public:
  // Both outlive the outbox.
  Outbox(storage::Database& state, client::GatewayClient& gateway)
      : state_(state), gateway_(gateway) {}

  static absl::Status Put(storage::Transaction& tx,
                          const share::Consent& consent);
  static absl::Status Put(storage::Transaction& tx, const share::ConsentId& id,
                          int64_t withdrawn_at_ms);
  static absl::Status Put(storage::Transaction& tx,
                          const share::SignedSuspension& suspension);

  static absl::Status PutShield(storage::Transaction& tx, const Handle& handle,
                                bool shielded);

  // OK when nothing is left. UNAVAILABLE and the like: the gateway could not be
  // told, and will be. What it refuses for good is dropped, and the first such
  // refusal is the result.
  absl::Status Flush();

 private:
  absl::Status Send(const std::string& kind, const std::string& body);

  storage::Database& state_;
  client::GatewayClient& gateway_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_OUTBOX_H_
