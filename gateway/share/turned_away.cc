// SPDX-License-Identifier: Apache-2.0
// Sums in memory, entries once a minute.
#include "gateway/share/turned_away.h"

#include <utility>
#include <vector>

#include "gateway/base/clock.h"

namespace kinstile::share {

void TurnedAway::Add(const Kind& kind, uint64_t n, absl::Time now) {
  uint64_t sum = 0;
  {
    std::lock_guard lock(mutex_);
    Sum& s = sums_[kind];
    s.number += n;
    if (!s.Due(now)) return;
    s.written = now;
    sum = std::exchange(s.number, 0);
  }
  Write(kind, sum, now);
}

void TurnedAway::WriteDue(absl::Time now, bool all) {
  std::vector<std::pair<Kind, uint64_t>> due;
  {
    std::lock_guard lock(mutex_);
    for (auto& [kind, s] : sums_) {
      if (s.number == 0 || !(all || s.Due(now))) continue;
      s.written = now;
      due.emplace_back(kind, std::exchange(s.number, 0));
    }
  }
  for (const auto& [kind, sum] : due) Write(kind, sum, now);
}

void TurnedAway::Write(const Kind& kind, uint64_t n, absl::Time now) {
  audit::Draft draft;
  draft.audience = kind.audience;
  draft.record.type = kind.type;
  draft.record.time_ms = ToMillis(now);
  draft.record.requester = kind.caller;
  draft.record.counts = {{kind.what, n}};
  draft.record.refusal = audit::Refusal{FlowId(), kind.layer, "", kind.reason};
  if (log_.AppendOne(std::move(draft)).ok()) return;
  // Not before the next minute: a trail that takes nothing is not tried with
  // every call.
  std::lock_guard lock(mutex_);
  sums_[kind].number += n;
}

}  // namespace kinstile::share
