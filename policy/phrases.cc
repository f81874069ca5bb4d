// SPDX-License-Identifier: Apache-2.0
// The words themselves.

#include "policy/phrases.h"

#include "absl/strings/str_cat.h"

namespace kinstile::policy {
namespace {

// "no more than 365 days ago"
std::string Ago(const Condition& c) {
  return c.number ? absl::StrCat(", no more than ", *c.number, " days ago")
                  : "";
}

std::string Number(std::optional<int64_t> number) {
  return number ? absl::StrCat(*number) : "the number agreed";
}

std::string Plain(const Condition& c) {
  switch (c.kind) {
    case ConditionKind::kConsentRecorded:
      return absl::StrCat(
          "the person's consent to this disclosure is on record", Ago(c));
    case ConditionKind::kFamilyAgreedToProgramme:
      return "the family has agreed to take part";
    case ConditionKind::kCagReferenceCurrent:
      return "an approval under section 251 is current";
    case ConditionKind::kNationalDataOptOutChecked:
      return "the national data opt-out has been checked";
    case ConditionKind::kAgeFrom:
      return absl::StrCat("the person is ", Number(c.number), " or older");
    case ConditionKind::kAgeTo:
      return absl::StrCat("the person is ", Number(c.number), " or younger");
    case ConditionKind::kLivesInArea:
      return "they live in the area of this agreement";
    case ConditionKind::kHouseholdHasChildUnder:
      return absl::StrCat("there is a child under ", Number(c.number),
                          " in the household");
    case ConditionKind::kReceivesOutOfWorkBenefit:
      return "they receive an out-of-work benefit";
    case ConditionKind::kAtLeastNDisadvantageFactors:
      return absl::StrCat("at least ", Number(c.number),
                          " of the listed disadvantages are shown");
    case ConditionKind::kCaseIsOpen:
      return "there is an open case";
    case ConditionKind::kReasonWritten:
      return "the reason has been written down";
    case ConditionKind::kSecondApprover:
      return "a second person has approved";
    case ConditionKind::kCaldicottApproved:
      return "the Caldicott guardian has approved";
    case ConditionKind::kNoSafeAddressFlag:
      return "it is known that no address has to be kept safe";
    case ConditionKind::kNoDomesticAbuseFlag:
      return "it is known that no domestic abuse is recorded";
    case ConditionKind::kNotMoreDetrimentalToChild:
      return "sharing would not be worse for the child than not sharing";
    case ConditionKind::kRequestStatesPublicTask:
      return "the request says for which public task it is made";
    case ConditionKind::kDpiaCurrent:
      return "the data protection impact assessment is current";
    case ConditionKind::kSubjectChoseRecipient:
      return "the person has chosen who is to be told";
    case ConditionKind::kChildInNeedOrBelieved:
      return "the child is, or is believed to be, a child in need";
    case ConditionKind::kCohortAtLeast:
      return absl::StrCat("at least ", Number(c.number),
                          " people are in the group");
    case ConditionKind::kPrivacyNoticeGiven:
      return "a privacy notice has been given";
    case ConditionKind::kRiskOfSeriousHarmRecorded:
      return "a risk of serious harm is on record";
    case ConditionKind::kTenantOfRecipient:
      return "the person is a tenant of the receiver";
    case ConditionKind::kAppropriatePolicyDocument:
      return "an appropriate policy document is in place";
    case ConditionKind::kProjectAccredited:
      return "project and researchers are accredited";
    case ConditionKind::kConnectedPeopleAtMost:
      return absl::StrCat("no more than ", Number(c.number),
                          " of the people asked about are merely connected "
                          "to the child");
    case ConditionKind::kPractitionerTrained:
      return absl::StrCat("the practitioner has been trained", Ago(c));
  }
  return std::string(Name(c.kind));
}

}  // namespace

absl::string_view InWords(Granularity as) {
  switch (as) {
    case Granularity::kExact:
      return "exactly";
    case Granularity::kMonthOnly:
      return "as the month only";
    case Granularity::kYearOnly:
      return "as the year only";
    case Granularity::kAgeBand:
      return "as an age band";
    case Granularity::kYesNo:
      return "as yes or no";
    case Granularity::kCountBand:
      return "as a band";
    case Granularity::kPostcodeSector:
      return "as the postcode sector";
    case Granularity::kLsoa:
      return "as the small area";
    case Granularity::kPseudonym:
      return "as a pseudonym";
    case Granularity::kAggregateOnly:
      return "as counts only";
  }
  return Name(as);
}

absl::string_view InWords(Mode mode) {
  switch (mode) {
    case Mode::kAskOnePerson:
      return "about one named person at a time";
    case Mode::kAskOneHousehold:
      return "about one named household at a time";
    case Mode::kMatchList:
      return "for a list of people or households";
    case Mode::kSendReferral:
      return "when a referral is sent";
    case Mode::kAskCounts:
      return "as counts about a group";
    case Mode::kLinkForEvaluation:
      return "when records are linked for an evaluation";
    case Mode::kReviewMatch:
      return "when a reviewer looks at records that may be one person";
  }
  return Name(mode);
}

absl::string_view InWords(Nature nature) {
  switch (nature) {
    case Nature::kFact:
      return "fact";
    case Nature::kProfessionalOpinion:
      return "professional opinion";
    case Nature::kOwnWords:
      return "the person's own words";
  }
  return Name(nature);
}

absl::string_view InWords(Jurisdiction nation) {
  switch (nation) {
    case Jurisdiction::kEngland:
      return "England";
    case Jurisdiction::kWales:
      return "Wales";
    case Jurisdiction::kScotland:
      return "Scotland";
  }
  return Name(nation);
}

absl::string_view InWords(Party::Role role) {
  switch (role) {
    case Party::Role::kController:
      return "controller in its own right";
    case Party::Role::kJointController:
      return "joint controller";
    case Party::Role::kProcessor:
      return "processor";
  }
  return "";
}

absl::string_view InWords(Agreement::Kind kind) {
  switch (kind) {
    case Agreement::Kind::kReciprocalProtocol:
      return "a protocol under which the parties share with each other";
    case Agreement::Kind::kOneWayDisclosure:
      return "a one-way disclosure agreement";
    case Agreement::Kind::kJointControllers:
      return "an arrangement between joint controllers";
  }
  return "";
}

absl::string_view InWords(Layer layer) {
  switch (layer) {
    case Layer::kPower:
      return "power";
    case Layer::kDataProtection:
      return "data protection";
    case Layer::kConfidence:
      return "confidence";
    case Layer::kStatutoryBar:
      return "statutory bar";
    case Layer::kAgreement:
      return "the agreement itself";
    case Layer::kCondition:
      return "a condition not shown";
  }
  return Name(layer);
}

absl::string_view InWords(Certainty certainty) {
  switch (certainty) {
    case Certainty::kLow:
      return "low certainty: read the source before use";
    case Certainty::kMedium:
      return "medium certainty, not signed off by a lawyer";
    case Certainty::kHigh:
      return "high certainty, not signed off by a lawyer";
    case Certainty::kSignedOff:
      return "signed off by a lawyer";
  }
  return Name(certainty);
}

std::string InWords(const Condition& condition) {
  std::string out = Plain(condition);
  if (condition.decided_by_source)
    absl::StrAppend(&out, " (the sender decides)");
  if (!condition.text.empty()) absl::StrAppend(&out, ": ", condition.text);
  return out;
}

std::string InWords(const Obligation& obligation) {
  const std::string n = Number(obligation.number);
  std::string out;
  switch (obligation.kind) {
    case ObligationKind::kRecordDecision:
      out = "record the decision";
      break;
    case ObligationKind::kTellPersonWithinDays:
      out = absl::StrCat("tell the person within ", n,
                         n == "1" ? " day" : " days");
      break;
    case ObligationKind::kDeleteAfterDays:
      out = absl::StrCat("delete it after ", n, " days");
      break;
    case ObligationKind::kSuppressCountsBelow:
      out = absl::StrCat("hide every count below ", n);
      break;
    case ObligationKind::kRoundCountsTo:
      out = absl::StrCat("round every count to the nearest ", n);
      break;
    case ObligationKind::kNoOnwardSharing:
      out = "pass it on to nobody";
      break;
    case ObligationKind::kNotForBenefitDecisions:
      out = "never use it to decide about a benefit or a sanction";
      break;
    case ObligationKind::kNotForImmigrationEnforcement:
      out = "never use it for immigration enforcement";
      break;
    case ObligationKind::kTellSenderOfCorrections:
      out = "tell the sender of every correction";
      break;
    case ObligationKind::kReturnOutcomeWithinDays:
      out = absl::StrCat("tell the sender the outcome within ", n, " days");
      break;
    case ObligationKind::kReviewByHuman:
      out = "have a person look at it before anything is decided";
      break;
    case ObligationKind::kPostEventReviewWithinDays:
      out = absl::StrCat("review the decision afterwards, within ", n,
                         n == "1" ? " day" : " days");
      break;
    case ObligationKind::kStopOnWithdrawal:
      out = "stop using it when consent or agreement is withdrawn";
      break;
  }
  if (!obligation.text.empty()) absl::StrAppend(&out, ": ", obligation.text);
  return out;
}

std::string DaysInWords(int64_t days) {
  if (days > 0 && days % 365 == 0) {
    return absl::StrCat(days / 365, days == 365 ? " year" : " years");
  }
  return absl::StrCat(days, days == 1 ? " day" : " days");
}

std::string DayInWords(absl::CivilDay day) {
  static constexpr const char* kMonths[] = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  return absl::StrCat(day.day(), " ", kMonths[day.month() - 1], " ",
                      day.year());
}

std::string ListInWords(const std::vector<std::string>& list,
                        absl::string_view last) {
  std::string out;
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0 && i + 1 == list.size()) {
      absl::StrAppend(&out, " ", last, " ");
    } else if (i > 0) {
      absl::StrAppend(&out, ", ");
    }
    absl::StrAppend(&out, list[i]);
  }
  return out;
}

std::string Label(const Catalogue& catalogue, AgencyType type) {
  for (const auto& term : catalogue.agencies) {
    if (term.value == type) return term.label;
  }
  return std::string(Name(type));
}

std::string Label(const Catalogue& catalogue, Purpose purpose) {
  for (const auto& term : catalogue.purposes) {
    if (term.value == purpose) return term.label;
  }
  return std::string(Name(purpose));
}

std::string Label(const Catalogue& catalogue, DataCategory category) {
  const CategoryTerm* term = catalogue.FindCategory(category);
  return term == nullptr ? std::string(Name(category)) : term->label;
}

std::string ItemLabel(const Catalogue& catalogue, absl::string_view item) {
  const ItemTerm* term = catalogue.FindItem(item);
  return term == nullptr ? std::string(item) : term->label;
}

std::string ItemInWords(const Catalogue& catalogue, absl::string_view item) {
  const ItemTerm* term = catalogue.FindItem(item);
  return term == nullptr ? std::string(item) : term->plain;
}

std::string PurposeInWords(const Catalogue& catalogue, Purpose purpose) {
  for (const auto& term : catalogue.purposes) {
    if (term.value == purpose) return term.plain;
  }
  return std::string(Name(purpose));
}

std::string ProvisionTitle(const Catalogue& catalogue,
                           absl::string_view answer) {
  const Provision* provision = catalogue.FindProvision(answer);
  return provision == nullptr ? std::string(answer) : provision->title;
}

}  // namespace kinstile::policy
