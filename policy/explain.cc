// SPDX-License-Identifier: Apache-2.0
// From rulings to explanations, trying out what would help.

#include "policy/explain.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/words.h"

namespace kinstile::policy {
namespace {

bool InMask(uint64_t mask, ConditionKind kind) {
  return mask >> static_cast<unsigned>(kind) & 1;
}

std::string Phrase(const Condition& condition) {
  return condition.number
             ? absl::StrCat(Name(condition.kind), " ", *condition.number)
             : std::string(Name(condition.kind));
}

std::string Phrase(const Obligation& obligation) {
  std::string out(Name(obligation.kind));
  if (obligation.number) absl::StrAppend(&out, " ", *obligation.number);
  if (!obligation.text.empty()) absl::StrAppend(&out, ": ", obligation.text);
  return out;
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

void LayerLines(const Flow& flow, std::string* out) {
  const Basis& b = flow.basis;
  absl::StrAppend(out, "Lawful by rule ", flow.id, " (", flow.plain, ")\n");
  absl::StrAppend(out, "  power:           ", b.gateway,
                  b.provision.empty() ? "" : " ", b.provision,
                  b.gateway_title.empty() ? "" : ", ", b.gateway_title, "\n");
  absl::StrAppend(out, "  data protection: sender ", Name(b.article6_sender),
                  ", receiver ", Name(b.article6_receiver), ", ",
                  Name(b.article9), ", ", Name(b.schedule1));
  if (b.criminal_offence_data) {
    absl::StrAppend(out, ", offence data ", Name(*b.criminal_offence_data));
  }
  absl::StrAppend(out, "\n  confidence:      ", Name(b.confidence), "\n");
  absl::StrAppend(out, "  statutory bars:  ", b.bars.empty() ? "none" : "");
  absl::StrAppend(
      out, absl::StrJoin(b.bars, "; ", [](std::string* to, const auto& bar) {
        absl::StrAppend(to, Name(bar.bar), ": ", bar.answered_by);
      }));
  absl::StrAppend(out, "\n  necessary:       ", b.necessity, "\n");
}

std::string ExplainPermit(const ActiveSet& set, const Permit& permit) {
  const PermitTerms& terms = permit.terms();
  const Agreement& agreement = *set.Find(terms.agreement);
  std::string out = absl::StrCat(
      terms.withheld.empty() ? "SHARE" : "SHARE_PART", ", under agreement ",
      terms.agreement, " version ", terms.version, "\n");
  for (const GrantedItem& each : terms.granted) {
    absl::StrAppend(&out, "Released: ", each.item, " as ",
                    Name(each.granularity), ", by rule ", each.flow, "\n");
  }
  for (const WithheldItem& each : terms.withheld) {
    absl::StrAppend(&out, "Withheld: ", each.item, " (", Name(each.layer),
                    "): ", each.reason_for_record, "\n");
  }
  for (const std::string& flow : terms.flows) {
    LayerLines(*agreement.FindFlow(flow), &out);
  }
  for (const Condition& each : terms.deferred) {
    absl::StrAppend(&out, "The source has still to decide: ", Phrase(each),
                    "\n");
  }
  absl::StrAppend(&out, "Kept for at most ", terms.keep_days, " days; at most ",
                  terms.max_people, " people in a request\n");
  for (const Obligation& each : terms.obligations) {
    absl::StrAppend(&out, "Must: ", Phrase(each), "\n");
  }
  absl::StrAppend(&out, "Decided on agreement ", terms.agreement_digest,
                  "\n        and active set ", terms.set_digest, "\n");
  return out;
}

std::string ExplainRefusal(const ActiveSet& set, const Refusal& refusal) {
  std::string out = "REFUSE";
  if (!refusal.agreement.empty()) {
    absl::StrAppend(&out, ", nearest agreement ", refusal.agreement);
  }
  absl::StrAppend(&out, "\nFailed layer: ", Name(refusal.layer));
  if (!refusal.rule.empty()) absl::StrAppend(&out, ", rule ", refusal.rule);
  absl::StrAppend(&out, "\nFor the record: ", refusal.reason_for_record,
                  "\nThe asker reads: ", refusal.reason_for_asker, "\n");
  for (ConditionKind kind : refusal.missing) {
    absl::StrAppend(&out, "Missing: ", Name(kind), "\n");
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
      return {absl::StrCat("Refused: ", Joined(told.for_record), ".")};
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
      absl::StrAppend(&out, " The nearest: ", AccessSentence(elsewhere[0]));
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
      stands.push_back(
          absl::StrCat(Phrase(each), no ? " is not met" : " is not known"));
      would.push_back(absl::StrCat(Phrase(each), " were shown to be true"));
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
        return absl::StrCat(" (", Name(item.granularity),
                            ") would be released.");
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

std::string AccessSentence(const Access& access) {
  const Flow& flow = *access.flow;
  std::string out = absl::StrCat(
      flow.to, " (", absl::StrJoin(flow.roles, " or "), ") can get ",
      access.item->item, " as ", Name(access.item->granularity), " from ",
      flow.from, " for ", Name(access.purpose), " in mode ", Name(flow.mode),
      ", by rule ", flow.id, " of agreement ", access.agreement->id,
      ", kept for ", flow.keep_days, " days");
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
