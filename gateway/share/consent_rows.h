// SPDX-License-Identifier: Apache-2.0
// Consents in a store: the gateway's, and each agency's own.
#ifndef KINSTILE_GATEWAY_SHARE_CONSENT_ROWS_H_
#define KINSTILE_GATEWAY_SHARE_CONSENT_ROWS_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/share/consent.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

// Writes a consent, once: the same content under the same id is left as it is;
// ALREADY_EXISTS for other content.
absl::Status KeepConsent(storage::Transaction& tx, const AgencyId& recorder,
                         const Consent& consent, int64_t recorded_at_ms);

// Adds the withdrawal, once: a later one changes nothing. NOT_FOUND when this
// agency recorded no such consent.
absl::Status KeepWithdrawal(storage::Transaction& tx, const AgencyId& recorder,
                            const ConsentId& id, int64_t withdrawn_at_ms,
                            int64_t recorded_at_ms);

// The agency's consents of one person, in the order recorded.
absl::StatusOr<std::vector<KnownConsent>> ReadConsents(
    storage::Snapshot& snapshot, const AgencyId& recorder,
    const Handle& handle);
// The one with this id, if the agency recorded it.
absl::StatusOr<std::optional<KnownConsent>> ReadConsent(
    storage::Snapshot& snapshot, const AgencyId& recorder, const ConsentId& id);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_CONSENT_ROWS_H_
