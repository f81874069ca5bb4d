// SPDX-License-Identifier: Apache-2.0
// The gateway's book of consents: every change stands in the trail.
#ifndef KINSTILE_GATEWAY_SHARE_CONSENTS_H_
#define KINSTILE_GATEWAY_SHARE_CONSENTS_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/share/consent.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

// Thread-safe. An agency reaches its own consents only: `caller` is whose
// certificate called. A consent is durable together with its audit entry, or
// not at all; it counts from the next decision on. Errors: kMalformed,
// NOT_FOUND, ALREADY_EXISTS, kAuditUnavailable, kUnavailable.
class Consents {
 public:
  // `store` is the log's.
  struct Parts {
    storage::Database& store;
    audit::Log& log;
    const Clock& clock;
  };
  explicit Consents(const Parts& parts) : p_(parts) {}

  // When it was recorded, milliseconds since 1970; of a repeat, the first time.
  absl::StatusOr<int64_t> Record(const AgencyId& caller,
                                 const Consent& consent);
  // A time before the consent or ahead of our clock is taken as the nearest
  // that is neither: nobody's withdrawal fails for it.
  absl::StatusOr<int64_t> Withdraw(const AgencyId& caller, const ConsentId& id,
                                   int64_t withdrawn_at_ms);
  // As known now, or at an earlier time.
  absl::StatusOr<std::vector<KnownConsent>> List(
      const AgencyId& caller, const Handle& handle,
      std::optional<int64_t> as_known_at_ms);

  // For each of the recorder's people, days since a consent to all of the
  // scope, or nothing (ConsentDays).
  absl::StatusOr<std::vector<std::optional<int64_t>>> Days(
      const AgencyId& recorder, absl::Span<const Handle> people,
      const ConsentScope& scope, absl::Time now);

  // For each of the recorder's people, whether they have said no to every item
  // of the scope (RefusedItems).
  absl::StatusOr<std::vector<bool>> SaidNoToAll(const AgencyId& recorder,
                                                absl::Span<const Handle> people,
                                                const ConsentScope& scope,
                                                absl::Time now);

 private:
  const Parts p_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_CONSENTS_H_
