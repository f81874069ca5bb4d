// SPDX-License-Identifier: Apache-2.0
// What is known about the conditions of a flow, three-valued, and what the
// sender can carry out.
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

// Kinds of obligation: what a sender can carry out. Starts with none, so that
// nobody vouches for it by forgetting.
class ObligationKinds {
 public:
  static constexpr ObligationKinds All() { return ObligationKinds(~0u); }
  constexpr ObligationKinds() = default;
  ObligationKinds& Add(ObligationKind kind) {
    bits_ |= 1u << static_cast<unsigned>(kind);
    return *this;
  }
  // bit n: ObligationKind n
  uint32_t bits() const { return bits_; }

 private:
  explicit constexpr ObligationKinds(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = 0;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_FACTS_H_
