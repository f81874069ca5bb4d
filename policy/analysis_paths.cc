// SPDX-License-Identifier: Apache-2.0
// Composition: what reaches a third party that its first holder may not give
// it (LP171).
//
// An item travels from A over B to C if a rule gives it from A to B, and
// either that rule lets B pass it on to C, or a rule of any agreement gives an
// item of that name from B to C and the first does not forbid passing on. A
// prohibition holds within its own agreement when a decision is taken, so a
// rule of another agreement that gives what it forbids is found here too.

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/analysis.h"

namespace kinstile::policy::internal {
namespace {

// Longer ways round are ways round of a shorter one, nearly always.
constexpr size_t kMaxSteps = 4;

struct Step {
  const FlowRow* row;  // null: leave to pass on, without a rule
  NameId to;
};

class Paths {
 public:
  Paths(const ActiveSet& set, Findings* findings)
      : set_(set), tables_(set.tables()), findings_(findings) {
    for (const FlowRow& row : tables_.flows()) {
      for (const ItemCell& cell : tables_.Items(row)) {
        from_[{row.from, cell.item}].push_back(&row);
      }
    }
  }

  void Run() {
    for (const FlowRow& row : tables_.flows()) {
      for (const ItemCell& cell : tables_.Items(row)) {
        start_ = &row;
        item_ = cell.item;
        seen_ = {row.from, row.to};
        steps_ = {{&row, row.to}};
        JudgeDirect(row);
        Walk(row);
      }
    }
  }

 private:
  bool KeepsToItself(const FlowRow& row) const {
    return row.obligations >>
               static_cast<unsigned>(ObligationKind::kNoOnwardSharing) &
           1;
  }

  void Walk(const FlowRow& last) {
    if (steps_.size() >= kMaxSteps) return;
    for (const std::string& party : set_.FlowOf(last).may_pass_on_to) {
      Go({nullptr, tables_.Find(party)});
    }
    if (KeepsToItself(last)) return;
    const auto found = from_.find({last.to, item_});
    if (found == from_.end()) return;
    for (const FlowRow* row : found->second) Go({row, row->to});
  }

  void Go(Step step) {
    if (!seen_.insert(step.to).second) return;
    steps_.push_back(step);
    Judge(step);
    if (step.row != nullptr) Walk(*step.row);
    steps_.pop_back();
    seen_.erase(step.to);
  }

  // Against what the first holder's own agreements forbid it to give.
  void Judge(const Step& last) {
    const Flow& flow = set_.FlowOf(last.row == nullptr ? *start_ : *last.row);
    for (Purpose purpose : flow.purposes) {
      const auto never = tables_.FindNeverOfPair(start_->from, last.to, purpose,
                                                 item_, kNoName);
      if (!never) continue;
      if (!reported_.insert({start_->from, last.to, item_, never->agreement})
               .second) {
        return;
      }
      Report(*never);
      return;
    }
  }

  // The shortest way round a prohibition is a rule of another agreement.
  void JudgeDirect(const FlowRow& row) {
    for (Purpose purpose : set_.FlowOf(row).purposes) {
      const auto never =
          tables_.FindNeverOfPair(row.from, row.to, purpose, item_, kNoName);
      if (!never || never->agreement == row.agreement) continue;
      if (reported_.insert({row.from, row.to, item_, never->agreement})
              .second) {
        Report(*never);
      }
      return;
    }
  }

  void Report(const NeverRow& never) {
    const Agreement& agreement = set_.agreements()[never.agreement];
    std::vector<std::string> way = {set_.FlowOf(*start_).from};
    for (const Step& step : steps_) {
      way.push_back(
          step.row == nullptr
              ? absl::StrCat(NameOf(step.to), " (passed on)")
              : absl::StrCat(NameOf(step.to), " (rule ",
                             set_.FlowOf(*step.row).id, " of ",
                             set_.agreements()[step.row->agreement].id, ")"));
    }
    findings_->Error(
        "LP171", *start_,
        absl::StrCat("item ", ItemName(), " travels from ",
                     absl::StrJoin(way, " to "), ", and ",
                     agreement.prohibitions[never.never].id, " of agreement ",
                     agreement.id, " forbids ", way.front(), " to give it to ",
                     NameOf(steps_.back().to)));
  }

  std::string ItemName() const {
    for (const FlowItem& item : set_.FlowOf(*start_).items) {
      if (tables_.Find(item.item) == item_) return item.item;
    }
    return "";
  }

  std::string NameOf(NameId party) const {
    for (const Agreement& agreement : set_.agreements()) {
      for (const Party& each : agreement.parties) {
        if (tables_.Find(each.id) == party) return each.id;
      }
    }
    return "";
  }

  const ActiveSet& set_;
  const Tables& tables_;
  Findings* findings_;
  std::map<std::pair<NameId, NameId>, std::vector<const FlowRow*>> from_;
  const FlowRow* start_ = nullptr;
  NameId item_ = kNoName;
  std::set<NameId> seen_;
  std::vector<Step> steps_;
  std::set<std::tuple<NameId, NameId, NameId, uint32_t>> reported_;
};

}  // namespace

void AnalysePaths(const ActiveSet& set, Findings* findings) {
  Paths(set, findings).Run();
}

}  // namespace kinstile::policy::internal
