// SPDX-License-Identifier: Apache-2.0
// Unknown is not yes.

#include "policy/conditions.h"

namespace kinstile::policy {
bool Reaches(ConditionKind kind, int64_t limit, int64_t number) {
  switch (kind) {
    case ConditionKind::kAgeTo:
    case ConditionKind::kConsentRecorded:
    case ConditionKind::kConnectedPeopleAtMost:
    case ConditionKind::kPractitionerTrained:
      return number <= limit;
    case ConditionKind::kHouseholdHasChildUnder:
      return number < limit;
    default:
      return number >= limit;
  }
}

Shown Judge(const ConditionRow& condition, const Facts& facts, bool at_source) {
  const Fact& fact = facts.Get(condition.kind);
  // What only the source can say is deferred even if the asker claims it.
  if (condition.by_source && !at_source) return Shown::kDeferred;
  switch (fact.truth) {
    case Truth::kNo:
      return Shown::kNotMet;
    case Truth::kUnknown:
      return Shown::kNotKnown;
    case Truth::kAtSource:
      return at_source ? Shown::kNotKnown : Shown::kDeferred;
    case Truth::kYes:
      break;
  }
  if (!condition.has_number) return Shown::kMet;
  if (!fact.number) return Shown::kNotKnown;
  return Reaches(condition.kind, condition.number, *fact.number)
             ? Shown::kMet
             : Shown::kNotMet;
}

bool MoreIsStricter(ObligationKind kind) {
  return kind == ObligationKind::kSuppressCountsBelow ||
         kind == ObligationKind::kRoundCountsTo;
}

bool TellsAboutPerson(ConditionKind kind) {
  switch (kind) {
    // About the request, the requester's own case or the organisation.
    case ConditionKind::kConsentRecorded:
    case ConditionKind::kFamilyAgreedToProgramme:
    case ConditionKind::kCagReferenceCurrent:
    case ConditionKind::kNationalDataOptOutChecked:
    case ConditionKind::kCaseIsOpen:
    case ConditionKind::kReasonWritten:
    case ConditionKind::kSecondApprover:
    case ConditionKind::kCaldicottApproved:
    case ConditionKind::kRequestStatesPublicTask:
    case ConditionKind::kDpiaCurrent:
    case ConditionKind::kSubjectChoseRecipient:
    case ConditionKind::kCohortAtLeast:
    case ConditionKind::kPrivacyNoticeGiven:
    case ConditionKind::kAppropriatePolicyDocument:
    case ConditionKind::kProjectAccredited:
    case ConditionKind::kConnectedPeopleAtMost:
    case ConditionKind::kPractitionerTrained:
      return false;
    // Everything else, and any kind added later, until somebody decides.
    default:
      return true;
  }
}

}  // namespace kinstile::policy
