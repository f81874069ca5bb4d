// SPDX-License-Identifier: Apache-2.0
// Holds each flow against the law it cites, layer by layer.

#include <algorithm>

#include "absl/strings/str_cat.h"
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

bool IsSpecial(v1::DataCategory category) {
  switch (category) {
    case v1::HEALTH:
    case v1::MENTAL_HEALTH:
    case v1::SUBSTANCE_USE:
    case v1::PREGNANCY_MATERNITY:
    case v1::DISABILITY:
    case v1::EQUALITY:
      return true;
    default:
      return false;
  }
}

bool IsHealthBody(v1::AgencyType type) {
  switch (type) {
    case v1::NHS_TRUST:
    case v1::GENERAL_PRACTICE:
    case v1::INTEGRATED_CARE_BOARD:
    case v1::LOCAL_HEALTH_BOARD:
    case v1::SCOTTISH_HEALTH_BOARD:
      return true;
    default:
      return false;
  }
}

// The bar that binds everything such a body holds about people, if any.
v1::StatutoryBar BarOn(v1::AgencyType type) {
  switch (type) {
    case v1::DWP_JOBCENTRE:
      return v1::SSAA_1992_S123;
    case v1::DWP_CHILD_MAINTENANCE:
      return v1::CHILD_SUPPORT_1991_S50;
    case v1::HMRC:
      return v1::CRCA_2005_S18;
    default:
      return v1::STATUTORY_BAR_UNSPECIFIED;
  }
}

// Bars on passing information on: kept by passing nothing on.
bool IsOnwardBar(v1::StatutoryBar bar) {
  return bar == v1::WRA_2012_S132 || bar == v1::DEA_2017_S41 ||
         bar == v1::CHILDCARE_2006_S13B;
}

class Check {
 public:
  Check(const FlowContext& c, const LoadOptions& options, Report* report)
      : c_(c), options_(options), report_(report) {}

  void Run() {
    Power();
    DataProtection();
    ConfidenceLayer();
    Bars();
    Limits();
    Items();
  }

 private:
  template <class... Parts>
  void Error(const char* code, Place place, const Parts&... parts) {
    report_->Error(code, place,
                   absl::StrCat("rule ", c_.flow.id(), ": ", parts...));
  }
  bool Requires(v1::ConditionKind kind) const {
    return std::any_of(
        c_.flow.only_if().begin(), c_.flow.only_if().end(),
        [kind](const auto& condition) { return condition.kind() == kind; });
  }
  bool Obliges(v1::ObligationKind kind) const {
    return std::any_of(
        c_.flow.then().begin(), c_.flow.then().end(),
        [kind](const auto& obligation) { return obligation.kind() == kind; });
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
      if (Requires(static_cast<v1::ConditionKind>(kind))) continue;
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
    for (const v1::InForce& span : c_.gateway.in_force()) {
      if (span.where() != nation) continue;
      ever = true;
      absl::CivilDay from, to;
      if (!ParseDay(span.from(), &from) || from > first) continue;
      if (span.to().empty() || (ParseDay(span.to(), &to) && to >= last)) {
        return;
      }
    }
    Error("LP102", c_.at.At("basis"), "gateway ", c_.gateway.id(),
          ever ? " is not in force for the whole life of the agreement in "
               : " is not in force in ",
          v1::Jurisdiction_Name(nation));
  }

  void DataProtection() {
    Article6(c_.from, c_.basis.article6_sender(), "article6_sender");
    Article6(c_.to, c_.basis.article6_receiver(), "article6_receiver");
    bool special = false, offences = false;
    for (const auto& item : c_.flow.item()) {
      special |= IsSpecial(item.category());
      offences |= item.category() == v1::OFFENDING;
    }
    if (c_.basis.article9() == v1::A9_NOT_SPECIAL_CATEGORY && special) {
      Error("LP112", c_.at.At("item"),
            "shares special category data, but basis ", c_.basis.id(),
            " names no Article 9 condition");
    }
    if (offences && c_.basis.criminal_offence_data() <= v1::S1_NOT_NEEDED) {
      Error("LP113", c_.at.At("item"), "shares offence data, but basis ",
            c_.basis.id(), " names no Schedule 1 condition for it");
    }
    if (c_.basis.article9() == v1::A9_2_G_SUBSTANTIAL_PUBLIC_INTEREST &&
        c_.agreement.governance().appropriate_policy_document().empty() &&
        !Requires(v1::APPROPRIATE_POLICY_DOCUMENT)) {
      Error("LP114", c_.basis_at.At("article9"),
            "Article 9(2)(g) needs an appropriate policy document");
    }
  }

  void Article6(const Agreement::Party& party, v1::Article6 article,
                const char* field) {
    if (!party.public_authority()) return;
    if (article == v1::A6_1_EA_RECOGNISED_LEGITIMATE_INTEREST ||
        article == v1::A6_1_F_LEGITIMATE_INTERESTS) {
      Error("LP110", c_.basis_at.At(field), "public authority ", party.id(),
            " cannot rely on ", v1::Article6_Name(article));
    } else if (article == v1::A6_1_A_CONSENT) {
      report_->Warn(
          "LP111", c_.basis_at.At(field),
          absl::StrCat("rule ", c_.flow.id(), ": public authority ", party.id(),
                       " relies on consent under Article 6"));
    }
  }

  void ConfidenceLayer() {
    const v1::Confidence answer = c_.basis.confidence();
    if (answer == v1::NO_DUTY_OF_CONFIDENCE && IsHealthBody(c_.from.type())) {
      Error("LP122", c_.basis_at.At("confidence"),
            "a health body owes confidence, and basis ", c_.basis.id(),
            " does not answer it");
    }
    if (answer == v1::STATUTE_OVERRIDES && !c_.gateway.overrides_confidence()) {
      Error("LP123", c_.basis_at.At("confidence"), "gateway ", c_.gateway.id(),
            " does not override confidence");
    }
    if (answer == v1::EXPLICIT_CONSENT && !Requires(v1::CONSENT_RECORDED)) {
      Error("LP124", c_.at.here(),
            "rests on explicit consent without CONSENT_RECORDED; agreeing to "
            "a programme is not consent to disclosure");
    }
    if (answer == v1::SECTION_251_SUPPORT &&
        !Requires(v1::CAG_REFERENCE_CURRENT)) {
      Error("LP124", c_.at.here(),
            "rests on section 251 without CAG_REFERENCE_CURRENT");
    }
  }

  void Bars() {
    const v1::StatutoryBar needed = BarOn(c_.from.type());
    bool answered = needed == v1::STATUTORY_BAR_UNSPECIFIED;
    for (int i = 0; i < c_.basis.bar_size(); ++i) {
      const v1::StatutoryBar bar = c_.basis.bar(i).bar();
      answered |= bar == needed;
      const bool by_law = Has(c_.gateway.satisfies_bar(), bar);
      const bool by_keeping = IsOnwardBar(bar) &&
                              c_.flow.may_pass_on_to().empty() &&
                              Obliges(v1::NO_ONWARD_SHARING);
      if (by_law || by_keeping) continue;
      Error("LP121", c_.basis_at.Child("bar", i).here(), "gateway ",
            c_.gateway.id(), " does not answer ", v1::StatutoryBar_Name(bar));
    }
    if (!answered) {
      Error("LP120", c_.at.At("basis"), v1::StatutoryBar_Name(needed),
            " binds ", c_.from.id(), ", and basis ", c_.basis.id(),
            " does not answer it");
    }
  }

  void Limits() {
    if (!c_.flow.has_keep_days() || c_.flow.keep_days() == 0) {
      Error("LP131", c_.at.here(), "`keep_days` is missing");
    }
    if (!c_.flow.has_max_people_per_request() ||
        c_.flow.max_people_per_request() == 0) {
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
      Dead(item, at);
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
    CheckFlow({agreement, flow, node.Child("share", i), *from, *to,
               agreement.basis(b), node.Child("basis", b), *gateway->second},
              options, report);
  }
}

}  // namespace kinstile::policy::internal
