// SPDX-License-Identifier: Apache-2.0
// Each rule by itself: does it say what it does, can it fire, is it too broad?

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "policy/analysis.h"

namespace kinstile::policy::internal {
namespace {

// Nobody is older, and no cohort or family is counted below one.
constexpr int64_t kOldest = 130;

// Lower-case words of at least three letters, without those that name nobody.
std::set<std::string> WordsOf(absl::string_view text) {
  static const auto* const kEmpty = new std::set<std::string>{
      "and",      "the",    "for",    "with", "from",    "data",
      "other",    "its",    "has",    "are",  "council", "service",
      "services", "centre", "public", "trust"};
  std::string lower = absl::AsciiStrToLower(text);
  for (char& c : lower) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = ' ';
  }
  std::set<std::string> words;
  for (absl::string_view word : absl::StrSplit(lower, ' ', absl::SkipEmpty())) {
    if (word.size() >= 3 && !kEmpty->count(std::string(word))) {
      words.emplace(word);
    }
  }
  return words;
}

// Whether a sentence names what `name` names: one of its words, or the stem of
// one, so that "benefits" names a benefit.
bool SaysOneOf(const std::set<std::string>& sentence, absl::string_view name) {
  for (const std::string& word : WordsOf(name)) {
    const std::string stem =
        word.substr(0, std::max<size_t>(4, word.size() - 2));
    for (const std::string& said : sentence) {
      if (absl::StartsWith(said, stem)) return true;
    }
  }
  return false;
}

template <class T, class Value>
std::string LabelOf(const std::vector<T>& terms, Value value) {
  for (const T& term : terms) {
    if (term.value == value) return absl::StrCat(term.label, " ", term.plain);
  }
  return "";
}

class FlowCheck {
 public:
  FlowCheck(const ActiveSet& set, const FlowRow& row,
            const AnalysisOptions& options, Findings* findings)
      : set_(set),
        row_(row),
        agreement_(set.agreements()[row.agreement]),
        flow_(set.FlowOf(row)),
        options_(options),
        findings_(findings) {}

  void Run() {
    Sentence();
    CanFire();
    AlwaysTrue();
    Breadth();
    CarriedOut();
  }

 private:
  // A council is named by "council", whatever its own name.
  bool NamesParty(const std::set<std::string>& sentence,
                  const std::string& id) const {
    const Party* party = agreement_.FindParty(id);
    std::string names = absl::StrCat(id, " ");
    if (party != nullptr) {
      absl::StrAppend(&names, party->name, " ", Name(party->type), " ",
                      LabelOf(set_.catalogue().agencies, party->type));
    }
    const std::string lower =
        absl::AsciiStrToLower(absl::StrCat(names, " ", id));
    if (absl::StrContains(lower, "council") &&
        absl::StrContains(absl::AsciiStrToLower(flow_.plain), "council")) {
      return true;
    }
    return SaysOneOf(sentence, names);
  }

  void Sentence() {
    const std::set<std::string> sentence = WordsOf(flow_.plain);
    for (const auto& [what, id] :
         {std::pair("sender", flow_.from), std::pair("receiver", flow_.to)}) {
      if (NamesParty(sentence, id)) continue;
      findings_->Warn("LP009", row_,
                      absl::StrCat("the sentence in `plain` does not name the ",
                                   what, " ", id));
    }
    for (const FlowItem& item : flow_.items) {
      std::string names =
          absl::StrCat(item.item, " ", Name(item.category), " ",
                       LabelOf(set_.catalogue().categories, item.category));
      if (const ItemTerm* term = set_.catalogue().FindItem(item.item)) {
        absl::StrAppend(&names, " ", term->label, " ", term->plain);
      }
      if (SaysOneOf(sentence, names)) continue;
      findings_->Warn(
          "LP009", row_,
          absl::StrCat("the sentence in `plain` names neither item ", item.item,
                       " nor its category ", Name(item.category)));
    }
  }

  std::optional<int64_t> NumberOf(ConditionKind kind) const {
    for (const Condition& each : flow_.conditions) {
      if (each.kind == kind && each.number) return each.number;
    }
    return std::nullopt;
  }

  // Every item stripped for every purpose.
  bool AllForbidden() const {
    for (const ItemCell& cell : set_.tables().Items(row_)) {
      for (Purpose purpose : flow_.purposes) {
        if (set_.tables().FindNever(row_.agreement, row_.to, purpose,
                                    cell.item) == kNoName) {
          return false;
        }
      }
    }
    return true;
  }

  void CanFire() {
    auto never = [this](const std::string& why) {
      findings_->Error("LP161", row_, absl::StrCat("can never fire: ", why));
    };
    const auto from = NumberOf(ConditionKind::kAgeFrom);
    const auto to = NumberOf(ConditionKind::kAgeTo);
    if (from && to && *from > *to) {
      never(absl::StrCat("AGE_FROM ", *from, " lies above AGE_TO ", *to));
    }
    if (from.value_or(0) > kOldest) never("nobody is as old as AGE_FROM says");
    if (to.value_or(0) < 0) never("nobody is as young as AGE_TO says");
    if (NumberOf(ConditionKind::kHouseholdHasChildUnder).value_or(1) < 1) {
      never("no child is under the age of HOUSEHOLD_HAS_CHILD_UNDER");
    }
    const auto cohort = NumberOf(ConditionKind::kCohortAtLeast);
    if (cohort && *cohort > flow_.max_people) {
      never(absl::StrCat("COHORT_AT_LEAST ", *cohort,
                         " is more than `max_people_per_request`"));
    }
    if (flow_.max_requests_per_day.value_or(1) == 0) {
      never("`max_requests_per_day` is 0");
    }
    if (flow_.max_people == 0) never("`max_people_per_request` is 0");
    if (AllForbidden()) never("a `never` forbids each of its items");
  }

  void AlwaysTrue() {
    const auto conditions = set_.tables().Conditions(row_);
    for (size_t i = 0; i < conditions.size(); ++i) {
      const ConditionRow& condition = conditions[i];
      if (Trivial(condition)) {
        findings_->Warn("LP163", row_,
                        absl::StrCat("condition ", Name(condition.kind), " ",
                                     condition.number, " is always true"));
      }
      for (size_t j = 0; j < conditions.size(); ++j) {
        // Of two equal ones the second is too many.
        const bool equal = Implies(condition, conditions[j]);
        if (i == j || !Implies(conditions[j], condition) || (equal && i < j)) {
          continue;
        }
        findings_->Warn("LP163", row_,
                        absl::StrCat("condition ", Name(condition.kind),
                                     " is always true where the rule's other ",
                                     Name(condition.kind), " is"));
        break;
      }
    }
  }

  bool Trivial(const ConditionRow& condition) const {
    if (!condition.has_number) return false;
    switch (condition.kind) {
      case ConditionKind::kAgeFrom:
      case ConditionKind::kAtLeastNDisadvantageFactors:
        return condition.number <= 0;
      case ConditionKind::kCohortAtLeast:
        return condition.number <= 1;
      case ConditionKind::kAgeTo:
        return condition.number >= kOldest;
      case ConditionKind::kHouseholdHasChildUnder:
        return condition.number > kOldest;
      case ConditionKind::kConnectedPeopleAtMost:
        return condition.number >= flow_.max_people;
      default:
        return false;
    }
  }

  // Refused at every decision until the register says otherwise.
  void CarriedOut() {
    for (const Obligation& each : flow_.obligations) {
      if (!(row_.cannot >> static_cast<unsigned>(each.kind) & 1)) continue;
      findings_->Warn("LP189", row_,
                      absl::StrCat("gives nothing: by the register of agencies "
                                   "nobody at its end carries out ",
                                   Name(each.kind)));
    }
  }

  void Breadth() {
    auto broad = [this](const std::string& why) {
      findings_->Warn("LP170", row_, absl::StrCat("over-broad: ", why));
    };
    for (const std::string& role : flow_.roles) {
      const std::string lower = absl::AsciiStrToLower(role);
      for (const char* any : {"any", "anyone", "anybody", "all", "all staff",
                              "any staff", "everyone", "staff", "*"}) {
        if (lower == any) broad(absl::StrCat("role \"", role, "\" is no role"));
      }
    }
    for (const FlowItem& item : flow_.items) {
      if (item.look_back_days.value_or(0) > options_.look_back_days) {
        broad(absl::StrCat("item ", item.item, " looks back ",
                           *item.look_back_days, " days"));
      }
    }
    if (flow_.items.size() > options_.items) {
      broad(absl::StrCat(flow_.items.size(), " items in one rule"));
    }
    if (flow_.purposes.size() > options_.purposes) {
      broad(absl::StrCat(flow_.purposes.size(), " purposes in one rule"));
    }
  }

  const ActiveSet& set_;
  const FlowRow& row_;
  const Agreement& agreement_;
  const Flow& flow_;
  const AnalysisOptions& options_;
  Findings* findings_;
};

}  // namespace

void AnalyseFlows(const ActiveSet& set, const AnalysisOptions& options,
                  Findings* findings) {
  for (const FlowRow& row : set.tables().flows()) {
    FlowCheck(set, row, options, findings).Run();
  }
}

}  // namespace kinstile::policy::internal
