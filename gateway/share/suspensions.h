// SPDX-License-Identifier: Apache-2.0
// The gateway takes a party's suspension: at once, and into the trail.
#ifndef KINSTILE_GATEWAY_SHARE_SUSPENSIONS_H_
#define KINSTILE_GATEWAY_SHARE_SUSPENSIONS_H_

#include "absl/status/statusor.h"
#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/share/consortium.h"
#include "gateway/share/policy_in_force.h"
#include "gateway/share/suspension.h"

namespace kinstile::share {

// Thread-safe. A suspension holds from the moment it is believed, whatever then
// becomes of the audit: withholding never waits. A resumption holds only after
// its entries, to the officers of every party of the agreement, are durable.
class Suspensions {
 public:
  // All outlive this; `policy` keeps its statements in the log's store.
  struct Parts {
    const Directory& directory;
    PolicyInForce& policy;
    audit::Log& log;
    const Clock& clock;
  };
  explicit Suspensions(const Parts& parts) : p_(parts) {}

  // kUnknownParty or kBadSignature unless `caller`, whose certificate called,
  // is the party and signed it; kMalformed; NOT_FOUND for an agreement that the
  // caller is no party of, or a rule that is not between it and another;
  // FAILED_PRECONDITION when it is older than what is known;
  // kAuditUnavailable.
  absl::Status Apply(const AgencyId& caller,
                     const SignedSuspension& suspension);

 private:
  absl::Status Check(const AgencyId& caller, const SignedSuspension& suspension,
                     const policy::ActiveSet& set) const;
  std::vector<audit::Draft> Entries(const SignedSuspension& suspension,
                                    const policy::ActiveSet& set) const;

  const Parts p_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_SUSPENSIONS_H_
