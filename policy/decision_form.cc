// SPDX-License-Identifier: Apache-2.0
// Fills the form from agreement, flows and decision.

#include "policy/decision_form.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kinstile::policy {
namespace {

constexpr absl::string_view kNotStated = "not stated";

std::string OrNotStated(absl::string_view text) {
  return std::string(text.empty() ? kNotStated : text);
}

class Form {
 public:
  Form(const ActiveSet& set, const Ask& ask, const Decision& decision)
      : ask_(ask),
        permit_(std::get_if<Permit>(&decision)),
        refusal_(std::get_if<Refusal>(&decision)),
        agreement_(set.Find(permit_ != nullptr ? permit_->terms().agreement
                                               : refusal_->agreement)) {
    if (agreement_ == nullptr) return;
    std::vector<std::string> ids;
    if (permit_ != nullptr) {
      ids = permit_->terms().flows;
    } else if (!refusal_->flow.empty()) {
      ids = {refusal_->flow};
    }
    for (const std::string& id : ids) {
      if (const Flow* flow = agreement_->FindFlow(id)) flows_.push_back(flow);
    }
  }

  std::string PartyName(const std::string& id) const {
    const Party* party =
        agreement_ == nullptr ? nullptr : agreement_->FindParty(id);
    return party == nullptr || party->name.empty() || party->name == id
               ? id
               : absl::StrCat(party->name, " (", id, ")");
  }

  std::string Controllers() const {
    if (agreement_ == nullptr) return std::string(kNotStated);
    for (const std::string* id : {&ask_.from, &ask_.to}) {
      const Party* party = agreement_->FindParty(*id);
      if (party != nullptr && party->role == Party::Role::kJointController) {
        return "joint controllers";
      }
    }
    return "separate controllers";
  }

  std::string InPlace() const {
    if (agreement_ == nullptr) return "no agreement in force fits";
    return absl::StrCat(agreement_->id, ", version ", agreement_->version,
                        ", SHA-256 ", agreement_->digest,
                        agreement_->draft ? ", a draft" : "", ", until ",
                        absl::FormatCivilTime(agreement_->expires));
  }

  // One text a flow used, each once.
  std::string OfFlows(
      const std::function<std::string(const Flow&)>& text) const {
    std::vector<std::string> parts;
    for (const Flow* flow : flows_) {
      std::string part = text(*flow);
      if (!part.empty() &&
          std::find(parts.begin(), parts.end(), part) == parts.end()) {
        parts.push_back(std::move(part));
      }
    }
    return parts.empty() ? std::string(kNotStated) : absl::StrJoin(parts, "; ");
  }

  std::string OfGovernance(
      const std::function<std::string(const Governance&)>& text) const {
    return agreement_ == nullptr ? std::string(kNotStated)
                                 : OrNotStated(text(agreement_->governance));
  }

  std::string Outcome(Deciding deciding) const {
    const absl::string_view where =
        deciding == Deciding::kGateway ? "" : ", at the source";
    if (permit_ == nullptr) return absl::StrCat("refused", where);
    std::vector<std::string> items;
    for (const GrantedItem& g : permit_->granted()) {
      items.push_back(
          absl::StrCat(g.item, " as ", Name(g.granularity), " by ", g.flow));
    }
    return absl::StrCat(permit_->withheld().empty() ? "share" : "share in part",
                        where, ": ", absl::StrJoin(items, ", "));
  }

  std::string Reasons() const {
    if (refusal_ != nullptr) {
      return absl::StrCat(Name(refusal_->layer), ": ",
                          refusal_->reason_for_record);
    }
    std::vector<std::string> parts;
    for (const WithheldItem& w : permit_->withheld()) {
      parts.push_back(absl::StrCat(w.item, " withheld: ", Name(w.layer), ": ",
                                   w.reason_for_record));
    }
    for (const Condition& c : permit_->terms().deferred) {
      parts.push_back(
          absl::StrCat("left to the source to decide: ", Name(c.kind)));
    }
    parts.push_back("every other condition of the rules is shown");
    return absl::StrJoin(parts, "; ");
  }

 private:
  const Ask& ask_;
  const Permit* const permit_;
  const Refusal* const refusal_;
  const Agreement* const agreement_;
  std::vector<const Flow*> flows_;
};

std::string LawfulBasis(const Flow& flow) {
  return absl::StrCat("sender ", Name(flow.basis.article6_sender),
                      ", receiver ", Name(flow.basis.article6_receiver));
}

std::string SpecialConditions(const Flow& flow) {
  const Basis& basis = flow.basis;
  return absl::StrCat(
      Name(basis.article9), ", ", Name(basis.schedule1),
      basis.criminal_offence_data
          ? absl::StrCat(", offence data ", Name(*basis.criminal_offence_data))
          : "",
      ", confidence ", Name(basis.confidence));
}

std::string LawEnforcement(const Flow& flow) {
  const bool part3 =
      flow.basis.article6_sender == Article6::kLawEnforcementPart3 ||
      flow.basis.article6_receiver == Article6::kLawEnforcementPart3;
  return part3 ? "yes" : "no";
}

std::string Power(const Flow& flow) {
  std::vector<std::string> bars;
  for (const BarAnswer& bar : flow.basis.bars) {
    bars.push_back(
        absl::StrCat(Name(bar.bar), " answered by ", bar.answered_by));
  }
  return absl::StrCat(flow.basis.gateway_title, " (", flow.basis.gateway,
                      flow.basis.provision.empty() ? "" : " ",
                      flow.basis.provision, ")", bars.empty() ? "" : "; ",
                      absl::StrJoin(bars, ", "));
}

std::string Dpia(const Governance& g) {
  if (g.dpia_ref.empty()) return "";
  return absl::StrCat(
      "undertaken, ", g.dpia_ref,
      g.dpia_reviewed
          ? absl::StrCat(", reviewed ", absl::FormatCivilTime(*g.dpia_reviewed))
          : "");
}

// Of how many people counts are only the source knows.
std::string About(const Ask& ask, Deciding deciding) {
  if (ask.mode != Mode::kAskCounts) {
    return absl::StrCat(" about ", ask.people, " people");
  }
  return deciding == Deciding::kSource
             ? absl::StrCat(", counted over ", ask.people, " people")
             : ", counted over everybody whom the source knows";
}

}  // namespace

std::vector<FormField> FillForm(const ActiveSet& set, const Ask& ask,
                                Deciding deciding, const Decision& decision,
                                const FormContext& context) {
  const Form form(set, ask, decision);
  return {
      {"Organisation receiving the request", form.PartyName(ask.from)},
      {"Organisation requesting data", form.PartyName(ask.to)},
      {"Requester's name and post",
       absl::StrCat(context.practitioner, ", ", ask.role)},
      {"Date the request was received", context.received},
      {"Data requested",
       absl::StrCat(absl::StrJoin(ask.items, ", "), About(ask, deciding))},
      {"Joint or separate controllers", form.Controllers()},
      {"Data sharing agreement in place", form.InPlace()},
      {"Purpose", absl::StrCat(Name(ask.purpose), ", ", Name(ask.mode))},
      {"Lawful basis", form.OfFlows(LawfulBasis)},
      {"Why sharing is necessary",
       form.OfFlows([](const Flow& f) { return f.basis.necessity; })},
      {"Special category and offence data", form.OfFlows(SpecialConditions)},
      {"Law enforcement processing (Part 3)", form.OfFlows(LawEnforcement)},
      {"Legal power", form.OfFlows(Power)},
      {"Data protection impact assessment", form.OfGovernance(Dpia)},
      {"Views of the data protection officer",
       form.OfGovernance([](const Governance& g) { return g.dpo_advice; })},
      {"Retention", form.OfFlows([](const Flow& f) {
         return absl::StrCat(f.keep_days, " days");
       })},
      {"Security", form.OfGovernance([](const Governance& g) {
         return g.security_standard;
       })},
      {"Individuals' rights", form.OfGovernance([](const Governance& g) {
         return absl::StrCat(g.rights_contact,
                             g.privacy_notice_url.empty() ? "" : ", ",
                             g.privacy_notice_url);
       })},
      {"Date of disclosure", absl::FormatCivilTime(ask.today)},
      {"Decision", form.Outcome(deciding)},
      {"Reasons", form.Reasons()},
      {"Decided by",
       absl::StrCat("the agreements in force, SHA-256 ", set.digest(),
                    ", under the law catalogue ", set.catalogue_version(),
                    ", SHA-256 ", set.catalogue().digest)},
      {"Signed and dated", "by the audit entry that holds this form"},
  };
}

}  // namespace kinstile::policy
