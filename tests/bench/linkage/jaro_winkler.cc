// SPDX-License-Identifier: Apache-2.0
// Similarity of names in the clear, on the rungs of the same ladders.
#include "tests/bench/linkage/jaro_winkler.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace kinstile::quality {
namespace {

using linkage::Comparator;

constexpr int8_t kFnNickname = 7, kFnInitialOnly = 3, kFnNear = 6;
constexpr int8_t kSnAlternative = 6;

int8_t Rung(double similarity, bool initial,
            const std::array<int8_t, 4>& rungs) {
  if (similarity >= .93) return rungs[3];
  if (similarity >= .88) return rungs[2];
  if (similarity >= .82) return rungs[1];
  if (similarity >= .75) return rungs[0];
  return initial ? 1 : 0;
}

double Similarity(const identity::Pii<>& a, const identity::Pii<>& b) {
  return JaroWinkler(a.Reveal(identity::PiiAccess{}),
                     b.Reveal(identity::PiiAccess{}));
}

}  // namespace

double JaroWinkler(absl::string_view a, absl::string_view b) {
  if (a.empty() || b.empty()) return 0;
  const int reach =
      std::max<int>(0, static_cast<int>(std::max(a.size(), b.size())) / 2 - 1);
  std::vector<bool> used(b.size());
  std::string from_a, from_b;
  for (int i = 0; i < static_cast<int>(a.size()); ++i)
    for (int j = std::max(0, i - reach);
         j < std::min<int>(static_cast<int>(b.size()), i + reach + 1); ++j) {
      if (used[j] || a[i] != b[j]) continue;
      used[j] = true;
      from_a += a[i];
      break;
    }
  for (size_t j = 0; j < b.size(); ++j)
    if (used[j]) from_b += b[j];
  const double m = static_cast<double>(from_a.size());
  if (m == 0) return 0;
  double swapped = 0;
  for (size_t i = 0; i < from_a.size(); ++i) swapped += from_a[i] != from_b[i];
  const double jaro =
      (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) +
       (m - swapped / 2) / m) /
      3;
  size_t prefix = 0;
  while (prefix < std::min({a.size(), b.size(), size_t{4}}) &&
         a[prefix] == b[prefix])
    ++prefix;
  return jaro + static_cast<double>(prefix) * .1 * (1 - jaro);
}

linkage::Levels ByJaroWinkler(const Record& a, const Record& b) {
  linkage::Levels v = ByTokens(a, b);
  int8_t& fn = v[Comparator::kForename];
  if (fn >= 0 && fn < kFnNickname && fn != kFnInitialOnly)
    fn = Rung(Similarity(a.person.forename, b.person.forename), fn != 0,
              {2, 4, 5, 6});
  int8_t& sn = v[Comparator::kSurname];
  if (sn >= 0 && sn < kSnAlternative)
    sn = Rung(Similarity(a.person.surname, b.person.surname), sn != 0,
              {2, 3, 4, 5});
  // Which table of sexes counts depends on the forenames.
  const int8_t sex = std::max(v[Comparator::kSex], v[Comparator::kSexNamed]);
  const bool named = fn >= kFnNear;
  v[Comparator::kSex] = named ? linkage::kNotCompared : sex;
  v[Comparator::kSexNamed] = named ? sex : linkage::kNotCompared;
  return v;
}

}  // namespace kinstile::quality
