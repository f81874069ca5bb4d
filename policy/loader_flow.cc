// SPDX-License-Identifier: Apache-2.0
// Holds each flow against the power it cites, and against its own limits.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_agreement.h"

namespace kinstile::policy::internal {
namespace {

using v1::Agreement;

template <class List, class Value>
bool Has(const List& list, Value value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

class Check {
 public:
  Check(const FlowContext& c, const LoadOptions& options, Report* report)
      : c_(c), options_(options), report_(report) {}

  void Run() {
    Power();
    Limits();
    Items();
  }

 private:
  template <class... Parts>
  void Error(const char* code, Place place, const Parts&... parts) {
    report_->Error(code, place,
                   absl::StrCat("rule ", c_.flow.id(), ": ", parts...));
  }
  void Power() {
    const v1::Gateway& g = c_.gateway;
    if (g.strength() == v1::LIFTS_CONFIDENTIALITY_ONLY) {
      Error("LP103", c_.at.At("basis"), "gateway ", g.id(),
            " lifts confidence only: it gives no power to share");
    }
    for (int nation : c_.agreement.jurisdiction()) {
      InForceIn(static_cast<v1::Jurisdiction>(nation));
    }
    if (!g.any_discloser() && !Has(g.may_disclose(), c_.from.type())) {
      Error("LP103", c_.at.At("from"), "gateway ", g.id(), " gives ",
            v1::AgencyType_Name(c_.from.type()), " no power to disclose");
    }
    if (!g.any_recipient() && !Has(g.may_receive(), c_.to.type())) {
      Error("LP104", c_.at.At("to"), "gateway ", g.id(), " does not let ",
            v1::AgencyType_Name(c_.to.type()), " receive");
    }
    for (int i = 0; i < c_.flow.purpose_size(); ++i) {
      if (Has(g.purposes(), c_.flow.purpose(i))) continue;
      Error("LP105", c_.at.At("purpose", i),
            v1::Purpose_Name(c_.flow.purpose(i)), " is no purpose of gateway ",
            g.id());
    }
    for (int kind : g.always_requires()) {
      if (c_.Requires(kind)) continue;
      Error("LP106", c_.at.here(), "gateway ", g.id(), " always requires ",
            v1::ConditionKind_Name(static_cast<v1::ConditionKind>(kind)));
    }
    if (!options_.demo_mode && g.verified().certainty() != v1::SIGNED_OFF) {
      Error("LP109", c_.at.At("basis"), "no lawyer has signed gateway ", g.id(),
            ": it loads in demo mode only");
    }
  }

  // For the whole life of the agreement.
  void InForceIn(v1::Jurisdiction nation) {
    absl::CivilDay first, last;
    if (!ParseDay(c_.agreement.lifecycle().effective_from(), &first) ||
        !ParseDay(c_.agreement.lifecycle().expires(), &last)) {
      return;  // reported as a missing date
    }
    bool ever = false;
    if (InForceThroughout(c_.gateway.in_force(), nation, first, last, &ever)) {
      return;
    }
    Error("LP102", c_.at.At("basis"), "gateway ", c_.gateway.id(),
          ever ? " is not in force for the whole life of the agreement in "
               : " is not in force in ",
          v1::Jurisdiction_Name(nation), Fate(nation));
  }

  // What the catalogue says to use in its place.
  std::string Fate(v1::Jurisdiction nation) const {
    for (const v1::Fate& fate : c_.gateway.became()) {
      if (fate.where() != nation) continue;
      std::string out = absl::StrCat(": ", fate.now());
      if (!fate.instead().empty()) {
        absl::StrAppend(&out, " See ", absl::StrJoin(fate.instead(), ", "));
      }
      return out;
    }
    return "";
  }

  void Limits() {
    if (c_.flow.keep_days() == 0 && !report_->Disturbed(c_.at.here())) {
      Error("LP131", c_.at.here(), "`keep_days` is missing");
    }
    if (c_.flow.max_people_per_request() == 0 &&
        !report_->Disturbed(c_.at.here())) {
      Error("LP132", c_.at.here(), "`max_people_per_request` is missing");
    }
    if (c_.flow.only_if().empty()) {
      report_->Warn(
          "LP170", c_.at.here(),
          absl::StrCat("rule ", c_.flow.id(), " has no condition at all"));
    }
  }

  void Items() {
    for (int i = 0; i < c_.flow.item_size(); ++i) {
      const Agreement::Item& item = c_.flow.item(i);
      const Node at = c_.at.Child("item", i);
      if (Has(c_.gateway.never_covers(), item.category())) {
        Error("LP107", at.At("category"), "gateway ", c_.gateway.id(),
              " never covers ", v1::DataCategory_Name(item.category()));
      }
      if (Has(c_.flow.purpose(), v1::TARGETING_AREA) &&
          item.as() != v1::AGGREGATE_ONLY) {
        Error("LP150", at.At("as"), "item ", item.item(),
              ": targeting an area may use counts only");
      }
      if (Has(c_.flow.purpose(), v1::OUTCOME_EVALUATION) &&
          item.as() == v1::EXACT && IsDirect(item.category())) {
        Error("LP153", at.At("as"), "item ", item.item(),
              " identifies people directly, which evaluation never needs");
      }
      if (FreeText(item.item())) CheckFreeText(item, at);
      Dead(item, at);
    }
  }

  bool FreeText(const std::string& item) const {
    const auto term = c_.law.items.find(item);
    return term != c_.law.items.end() && term->second->free_text();
  }

  // Free text can carry anything: one person at a time, and never as a fact.
  void CheckFreeText(const Agreement::Item& item, const Node& at) {
    switch (c_.flow.mode()) {
      case v1::MATCH_LIST:
      case v1::ASK_COUNTS:
      case v1::LINK_FOR_EVALUATION:
        Error("LP152", at.At("item"), "item ", item.item(),
              " is free text, which may not go out in lists");
        break;
      default:
        break;
    }
    if (item.nature() == Agreement::Item::FACT) {
      Error("LP152", at.At("nature"), "item ", item.item(),
            " is free text: mark it as opinion or own words");
    }
  }

  static bool IsDirect(v1::DataCategory category) {
    return category == v1::IDENTITY || category == v1::CONTACT ||
           category == v1::IDENTIFIER;
  }

  // An item that a prohibition strips for every purpose of the flow.
  void Dead(const Agreement::Item& item, const Node& at) {
    for (const Agreement::Prohibition& never : c_.agreement.never()) {
      const bool receiver = never.to().empty() || Has(never.to(), c_.flow.to());
      const bool what = Has(never.category(), item.category()) ||
                        Has(never.item(), item.item());
      const bool why =
          never.purpose().empty() ||
          std::all_of(c_.flow.purpose().begin(), c_.flow.purpose().end(),
                      [&](int p) { return Has(never.purpose(), p); });
      if (!receiver || !what || !why) continue;
      Error("LP160", at.At("item"), "item ", item.item(),
            " can never be released: ", never.id(), " forbids it");
      return;
    }
  }

  const FlowContext& c_;
  const LoadOptions& options_;
  Report* report_;
};

const Agreement::Party* PartyOf(const Agreement& agreement,
                                const std::string& id) {
  for (const auto& party : agreement.party()) {
    if (party.id() == id) return &party;
  }
  return nullptr;
}

}  // namespace

bool FlowContext::Requires(int kind) const {
  return std::any_of(flow.only_if().begin(), flow.only_if().end(),
                     [kind](const auto& c) { return c.kind() == kind; });
}

bool FlowContext::Obliges(int kind) const {
  return std::any_of(flow.then().begin(), flow.then().end(),
                     [kind](const auto& o) { return o.kind() == kind; });
}

void CheckFlow(const FlowContext& context, const LoadOptions& options,
               Report* report) {
  Check(context, options, report).Run();
}

void CheckFlows(const v1::Agreement& agreement, const Node& node,
                const Law& law, const LoadOptions& options, Report* report) {
  for (int i = 0; i < agreement.share_size(); ++i) {
    const Agreement::ShareRule& flow = agreement.share(i);
    const Agreement::Party* from = PartyOf(agreement, flow.from());
    const Agreement::Party* to = PartyOf(agreement, flow.to());
    int b = 0;
    while (b < agreement.basis_size() &&
           agreement.basis(b).id() != flow.basis()) {
      ++b;
    }
    if (from == nullptr || to == nullptr || b == agreement.basis_size()) {
      continue;  // reported already
    }
    const auto gateway = law.gateways.find(agreement.basis(b).gateway());
    if (gateway == law.gateways.end()) continue;  // likewise
    const FlowContext context = {agreement,
                                 flow,
                                 node.Child("share", i),
                                 *from,
                                 *to,
                                 agreement.basis(b),
                                 node.Child("basis", b),
                                 *gateway->second,
                                 law};
    CheckFlow(context, options, report);
    CheckLayers(context, options, report);
  }
}

}  // namespace kinstile::policy::internal
