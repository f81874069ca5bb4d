// SPDX-License-Identifier: Apache-2.0
// What a receiver can put together from several rules, of any agreement.

#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "policy/analysis.h"
#include "policy/granularity.h"

namespace kinstile::policy::internal {
namespace {

// One item of one rule.
struct Use {
  const FlowRow* row;
  const FlowItem* item;
};

std::string RuleName(const ActiveSet& set, const FlowRow& row) {
  return absl::StrCat("rule ", set.FlowOf(row).id, " of agreement ",
                      set.agreements()[row.agreement].id);
}

// LP151. One finding for a rule's item is enough.
void ExactBesideBand(const ActiveSet& set, Findings* findings) {
  std::map<std::pair<absl::string_view, Purpose>, Use> banded;
  for (const FlowRow& row : set.tables().flows()) {
    for (const FlowItem& item : set.FlowOf(row).items) {
      if (item.granularity == Granularity::kExact) continue;
      for (Purpose purpose : set.FlowOf(row).purposes) {
        banded.emplace(std::pair(absl::string_view(item.item), purpose),
                       Use{&row, &item});
      }
    }
  }
  for (const FlowRow& row : set.tables().flows()) {
    for (const FlowItem& item : set.FlowOf(row).items) {
      if (item.granularity != Granularity::kExact) continue;
      for (Purpose purpose : set.FlowOf(row).purposes) {
        const auto found = banded.find({item.item, purpose});
        if (found == banded.end()) continue;
        findings->Warn(
            "LP151", row,
            absl::StrCat("gives item ", item.item, " exactly for ",
                         Name(purpose), "; ", RuleName(set, *found->second.row),
                         " does with ", Name(found->second.item->granularity)));
        break;
      }
    }
  }
}

bool IsDirect(const FlowItem& item) {
  return item.granularity == Granularity::kExact &&
         (item.category == DataCategory::kIdentity ||
          item.category == DataCategory::kContact ||
          item.category == DataCategory::kIdentifier);
}

const FlowItem* DirectIn(const Flow& flow) {
  for (const FlowItem& item : flow.items) {
    if (IsDirect(item)) return &item;
  }
  return nullptr;
}

// LP172: who holds the pair can put the name to every row of the other rule.
void PseudonymBesideName(const ActiveSet& set, Findings* findings) {
  std::map<std::pair<NameId, absl::string_view>, const FlowRow*> named;
  for (const FlowRow& row : set.tables().flows()) {
    if (DirectIn(set.FlowOf(row)) == nullptr) continue;
    for (const FlowItem& item : set.FlowOf(row).items) {
      if (item.granularity != Granularity::kPseudonym) continue;
      named.emplace(std::pair(row.to, absl::string_view(item.item)), &row);
    }
  }
  for (const FlowRow& row : set.tables().flows()) {
    for (const FlowItem& item : set.FlowOf(row).items) {
      if (item.granularity != Granularity::kPseudonym) continue;
      const auto found = named.find({row.to, item.item});
      if (found == named.end()) continue;
      const FlowItem* direct = DirectIn(set.FlowOf(*found->second));
      findings->Error(
          "LP172", row,
          absl::StrCat("gives the pseudonym ", item.item, ", and ",
                       RuleName(set, *found->second), " gives ",
                       set.FlowOf(row).to, " the same pseudonym beside ",
                       direct->item, ": together they name people"));
    }
  }
}

// How a rule protects small numbers: its own obligations, else the agreement's
// disclosure control.
struct Protection {
  int64_t suppress_below;
  int64_t round_to;
  friend bool operator==(const Protection&, const Protection&) = default;
};

Protection ProtectionOf(const ActiveSet& set, const FlowRow& row) {
  const DisclosureControl& common = set.agreements()[row.agreement].disclosure;
  Protection out{common.suppress_below, common.round_to};
  for (const Obligation& each : set.FlowOf(row).obligations) {
    if (!each.number) continue;
    if (each.kind == ObligationKind::kSuppressCountsBelow) {
      out.suppress_below = *each.number;
    } else if (each.kind == ObligationKind::kRoundCountsTo) {
      out.round_to = *each.number;
    }
  }
  return out;
}

std::string ProtectionWords(const Protection& p) {
  return absl::StrCat("suppressed below ", p.suppress_below, ", rounded to ",
                      p.round_to);
}

// LP173: from two tables of the same counts a small one can be worked out.
void CountsByTwoRoutes(const ActiveSet& set, Findings* findings) {
  std::map<std::pair<NameId, absl::string_view>, const FlowRow*> first;
  for (const FlowRow& row : set.tables().flows()) {
    for (const FlowItem& item : set.FlowOf(row).items) {
      if (item.granularity != Granularity::kAggregateOnly) continue;
      const auto [found, fresh] =
          first.emplace(std::pair(row.to, absl::string_view(item.item)), &row);
      if (fresh) continue;
      const Protection here = ProtectionOf(set, row);
      const Protection there = ProtectionOf(set, *found->second);
      if (here == there) continue;
      findings->Error("LP173", row,
                      absl::StrCat("gives counts of ", item.item, " ",
                                   ProtectionWords(here), "; ",
                                   RuleName(set, *found->second), " gives ",
                                   set.FlowOf(row).to, " the same counts ",
                                   ProtectionWords(there),
                                   ": the difference tells small numbers"));
    }
  }
}

}  // namespace

void AnalyseJoins(const ActiveSet& set, Findings* findings) {
  ExactBesideBand(set, findings);
  PseudonymBesideName(set, findings);
  CountsByTwoRoutes(set, findings);
}

}  // namespace kinstile::policy::internal
