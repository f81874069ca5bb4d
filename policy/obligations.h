// SPDX-License-Identifier: Apache-2.0
// Obligations by kind and number: what accumulates, what is owed in any case,
// and whether what somebody states is enough.
#ifndef KINSTILE_POLICY_OBLIGATIONS_H_
#define KINSTILE_POLICY_OBLIGATIONS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

struct Obligation;

// At most one of each kind, of two numbers the stricter.
struct ObligationTotals {
  uint32_t kinds = 0;    // bit n: ObligationKind n
  uint32_t numbers = 0;  // likewise: has a number
  std::array<int64_t, 32> number{};

  void Add(const Obligation& obligation);
  // As in an answer: "KIND" or "KIND NUMBER"; anything else adds nothing.
  void AddWord(absl::string_view word);

  // Keeps what both demand, and of two numbers the looser.
  void KeepCommon(const ObligationTotals& other);
  // Whether each of `owed` is in here, with a number no looser.
  bool Cover(const ObligationTotals& owed) const;
};

// The total of a list.
ObligationTotals TotalOf(const std::vector<Obligation>& obligations);

// "KIND" or "KIND NUMBER".
std::string Word(const Obligation& obligation);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_OBLIGATIONS_H_
