// SPDX-License-Identifier: Apache-2.0
// From rulings to explanations, trying out what would help.

#include "policy/explain.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/phrases.h"
#include "policy/plain_words.h"
#include "policy/words.h"

namespace kinstile::policy {
namespace {

bool InMask(uint64_t mask, ConditionKind kind) {
  return mask >> static_cast<unsigned>(kind) & 1;
}

// In words, and the word of the file for who looks it up there.
std::string Phrase(const Condition& condition) {
  std::string out =
      absl::StrCat(InWords(condition), " [", Name(condition.kind));
  if (condition.number) absl::StrAppend(&out, " ", *condition.number);
  return out + "]";
}

std::string Phrase(const Catalogue& catalogue, const std::string& item) {
  return absl::StrCat(ItemLabel(catalogue, item), " [", item, "]");
}

// What would be if the register of agencies said so.
ActiveSet WhereAllIsCarriedOut(const ActiveSet& set) {
  std::vector<Agreement> agreements = set.agreements();
  for (Agreement& agreement : agreements) {
    for (Party& party : agreement.parties) {
      party.carries_out = ObligationKinds::All();
    }
  }
  return ActiveSet(std::move(agreements), set.catalogue(), set.digest(),
                   set.agencies());
}

void LayerLines(const Catalogue& catalogue, absl::string_view heading,
                const Flow& flow, std::string* out) {
  const Basis& b = flow.basis;
  auto title = [&](auto answer) {
    return ProvisionTitle(catalogue, Name(answer));
  };
  absl::StrAppend(out, heading, " ", flow.id, " (", flow.plain, ")\n");
  absl::StrAppend(out, "  power:           ",
                  b.gateway_title.empty() ? b.gateway : b.gateway_title,
                  b.provision.empty() ? "" : ", ", b.provision, "\n");
  absl::StrAppend(out, "  data protection: sender ", title(b.article6_sender),
                  "; receiver ", title(b.article6_receiver), "; ",
                  title(b.article9), "; ", title(b.schedule1));
  if (b.criminal_offence_data) {
    absl::StrAppend(out, "; offence data ", title(*b.criminal_offence_data));
  }
  absl::StrAppend(out, "\n  confidence:      ", title(b.confidence), "\n");
  absl::StrAppend(out, "  statutory bars:  ", b.bars.empty() ? "none" : "");
  absl::StrAppend(
      out, absl::StrJoin(b.bars, "; ", [&](std::string* to, const auto& bar) {
        absl::StrAppend(to, title(bar.bar), ": ", bar.answered_by);
      }));
  absl::StrAppend(out, "\n  necessary:       ", b.necessity, "\n");
}

std::string ExplainPermit(const ActiveSet& set, const Permit& permit) {
  const PermitTerms& terms = permit.terms();
  const Catalogue& catalogue = set.catalogue();
  const Agreement& agreement = *set.Find(terms.agreement);
  std::string out = absl::StrCat(
      terms.withheld.empty() ? "Shared" : "Shared in part", ", under version ",
      terms.version, " of agreement ", terms.agreement, "\n");
  for (const GrantedItem& each : terms.granted) {
    absl::StrAppend(&out, "Released: ", Phrase(catalogue, each.item), ", ",
                    InWords(each.granularity), ", by rule ", each.flow);
    if (each.look_back_days) {
      absl::StrAppend(&out, ", no older than ",
                      DaysInWords(*each.look_back_days));
    }
    absl::StrAppend(&out, "\n");
  }
  for (const WithheldItem& each : terms.withheld) {
    absl::StrAppend(&out, "Withheld: ", Phrase(catalogue, each.item), " (",
                    InWords(each.layer),
                    "): ", PlainWords(catalogue, each.reason_for_record), "\n");
  }
  for (const std::string& flow : terms.flows) {
    LayerLines(catalogue, "Lawful by rule", *agreement.FindFlow(flow), &out);
  }
  for (const Condition& each : terms.deferred) {
    absl::StrAppend(&out, "The source has still to decide whether ",
                    Phrase(each), "\n");
  }
  absl::StrAppend(&out, "Kept for at most ", DaysInWords(terms.keep_days),
                  "; at most ", terms.max_people, " people in a request\n");
  for (const Obligation& each : terms.obligations) {
    absl::StrAppend(&out, "The receiver must ", InWords(each), "\n");
  }
  absl::StrAppend(&out, "Decided on agreement ", terms.agreement_digest,
                  "\n        and active set ", terms.set_digest, "\n");
  return out;
}

std::string ExplainRefusal(const ActiveSet& set, const Refusal& refusal) {
  const Agreement* agreement = set.Find(refusal.agreement);
  std::string out = "Refused";
  if (agreement != nullptr) {
    absl::StrAppend(&out, "; the nearest agreement is ", refusal.agreement);
  }
  absl::StrAppend(&out, "\nWhat failed: ", InWords(refusal.layer));
  if (!refusal.rule.empty()) absl::StrAppend(&out, ", rule ", refusal.rule);
  absl::StrAppend(&out, "\nFor the record: ",
                  PlainWords(set.catalogue(), refusal.reason_for_record),
                  "\nThe asker reads: ", refusal.reason_for_asker, "\n");
  const Flow* flow =
      agreement == nullptr ? nullptr : agreement->FindFlow(refusal.flow);
  if (flow != nullptr) {
    for (const Condition& each : flow->conditions) {
      if (std::count(refusal.missing.begin(), refusal.missing.end(),
                     each.kind) > 0) {
        absl::StrAppend(&out, "Missing: that ", Phrase(each), "\n");
      }
    }
    LayerLines(set.catalogue(), "Nothing is shared by rule", *flow, &out);
  }
  absl::StrAppend(&out, "Decided on active set ", set.digest(), "\n");
  return out;
}

class Reasons {
 public:
  Reasons(const ActiveSet& set, const Ask& ask, Deciding deciding)
      : set_(set),
        ask_(ask),
        deciding_(deciding),
        ruling_(Rule(set, ask, deciding)) {}

  std::vector<std::string> Run() {
    if (ruling_.fit != Fit::kFits) {
      Told told;
      TellMiss(set_, ask_, ruling_, &told);
      return {absl::StrCat(
          "Refused: ", PlainWords(set_.catalogue(), Joined(told.for_record)),
          ".")};
    }
    std::vector<std::string> out;
    for (const ItemRuling& item : ruling_.items) {
      switch (item.why) {
        case ItemRuling::Why::kGranted:
          break;
        case ItemRuling::Why::kForbidden:
          out.push_back(Forbidden(item));
          break;
        case ItemRuling::Why::kNotShown:
          out.push_back(NotShown(item));
          break;
        case ItemRuling::Why::kTooCoarse:
          out.push_back(absl::StrCat(NameOf(item), ": ", Words(item), "."));
          break;
        case ItemRuling::Why::kNotCovered:
          out.push_back(NotCovered(item));
          break;
      }
    }
    return out;
  }

 private:
  const std::string& NameOf(const ItemRuling& item) const {
    return ask_.items[item.asked];
  }

  std::string Words(const ItemRuling& item) const {
    Told told;
    Tell(set_, ask_, ruling_, item, &told);
    return Joined(told.for_record);
  }

  std::string Forbidden(const ItemRuling& item) const {
    return absl::StrCat(NameOf(item), " is ", Words(item),
                        ". No evidence changes that.");
  }

  std::string NotCovered(const ItemRuling& item) const {
    AccessFilter filter;
    filter.item = NameOf(item);
    filter.to = ask_.to;
    std::string out = absl::StrCat(NameOf(item), " is in no rule of agreement ",
                                   set_.agreements()[ruling_.agreement].id,
                                   " from ", ask_.from, " to ", ask_.to,
                                   " for ", Name(ask_.purpose), ".");
    const std::vector<Access> elsewhere = WhoCanSee(set_, filter);
    if (elsewhere.empty()) {
      absl::StrAppend(&out, " No rule gives it to ", ask_.to, " at all.");
    } else {
      absl::StrAppend(&out,
                      " The nearest: ", AccessSentence(set_, elsewhere[0]));
    }
    return out;
  }

  std::string NotShown(const ItemRuling& item) const {
    const FlowRuling& tried = ruling_.flows[item.flow];
    const Flow& flow = set_.FlowOf(*tried.row);
    Ask better = ask_;
    std::vector<std::string> stands, would;
    for (const Condition& each : flow.conditions) {
      const bool no = InMask(tried.not_met, each.kind);
      if (!no && !InMask(tried.not_known, each.kind)) continue;
      stands.push_back(absl::StrCat(
          no ? "it is not so that " : "it is not known that ", Phrase(each)));
      would.push_back(absl::StrCat("it were shown that ", Phrase(each)));
      better.facts.Set(each.kind, LeastFact(each));
    }
    if (tried.over_people) {
      stands.push_back(
          absl::StrCat("it allows ", flow.max_people, " people in a request"));
      would.push_back("fewer people were asked about");
      better.people = flow.max_people;
    }
    if (tried.over_day) {
      stands.push_back(absl::StrCat("it allows ", *flow.max_requests_per_day,
                                    " requests a day"));
      would.push_back("it were asked tomorrow");
      better.requests_today = 0;
    }
    const ActiveSet* set = &set_;
    std::optional<ActiveSet> able;
    if (tried.cannot != 0) {
      stands.push_back(
          "by the register of agencies not all of its obligations can be "
          "carried out");
      would.push_back("they could");
      set = &able.emplace(WhereAllIsCarriedOut(set_));
    }
    std::string out = absl::StrCat(
        "Rule ", flow.id, " fits, but ", absl::StrJoin(stands, " and "),
        ". If ", absl::StrJoin(would, " and "), ", ", NameOf(item));
    return absl::StrCat(out, Outcome(*set, better, item.asked));
  }

  // Tried out, not guessed.
  std::string Outcome(const ActiveSet& set, const Ask& better,
                      uint32_t asked) const {
    for (const ItemRuling& item : Rule(set, better, deciding_).items) {
      if (item.asked != asked) continue;
      if (item.why == ItemRuling::Why::kGranted) {
        return absl::StrCat(" would be released, ", InWords(item.granularity),
                            ".");
      }
    }
    return " would still be withheld by another rule.";
  }

  const ActiveSet& set_;
  const Ask& ask_;
  const Deciding deciding_;
  const Ruling ruling_;
};

}  // namespace

std::string Explain(const ActiveSet& set, const Ask& ask, Deciding deciding) {
  const Decision decision = Decide(set, ask, deciding);
  if (const auto* permit = std::get_if<Permit>(&decision)) {
    return ExplainPermit(set, *permit);
  }
  return ExplainRefusal(set, std::get<Refusal>(decision));
}

std::vector<std::string> WhyNot(const ActiveSet& set, const Ask& ask,
                                Deciding deciding) {
  return Reasons(set, ask, deciding).Run();
}

std::string AccessSentence(const ActiveSet& set, const Access& access) {
  const Flow& flow = *access.flow;
  const Catalogue& catalogue = set.catalogue();
  std::string out = absl::StrCat(
      flow.to, " (", absl::StrJoin(flow.roles, " or "), ") can get ",
      Phrase(catalogue, access.item->item), ", ",
      InWords(access.item->granularity), ", from ", flow.from, " in order to ",
      PurposeInWords(catalogue, access.purpose), " [", Name(access.purpose),
      "], asked ", InWords(flow.mode), ", by rule ", flow.id, " of agreement ",
      access.agreement->id, " until ", DayInWords(access.agreement->expires),
      ", for at most ", flow.max_people, " people in a request");
  if (flow.max_requests_per_day) {
    absl::StrAppend(&out, " and ", *flow.max_requests_per_day,
                    " requests a day");
  }
  if (access.item->look_back_days) {
    absl::StrAppend(&out, ", no older than ",
                    DaysInWords(*access.item->look_back_days));
  }
  absl::StrAppend(&out, ", kept for ", DaysInWords(flow.keep_days));
  if (!flow.may_pass_on_to.empty()) {
    absl::StrAppend(&out, ", with leave to pass it on to ",
                    ListInWords(flow.may_pass_on_to));
  }
  if (!flow.conditions.empty()) {
    absl::StrAppend(&out, ", only if ",
                    absl::StrJoin(flow.conditions, " and ",
                                  [](std::string* to, const Condition& each) {
                                    absl::StrAppend(to, Phrase(each));
                                  }));
  }
  return out + ".";
}

Fact LeastFact(const Condition& condition) {
  Fact fact{Truth::kYes, condition.number};
  // Only this kind is met below its number and not at it.
  if (fact.number && condition.kind == ConditionKind::kHouseholdHasChildUnder) {
    --*fact.number;
  }
  return fact;
}

}  // namespace kinstile::policy
