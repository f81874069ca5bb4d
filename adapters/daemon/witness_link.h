// SPDX-License-Identifier: Apache-2.0
// The adapter as a witness of one daemon's trail, over calls that it dials out.
#ifndef KINSTILE_ADAPTERS_DAEMON_WITNESS_LINK_H_
#define KINSTILE_ADAPTERS_DAEMON_WITNESS_LINK_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/client/audit_client.h"
#include "gateway/audit/witness.h"
#include "gateway/base/clock.h"
#include "gateway/share/consortium.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

// Called when witnessing begins to work or stops, with a word about why.
using WitnessObserver = std::function<void(const std::string& party, bool up,
                                           const std::string& why)>;

// Every `every`, for as long as it lives: takes the daemon's newest checkpoint,
// has the witness check that it extends what was last cosigned, and gives back
// the cosignature. A daemon that serves nobody yet is shown the last head
// first. A checkpoint that contradicts the last head is kept as evidence, and
// the daemon is shown that head, so that an honest one stops. Kept receipts are
// made to say that a quorum has seen what they prove (receipt_upgrade.h).
class WitnessLink {
 public:
  // All outlive the link.
  struct Parts {
    std::string party;  // gateway or key holder of the manifest
    std::shared_ptr<grpc::Channel> channel;
    audit::Witness& witness;
    const share::Directory& directory;
    storage::Database& state;
    const Clock& clock;
    absl::Duration every;
    bool gives_receipts = false;  // kept ones get its witnesses' lines
  };
  WitnessLink(Parts parts, WitnessObserver observer);
  ~WitnessLink();  // ends the call that runs

  // True once a cosignature has been given, within `patience`.
  bool WaitUntilUp(absl::Duration patience);

 private:
  void Run();
  absl::Status Round();
  absl::Status Contradicted(const audit::WitnessHead& head,
                            const std::string& note, const std::string& why);
  void SetUp(bool up, const std::string& why);

  const Parts p_;
  const WitnessObserver observer_;
  client::AuditClient client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool up_ = false;
  std::string why_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_WITNESS_LINK_H_
