// SPDX-License-Identifier: Apache-2.0
// Makes the mutants of an agreement and runs its cases against each.

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_agreement.h"
#include "policy/loader_law.h"
#include "policy/loader_text.h"
#include "policy/mutation.h"

namespace kinstile::policy {
namespace {

using Message = v1::Agreement;

// Calls `run` with every mutant and what was changed in it.
class Mutator {
 public:
  using Run = std::function<void(const std::string&, const Message&)>;

  Mutator(const Message& agreement, Run run)
      : original_(agreement), run_(std::move(run)) {}

  void All() {
    Life();
    for (int f = 0; f < original_.share_size(); ++f) {
      Conditions(f);
      Items(f);
      Scope(f);
      Receivers(f);
      Limits(f);
      Obligations(f);
    }
    for (int n = 0; n < original_.never_size(); ++n) Prohibitions(n);
  }

 private:
  template <class Change>
  void Try(const std::string& what, Change change) {
    Message mutant = original_;
    change(&mutant);
    run_(what, mutant);
  }
  // The same, of one flow.
  template <class Change>
  void TryFlow(int f, absl::string_view what, Change change) {
    Try(absl::StrCat("rule ", original_.share(f).id(), ": ", what),
        [&](Message* a) { change(a->mutable_share(f)); });
  }

  static std::string Shifted(const std::string& day, int days) {
    absl::CivilDay parsed;
    internal::ParseDay(day, &parsed);
    return absl::FormatCivilTime(parsed + days);
  }

  void Life() {
    const std::string from = original_.lifecycle().effective_from();
    const std::string to = original_.lifecycle().expires();
    Try("ends a day later", [&](Message* a) {
      a->mutable_lifecycle()->set_expires(Shifted(to, 1));
    });
    Try("ends a year later", [&](Message* a) {
      a->mutable_lifecycle()->set_expires(Shifted(to, 365));
    });
    Try("starts a day earlier", [&](Message* a) {
      a->mutable_lifecycle()->set_effective_from(Shifted(from, -1));
    });
    for (v1::Jurisdiction nation : {v1::ENGLAND, v1::WALES, v1::SCOTLAND}) {
      const auto& have = original_.jurisdiction();
      if (std::count(have.begin(), have.end(), nation) > 0) continue;
      Try(absl::StrCat("extends to ", v1::Jurisdiction_Name(nation)),
          [&](Message* a) { a->add_jurisdiction(nation); });
    }
  }

  static bool AtMost(v1::ConditionKind kind) {
    switch (kind) {
      case v1::AGE_TO:
      case v1::HOUSEHOLD_HAS_CHILD_UNDER:
      case v1::CONSENT_RECORDED:
      case v1::CONNECTED_PEOPLE_AT_MOST:
      case v1::PRACTITIONER_TRAINED:
        return true;
      default:
        return false;
    }
  }

  void Conditions(int f) {
    for (int c = 0; c < original_.share(f).only_if_size(); ++c) {
      const Message::Condition& condition = original_.share(f).only_if(c);
      const std::string& name = v1::ConditionKind_Name(condition.kind());
      TryFlow(f, absl::StrCat("without ", name), [&](auto* flow) {
        flow->mutable_only_if()->DeleteSubrange(c, 1);
      });
      if (condition.decided_by() == Message::Condition::SOURCE) {
        TryFlow(f, absl::StrCat(name, " as the asker says"), [&](auto* flow) {
          flow->mutable_only_if(c)->clear_decided_by();
        });
      }
      if (!condition.has_number()) continue;
      const int64_t step = AtMost(condition.kind()) ? 1 : -1;
      TryFlow(f, absl::StrCat("number of ", name, " loosened by one"),
              [&](auto* flow) {
                flow->mutable_only_if(c)->set_number(condition.number() + step);
              });
      TryFlow(f, absl::StrCat("without the number of ", name),
              [&](auto* flow) { flow->mutable_only_if(c)->clear_number(); });
    }
  }

  void Items(int f) {
    for (int i = 0; i < original_.share(f).item_size(); ++i) {
      const Message::Item& item = original_.share(f).item(i);
      if (item.as() == v1::EXACT) continue;
      TryFlow(f, absl::StrCat(item.item(), " as EXACT"),
              [&](auto* flow) { flow->mutable_item(i)->set_as(v1::EXACT); });
    }
    for (int i = 0; i < original_.share(f).item_size(); ++i) {
      const Message::Item& item = original_.share(f).item(i);
      if (!item.has_look_back_days()) continue;
      TryFlow(
          f, absl::StrCat(item.item(), " a day further back"), [&](auto* flow) {
            flow->mutable_item(i)->set_look_back_days(item.look_back_days() +
                                                      1);
          });
      TryFlow(f, absl::StrCat(item.item(), " from any time"), [&](auto* flow) {
        flow->mutable_item(i)->clear_look_back_days();
      });
    }
    TryFlow(f, "one item more", [](auto* flow) {
      Message::Item* item = flow->add_item();
      *item = flow->item(0);
      item->set_item("an-item-more");
    });
  }

  // Every purpose, mode and one role that the flow does not have.
  void Scope(int f) {
    const auto* purposes = v1::Purpose_descriptor();
    for (int p = 1; p < purposes->value_count(); ++p) {
      const auto purpose =
          static_cast<v1::Purpose>(purposes->value(p)->number());
      const auto& have = original_.share(f).purpose();
      if (std::count(have.begin(), have.end(), purpose) > 0) continue;
      TryFlow(f, absl::StrCat("also for ", v1::Purpose_Name(purpose)),
              [&](auto* flow) { flow->add_purpose(purpose); });
    }
    const auto* modes = v1::Mode_descriptor();
    for (int m = 1; m < modes->value_count(); ++m) {
      const auto mode = static_cast<v1::Mode>(modes->value(m)->number());
      if (mode == original_.share(f).mode()) continue;
      TryFlow(f, absl::StrCat("in mode ", v1::Mode_Name(mode)),
              [&](auto* flow) { flow->set_mode(mode); });
    }
    TryFlow(f, "to one role more",
            [](auto* flow) { flow->add_to_roles("anybody"); });
  }

  // The flow goes to somebody else as well, or comes from somebody else.
  void Receivers(int f) {
    const Message::ShareRule& flow = original_.share(f);
    for (const Message::Party& party : original_.party()) {
      if (party.id() == flow.from() || party.id() == flow.to()) continue;
      Try(absl::StrCat("rule ", flow.id(), ": also to ", party.id()),
          [&](Message* a) {
            Message::ShareRule* added = a->add_share();
            *added = flow;
            added->set_id(absl::StrCat(flow.id(), "-more"));
            added->set_to(party.id());
          });
      TryFlow(f, absl::StrCat("from ", party.id()),
              [&](auto* changed) { changed->set_from(party.id()); });
    }
  }

  void Limits(int f) {
    const Message::ShareRule& flow = original_.share(f);
    TryFlow(f, "one person more at a time", [&](auto* changed) {
      changed->set_max_people_per_request(flow.max_people_per_request() + 1);
    });
    if (flow.has_max_requests_per_day()) {
      TryFlow(f, "one request a day more", [&](auto* changed) {
        changed->set_max_requests_per_day(flow.max_requests_per_day() + 1);
      });
    }
    TryFlow(f, "kept a day longer", [&](auto* changed) {
      changed->set_keep_days(flow.keep_days() + 1);
    });
  }

  static bool MoreIsStricter(v1::ObligationKind kind) {
    return kind == v1::SUPPRESS_COUNTS_BELOW || kind == v1::ROUND_COUNTS_TO;
  }

  void Obligations(int f) {
    for (int o = 0; o < original_.share(f).then_size(); ++o) {
      const Message::Obligation& each = original_.share(f).then(o);
      const std::string& name = v1::ObligationKind_Name(each.kind());
      TryFlow(f, absl::StrCat("without the obligation ", name),
              [&](auto* flow) { flow->mutable_then()->DeleteSubrange(o, 1); });
      if (!each.has_number()) continue;
      TryFlow(f, absl::StrCat("number of ", name, " loosened by one"),
              [&](auto* flow) {
                flow->mutable_then(o)->set_number(
                    each.number() + (MoreIsStricter(each.kind()) ? -1 : 1));
              });
    }
  }

  template <class Change>
  void TryNever(int n, absl::string_view what, Change change) {
    Try(absl::StrCat("prohibition ", original_.never(n).id(), ": ", what),
        [&](Message* a) { change(a->mutable_never(n)); });
  }

  void Prohibitions(int n) {
    const Message::Prohibition& never = original_.never(n);
    Try(absl::StrCat("without prohibition ", never.id()),
        [&](Message* a) { a->mutable_never()->DeleteSubrange(n, 1); });
    // What the last of these leaves would mean "anything": stricter.
    const bool several = never.category_size() + never.item_size() > 1;
    for (int c = 0; several && c < never.category_size(); ++c) {
      TryNever(
          n, absl::StrCat("without ", v1::DataCategory_Name(never.category(c))),
          [&](auto* changed) {
            auto* list = changed->mutable_category();
            list->erase(list->begin() + c);
          });
    }
    for (int i = 0; several && i < never.item_size(); ++i) {
      TryNever(n, absl::StrCat("without ", never.item(i)), [&](auto* changed) {
        changed->mutable_item()->DeleteSubrange(i, 1);
      });
    }
    for (int t = 0; never.to_size() > 1 && t < never.to_size(); ++t) {
      TryNever(n, absl::StrCat("not to ", never.to(t)), [&](auto* changed) {
        changed->mutable_to()->DeleteSubrange(t, 1);
      });
    }
    TryNever(n, "for one purpose only", [](auto* changed) {
      changed->clear_purpose();
      changed->add_purpose(v1::DATA_QUALITY);
    });
    if (never.to().empty()) {
      TryNever(n, "to a stranger only",
               [](auto* changed) { changed->add_to("a-stranger"); });
    }
  }

  const Message& original_;
  Run run_;
};

bool CasesPass(const ActiveSet& set, const Suite& suite) {
  return std::all_of(suite.cases.begin(), suite.cases.end(),
                     [&](const Case& each) { return Passes(set, each); });
}

}  // namespace

double MutationReport::Score() const {
  if (mutants == 0) return 0;
  return 100.0 * (mutants - static_cast<int>(survivors.size())) / mutants;
}

double MutationReport::ScoreByCases() const {
  if (mutants == 0) return 0;
  return 100.0 * (mutants - by_claim - static_cast<int>(survivors.size())) /
         mutants;
}

MutationReport Mutate(const std::vector<NamedBytes>& law,
                      const AgreementFiles& agreement, const NamedBytes& cases,
                      const LoadOptions& options) {
  MutationReport report;
  report.agreement = agreement.id;
  // The whole load first: only what stands can be made worse.
  const LoadResult loaded = Load({law, {agreement}}, options);
  for (const Issue& issue : loaded.issues) {
    if (issue.severity == Severity::kError) report.issues.push_back(issue);
  }
  const Suite suite = ParseSuite(cases, &report.issues);
  if (loaded.set == nullptr || suite.cases.empty()) return report;
  if (!CasesPass(*loaded.set, suite) || !NotShown(*loaded.set, suite).empty()) {
    report.issues.push_back({cases.name, 0, 0, Severity::kError, "LP164",
                             "the cases do not pass as they stand"});
    return report;
  }
  std::vector<Issue> none;
  const internal::Law read = internal::ReadLaw(law, options, &none);
  const Catalogue catalogue = internal::CompileCatalogue(read);
  internal::Report silent(agreement.agreement.name, &none);
  Message original;
  internal::ParseText(agreement.agreement.bytes, &original, &silent);
  Mutator(original, [&](const std::string& what, const Message& mutant) {
    ++report.mutants;
    const ActiveSet set({internal::Compile(mutant, read, nullptr, "")},
                        catalogue, "");
    if (!CasesPass(set, suite)) return;
    if (NotShown(set, suite).empty()) {
      report.survivors.push_back(what);
    } else {
      ++report.by_claim;
    }
  }).All();
  return report;
}

}  // namespace kinstile::policy
