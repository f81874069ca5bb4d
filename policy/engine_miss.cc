// SPDX-License-Identifier: Apache-2.0
// The nearest miss, from the nearest outwards: suspension, dates, nation,
// role, mode, purpose of the same pair; then the same purpose of another pair.

#include "policy/engine_miss.h"

namespace kinstile::policy::internal {
namespace {

// How much of an ask a flow of its pair fits; nearer is greater.
int Nearness(const Tables& tables, const FlowRow& row, const Question& q) {
  if (!row.HasPurpose(q.purpose)) return 1;
  if (row.mode != q.mode) return 2;
  if (!tables.AllowsRole(row, q.role)) return 3;
  if (!row.InNation(q.nation)) return 4;
  return row.InForce(q.day) ? 6 : 5;
}

Fit FitOf(const FlowRow& row, int nearness, const Question& q) {
  switch (nearness) {
    case 1:
      return Fit::kNoPurpose;
    case 2:
      return Fit::kNoMode;
    case 3:
      return Fit::kNoRole;
    case 4:
      return Fit::kNoNation;
    case 6:
      return Fit::kSuspended;
    default:
      return q.day > row.last_day ? Fit::kEnded : Fit::kNotYet;
  }
}

// A prohibition that would forbid an item even if a flow existed.
bool FindForbidden(const ActiveSet& set, const Question& q, Ruling* ruling) {
  std::optional<NeverRow> first;
  const uint32_t only = q.any_agreement ? kNoName : q.agreement;
  for (const Question::Item& item : q.items) {
    const auto found =
        set.tables().FindNeverOfPair(q.from, q.to, q.purpose, item.name, only);
    if (found && (!first || found->agreement < first->agreement)) {
      first = found;
    }
  }
  if (!first) return false;
  ruling->fit = Fit::kForbidden;
  ruling->agreement = first->agreement;
  ruling->never = first->never;
  return true;
}

const FlowRow* OfAnotherPair(const ActiveSet& set, const Question& q) {
  const Tables& tables = set.tables();
  for (const auto& rows : {tables.OfReceiver(q.to, q.purpose),
                           tables.OfSender(q.from, q.purpose)}) {
    for (uint32_t place : rows) {
      const FlowRow& row = tables.flows()[place];
      if (InScope(set, row, q)) return &row;
    }
  }
  return nullptr;
}

}  // namespace

bool InScope(const ActiveSet& set, const FlowRow& row, const Question& q) {
  return (q.any_agreement || q.agreement == row.agreement) &&
         (q.flow.empty() || q.flow == set.FlowOf(row).id);
}

void NearestMiss(const ActiveSet& set, const Question& q, Ruling& ruling) {
  if (!q.any_agreement) ruling.agreement = q.agreement;
  int nearness = 0;
  for (uint32_t place : set.tables().OfPair(q.from, q.to)) {
    const FlowRow& row = set.tables().flows()[place];
    if (!InScope(set, row, q)) continue;
    const int how = Nearness(set.tables(), row, q);
    if (how <= nearness) continue;
    nearness = how;
    ruling.nearest = &row;
  }
  const bool unknown_agreement = !q.any_agreement && q.agreement == kNoName;
  if (nearness < 2 && !unknown_agreement && FindForbidden(set, q, &ruling)) {
    ruling.nearest = nullptr;
    return;
  }
  if (ruling.nearest != nullptr) {
    ruling.agreement = ruling.nearest->agreement;
    ruling.fit = FitOf(*ruling.nearest, nearness, q);
    return;
  }
  if (unknown_agreement) {
    ruling.fit = Fit::kUnknownAgreement;
  } else if (!q.flow.empty()) {
    ruling.fit = Fit::kUnknownRule;
  } else {
    ruling.fit = Fit::kNoPair;
    ruling.nearest = OfAnotherPair(set, q);
  }
}

}  // namespace kinstile::policy::internal
