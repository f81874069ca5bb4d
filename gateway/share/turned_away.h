// SPDX-License-Identifier: Apache-2.0
// What is refused before it counts as asked: in the trail, as sums.
#ifndef KINSTILE_GATEWAY_SHARE_TURNED_AWAY_H_
#define KINSTILE_GATEWAY_SHARE_TURNED_AWAY_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "gateway/audit/log.h"
#include "gateway/base/ids.h"

namespace kinstile::share {

// Forged, repeated and expired requests, and what goes beyond a budget, cost
// whoever sends them nothing: an entry for each would fill the disk. So the
// first of a kind stands in the trail at once, and then the sum of a minute's.
// The numbers are exact unless the process is killed: then the last minute's
// are lost. Thread-safe.
class TurnedAway {
 public:
  // One kind of refusal of one caller's. All texts are constants of ours: they
  // are kept apart by, and what was refused is believed in nothing.
  struct Kind {
    AgencyId caller;       // by its certificate
    std::string audience;  // who reads it
    audit::EntryType type;
    std::string what;  // is counted
    std::string layer;
    std::string reason;
    friend auto operator<=>(const Kind&, const Kind&) = default;
  };

  explicit TurnedAway(audit::Log& log) : log_(log) {}

  // Blocks for an entry at most once a minute and kind. A sum that cannot be
  // written now is kept for the next time.
  void Add(const Kind& kind, uint64_t n, absl::Time now);
  // Writes the sums that are due, or all of them. For now and then, and for the
  // end.
  void WriteDue(absl::Time now, bool all = false);

 private:
  static constexpr absl::Duration kEvery = absl::Minutes(1);
  struct Sum {
    absl::Time written = absl::InfinitePast();
    uint64_t number = 0;  // since

    bool Due(absl::Time now) const {
      return number > 0 && (now >= written + kEvery || now < written);
    }
  };

  void Write(const Kind& kind, uint64_t n, absl::Time now);

  audit::Log& log_;
  std::mutex mutex_;
  std::map<Kind, Sum> sums_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_TURNED_AWAY_H_
