// SPDX-License-Identifier: Apache-2.0
// The stricter number is the greater for counts, and the smaller for days.

#include "policy/obligations.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "policy/active_set.h"
#include "policy/conditions.h"

namespace kinstile::policy {
namespace {

bool NoLooser(ObligationKind kind, int64_t a, int64_t b) {
  return MoreIsStricter(kind) ? a >= b : a <= b;
}

}  // namespace

void ObligationTotals::Add(const Obligation& obligation) {
  const auto kind = static_cast<unsigned>(obligation.kind);
  const uint32_t bit = uint32_t{1} << kind;
  kinds |= bit;
  if (!obligation.number) return;
  if (!(numbers & bit) ||
      NoLooser(obligation.kind, *obligation.number, number[kind])) {
    number[kind] = *obligation.number;
  }
  numbers |= bit;
}

void ObligationTotals::AddWord(absl::string_view word) {
  const size_t space = word.find(' ');
  const auto kind = ObligationKindFromName(word.substr(0, space));
  if (!kind) return;
  if (space == absl::string_view::npos) return Add({*kind, {}, ""});
  int64_t value;
  if (absl::SimpleAtoi(word.substr(space + 1), &value)) {
    Add({*kind, value, ""});
  }
}

void ObligationTotals::KeepCommon(const ObligationTotals& other) {
  kinds &= other.kinds;
  numbers &= other.numbers & kinds;
  for (unsigned kind = 0; kind < 32; ++kind) {
    if (!(numbers >> kind & 1)) continue;
    if (NoLooser(static_cast<ObligationKind>(kind), number[kind],
                 other.number[kind])) {
      number[kind] = other.number[kind];
    }
  }
}

bool ObligationTotals::Cover(const ObligationTotals& owed) const {
  if ((owed.kinds & ~kinds) != 0 || (owed.numbers & ~numbers) != 0) {
    return false;
  }
  for (unsigned kind = 0; kind < 32; ++kind) {
    if (owed.numbers >> kind & 1 &&
        !NoLooser(static_cast<ObligationKind>(kind), number[kind],
                  owed.number[kind])) {
      return false;
    }
  }
  return true;
}

ObligationTotals TotalOf(const std::vector<Obligation>& obligations) {
  ObligationTotals total;
  for (const Obligation& each : obligations) total.Add(each);
  return total;
}

std::string Word(const Obligation& obligation) {
  std::string out(Name(obligation.kind));
  if (obligation.number) absl::StrAppend(&out, " ", *obligation.number);
  return out;
}

}  // namespace kinstile::policy
