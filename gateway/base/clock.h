// SPDX-License-Identifier: Apache-2.0
// Time as a value that is passed in; clock.cc alone reads the wall clock.
#ifndef KINSTILE_GATEWAY_BASE_CLOCK_H_
#define KINSTILE_GATEWAY_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace kinstile {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's wall clock. Lives for ever.
const Clock& SystemClock();

// Milliseconds since the Unix epoch, the unit of every stored or signed time.
inline int64_t ToMillis(absl::Time t) { return absl::ToUnixMillis(t); }

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_CLOCK_H_
