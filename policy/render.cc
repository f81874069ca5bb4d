// SPDX-License-Identifier: Apache-2.0
// Writes the document, section by section.

#include "policy/render.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/phrases.h"

namespace kinstile::policy {
namespace {

std::string Capital(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_toupper(text[0]);
  return text;
}

// A sentence of its own, whether or not the author wrote the full stop.
std::string Sentence(std::string text) {
  text = Capital(std::move(text));
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

std::string OrNot(const std::string& text) {
  return text.empty() ? "not stated" : text;
}

class Writer {
 public:
  Writer(const Agreement& agreement, const Catalogue& law)
      : a_(agreement), law_(law) {}

  Document Write() {
    Front();
    Overview();
    Purpose_();
    Parties();
    Data();
    Never();
    Basis_();
    Rights();
    Retention();
    Security();
    Breach();
    Review();
    Decisions();
    Changes();
    Signatures();
    LawAnnex();
    FormsAnnex();
    return std::move(doc_);
  }

 private:
  void Section(const std::string& title) {
    doc_.Add(Heading{2, absl::StrCat(++section_, ". ", title)});
  }

  std::string Name_(const std::string& party) const {
    const Party* found = a_.FindParty(party);
    return found == nullptr ? party : found->name;
  }

  std::string Nations() const {
    std::vector<std::string> names;
    for (Jurisdiction nation : a_.nations) {
      names.emplace_back(InWords(nation));
    }
    return ListInWords(names);
  }

  void Front() {
    doc_.Add(Heading{1, a_.title});
    if (!a_.title_cy.empty()) doc_.Add(Paragraph{a_.title_cy, true});
    if (a_.draft) {
      doc_.Add(Paragraph{
          "DRAFT. Nobody has signed this. The places and parties of the "
          "examples are invented, and nothing here is legal advice.",
          true});
    }
    doc_.Say(a_.plain_summary);
    if (!a_.plain_summary_cy.empty()) doc_.Say(a_.plain_summary_cy);
    doc_.Add(Table{
        {"About this agreement", ""},
        {{"Reference", absl::StrCat(a_.id, ", version ", a_.version)},
         {"Programme", OrNot(a_.programme)},
         {"Area", absl::StrCat(OrNot(a_.area), "; the law of ", Nations())},
         {"Kind", std::string(InWords(a_.kind))},
         {"In force",
          absl::StrCat("from ", DayInWords(a_.effective_from), " to ",
                       DayInWords(a_.expires), ", both included")},
         {"Review due", DayInWords(a_.review_due)},
         {"Owner", OrNot(a_.governance.owner_post)},
         {"Law catalogue", a_.catalogue_version}}});
    doc_.Say(
        "This document is made by a program from the agreement that the "
        "gateway enforces. The parties sign both; if a word here were changed, "
        "the signatures would no longer hold.");
  }

  // "whether ...; how many ..., as a band"
  std::string What(const FlowItem& item) const {
    return absl::StrCat(ItemInWords(law_, item.item), " (",
                        InWords(item.granularity), ")");
  }

  void Overview() {
    Section("Who may see what, why, and for how long");
    Table table{{"Rule", "Who sees it", "From whom", "What", "Why",
                 "On what power", "Kept"},
                {}};
    for (const Flow& flow : a_.flows) {
      std::vector<std::string> what;
      for (const FlowItem& item : flow.items) what.push_back(What(item));
      table.rows.push_back(
          {flow.id,
           absl::StrCat(ListInWords(flow.roles, "or"), " at ", Name_(flow.to)),
           Name_(flow.from), absl::StrJoin(what, "; "), Why(flow),
           absl::StrCat(flow.basis.gateway_title,
                        flow.basis.provision.empty() ? "" : ", ",
                        flow.basis.provision),
           DaysInWords(flow.keep_days)});
    }
    doc_.Add(std::move(table));
    doc_.Say(
        "Nothing else may be shared under this agreement. What no rule allows "
        "is withheld; what cannot be shown is taken not to be so.");
  }

  std::string Why(const Flow& flow) const {
    std::vector<std::string> purposes;
    for (Purpose purpose : flow.purposes) {
      purposes.push_back(PurposeInWords(law_, purpose));
    }
    return absl::StrCat("to ", ListInWords(purposes, "or"));
  }

  void Purpose_() {
    Section("Purpose");
    std::vector<std::string> lines;
    std::set<Purpose> seen;
    for (const Flow& flow : a_.flows) {
      for (Purpose purpose : flow.purposes) {
        if (!seen.insert(purpose).second) continue;
        std::vector<std::string> rules;
        for (const Flow& other : a_.flows) {
          if (std::count(other.purposes.begin(), other.purposes.end(),
                         purpose) > 0) {
            rules.push_back(other.id);
          }
        }
        lines.push_back(absl::StrCat(Label(law_, purpose), ": to ",
                                     PurposeInWords(law_, purpose), " (rule",
                                     rules.size() == 1 ? " " : "s ",
                                     ListInWords(rules), ")."));
      }
    }
    doc_.Say("Information is shared for these purposes and for no other:");
    doc_.Say(std::move(lines));
  }

  void Parties() {
    Section("Parties");
    Table table{{"Party", "Kind of body", "Role", "Signs",
                 "Contact for data "
                 "protection",
                 "Caldicott guardian"},
                {}};
    for (const Party& party : a_.parties) {
      table.rows.push_back(
          {absl::StrCat(party.name, " (", party.id, ")"),
           absl::StrCat(Label(law_, party.type),
                        party.public_authority ? ", a public authority"
                                               : ", not a public authority"),
           std::string(InWords(party.role)), OrNot(party.signatory_post),
           OrNot(party.dpo_contact),
           party.caldicott_guardian.empty() ? "none needed"
                                            : party.caldicott_guardian});
    }
    doc_.Add(std::move(table));
  }

  void Data() {
    Section("What is shared, rule by rule");
    for (const Flow& flow : a_.flows) FlowSection(flow);
  }

  void FlowSection(const Flow& flow) {
    doc_.Add(
        Heading{3, absl::StrCat("Rule ", flow.id, ": from ", Name_(flow.from),
                                " to ", Name_(flow.to))});
    doc_.Add(Paragraph{flow.plain, true});
    if (!flow.plain_cy.empty()) doc_.Say(flow.plain_cy);
    Table table{{"What", "How finely", "How far back", "Why it is needed",
                 "Fact or opinion"},
                {}};
    for (const FlowItem& item : flow.items) {
      table.rows.push_back(
          {absl::StrCat(ItemLabel(law_, item.item), " (", item.item, ")"),
           std::string(InWords(item.granularity)),
           item.look_back_days ? DaysInWords(*item.look_back_days)
                               : "as it stands now",
           item.why_needed, std::string(InWords(item.nature))});
    }
    doc_.Add(std::move(table));
    std::vector<std::string> lines = {
        absl::StrCat("Who sees it: ", ListInWords(flow.roles, "or"), " at ",
                     Name_(flow.to), ". Nobody else."),
        Sentence(absl::StrCat("About whom: ", flow.about)),
        Sentence(absl::StrCat("Why: ", Why(flow))),
        Sentence(absl::StrCat("How: ", InWords(flow.mode)))};
    for (const Condition& condition : flow.conditions) {
      lines.push_back(Sentence(absl::StrCat("Only if ", InWords(condition))));
    }
    for (const Obligation& obligation : flow.obligations) {
      lines.push_back(
          Sentence(absl::StrCat("The receiver must ", InWords(obligation))));
    }
    lines.push_back(absl::StrCat("Kept for ", DaysInWords(flow.keep_days),
                                 ", then deleted."));
    lines.push_back(PassedOn(flow));
    std::string limits = absl::StrCat(
        "At most ", flow.max_people,
        flow.max_people == 1 ? " person" : " people", " in one request");
    if (flow.max_requests_per_day) {
      absl::StrAppend(
          &limits, ", and at most ", *flow.max_requests_per_day,
          *flow.max_requests_per_day == 1 ? " request" : " requests", " a day");
    }
    lines.push_back(limits + ".");
    lines.push_back(absl::StrCat("Lawful because of basis ", flow.basis.id,
                                 " (", flow.basis.gateway_title, ")."));
    doc_.Say(std::move(lines));
  }

  std::string PassedOn(const Flow& flow) const {
    if (flow.may_pass_on_to.empty()) return "May be passed on to nobody.";
    std::vector<std::string> names;
    for (const std::string& party : flow.may_pass_on_to) {
      names.push_back(Name_(party));
    }
    return absl::StrCat("May be passed on to ", ListInWords(names),
                        " and to nobody else.");
  }

  void Never() {
    Section("What is never shared");
    if (a_.prohibitions.empty()) {
      doc_.Say("No rule forbids more than what is not allowed.");
      return;
    }
    doc_.Say("These hold whatever a rule of this agreement says:");
    std::vector<std::string> lines;
    for (const Prohibition& never : a_.prohibitions) {
      lines.push_back(absl::StrCat(never.id, ": ", Sentence(never.plain), " ",
                                   Covers(never)));
      if (!never.plain_cy.empty()) lines.push_back(never.plain_cy);
    }
    doc_.Say(std::move(lines));
  }

  std::string Covers(const Prohibition& never) const {
    std::vector<std::string> what;
    for (DataCategory category : never.categories) {
      what.push_back(Label(law_, category));
    }
    for (const std::string& item : never.items) {
      what.push_back(ItemLabel(law_, item));
    }
    std::vector<std::string> to;
    for (const std::string& party : never.to) to.push_back(Name_(party));
    std::string out =
        absl::StrCat("This covers ", ListInWords(what), ", to ",
                     to.empty() ? "anybody" : ListInWords(to, "or"));
    if (!never.purposes.empty()) {
      std::vector<std::string> purposes;
      for (Purpose purpose : never.purposes) {
        purposes.push_back(absl::AsciiStrToLower(Label(law_, purpose)));
      }
      absl::StrAppend(&out, ", for ", ListInWords(purposes, "or"));
    }
    return absl::StrCat(out, ". What it protects: ", InWords(never.layer), ".");
  }

  void Basis_() {
    Section("Why it is lawful");
    doc_.Say(
        "Each basis answers four questions: which power, which data "
        "protection conditions, what about confidence, and which statutory "
        "bars. An answer to one is no answer to another.");
    for (const Basis& basis : a_.bases) {
      std::vector<std::string> rules;
      for (const Flow& flow : a_.flows) {
        if (flow.basis.id == basis.id) rules.push_back(flow.id);
      }
      doc_.Add(Heading{
          3,
          absl::StrCat("Basis ", basis.id, " (for ",
                       rules.empty() ? "no rule" : ListInWords(rules), ")")});
      doc_.Add(BasisTable(basis));
    }
  }

  Table BasisTable(const Basis& basis) const {
    Table table{{"Question", "Answer"}, {}};
    table.rows.push_back(
        {"Power",
         absl::StrCat(basis.gateway_title, basis.provision.empty() ? "" : ", ",
                      basis.provision)});
    table.rows.push_back(
        {"Data protection, sender", Title(Name(basis.article6_sender))});
    table.rows.push_back(
        {"Data protection, receiver", Title(Name(basis.article6_receiver))});
    if (basis.recognised_interest) {
      table.rows.push_back(
          {"Recognised interest", Title(Name(*basis.recognised_interest))});
    }
    table.rows.push_back(
        {"Special categories", absl::StrCat(Title(Name(basis.article9)), "; ",
                                            Title(Name(basis.schedule1)))});
    if (basis.criminal_offence_data) {
      table.rows.push_back(
          {"Offence data", Title(Name(*basis.criminal_offence_data))});
    }
    table.rows.push_back({"Confidence", Title(Name(basis.confidence))});
    std::vector<std::string> bars;
    for (const BarAnswer& bar : basis.bars) {
      bars.push_back(absl::StrCat(Title(Name(bar.bar)), ": ", bar.answered_by));
    }
    table.rows.push_back({"Statutory bars", bars.empty()
                                                ? "none applies"
                                                : absl::StrJoin(bars, "; ")});
    table.rows.push_back({"Why less would not do", basis.necessity});
    return table;
  }

  std::string Title(absl::string_view answer) const {
    return ProvisionTitle(law_, answer);
  }

  void Rights() {
    Section("People's rights");
    std::vector<std::string> lines = {
        absl::StrCat("The privacy notice: ",
                     OrNot(a_.governance.privacy_notice_url)),
        absl::StrCat("To ask for a copy, a correction or a deletion, or to "
                     "object: ",
                     OrNot(a_.governance.rights_contact)),
        absl::StrCat("To complain: ", OrNot(a_.governance.complaints),
                     "; or to the Information Commissioner's Office.")};
    for (const Flow& flow : a_.flows) {
      for (const Obligation& each : flow.obligations) {
        if (each.kind != ObligationKind::kTellPersonWithinDays) continue;
        lines.push_back(absl::StrCat("Under rule ", flow.id, ", ",
                                     Name_(flow.to), " must ", InWords(each),
                                     "."));
      }
    }
    doc_.Say(std::move(lines));
  }

  void Retention() {
    Section("Keeping and deleting");
    Table table{{"Kept for", "Rules"}, {}};
    std::set<int64_t> spans;
    for (const Flow& flow : a_.flows) spans.insert(flow.keep_days);
    for (int64_t days : spans) {
      std::vector<std::string> rules;
      for (const Flow& flow : a_.flows) {
        if (flow.keep_days == days) rules.push_back(flow.id);
      }
      table.rows.push_back({DaysInWords(days), ListInWords(rules)});
    }
    doc_.Add(std::move(table));
    doc_.Say(Sentence(absl::StrCat("When this agreement ends: ",
                                   OrNot(a_.governance.ending))));
    if (a_.disclosure.suppress_below == 0) return;
    std::string counts =
        absl::StrCat("Counts: every count below ", a_.disclosure.suppress_below,
                     " is hidden");
    if (a_.disclosure.round_to > 0) {
      absl::StrAppend(&counts, ", the rest are rounded to the nearest ",
                      a_.disclosure.round_to);
    }
    if (a_.disclosure.secondary_suppression) {
      absl::StrAppend(&counts,
                      ", and others are hidden where a hidden one could be "
                      "worked out from them");
    }
    doc_.Say(absl::StrCat(counts, a_.disclosure.show_zero
                                      ? "; zero is shown."
                                      : "; zero is hidden as well."));
  }

  void Security() {
    Section("Security and accuracy");
    doc_.Say(
        {Sentence(absl::StrCat("Security standard: ",
                               OrNot(a_.governance.security_standard))),
         "In transit every item is sealed so that only the receiver can open "
         "it: the gateway carries what it cannot read.",
         Sentence(absl::StrCat("Accuracy: ", OrNot(a_.governance.accuracy))),
         "Facts and opinions are told apart in every rule above."});
  }

  void Breach() {
    Section("If something goes wrong");
    doc_.Say(absl::StrCat("Report a breach to ",
                          OrNot(a_.governance.breach_contact), " within ",
                          a_.governance.breach_hours,
                          " hours. The parties tell each other, and whoever is "
                          "responsible tells the Information Commissioner and "
                          "the people concerned where the law requires it."));
  }

  void Review() {
    Section("Assessment, review and ending");
    const Governance& g = a_.governance;
    std::vector<std::string> lines = {
        absl::StrCat(
            "Data protection impact assessment: ", OrNot(g.dpia_ref),
            g.dpia_reviewed
                ? absl::StrCat(", reviewed ", DayInWords(*g.dpia_reviewed))
                : "",
            "."),
        Sentence(absl::StrCat("Data protection officer's advice: ",
                              OrNot(g.dpo_advice)))};
    if (!g.appropriate_policy_document.empty()) {
      lines.push_back(absl::StrCat(
          "Appropriate policy document: ", g.appropriate_policy_document, "."));
    }
    if (!g.public_register_ref.empty()) {
      lines.push_back(
          Sentence(absl::StrCat("Public register: ", g.public_register_ref)));
    }
    lines.push_back(absl::StrCat("The parties review this agreement by ",
                                 DayInWords(a_.review_due), "."));
    lines.push_back(absl::StrCat("It ends on ", DayInWords(a_.expires),
                                 ". From the next day nothing is shared "
                                 "under it."));
    lines.push_back(
        "Any party may suspend the rules that it is part of, alone and at "
        "once. Nobody can widen this agreement alone: a wider version needs "
        "every signature again.");
    doc_.Say(std::move(lines));
  }

  void Decisions() {
    Section("How decisions are recorded");
    doc_.Say(
        "The gateway decides each request by this agreement, and the sender "
        "decides again with its own copy; it can only narrow. Every decision "
        "is recorded in the form that the ICO's code suggests (annex B), "
        "refusals too: who asked, for what, why, under which rule and law, "
        "what was decided, with reasons, and when. A refusal tells the asker "
        "nothing about the person.");
  }

  void Changes() {
    Section("Changes");
    if (a_.changes.empty()) {
      doc_.Say("None.");
      return;
    }
    Table table{{"Version", "On", "Who", "What"}, {}};
    for (const Change& change : a_.changes) {
      table.rows.push_back(
          {absl::StrCat(change.version), change.on, change.who, change.what});
    }
    doc_.Add(std::move(table));
  }

  void Signatures() {
    Section("Signatures");
    doc_.Say(
        "Each party signs with its own key over the exact bytes of the "
        "agreement, of the law catalogue and of this document. It is in force "
        "when all have signed.");
    Table table{{"Party", "Signed by (post)", "Date"}, {}};
    for (const Party& party : a_.parties) {
      table.rows.push_back({party.name, OrNot(party.signatory_post), ""});
    }
    doc_.Add(std::move(table));
  }

  void LawAnnex() {
    doc_.Add(Heading{2, "Annex A. The law that this agreement rests on"});
    std::set<std::string> gateways, answers;
    for (const Basis& basis : a_.bases) {
      gateways.insert(basis.gateway);
      for (absl::string_view answer :
           {Name(basis.article6_sender), Name(basis.article6_receiver),
            Name(basis.article9), Name(basis.schedule1),
            Name(basis.confidence)}) {
        answers.emplace(answer);
      }
      if (basis.recognised_interest) {
        answers.emplace(Name(*basis.recognised_interest));
      }
      if (basis.criminal_offence_data) {
        answers.emplace(Name(*basis.criminal_offence_data));
      }
      for (const BarAnswer& bar : basis.bars) answers.emplace(Name(bar.bar));
    }
    for (const std::string& id : gateways) {
      if (const Gateway* gateway = law_.FindGateway(id)) GatewayText(*gateway);
    }
    doc_.Add(Heading{3, "Data protection, confidence and bars"});
    Table table{{"Provision", "What it says", "If broken"}, {}};
    for (const Provision& provision : law_.provisions) {
      if (answers.count(provision.answer) == 0) continue;
      table.rows.push_back(
          {provision.title, provision.plain,
           provision.offence.empty()
               ? "data protection or confidence is breached"
               : absl::StrCat("an offence: ", provision.offence)});
    }
    doc_.Add(std::move(table));
  }

  void GatewayText(const Gateway& gateway) {
    doc_.Add(Heading{3, gateway.title});
    std::vector<std::string> lines = {gateway.plain};
    for (const InForce& span : gateway.in_force) {
      if (!a_.CoversNation(span.where)) continue;
      lines.push_back(absl::StrCat(
          "In force in ", InWords(span.where), " since ", DayInWords(span.from),
          span.to ? absl::StrCat(" until ", DayInWords(*span.to)) : "",
          span.note.empty() ? "." : absl::StrCat("; ", span.note, ".")));
    }
    if (!gateway.offence_for_misuse.empty()) {
      lines.push_back(absl::StrCat(
          "Misuse is an offence: ", gateway.offence_for_misuse, "."));
    }
    if (!gateway.citation_url.empty()) lines.push_back(gateway.citation_url);
    lines.push_back(absl::StrCat("Checked ", DayInWords(gateway.verified_on),
                                 " by ", gateway.verified_by, ": ",
                                 InWords(gateway.certainty), "."));
    doc_.Say(std::move(lines));
  }

  void FormsAnnex() {
    doc_.Add(Heading{2, "Annex B. What a request and a decision record"});
    doc_.Say("A request, made by the practitioner's own system and signed:");
    doc_.Say({"the organisation that asks, the practitioner and their role",
              "the agreement, the rule and the purpose",
              "the items asked for, and of whom they are asked",
              "the reason, and the facts that the asker vouches for",
              "the date"});
    doc_.Say("A decision, whether to share or to refuse:");
    doc_.Say(
        {"the organisation that received the request and the one that "
         "made it, with name and post",
         "the date, and the data asked for",
         "whether the parties are joint or separate controllers, and "
         "whether an agreement is in place",
         "the purpose, the lawful basis, and why sharing is necessary",
         "the conditions for special category and offence data, and "
         "whether Part 3 applies",
         "the legal power",
         "the impact assessment and the data protection officer's view",
         "retention, security and rights",
         "the decision, with reasons, by whom and when"});
  }

  const Agreement& a_;
  const Catalogue& law_;
  Document doc_;
  int section_ = 0;
};

}  // namespace

Document Render(const Agreement& agreement, const Catalogue& catalogue) {
  return Writer(agreement, catalogue).Write();
}

std::string SignedRendering(const Agreement& agreement,
                            const Catalogue& catalogue) {
  return Render(agreement, catalogue).Markdown();
}

}  // namespace kinstile::policy
