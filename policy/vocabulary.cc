// SPDX-License-Identifier: Apache-2.0
// The words of law and agreements, as they stand in the files.

#include "policy/vocabulary.h"

#include <cstddef>

namespace kinstile::policy {
namespace {

struct Word {
  int number;
  absl::string_view name;
};

template <size_t N>
absl::string_view NameOf(const Word (&words)[N], int number) {
  for (const Word& word : words) {
    if (word.number == number) return word.name;
  }
  return "";
}

template <class E, size_t N>
std::optional<E> FromName(const Word (&words)[N], absl::string_view name) {
  for (const Word& word : words) {
    if (word.name == name) return static_cast<E>(word.number);
  }
  return std::nullopt;
}

constexpr Word kJurisdictionWords[] = {
    {1, "ENGLAND"},
    {2, "WALES"},
    {3, "SCOTLAND"},
};

constexpr Word kGatewayStrengthWords[] = {
    {1, "EXPRESS_DUTY"},
    {2, "EXPRESS_POWER"},
    {3, "IMPLIED_POWER"},
    {4, "LIFTS_CONFIDENTIALITY_ONLY"},
};

constexpr Word kArticle6Words[] = {
    {1, "A6_1_A_CONSENT"},
    {2, "A6_1_B_CONTRACT"},
    {3, "A6_1_C_LEGAL_OBLIGATION"},
    {4, "A6_1_D_VITAL_INTERESTS"},
    {5, "A6_1_E_PUBLIC_TASK"},
    {6, "A6_1_EA_RECOGNISED_LEGITIMATE_INTEREST"},
    {7, "A6_1_F_LEGITIMATE_INTERESTS"},
    {8, "LAW_ENFORCEMENT_PART_3"},
    {9, "NOT_PERSONAL_DATA"},
};

constexpr Word kRecognisedInterestWords[] = {
    {1, "RLI_PUBLIC_TASK_REQUEST"},
    {2, "RLI_SECURITY"},
    {3, "RLI_EMERGENCY"},
    {4, "RLI_CRIME"},
    {5, "RLI_SAFEGUARDING_VULNERABLE"},
};

constexpr Word kArticle9Words[] = {
    {1, "A9_NOT_SPECIAL_CATEGORY"},
    {2, "A9_2_A_EXPLICIT_CONSENT"},
    {3, "A9_2_B_SOCIAL_PROTECTION_LAW"},
    {4, "A9_2_C_VITAL_INTERESTS"},
    {5, "A9_2_D_NOT_FOR_PROFIT"},
    {6, "A9_2_E_MADE_PUBLIC"},
    {7, "A9_2_F_LEGAL_CLAIMS"},
    {8, "A9_2_G_SUBSTANTIAL_PUBLIC_INTEREST"},
    {9, "A9_2_H_HEALTH_OR_SOCIAL_CARE"},
    {10, "A9_2_I_PUBLIC_HEALTH"},
    {11, "A9_2_J_RESEARCH_STATISTICS"},
};

constexpr Word kSchedule1Words[] = {
    {1, "S1_NOT_NEEDED"},
    {2, "S1_P1_EMPLOYMENT_SOCIAL_SECURITY"},
    {3, "S1_P2_HEALTH_SOCIAL_CARE"},
    {4, "S1_P3_PUBLIC_HEALTH"},
    {5, "S1_P4_RESEARCH"},
    {6, "S1_P6_STATUTORY_GOVERNMENT"},
    {7, "S1_P8_EQUALITY"},
    {8, "S1_P10_PREVENT_DETECT_CRIME"},
    {9, "S1_P17_COUNSELLING"},
    {10, "S1_P18_SAFEGUARD_CHILD_OR_AT_RISK"},
    {11, "S1_P19_SAFEGUARD_ECONOMIC"},
    {12, "S1_P36_EXTENSION_CRIMINAL"},
};

constexpr Word kConfidenceWords[] = {
    {1, "NO_DUTY_OF_CONFIDENCE"},
    {2, "EXPLICIT_CONSENT"},
    {3, "IMPLIED_CONSENT_DIRECT_CARE"},
    {4, "STATUTE_OVERRIDES"},
    {5, "SECTION_251_SUPPORT"},
    {6, "OVERRIDING_PUBLIC_INTEREST_CASE_BY_CASE"},
    {7, "COURT_ORDER"},
};

constexpr Word kStatutoryBarWords[] = {
    {1, "SSAA_1992_S123"},         {2, "WRA_2012_S132"},
    {3, "DEA_2017_S41"},           {4, "CRCA_2005_S18"},
    {5, "CHILD_SUPPORT_1991_S50"}, {6, "CHILDCARE_2006_S13B"},
    {7, "ADOPTION_RECORDS"},       {8, "GENDER_RECOGNITION_2004_S22"},
    {9, "HFEA_1990_S33A"},         {10, "SEXUAL_OFFENCES_ANONYMITY"},
    {11, "YOUTH_COURT_REPORTING"},
};

constexpr Word kCertaintyWords[] = {
    {1, "LOW"},
    {2, "MEDIUM"},
    {3, "HIGH"},
    {4, "SIGNED_OFF"},
};

constexpr Word kSensitivityWords[] = {
    {1, "ORDINARY"},
    {2, "SENSITIVE"},
    {3, "SPECIAL_CATEGORY"},
    {4, "CRIMINAL_OFFENCE"},
};

constexpr Word kNatureWords[] = {
    {1, "FACT"},
    {2, "PROFESSIONAL_OPINION"},
    {3, "OWN_WORDS"},
};

constexpr Word kAgencyTypeWords[] = {
    {1, "DWP_JOBCENTRE"},
    {2, "DWP_CHILD_MAINTENANCE"},
    {3, "HMRC"},
    {4, "CENTRAL_GOVERNMENT_OTHER"},
    {10, "COUNCIL_CHILDREN"},
    {11, "COUNCIL_ADULTS"},
    {12, "COUNCIL_REVENUES_BENEFITS"},
    {13, "COUNCIL_HOUSING"},
    {14, "COUNCIL_COMMUNITY_SAFETY"},
    {15, "COUNCIL_PUBLIC_HEALTH"},
    {16, "COUNCIL_EARLY_HELP"},
    {17, "YOUTH_JUSTICE_TEAM"},
    {20, "SCHOOL_MAINTAINED"},
    {21, "SCHOOL_ACADEMY"},
    {22, "COLLEGE"},
    {23, "CHILDRENS_CENTRE"},
    {24, "EARLY_YEARS_PROVIDER"},
    {30, "NHS_TRUST"},
    {31, "GENERAL_PRACTICE"},
    {32, "INTEGRATED_CARE_BOARD"},
    {33, "LOCAL_HEALTH_BOARD"},
    {34, "SCOTTISH_HEALTH_BOARD"},
    {40, "POLICE"},
    {41, "LOCAL_POLICING_BODY"},
    {42, "PROBATION"},
    {43, "FIRE_AND_RESCUE"},
    {50, "SOCIAL_LANDLORD"},
    {51, "SUPPORTED_HOUSING_PROVIDER"},
    {60, "VOLUNTARY_SECTOR"},
    {61, "COMMISSIONED_PROVIDER"},
    {62, "RESEARCH_ORGANISATION"},
    {63, "ONS_OR_TRUSTED_THIRD_PARTY"},
};

constexpr Word kPurposeWords[] = {
    {1, "TARGETING_AREA"},
    {2, "TARGETING_HOUSEHOLD"},
    {3, "ELIGIBILITY_CHECK"},
    {4, "ENGAGEMENT"},
    {5, "REFERRAL"},
    {6, "ASSESSMENT"},
    {7, "SUPPORT_KEY_WORKING"},
    {8, "SAFEGUARDING_CHILD"},
    {9, "SAFEGUARDING_ADULT"},
    {10, "EMERGENCY"},
    {11, "CRIME_PREVENTION"},
    {12, "HOMELESSNESS_PREVENTION"},
    {13, "EMPLOYMENT_SUPPORT"},
    {14, "DIRECT_CARE"},
    {15, "OUTCOME_TRACKING"},
    {16, "OUTCOME_EVALUATION"},
    {17, "SERVICE_PLANNING"},
    {18, "PAYMENT_BY_RESULTS_AUDIT"},
    {19, "DATA_QUALITY"},
};

constexpr Word kDataCategoryWords[] = {
    {1, "IDENTITY"},
    {2, "CONTACT"},
    {3, "IDENTIFIER"},
    {4, "HOUSEHOLD"},
    {5, "BENEFITS"},
    {6, "EMPLOYMENT"},
    {7, "INCOME_DEBT"},
    {8, "EDUCATION"},
    {9, "EARLY_YEARS"},
    {10, "SOCIAL_CARE_CHILD"},
    {11, "SOCIAL_CARE_ADULT"},
    {12, "HOUSING"},
    {13, "HEALTH"},
    {14, "MENTAL_HEALTH"},
    {15, "SUBSTANCE_USE"},
    {16, "PREGNANCY_MATERNITY"},
    {17, "DISABILITY"},
    {18, "OFFENDING"},
    {19, "VICTIMISATION"},
    {20, "DOMESTIC_ABUSE"},
    {21, "ANTISOCIAL_BEHAVIOUR"},
    {22, "SERVICE_USE"},
    {23, "PLAN_AND_NOTES"},
    {24, "OUTCOME"},
    {25, "EQUALITY"},
    {26, "CHILD_MAINTENANCE"},
};

constexpr Word kGranularityWords[] = {
    {1, "EXACT"},           {2, "MONTH_ONLY"}, {3, "YEAR_ONLY"},
    {4, "AGE_BAND"},        {5, "YES_NO"},     {6, "COUNT_BAND"},
    {7, "POSTCODE_SECTOR"}, {8, "LSOA"},       {9, "PSEUDONYM"},
    {10, "AGGREGATE_ONLY"},
};

constexpr Word kModeWords[] = {
    {1, "ASK_ONE_PERSON"}, {2, "ASK_ONE_HOUSEHOLD"}, {3, "MATCH_LIST"},
    {4, "SEND_REFERRAL"},  {5, "ASK_COUNTS"},        {6, "LINK_FOR_EVALUATION"},
    {7, "REVIEW_MATCH"},
};

constexpr Word kConditionKindWords[] = {
    {1, "CONSENT_RECORDED"},
    {2, "FAMILY_AGREED_TO_PROGRAMME"},
    {3, "CAG_REFERENCE_CURRENT"},
    {4, "NATIONAL_DATA_OPT_OUT_CHECKED"},
    {5, "AGE_FROM"},
    {6, "AGE_TO"},
    {7, "LIVES_IN_AREA"},
    {8, "HOUSEHOLD_HAS_CHILD_UNDER"},
    {9, "RECEIVES_OUT_OF_WORK_BENEFIT"},
    {10, "AT_LEAST_N_DISADVANTAGE_FACTORS"},
    {11, "CASE_IS_OPEN"},
    {12, "REASON_WRITTEN"},
    {13, "SECOND_APPROVER"},
    {14, "CALDICOTT_APPROVED"},
    {15, "NO_SAFE_ADDRESS_FLAG"},
    {16, "NO_DOMESTIC_ABUSE_FLAG"},
    {17, "NOT_MORE_DETRIMENTAL_TO_CHILD"},
    {18, "REQUEST_STATES_PUBLIC_TASK"},
    {19, "DPIA_CURRENT"},
    {20, "SUBJECT_CHOSE_RECIPIENT"},
    {21, "CHILD_IN_NEED_OR_BELIEVED"},
    {22, "COHORT_AT_LEAST"},
    {23, "PRIVACY_NOTICE_GIVEN"},
    {24, "RISK_OF_SERIOUS_HARM_RECORDED"},
    {25, "TENANT_OF_RECIPIENT"},
    {26, "APPROPRIATE_POLICY_DOCUMENT"},
    {27, "PROJECT_ACCREDITED"},
    {28, "CONNECTED_PEOPLE_AT_MOST"},
    {29, "PRACTITIONER_TRAINED"},
};

constexpr Word kObligationKindWords[] = {
    {1, "RECORD_DECISION"},
    {2, "TELL_PERSON_WITHIN_DAYS"},
    {3, "DELETE_AFTER_DAYS"},
    {4, "SUPPRESS_COUNTS_BELOW"},
    {5, "ROUND_COUNTS_TO"},
    {6, "NO_ONWARD_SHARING"},
    {7, "NOT_FOR_BENEFIT_DECISIONS"},
    {8, "NOT_FOR_IMMIGRATION_ENFORCEMENT"},
    {9, "TELL_SENDER_OF_CORRECTIONS"},
    {10, "RETURN_OUTCOME_WITHIN_DAYS"},
    {11, "REVIEW_BY_HUMAN"},
    {12, "POST_EVENT_REVIEW_WITHIN_DAYS"},
    {13, "STOP_ON_WITHDRAWAL"},
};

constexpr Word kLayerWords[] = {
    {1, "POWER"},         {2, "DATA_PROTECTION"}, {3, "CONFIDENCE"},
    {4, "STATUTORY_BAR"}, {5, "AGREEMENT"},       {6, "CONDITION"},
};

}  // namespace

absl::string_view Name(AgencyType value) {
  return NameOf(kAgencyTypeWords, static_cast<int>(value));
}
std::optional<AgencyType> AgencyTypeFromName(absl::string_view name) {
  return FromName<AgencyType>(kAgencyTypeWords, name);
}

absl::string_view Name(Purpose value) {
  return NameOf(kPurposeWords, static_cast<int>(value));
}
std::optional<Purpose> PurposeFromName(absl::string_view name) {
  return FromName<Purpose>(kPurposeWords, name);
}

bool IsSensitive(DataCategory category) {
  switch (category) {
    case DataCategory::kIdentity:
    case DataCategory::kContact:
    case DataCategory::kIdentifier:
    case DataCategory::kHousehold:
    case DataCategory::kBenefits:
    case DataCategory::kEmployment:
    case DataCategory::kIncomeDebt:
    case DataCategory::kEducation:
    case DataCategory::kEarlyYears:
    case DataCategory::kHousing:
    case DataCategory::kServiceUse:
    case DataCategory::kOutcome:
    case DataCategory::kChildMaintenance:
      return false;
    default:
      // A new category is sensitive until somebody says that it is not.
      return true;
  }
}

absl::string_view Name(DataCategory value) {
  return NameOf(kDataCategoryWords, static_cast<int>(value));
}
std::optional<DataCategory> DataCategoryFromName(absl::string_view name) {
  return FromName<DataCategory>(kDataCategoryWords, name);
}

absl::string_view Name(Granularity value) {
  return NameOf(kGranularityWords, static_cast<int>(value));
}
std::optional<Granularity> GranularityFromName(absl::string_view name) {
  return FromName<Granularity>(kGranularityWords, name);
}

absl::string_view Name(Mode value) {
  return NameOf(kModeWords, static_cast<int>(value));
}
std::optional<Mode> ModeFromName(absl::string_view name) {
  return FromName<Mode>(kModeWords, name);
}

absl::string_view Name(ConditionKind value) {
  return NameOf(kConditionKindWords, static_cast<int>(value));
}
std::optional<ConditionKind> ConditionKindFromName(absl::string_view name) {
  return FromName<ConditionKind>(kConditionKindWords, name);
}

absl::string_view Name(ObligationKind value) {
  return NameOf(kObligationKindWords, static_cast<int>(value));
}
std::optional<ObligationKind> ObligationKindFromName(absl::string_view name) {
  return FromName<ObligationKind>(kObligationKindWords, name);
}

absl::string_view Name(Layer value) {
  return NameOf(kLayerWords, static_cast<int>(value));
}
std::optional<Layer> LayerFromName(absl::string_view name) {
  return FromName<Layer>(kLayerWords, name);
}

absl::string_view Name(Jurisdiction value) {
  return NameOf(kJurisdictionWords, static_cast<int>(value));
}
absl::string_view Name(GatewayStrength value) {
  return NameOf(kGatewayStrengthWords, static_cast<int>(value));
}
absl::string_view Name(Article6 value) {
  return NameOf(kArticle6Words, static_cast<int>(value));
}
absl::string_view Name(RecognisedInterest value) {
  return NameOf(kRecognisedInterestWords, static_cast<int>(value));
}
absl::string_view Name(Article9 value) {
  return NameOf(kArticle9Words, static_cast<int>(value));
}
absl::string_view Name(Schedule1 value) {
  return NameOf(kSchedule1Words, static_cast<int>(value));
}
absl::string_view Name(Confidence value) {
  return NameOf(kConfidenceWords, static_cast<int>(value));
}
absl::string_view Name(StatutoryBar value) {
  return NameOf(kStatutoryBarWords, static_cast<int>(value));
}
absl::string_view Name(Certainty value) {
  return NameOf(kCertaintyWords, static_cast<int>(value));
}
absl::string_view Name(Sensitivity value) {
  return NameOf(kSensitivityWords, static_cast<int>(value));
}
absl::string_view Name(Nature value) {
  return NameOf(kNatureWords, static_cast<int>(value));
}
std::optional<Jurisdiction> JurisdictionFromName(absl::string_view name) {
  return FromName<Jurisdiction>(kJurisdictionWords, name);
}

}  // namespace kinstile::policy
