// SPDX-License-Identifier: Apache-2.0
// The policy that decides: the agreements as loaded, less what their parties
// have suspended.
#ifndef KINSTILE_GATEWAY_SHARE_POLICY_IN_FORCE_H_
#define KINSTILE_GATEWAY_SHARE_POLICY_IN_FORCE_H_

#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/base/clock.h"
#include "gateway/share/in_force.h"
#include "gateway/share/suspension.h"
#include "gateway/storage/database.h"
#include "policy/active_set.h"
#include "policy/diff.h"

namespace kinstile::share {

// Thread-safe. Suspensions outlive every reload and restart.
class PolicyInForce {
 public:
  // Reads the suspensions kept in `store`. Store and clock outlive this.
  // FAILED_PRECONDITION as FollowOn (versions.h).
  static absl::StatusOr<std::unique_ptr<PolicyInForce>> Open(
      storage::Database& store, const Clock& clock,
      std::shared_ptr<const policy::ActiveSet> loaded);

  // What decisions read.
  const InForce<policy::ActiveSet>& set() const { return in_force_; }

  // Another load takes the place of the former one, at once and as a whole, and
  // what changed by it; or an error as FollowOn, and the former one stays.
  // FAILED_PRECONDITION too when it allows more than the former one, or other
  // things (policy::Effect), and holds an agreement that is signed by some of
  // its parties only: whatever is wider needs everybody's signature.
  absl::StatusOr<policy::Effect> Activate(
      std::shared_ptr<const policy::ActiveSet> loaded);

  // In effect when it returns. Keeping it is the caller's (KeepSuspension).
  void Apply(const SignedSuspension& suspension);

  // Takes up what another process has kept in the store since.
  absl::Status Refresh();

  // Whether the store has this statement.
  absl::StatusOr<bool> Kept(const Suspension& statement);

  std::vector<SignedSuspension> suspensions() const;

 private:
  PolicyInForce(storage::Database& store, const Clock& clock,
                std::shared_ptr<const policy::ActiveSet> loaded)
      : store_(store),
        clock_(clock),
        loaded_(std::move(loaded)),
        in_force_(loaded_) {}
  void Rebuild();  // mutex_ held
  absl::StatusOr<std::vector<SignedSuspension>> Read();

  storage::Database& store_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const policy::ActiveSet> loaded_;
  std::vector<SignedSuspension> suspensions_;  // oldest first
  InForce<policy::ActiveSet> in_force_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_POLICY_IN_FORCE_H_
