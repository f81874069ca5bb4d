// SPDX-License-Identifier: Apache-2.0
// An agency's register at the gateway: every change stands in the trail.
#ifndef KINSTILE_GATEWAY_SHARE_REGISTRY_H_
#define KINSTILE_GATEWAY_SHARE_REGISTRY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/index/index.h"
#include "gateway/share/consortium.h"

namespace kinstile::share {

// Thread-safe. An agency reaches its own register only: `caller` is whose
// certificate called. A change becomes visible only after its audit entry
// (counts, no handle) is durable; a shield is set at once. Errors as
// index::Index, plus kBudgetExhausted when a register outgrows its declared
// size and kAuditUnavailable.
class Registry {
 public:
  struct Parts {
    const Directory& directory;
    index::Index& index;
    audit::Log& log;
    const Clock& clock;
  };
  explicit Registry(const Parts& parts) : p_(parts) {}

  // kVersionMismatch unless spec version and key epoch are those in force.
  absl::StatusOr<index::EnrolmentId> Start(const AgencyId& caller,
                                           uint32_t spec_version,
                                           uint32_t key_epoch);
  // `added_before`: how many records this enrolment has so far.
  absl::Status Add(const index::EnrolmentId& id, uint64_t added_before,
                   absl::Span<const index::EnrolledRecord> records);
  absl::StatusOr<index::RegisterStatus> Finish(const index::EnrolmentId& id,
                                               uint64_t expected_records);
  void Abandon(const index::EnrolmentId& id);

  absl::StatusOr<uint64_t> Withdraw(const AgencyId& caller,
                                    absl::Span<const Handle> handles);
  absl::Status SetShield(const AgencyId& caller, const Handle& handle,
                         bool shielded);
  absl::StatusOr<index::RegisterStatus> Status(const AgencyId& caller);

 private:
  absl::Status Audit(const AgencyId& caller, std::string what, uint64_t n);

  const Parts p_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_REGISTRY_H_
