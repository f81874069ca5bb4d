// SPDX-License-Identifier: Apache-2.0
// Random policies and asks, small enough that asks hit flows and flows meet.
#ifndef KINSTILE_TESTS_UNIT_POLICY_RANDOM_POLICY_H_
#define KINSTILE_TESTS_UNIT_POLICY_RANDOM_POLICY_H_

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "policy/engine.h"

namespace kinstile::policy::testing {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % n); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <class List>
  auto Pick(const List& list) {
    return list[Below(static_cast<int>(std::size(list)))];
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

inline constexpr int kRandomItems = 6;
// The conditions that random flows may have, with the numbers 14 to 18.
extern const std::vector<ConditionKind> kRandomConditions;
extern const std::vector<std::string> kRandomParties;
extern const std::vector<std::string> kRandomRoles;
extern const std::vector<Purpose> kRandomPurposes;
extern const std::vector<Mode> kRandomModes;

// "i0" to "i5".
std::string ItemName(int i);

Flow RandomFlow(Random& r, const std::string& id);
Prohibition RandomProhibition(Random& r, const std::string& id);
Agreement RandomAgreement(Random& r, const std::string& id);
// One to three agreements.
std::vector<Agreement> RandomAgreements(Random& r);
// Of anything, or (mostly) what some flow is for.
Ask RandomAsk(Random& r, const std::vector<Agreement>& agreements);

// A fact that meets any condition of that kind which RandomFlow makes.
Fact Ideal(ConditionKind kind);
Facts IdealFacts();

inline ActiveSet Of(std::vector<Agreement> agreements) {
  return ActiveSet(std::move(agreements), {}, "digest");
}

}  // namespace kinstile::policy::testing

#endif  // KINSTILE_TESTS_UNIT_POLICY_RANDOM_POLICY_H_
