// SPDX-License-Identifier: Apache-2.0
// The words of law and agreements as plain C++ enums, free of protobuf.
//
// Values equal the numbers of proto/kinstile/v1/law.proto (a test holds them
// together). Name() gives the word of the files, or "" for a value that is
// none; XFromName() takes exactly that word, byte for byte.

#ifndef KINSTILE_POLICY_VOCABULARY_H_
#define KINSTILE_POLICY_VOCABULARY_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace kinstile::policy {

// What kind of body a party is.
enum class AgencyType : uint8_t {
  kDwpJobcentre = 1,
  kDwpChildMaintenance = 2,
  kHmrc = 3,
  kCentralGovernmentOther = 4,
  kCouncilChildren = 10,
  kCouncilAdults = 11,
  kCouncilRevenuesBenefits = 12,
  kCouncilHousing = 13,
  kCouncilCommunitySafety = 14,
  kCouncilPublicHealth = 15,
  kCouncilEarlyHelp = 16,
  kYouthJusticeTeam = 17,
  kSchoolMaintained = 20,
  kSchoolAcademy = 21,
  kCollege = 22,
  kChildrensCentre = 23,
  kEarlyYearsProvider = 24,
  kNhsTrust = 30,
  kGeneralPractice = 31,
  kIntegratedCareBoard = 32,
  kLocalHealthBoard = 33,
  kScottishHealthBoard = 34,
  kPolice = 40,
  kLocalPolicingBody = 41,
  kProbation = 42,
  kFireAndRescue = 43,
  kSocialLandlord = 50,
  kSupportedHousingProvider = 51,
  kVoluntarySector = 60,
  kCommissionedProvider = 61,
  kResearchOrganisation = 62,
  kOnsOrTrustedThirdParty = 63,
};

// Why the information is wanted.
enum class Purpose : uint8_t {
  kTargetingArea = 1,
  kTargetingHousehold = 2,
  kEligibilityCheck = 3,
  kEngagement = 4,
  kReferral = 5,
  kAssessment = 6,
  kSupportKeyWorking = 7,
  kSafeguardingChild = 8,
  kSafeguardingAdult = 9,
  kEmergency = 10,
  kCrimePrevention = 11,
  kHomelessnessPrevention = 12,
  kEmploymentSupport = 13,
  kDirectCare = 14,
  kOutcomeTracking = 15,
  kOutcomeEvaluation = 16,
  kServicePlanning = 17,
  kPaymentByResultsAudit = 18,
  kDataQuality = 19,
};

// What an item is about.
enum class DataCategory : uint8_t {
  kIdentity = 1,
  kContact = 2,
  kIdentifier = 3,
  kHousehold = 4,
  kBenefits = 5,
  kEmployment = 6,
  kIncomeDebt = 7,
  kEducation = 8,
  kEarlyYears = 9,
  kSocialCareChild = 10,
  kSocialCareAdult = 11,
  kHousing = 12,
  kHealth = 13,
  kMentalHealth = 14,
  kSubstanceUse = 15,
  kPregnancyMaternity = 16,
  kDisability = 17,
  kOffending = 18,
  kVictimisation = 19,
  kDomesticAbuse = 20,
  kAntisocialBehaviour = 21,
  kServiceUse = 22,
  kPlanAndNotes = 23,
  kOutcome = 24,
  kEquality = 25,
  kChildMaintenance = 26,
};

// Special category and offence data (UK GDPR Articles 9 and 10), and what hurts
// as much: social care, victims, domestic abuse. Answers with such items need a
// recently witnessed trail (gateway/share/witnesses.h).
bool IsSensitive(DataCategory category);

// How finely an item may be released.
enum class Granularity : uint8_t {
  kExact = 1,
  kMonthOnly = 2,
  kYearOnly = 3,
  kAgeBand = 4,
  kYesNo = 5,
  kCountBand = 6,
  kPostcodeSector = 7,
  kLsoa = 8,
  kPseudonym = 9,
  kAggregateOnly = 10,
};

// The shape of a request.
enum class Mode : uint8_t {
  kAskOnePerson = 1,
  kAskOneHousehold = 2,
  kMatchList = 3,
  kSendReferral = 4,
  kAskCounts = 5,
  kLinkForEvaluation = 6,
  kReviewMatch = 7,
};

// A positive fact that somebody must show.
enum class ConditionKind : uint8_t {
  kConsentRecorded = 1,
  kFamilyAgreedToProgramme = 2,
  kCagReferenceCurrent = 3,
  kNationalDataOptOutChecked = 4,
  kAgeFrom = 5,
  kAgeTo = 6,
  kLivesInArea = 7,
  kHouseholdHasChildUnder = 8,
  kReceivesOutOfWorkBenefit = 9,
  kAtLeastNDisadvantageFactors = 10,
  kCaseIsOpen = 11,
  kReasonWritten = 12,
  kSecondApprover = 13,
  kCaldicottApproved = 14,
  kNoSafeAddressFlag = 15,
  kNoDomesticAbuseFlag = 16,
  kNotMoreDetrimentalToChild = 17,
  kRequestStatesPublicTask = 18,
  kDpiaCurrent = 19,
  kSubjectChoseRecipient = 20,
  kChildInNeedOrBelieved = 21,
  kCohortAtLeast = 22,
  kPrivacyNoticeGiven = 23,
  kRiskOfSeriousHarmRecorded = 24,
  kTenantOfRecipient = 25,
  kAppropriatePolicyDocument = 26,
  kProjectAccredited = 27,
  kConnectedPeopleAtMost = 28,
  kPractitionerTrained = 29,
};

// What the receiver must do with what it was given.
enum class ObligationKind : uint8_t {
  kRecordDecision = 1,
  kTellPersonWithinDays = 2,
  kDeleteAfterDays = 3,
  kSuppressCountsBelow = 4,
  kRoundCountsTo = 5,
  kNoOnwardSharing = 6,
  kNotForBenefitDecisions = 7,
  kNotForImmigrationEnforcement = 8,
  kTellSenderOfCorrections = 9,
  kReturnOutcomeWithinDays = 10,
  kReviewByHuman = 11,
  kPostEventReviewWithinDays = 12,
  kStopOnWithdrawal = 13,
};

// A nation whose law applies.
enum class Jurisdiction : uint8_t {
  kEngland = 1,
  kWales = 2,
  kScotland = 3,
};

// Layer 1: what the law does for the sender.
enum class GatewayStrength : uint8_t {
  kExpressDuty = 1,
  kExpressPower = 2,
  kImpliedPower = 3,
  kLiftsConfidentialityOnly = 4,
};

// Layer 2: UK GDPR Article 6, or Part 3 of the Data Protection Act 2018.
enum class Article6 : uint8_t {
  kConsent = 1,
  kContract = 2,
  kLegalObligation = 3,
  kVitalInterests = 4,
  kPublicTask = 5,
  kRecognisedLegitimateInterest = 6,
  kLegitimateInterests = 7,
  kLawEnforcementPart3 = 8,
  kNotPersonalData = 9,
};

// Which recognised legitimate interest point (ea) rests on.
enum class RecognisedInterest : uint8_t {
  kPublicTaskRequest = 1,
  kSecurity = 2,
  kEmergency = 3,
  kCrime = 4,
  kSafeguardingVulnerable = 5,
};

// UK GDPR Article 9(2), or that no special category is shared.
enum class Article9 : uint8_t {
  kNotSpecialCategory = 1,
  kExplicitConsent = 2,
  kSocialProtectionLaw = 3,
  kVitalInterests = 4,
  kNotForProfit = 5,
  kMadePublic = 6,
  kLegalClaims = 7,
  kSubstantialPublicInterest = 8,
  kHealthOrSocialCare = 9,
  kPublicHealth = 10,
  kResearchStatistics = 11,
};

// Data Protection Act 2018 Schedule 1, by paragraph.
enum class Schedule1 : uint8_t {
  kNotNeeded = 1,
  kP1EmploymentSocialSecurity = 2,
  kP2HealthSocialCare = 3,
  kP3PublicHealth = 4,
  kP4Research = 5,
  kP6StatutoryGovernment = 6,
  kP8Equality = 7,
  kP10PreventDetectCrime = 8,
  kP17Counselling = 9,
  kP18SafeguardChildOrAtRisk = 10,
  kP19SafeguardEconomic = 11,
  kP36ExtensionCriminal = 12,
};

// Layer 3: how the duty of confidence is met.
enum class Confidence : uint8_t {
  kNoDutyOfConfidence = 1,
  kExplicitConsent = 2,
  kImpliedConsentDirectCare = 3,
  kStatuteOverrides = 4,
  kSection251Support = 5,
  kOverridingPublicInterestCaseByCase = 6,
  kCourtOrder = 7,
};

// Layer 4: prohibitions that a flow must answer by name.
enum class StatutoryBar : uint8_t {
  kSsaa1992S123 = 1,
  kWra2012S132 = 2,
  kDea2017S41 = 3,
  kCrca2005S18 = 4,
  kChildSupport1991S50 = 5,
  kChildcare2006S13b = 6,
  kAdoptionRecords = 7,
  kGenderRecognition2004S22 = 8,
  kHfea1990S33a = 9,
  kSexualOffencesAnonymity = 10,
  kYouthCourtReporting = 11,
};

// How far an entry of the catalogue may be relied on.
enum class Certainty : uint8_t {
  kLow = 1,
  kMedium = 2,
  kHigh = 3,
  kSignedOff = 4,
};

// How much a category of data is protected.
enum class Sensitivity : uint8_t {
  kOrdinary = 1,
  kSensitive = 2,
  kSpecialCategory = 3,
  kCriminalOffence = 4,
};

// Fact or opinion: they are told apart wherever they are shown.
enum class Nature : uint8_t {
  kFact = 1,
  kProfessionalOpinion = 2,
  kOwnWords = 3,
};

// What failed: one of the four legal layers, the agreement itself (dates,
// role, caps, an item nobody granted), or a condition not shown.
enum class Layer : uint8_t {
  kPower = 1,
  kDataProtection = 2,
  kConfidence = 3,
  kStatutoryBar = 4,
  kAgreement = 5,
  kCondition = 6,
};

absl::string_view Name(AgencyType value);
absl::string_view Name(Purpose value);
absl::string_view Name(DataCategory value);
absl::string_view Name(Granularity value);
absl::string_view Name(Mode value);
absl::string_view Name(ConditionKind value);
absl::string_view Name(ObligationKind value);
absl::string_view Name(Layer value);
absl::string_view Name(Jurisdiction value);
absl::string_view Name(GatewayStrength value);
absl::string_view Name(Article6 value);
absl::string_view Name(RecognisedInterest value);
absl::string_view Name(Article9 value);
absl::string_view Name(Schedule1 value);
absl::string_view Name(Confidence value);
absl::string_view Name(StatutoryBar value);
absl::string_view Name(Certainty value);
absl::string_view Name(Sensitivity value);
absl::string_view Name(Nature value);

std::optional<Jurisdiction> JurisdictionFromName(absl::string_view name);
std::optional<AgencyType> AgencyTypeFromName(absl::string_view name);
std::optional<Purpose> PurposeFromName(absl::string_view name);
std::optional<DataCategory> DataCategoryFromName(absl::string_view name);
std::optional<Granularity> GranularityFromName(absl::string_view name);
std::optional<Mode> ModeFromName(absl::string_view name);
std::optional<ConditionKind> ConditionKindFromName(absl::string_view name);
std::optional<ObligationKind> ObligationKindFromName(absl::string_view name);
std::optional<Layer> LayerFromName(absl::string_view name);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_VOCABULARY_H_
