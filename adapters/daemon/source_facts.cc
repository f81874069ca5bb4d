// SPDX-License-Identifier: Apache-2.0
// Consents from the book, everything else from the record.
#include "adapters/daemon/source_facts.h"

#include "absl/time/civil_time.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {

using policy::ConditionKind;
using policy::Truth;

absl::Status ShowOwnFacts(sources::RecordSource& source, ConsentBook& consents,
                          const Handle& handle, const identity::Pii<>& local_id,
                          const std::vector<ConditionKind>& kinds,
                          const share::ConsentScope& scope, absl::Time now,
                          policy::Facts& facts) {
  std::vector<std::string> names;
  for (ConditionKind kind : kinds) {
    facts.Set(kind, policy::Fact{});
    if (kind != ConditionKind::kConsentRecorded) {
      names.push_back(std::string(policy::Name(kind)));
      continue;
    }
    KS_ASSIGN_OR_RETURN(const auto days, consents.Days(handle, scope, now));
    if (days.has_value()) facts.Set(kind, {Truth::kYes, *days});
  }
  if (names.empty()) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(
      const auto shown,
      source.ReadFacts(local_id, names,
                       absl::ToCivilDay(now, absl::UTCTimeZone())));
  for (const sources::RecordFact& fact : shown)
    if (const auto kind = policy::ConditionKindFromName(fact.condition))
      facts.Set(*kind, {fact.holds ? Truth::kYes : Truth::kNo, fact.number});
  return absl::OkStatus();
}

}  // namespace kinstile::daemon
