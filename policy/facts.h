// SPDX-License-Identifier: Apache-2.0
// What is known about the conditions of a flow, three-valued.
#ifndef KINSTILE_POLICY_FACTS_H_
#define KINSTILE_POLICY_FACTS_H_

#include <array>
#include <cstdint>
#include <optional>

#include "policy/vocabulary.h"

namespace kinstile::policy {

enum class Truth : uint8_t {
  kUnknown,  // nobody showed it: refuses
  kYes,
  kNo,
  kAtSource,  // only the source can say: deferred at the gateway, and unknown
              // to a source that still hears it
};

struct Fact {
  Truth truth = Truth::kUnknown;
  // For conditions with a number: an age, a count, days since consent.
  std::optional<int64_t> number;
};

// One fact per condition kind; what was never set is unknown.
class Facts {
 public:
  Facts& Set(ConditionKind kind, Truth truth) { return Set(kind, {truth, {}}); }
  Facts& Set(ConditionKind kind, Fact fact) {
    facts_[static_cast<size_t>(kind) % kSize] = fact;
    return *this;
  }
  const Fact& Get(ConditionKind kind) const {
    return facts_[static_cast<size_t>(kind) % kSize];
  }

 private:
  static constexpr size_t kSize = 64;
  std::array<Fact, kSize> facts_;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_FACTS_H_
