// SPDX-License-Identifier: Apache-2.0
// What every agreement must say, before the law is asked.

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_agreement.h"
#include "policy/loader_text.h"

namespace kinstile::policy::internal {
namespace {

using v1::Agreement;

// A data-protection impact assessment older than this wants a new look.
constexpr int kDpiaForDays = 366;

// Without its number the condition says nothing.
bool WantsNumber(v1::ConditionKind kind) {
  switch (kind) {
    case v1::AGE_FROM:
    case v1::AGE_TO:
    case v1::HOUSEHOLD_HAS_CHILD_UNDER:
    case v1::AT_LEAST_N_DISADVANTAGE_FACTORS:
    case v1::COHORT_AT_LEAST:
    case v1::CONNECTED_PEOPLE_AT_MOST:
    case v1::PRACTITIONER_TRAINED:
      return true;
    default:
      return false;
  }
}

bool WantsNumber(v1::ObligationKind kind) {
  switch (kind) {
    case v1::TELL_PERSON_WITHIN_DAYS:
    case v1::DELETE_AFTER_DAYS:
    case v1::SUPPRESS_COUNTS_BELOW:
    case v1::ROUND_COUNTS_TO:
    case v1::RETURN_OUTCOME_WITHIN_DAYS:
    case v1::POST_EVENT_REVIEW_WITHIN_DAYS:
      return true;
    default:
      return false;
  }
}

class Form {
 public:
  Form(const Agreement& agreement, const Node& node, const Law& law,
       const LoadOptions& options, Report* report)
      : a_(agreement),
        node_(node),
        law_(law),
        options_(options),
        report_(report) {}

  void Check() {
    Headings();
    Lifecycle();
    Parties();
    Bases();
    for (int i = 0; i < a_.share_size(); ++i) Flow(i);
    for (int i = 0; i < a_.never_size(); ++i) Never(i);
    Governance();
    Counts();
    Changes();
  }

 private:
  void Missing(const Node& at, absl::string_view what) {
    if (report_->Disturbed(at.here())) return;
    report_->Error("LP008", at.here(), absl::StrCat(what, " is missing"));
  }
  void Need(bool present, const Node& at, absl::string_view what) {
    if (!present) Missing(at, what);
  }
  void Id(const std::string& id, const Node& at, absl::string_view kind) {
    if (id.empty() && report_->Disturbed(at.here())) return;
    if (!IsId(id)) {
      report_->Error("LP008", at.At("id"),
                     absl::StrCat("a ", kind,
                                  " needs an `id` of letters, digits, '-' "
                                  "and '.', at most 64"));
      return;
    }
    if (!ids_[std::string(kind)].insert(id).second) {
      report_->Error("LP007", at.At("id"),
                     absl::StrCat(kind, " ", id, " given twice"));
    }
  }

  void Headings() {
    if (!IsId(a_.id()) && !report_->Disturbed(node_.here())) {
      report_->Error("LP008", node_.At("id"), "an agreement needs an `id`");
    }
    Need(a_.version() > 0, node_, "`version`");
    Need(!a_.title().empty(), node_, "`title`");
    Need(!a_.plain_summary().empty(), node_, "`plain_summary`");
    Need(!a_.programme().empty(), node_, "`programme`");
    Need(a_.has_lifecycle(), node_, "`lifecycle`");
    Need(a_.basis_size() > 0, node_, "a `basis`");
    Need(a_.has_governance(), node_, "`governance`");
    Need(a_.kind() != Agreement::KIND_UNSPECIFIED, node_, "`kind`");
    Need(a_.jurisdiction_size() > 0, node_, "`jurisdiction`");
    Need(a_.party_size() >= 2, node_, "a second `party`");
    Need(a_.share_size() > 0, node_, "a `share` rule");
    Need(!a_.catalogue_version().empty(), node_, "`catalogue_version`");
    if (law_.usable && !a_.catalogue_version().empty() &&
        a_.catalogue_version() != law_.version) {
      report_->Error(
          "LP184", node_.At("catalogue_version"),
          absl::StrCat("written against catalogue ", a_.catalogue_version(),
                       ", but ", law_.version, " is loaded"));
    }
  }

  void Lifecycle() {
    const Agreement::Lifecycle& life = a_.lifecycle();
    const Node at = a_.has_lifecycle() ? node_.Child("lifecycle") : node_;
    if (!a_.has_lifecycle()) return;
    Need(!life.area().empty(), at, "`area`");
    absl::CivilDay from, review, expires;
    const bool has_from =
        Day(life.effective_from(), at, "effective_from", &from);
    const bool has_review = Day(life.review_due(), at, "review_due", &review);
    const bool has_end = Day(life.expires(), at, "expires", &expires);
    if (has_from && has_end && expires < from) {
      report_->Error("LP008", at.At("expires"),
                     "`expires` lies before `effective_from`");
    }
    if (has_end && expires < options_.today) {
      report_->Error(
          "LP180", at.At("expires"),
          absl::StrCat("agreement ", a_.id(), " ended ", life.expires()));
    } else if (has_review && review < options_.today) {
      report_->Warn("LP181", at.At("review_due"),
                    absl::StrCat("the review of agreement ", a_.id(),
                                 " was due ", life.review_due()));
    }
    switch (life.status()) {
      case Agreement::Lifecycle::SIGNED:
        break;
      case Agreement::Lifecycle::DRAFT:
        if (!options_.demo_mode) {
          report_->Error("LP182", at.At("status"),
                         "a draft loads in demo mode only");
        }
        break;
      case Agreement::Lifecycle::SUSPENDED:
      case Agreement::Lifecycle::ENDED:
        report_->Error(
            "LP180", at.At("status"),
            absl::StrCat("agreement ", a_.id(), " is suspended or ended"));
        break;
      default:
        Missing(at, "`status`");
    }
  }

  bool Day(const std::string& text, const Node& at, const char* field,
           absl::CivilDay* day) {
    if (ParseDay(text, day)) return true;
    if (text.empty()) {
      Missing(at, absl::StrCat("`", field, "`"));
      return false;
    }
    report_->Error("LP008", at.At(field),
                   absl::StrCat("`", field, "` is not a day YYYY-MM-DD"));
    return false;
  }

  void Parties() {
    for (int i = 0; i < a_.party_size(); ++i) {
      const Agreement::Party& party = a_.party(i);
      const Node at = node_.Child("party", i);
      Id(party.id(), at, "party");
      Need(party.type() != v1::AGENCY_TYPE_UNSPECIFIED, at, "`type`");
      Need(!party.name().empty(), at, "`name`");
      Need(party.has_public_authority(), at, "`public_authority`");
      Need(party.role() != Agreement::Party::ROLE_UNSPECIFIED, at, "`role`");
      Need(!party.signatory_post().empty(), at, "`signatory_post`");
      // UK GDPR Article 37; Caldicott guardians since 1998.
      if (party.public_authority()) {
        Need(!party.dpo_contact().empty(), at, "`dpo_contact`");
      }
      if (OwesHealthConfidence(party.type())) {
        Need(!party.caldicott_guardian().empty(), at, "`caldicott_guardian`");
      }
      names_.push_back(party.id());
    }
  }

  void Bases() {
    std::vector<std::string> gateways;
    for (const auto& entry : law_.gateways) gateways.push_back(entry.first);
    for (int i = 0; i < a_.basis_size(); ++i) {
      const Agreement::LegalBasis& basis = a_.basis(i);
      const Node at = node_.Child("basis", i);
      Id(basis.id(), at, "basis");
      bases_.push_back(basis.id());
      if (basis.gateway().empty()) {
        Missing(at, "`gateway`");
      } else if (law_.usable && !law_.gateways.count(basis.gateway())) {
        report_->Error(
            "LP101", at.At("gateway"),
            absl::StrCat("no gateway ", basis.gateway(), " in the catalogue",
                         DidYouMean(basis.gateway(), gateways)));
      }
      Need(basis.article6_sender() != v1::ARTICLE6_UNSPECIFIED, at,
           "`article6_sender`");
      Need(basis.article6_receiver() != v1::ARTICLE6_UNSPECIFIED, at,
           "`article6_receiver`");
      Need(basis.article9() != v1::ARTICLE9_UNSPECIFIED, at, "`article9`");
      Need(basis.schedule1() != v1::SCHEDULE1_UNSPECIFIED, at, "`schedule1`");
      Need(basis.confidence() != v1::CONFIDENCE_UNSPECIFIED, at,
           "`confidence`");
      for (int b = 0; b < basis.bar_size(); ++b) {
        const Node bar = at.Child("bar", b);
        Need(basis.bar(b).bar() != v1::STATUTORY_BAR_UNSPECIFIED, bar, "`bar`");
        Need(!basis.bar(b).answered_by().empty(), bar, "`answered_by`");
      }
      if (basis.necessity().empty() && !report_->Disturbed(at.here())) {
        report_->Error(
            "LP133", at.here(),
            absl::StrCat(
                "basis ", basis.id(),
                " does not say why less would not do: `necessity` is missing"));
      }
    }
  }

  void PartyExists(const std::string& id, const Node& at, const char* field,
                   int index) {
    if (id.empty()) {
      Missing(at, absl::StrCat("`", field, "`"));
      return;
    }
    for (const std::string& name : names_) {
      if (name == id) return;
    }
    report_->Error("LP100", at.At(field, index),
                   absl::StrCat("`", field,
                                "` names no party of this "
                                "agreement: ",
                                id, DidYouMean(id, names_)));
  }

  void Flow(int i) {
    const Agreement::ShareRule& flow = a_.share(i);
    const Node at = node_.Child("share", i);
    Id(flow.id(), at, "rule");
    Need(!flow.plain().empty(), at, "`plain`");
    Need(!flow.about().empty(), at, "`about`");
    Need(flow.purpose_size() > 0, at, "`purpose`");
    Need(flow.mode() != v1::MODE_UNSPECIFIED, at, "`mode`");
    Need(flow.to_roles_size() > 0, at, "`to_roles`");
    Need(flow.item_size() > 0, at, "an `item`");
    PartyExists(flow.from(), at, "from", -1);
    PartyExists(flow.to(), at, "to", -1);
    if (flow.from() == flow.to() && !flow.to().empty()) {
      report_->Error("LP140", at.At("to"),
                     absl::StrCat("rule ", flow.id(),
                                  " has the same sender and receiver"));
    }
    for (int p = 0; p < flow.may_pass_on_to_size(); ++p) {
      PartyExists(flow.may_pass_on_to(p), at, "may_pass_on_to", p);
    }
    bool found = false;
    for (const std::string& id : bases_) found |= id == flow.basis();
    if (flow.basis().empty()) {
      Missing(at, "`basis`");
    } else if (!found) {
      report_->Error(
          "LP101", at.At("basis"),
          absl::StrCat("rule ", flow.id(),
                       " cites no basis of "
                       "this agreement: ",
                       flow.basis(), DidYouMean(flow.basis(), bases_)));
    }
    for (int r = 0; r < flow.to_roles_size(); ++r) {
      if (!flow.to_roles(r).empty()) continue;
      report_->Error("LP008", at.At("to_roles", r), "`to_roles` is empty");
    }
    Items(flow, at);
    for (int c = 0; c < flow.only_if_size(); ++c) {
      Need(flow.only_if(c).kind() != v1::CONDITION_KIND_UNSPECIFIED,
           at.Child("only_if", c), "`kind`");
    }
    for (int c = 0; c < flow.only_if_size(); ++c) {
      Need(!WantsNumber(flow.only_if(c).kind()) || flow.only_if(c).has_number(),
           at.Child("only_if", c), "`number`");
    }
    for (int o = 0; o < flow.then_size(); ++o) {
      const Node here = at.Child("then", o);
      Need(flow.then(o).kind() != v1::OBLIGATION_KIND_UNSPECIFIED, here,
           "`kind`");
      Need(!WantsNumber(flow.then(o).kind()) || flow.then(o).has_number(), here,
           "`number`");
    }
  }

  void Items(const Agreement::ShareRule& flow, const Node& at) {
    std::set<std::string> seen;
    for (int i = 0; i < flow.item_size(); ++i) {
      const Agreement::Item& item = flow.item(i);
      const Node here = at.Child("item", i);
      Need(!item.item().empty(), here, "`item`");
      Need(item.category() != v1::DATA_CATEGORY_UNSPECIFIED, here,
           "`category`");
      Need(item.as() != v1::GRANULARITY_UNSPECIFIED, here, "`as`");
      Need(!item.why_needed().empty(), here, "`why_needed`");
      Need(item.nature() != Agreement::Item::NATURE_UNSPECIFIED, here,
           "`nature`");
      Term(item, here);
      if (!seen.insert(item.item()).second) {
        report_->Error("LP007", here.At("item"),
                       absl::StrCat("item ", item.item(), " given twice"));
      }
      auto [known, fresh] = categories_.emplace(item.item(), item.category());
      if (!fresh && known->second != item.category()) {
        report_->Error("LP108", here.At("category"),
                       absl::StrCat("item ", item.item(),
                                    " has another category in another rule"));
      }
    }
  }

  // The catalogue's word on an item: an agreement cannot call it milder, finer
  // or newer than it is.
  void Term(const Agreement::Item& item, const Node& here) {
    if (!law_.usable || item.item().empty()) return;
    const auto found = law_.items.find(item.item());
    if (found == law_.items.end()) {
      std::vector<std::string> names;
      for (const auto& entry : law_.items) names.push_back(entry.first);
      const std::string message =
          absl::StrCat("no item ", item.item(), " in the catalogue",
                       DidYouMean(item.item(), names));
      if (options_.demo_mode) {
        report_->Warn("LP108", here.At("item"), message);
      } else {
        report_->Error("LP108", here.At("item"), message);
      }
      return;
    }
    const v1::ItemTerm& term = *found->second;
    if (item.category() != term.category() &&
        item.category() != v1::DATA_CATEGORY_UNSPECIFIED) {
      report_->Error("LP108", here.At("category"),
                     absl::StrCat("item ", item.item(), " is of category ",
                                  v1::DataCategory_Name(term.category()),
                                  " in the catalogue"));
    }
    if (!term.as().empty() && item.as() != v1::GRANULARITY_UNSPECIFIED &&
        std::count(term.as().begin(), term.as().end(), item.as()) == 0) {
      report_->Error(
          "LP155", here.At("as"),
          absl::StrCat("item ", item.item(), " cannot be released as ",
                       v1::Granularity_Name(item.as())));
    }
    absl::CivilDay retired, expires;
    if (ParseDay(term.retired(), &retired) &&
        ParseDay(a_.lifecycle().expires(), &expires) && expires > retired) {
      report_->Error(
          "LP185", here.At("item"),
          absl::StrCat("item ", item.item(), " was retired ", term.retired()));
    }
  }

  void Never(int i) {
    const Agreement::Prohibition& never = a_.never(i);
    const Node at = node_.Child("never", i);
    Id(never.id(), at, "rule");
    Need(!never.plain().empty(), at, "`plain`");
    Need(never.layer() != v1::LEGAL_LAYER_UNSPECIFIED, at, "`layer`");
    Need(never.category_size() + never.item_size() > 0, at,
         "`category` or `item`");
    for (int p = 0; p < never.to_size(); ++p) {
      PartyExists(never.to(p), at, "to", p);
    }
  }

  void Governance() {
    if (!a_.has_governance()) return;
    const Agreement::Governance& g = a_.governance();
    const Node at = node_.Child("governance");
    Need(!g.dpia_ref().empty(), at, "`dpia_ref`");
    Need(!g.privacy_notice_url().empty(), at, "`privacy_notice_url`");
    Need(!g.rights_contact().empty(), at, "`rights_contact`");
    Need(!g.breach_contact().empty(), at, "`breach_contact`");
    Need(!g.security_standard().empty(), at, "`security_standard`");
    Need(!g.complaints().empty(), at, "`complaints`");
    Need(!g.ending().empty(), at, "`ending`");
    Need(!g.accuracy().empty(), at, "`accuracy`");
    Need(!g.owner_post().empty(), at, "`owner_post`");
    Need(!g.dpo_advice().empty(), at, "`dpo_advice`");
    Need(g.breach_hours() > 0, at, "`breach_hours`");
    absl::CivilDay reviewed;
    if (!Day(g.dpia_reviewed(), at, "dpia_reviewed", &reviewed)) return;
    if (options_.today - reviewed > kDpiaForDays) {
      report_->Warn("LP130", at.At("dpia_reviewed"),
                    "the impact assessment was last reviewed more than a "
                    "year ago");
    }
  }

  // Counts leave only with small numbers hidden, and the parties agree how.
  void Counts() {
    const bool counts = std::any_of(
        a_.share().begin(), a_.share().end(),
        [](const auto& flow) { return flow.mode() == v1::ASK_COUNTS; });
    if (!a_.has_disclosure_control()) {
      Need(!counts, node_, "`disclosure_control`");
      return;
    }
    const Agreement::DisclosureControl& d = a_.disclosure_control();
    const Node at = node_.Child("disclosure_control");
    Need(d.suppress_below() > 0, at, "`suppress_below`");
    Need(d.round_to() > 0, at, "`round_to`");
    Need(d.has_secondary_suppression(), at, "`secondary_suppression`");
    Need(d.has_show_zero(), at, "`show_zero`");
  }

  void Changes() {
    for (int i = 0; i < a_.change_size(); ++i) {
      const Agreement::Change& change = a_.change(i);
      const Node at = node_.Child("change", i);
      absl::CivilDay on;
      Need(change.version() > 0, at, "`version`");
      Day(change.on(), at, "on", &on);
      Need(!change.who().empty(), at, "`who`");
      Need(!change.what().empty(), at, "`what`");
    }
  }

  const Agreement& a_;
  const Node& node_;
  const Law& law_;
  const LoadOptions& options_;
  Report* report_;
  std::map<std::string, std::set<std::string>> ids_;
  std::vector<std::string> names_;
  std::vector<std::string> bases_;
  std::map<std::string, v1::DataCategory> categories_;
};

}  // namespace

void CheckForm(const v1::Agreement& agreement, const Node& node, const Law& law,
               const LoadOptions& options, Report* report) {
  Form(agreement, node, law, options, report).Check();
}

}  // namespace kinstile::policy::internal
