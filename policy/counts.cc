// SPDX-License-Identifier: Apache-2.0
// Adding up, then hiding and rounding.

#include "policy/counts.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/granularity.h"

namespace kinstile::policy {
namespace {

constexpr size_t kMostDigits = 6;

std::optional<int64_t> NumberOf(absl::string_view value) {
  int64_t number = 0;
  if (value.size() <= kMostDigits && absl::SimpleAtoi(value, &number) &&
      number >= 0) {
    return number;
  }
  const auto word = Coarsen(Granularity::kYesNo, value, {});
  if (!word.ok()) return std::nullopt;
  return *word == "yes";
}

int64_t Rounded(int64_t count, int64_t to) {
  return to > 1 ? (count + to / 2) / to * to : count;
}

}  // namespace

absl::StatusOr<CountRules> CountRulesOf(const Permit& permit,
                                        const DisclosureControl& control) {
  const ObligationTotals owed = TotalOf(permit.terms().obligations);
  const auto number = [&](ObligationKind kind) {
    const auto k = static_cast<unsigned>(kind);
    return owed.numbers >> k & 1 ? owed.number[k] : 0;
  };
  CountRules rules;
  rules.suppress_below = std::max(control.suppress_below,
                                  number(ObligationKind::kSuppressCountsBelow));
  if (rules.suppress_below < 1) {
    return absl::FailedPreconditionError(
        "nothing says which counts are too small to be given");
  }
  rules.round_to = std::max(
      {int64_t{1}, control.round_to, number(ObligationKind::kRoundCountsTo)});
  rules.show_zero = control.show_zero;
  return rules;
}

void Counts::Add(absl::string_view group, absl::string_view value) {
  const auto number = NumberOf(value);
  if (!number) return;
  Group& to = groups_[std::string(group)];
  ++to.people;
  to.having += *number > 0;
  to.count += *number;
}

std::string Counts::Text(const CountRules& rules) const {
  const std::string few = absl::StrCat("fewer than ", rules.suppress_below);
  std::vector<std::string> shown;
  size_t hidden = 0;
  for (const auto& [name, group] : groups_) {
    const bool none = group.having == 0 && rules.show_zero;
    if (group.people < rules.least_people ||
        (group.having < rules.suppress_below && !none)) {
      ++hidden;
      continue;
    }
    shown.push_back(absl::StrCat(name, name.empty() ? "" : ": ",
                                 Rounded(group.count, rules.round_to)));
  }
  if (hidden > 0) {
    const bool alone = groups_.size() == 1 && groups_.begin()->first.empty();
    shown.push_back(alone ? few
                          : absl::StrCat(few, " in each of ", hidden,
                                         shown.empty() ? "" : " others"));
  }
  return absl::StrJoin(shown, "; ");
}

}  // namespace kinstile::policy
