// SPDX-License-Identifier: Apache-2.0
// What this agency itself can show about one of its people.
#ifndef KINSTILE_ADAPTERS_DAEMON_SOURCE_FACTS_H_
#define KINSTILE_ADAPTERS_DAEMON_SOURCE_FACTS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "adapters/daemon/consent_book.h"
#include "adapters/sources/source.h"
#include "gateway/share/consent.h"
#include "policy/facts.h"

namespace kinstile::daemon {

// Replaces, in `facts`, every one of `kinds` by what the agency's own consents
// and records show about this person: what the asker says of them does not
// count, and what nothing shows is not known. Errors: the source cannot be
// read; NOT_FOUND when the record is gone.
absl::Status ShowOwnFacts(sources::RecordSource& source, ConsentBook& consents,
                          const Handle& handle, const identity::Pii<>& local_id,
                          const std::vector<policy::ConditionKind>& kinds,
                          const share::ConsentScope& scope, absl::Time now,
                          policy::Facts& facts);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_SOURCE_FACTS_H_
