// SPDX-License-Identifier: Apache-2.0
// Every LP code has a policy that triggers it and one close by that does not.
#include "policy/analysis.h"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/unit/policy/analysis_world.h"

namespace kinstile::policy {
namespace {

const char kConsentOnly[] =
    "only_if { kind: CONSENT_RECORDED }\n  then { kind: RECORD_DECISION }\n"
    "  then { kind: NO_ONWARD_SHARING }\n"
    "  then { kind: NOT_FOR_BENEFIT_DECISIONS }\n"
    "  then { kind: STOP_ON_WITHDRAWAL }\n  keep_days: 90";

const std::vector<CodeRow>& CodeRows() {
  using W = AnalysisWorld&;
  static const auto* const kCodeRows = new std::vector<CodeRow>{
      {"LP001", "a word where a number belongs",
       [](W w) { w.Edit("version: 1", "version: one"); },
       [](W w) { w.Edit("version: 1", "version:   1"); }},
      {"LP001", "a field of no such name",
       [](W w) { w.Edit("title:", "titel:"); },
       [](W w) { w.Edit("title:", "title :"); }},
      {"LP002", "a number for a name",
       [](W w) { w.Edit("kind: RECIPROCAL_PROTOCOL", "kind: 1"); },
       [](W w) {
         w.Edit("kind: RECIPROCAL_PROTOCOL", "kind: JOINT_CONTROLLERS");
       }},
      {"LP003", "the zero value",
       [](W w) {
         w.Edit("kind: RECIPROCAL_PROTOCOL", "kind: KIND_UNSPECIFIED");
       },
       [](W w) {
         w.Edit("kind: RECIPROCAL_PROTOCOL", "kind: ONE_WAY_DISCLOSURE");
       }},
      {"LP004", "a combining accent",
       [](W w) { w.Edit("title: \"", "title: \"Cafe\xCC\x81 "); },
       [](W w) { w.Edit("title: \"", "title: \"Caf\xC3\xA9 "); }},
      {"LP005", "text that runs backwards",
       [](W w) { w.Edit("title: \"", "title: \"\xE2\x80\xAE"); },
       [](W w) { w.Edit("title: \"", "title: \"\xE2\x80\x9C"); }},
      {"LP006", "a file too long to read",
       [](W w) { w.Append("# " + std::string(300 * 1024, 'x')); },
       [](W w) { w.Append("# " + std::string(200 * 1024, 'x')); }},
      {"LP007", "two rules of one id",
       [](W w) { w.Edit("id: \"fs-health\"", "id: \"fs-jcp\""); },
       [](W w) { w.Edit("id: \"fs-health\"", "id: \"fs-jcp-2\""); }},
      {"LP008", "an empty heading of the ICO's code",
       [](W w) { w.Edit("rights_contact: \"dpo@northbridge.example\"", ""); },
       [](W w) {
         w.Edit("rights_contact: \"dpo@northbridge.example\"",
                "rights_contact: \"rights@northbridge.example\"");
       }},
      {"LP009", "a sentence that names nobody",
       [](W w) {
         w.Edit(
             "plain: \"With the person's consent, the council may tell a "
             "work coach whether the family has an open early help case, "
             "and who the key worker is.\"",
             "plain: \"Some things may be shared.\"");
       },
       [](W w) {
         w.Edit(
             "plain: \"With the person's consent, the council may tell a "
             "work coach whether the family has an open early help case, "
             "and who the key worker is.\"",
             "plain: \"The council may tell the Jobcentre of an open case "
             "and its key worker.\"");
       }},
      {"LP100", "a receiver that is no party",
       [](W w) {
         w.Edit("to: \"jcp\"\n  to_roles", "to: \"jpc\"\n  to_roles");
       },
       [](W w) { w.Edit("to_roles: \"work coach\"", "to_roles: \"jpc\""); }},
      {"LP101", "a basis that is none",
       [](W w) { w.Edit("basis: \"person-asked\"", "basis: \"asked\""); },
       [](W w) {
         w.Edit("id: \"person-asked\"", "id: \"asked\"")
             .Edit("basis: \"person-asked\"", "basis: \"asked\"");
       }},
      {"LP102", "a power of England used in Wales",
       [](W w) { w.Edit("jurisdiction: ENGLAND", "jurisdiction: WALES"); },
       [](W w) {
         w.Edit("effective_from: \"2026-01-01\"",
                "effective_from: \"2026-02-01\"");
       }},
      {"LP103", "a sender without the power",
       [](W w) { w.Edit("type: DWP_JOBCENTRE", "type: VOLUNTARY_SECTOR"); },
       [](W w) {
         w.Edit("type: COUNCIL_EARLY_HELP", "type: COUNCIL_CHILDREN")
             .EditIn(w.files.agencies.bytes,
                     "id: \"council\"\n  type: COUNCIL_EARLY_HELP",
                     "id: \"council\" type: COUNCIL_CHILDREN");
       }},
      {"LP104", "a receiver that the power does not reach",
       [](W w) { w.Edit("type: COUNCIL_EARLY_HELP", "type: POLICE"); },
       [](W w) {
         w.Edit("type: COUNCIL_EARLY_HELP", "type: COUNCIL_CHILDREN")
             .EditIn(w.files.agencies.bytes,
                     "id: \"council\"\n  type: COUNCIL_EARLY_HELP",
                     "id: \"council\" type: COUNCIL_CHILDREN");
       }},
      {"LP105", "a purpose that the power is not for",
       [](W w) {
         w.Edit("purpose: SUPPORT_KEY_WORKING", "purpose: CRIME_PREVENTION");
       },
       [](W w) { w.Edit("mode: ASK_ONE_HOUSEHOLD", "mode: ASK_ONE_PERSON"); }},
      {"LP106", "what the gateway always requires is not required",
       [](W w) {
         w.Edit(kConsentOnly, "then { kind: RECORD_DECISION }\n keep_days: 90");
       },
       [](W w) {
         w.Edit(kConsentOnly,
                "only_if { kind: CONSENT_RECORDED number: 365 }\n"
                "then { kind: RECORD_DECISION }\n keep_days: 90");
       }},
      {"LP107", "a category that the gateway never covers",
       [](W w) {
         w.EditIn(w.files.law[0].bytes, "id: \"CA2004-s10-11\"",
                  "id: \"CA2004-s10-11\" never_covers: HEALTH");
       },
       [](W w) {
         w.EditIn(w.files.law[0].bytes, "id: \"CA2004-s10-11\"",
                  "id: \"CA2004-s10-11\" never_covers: EDUCATION");
       }},
      {"LP108", "one item under two categories",
       [](W w) {
         w.Append(HealthRule(
             "x", ItemText("last_contact_date", "SERVICE_USE", "MONTH_ONLY")));
       },
       [](W w) {
         w.Append(HealthRule(
             "x", ItemText("last_contact_date", "HEALTH", "MONTH_ONLY")));
       }},
      {"LP109", "law that nobody has looked at for a year",
       [](W w) { w.load.today = absl::CivilDay(2027, 12, 30); },
       [](W w) { w.load.today = absl::CivilDay(2027, 6, 1); }},
      {"LP110", "a public authority on a recognised legitimate interest",
       [](W w) {
         w.Edit("article6_sender: A6_1_E_PUBLIC_TASK",
                "article6_sender: A6_1_EA_RECOGNISED_LEGITIMATE_INTEREST "
                "recognised_interest: RLI_PUBLIC_TASK_REQUEST");
       },
       [](W w) {
         w.Edit("article6_sender: A6_1_E_PUBLIC_TASK",
                "article6_sender: A6_1_C_LEGAL_OBLIGATION");
       }},
      {"LP111", "a public authority on consent",
       [](W w) {
         w.Edit("article6_sender: A6_1_E_PUBLIC_TASK",
                "article6_sender: A6_1_A_CONSENT");
       },
       [](W w) {
         w.Edit("article6_sender: A6_1_E_PUBLIC_TASK",
                "article6_sender: A6_1_C_LEGAL_OBLIGATION");
       }},
      {"LP112", "health data without an Article 9 condition",
       [](W w) {
         w.Edit("article9: A9_2_H_HEALTH_OR_SOCIAL_CARE",
                "article9: A9_NOT_SPECIAL_CATEGORY");
       },
       [](W w) {
         w.Edit("article9: A9_2_H_HEALTH_OR_SOCIAL_CARE",
                "article9: A9_2_A_EXPLICIT_CONSENT");
       }},
      {"LP113", "offence data without a Schedule 1 condition",
       [](W w) {
         w.Append(HealthRule("x", ItemText("offences", "OFFENDING", "YES_NO")));
       },
       [](W w) {
         w.Append(HealthRule("x", ItemText("offences", "OFFENDING", "YES_NO")))
             .Edit("schedule1: S1_P2_HEALTH_SOCIAL_CARE",
                   "schedule1: S1_P2_HEALTH_SOCIAL_CARE criminal_offence_data: "
                   "S1_P36_EXTENSION_CRIMINAL");
       }},
      {"LP114", "substantial public interest without a policy document",
       [](W w) {
         w.Edit("article9: A9_2_H_HEALTH_OR_SOCIAL_CARE",
                "article9: A9_2_G_SUBSTANTIAL_PUBLIC_INTEREST")
             .Edit("appropriate_policy_document: \"APD-2026-007 (invented)\"",
                   "");
       },
       [](W w) {
         w.Edit("article9: A9_2_H_HEALTH_OR_SOCIAL_CARE",
                "article9: A9_2_G_SUBSTANTIAL_PUBLIC_INTEREST");
       }},
      {"LP120", "a bar on the sender that is not answered",
       [](W w) { w.Edit("bar: SSAA_1992_S123", "bar: WRA_2012_S132"); },
       [](W w) {
         w.Edit("answered_by: \"supply under", "answered_by: \"passing under");
       }},
      {"LP121", "a bar that the gateway does not answer",
       [](W w) { w.Edit("bar: WRA_2012_S132", "bar: CRCA_2005_S18"); },
       [](W w) {
         w.Edit("answered_by: \"supply under", "answered_by: \"passing under");
       }},
      {"LP122", "a health body that owes no confidence",
       [](W w) {
         w.Edit("confidence: EXPLICIT_CONSENT",
                "confidence: NO_DUTY_OF_CONFIDENCE");
       },
       [](W w) {
         // The same of a council.
         w.Edit("confidence: EXPLICIT_CONSENT\n  necessity: \"The name",
                "confidence: NO_DUTY_OF_CONFIDENCE\n  necessity: \"The name");
       }},
      {"LP123", "a statute that does not override confidence",
       [](W w) {
         w.Edit("confidence: EXPLICIT_CONSENT",
                "confidence: STATUTE_OVERRIDES");
       },
       [](W w) {
         w.Edit("confidence: EXPLICIT_CONSENT",
                "confidence: OVERRIDING_PUBLIC_INTEREST_CASE_BY_CASE")
             .Edit("only_if {\n    kind: CONSENT_RECORDED",
                   "only_if { kind: REASON_WRITTEN }\n  only_if {\n    kind: "
                   "CONSENT_RECORDED");
       }},
      {"LP124", "consent as the answer, and nobody asks for it",
       [](W w) {
         w.Edit("only_if {\n    kind: CONSENT_RECORDED",
                "only_if {\n    kind: REASON_WRITTEN");
       },
       [](W w) {
         w.Edit("only_if {\n    kind: CONSENT_RECORDED",
                "only_if {\n    kind: CONSENT_RECORDED number: 365");
       }},
      {"LP130", "an impact assessment of two years ago",
       [](W w) {
         w.Edit("dpia_reviewed: \"2026-10-14\"",
                "dpia_reviewed: \"2024-01-01\"");
       },
       [](W w) {
         w.Edit("dpia_reviewed: \"2026-10-14\"",
                "dpia_reviewed: \"2025-11-24\"");
       }},
      {"LP131", "no word on how long it is kept",
       [](W w) { w.Edit("keep_days: 180", ""); },
       [](W w) { w.Edit("keep_days: 180", "keep_days: 1"); }},
      {"LP132", "no limit to how many are asked about",
       [](W w) { w.Edit("max_people_per_request: 12", ""); },
       [](W w) {
         w.Edit("max_people_per_request: 12", "max_people_per_request: 1");
       }},
      {"LP133", "a basis that does not say why less would not do",
       [](W w) {
         w.Edit(
             "necessity: \"The name of the key worker is enough for the "
             "work coach to plan around the family's other appointments.\"",
             "");
       },
       [](W w) {
         w.Edit(
             "necessity: \"The name of the key worker is enough for the "
             "work coach to plan around the family's other appointments.\"",
             "necessity: \"Enough.\"");
       }},
      {"LP140", "a rule from an agency to itself",
       [](W w) {
         w.Edit("from: \"council\"\n  to: \"jcp\"",
                "from: \"jcp\"\n  to: \"jcp\"");
       },
       [](W w) { w.Edit("to_roles: \"work coach\"", "to_roles: \"jcp\""); }},
      {"LP150", "targeting an area with more than counts",
       [](W w) {
         w.Append(CountsRule(ItemText("clinic", "SERVICE_USE", "YES_NO"),
                             "TARGETING_AREA", "ASK_COUNTS"));
       },
       [](W w) {
         w.Append(
             CountsRule(ItemText("clinic", "SERVICE_USE", "AGGREGATE_ONLY"),
                        "TARGETING_AREA", "ASK_COUNTS"));
       }},
      {"LP151", "exact where a month does elsewhere",
       [](W w) {
         w.Append(
             HealthRule("x", ItemText("last_contact_date", "HEALTH", "EXACT")));
       },
       [](W w) {
         w.Append(HealthRule("x",
                             ItemText("last_contact_date", "HEALTH", "EXACT"),
                             "", "ASSESSMENT"));
       }},
      {"LP152", "free text in a list",
       [](W w) {
         w.Append(HealthRule(
             "x",
             absl::StrReplaceAll(
                 ItemText("health_support_summary", "HEALTH", "EXACT"),
                 {{"FACT", "OWN_WORDS"}}),
             "", "SUPPORT_KEY_WORKING", "MATCH_LIST"));
       },
       [](W w) {
         w.Append(HealthRule(
             "x", absl::StrReplaceAll(
                      ItemText("health_support_summary", "HEALTH", "EXACT"),
                      {{"FACT", "OWN_WORDS"}})));
       }},
      {"LP153", "evaluation with names",
       [](W w) {
         w.Append(CountsRule(ItemText("case_number", "IDENTIFIER", "EXACT"),
                             "OUTCOME_EVALUATION", "LINK_FOR_EVALUATION"));
       },
       [](W w) {
         w.Append(CountsRule(ItemText("case_number", "IDENTIFIER", "PSEUDONYM"),
                             "OUTCOME_EVALUATION", "LINK_FOR_EVALUATION"));
       }},
      {"LP155", "a grain that makes no sense for the item",
       [](W w) {
         w.Edit("category: HEALTH\n    as: YES_NO",
                "category: HEALTH\n    as: POSTCODE_SECTOR");
       },
       [](W w) { w.Edit("as: MONTH_ONLY", "as: YEAR_ONLY"); }},
      {"LP160", "an item that a prohibition always strips",
       [](W w) {
         w.Append(
             HealthRule("x", ItemText("benefit_type", "BENEFITS", "EXACT")));
       },
       [](W w) {
         w.Append(
             HealthRule("x", ItemText("benefit_kind", "BENEFITS", "EXACT")));
       }},
      {"LP161", "nobody is that young and that old",
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: AGE_FROM number: 18 } "
                             "only_if { kind: AGE_TO number: 16 }"));
       },
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: AGE_FROM number: 16 } "
                             "only_if { kind: AGE_TO number: 16 }"));
       }},
      {"LP161", "a cohort larger than may be asked about",
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: COHORT_AT_LEAST number: 13 }"));
       },
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: COHORT_AT_LEAST number: 12 }"));
       }},
      {"LP162", "a rule that gives what another gives on less",
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT")))
             .Append(HealthRule("y", ItemText("clinic", "SERVICE_USE", "EXACT"),
                                "only_if { kind: REASON_WRITTEN }"));
       },
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: SECOND_APPROVER }"))
             .Append(HealthRule("y", ItemText("clinic", "SERVICE_USE", "EXACT"),
                                "only_if { kind: REASON_WRITTEN }"));
       }},
      {"LP163", "everybody is that old",
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: AGE_FROM number: 0 }"));
       },
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: AGE_FROM number: 1 }"));
       }},
      {"LP163", "a condition inside another",
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: AGE_FROM number: 16 } "
                             "only_if { kind: AGE_FROM number: 18 }"));
       },
       [](W w) {
         w.Append(HealthRule("x", ItemText("clinic", "SERVICE_USE", "EXACT"),
                             "only_if { kind: AGE_FROM number: 16 } "
                             "only_if { kind: AGE_TO number: 18 }"));
       }},
      {"LP164", "cases that leave rules untried",
       [](W w) {
         w.files.agreements = {testing::ShippedAgreement("school-gates")};
         w.cases = testing::ShippedCases("school-gates");
         std::string& text = w.cases->bytes;
         const size_t second = text.find("\ncase {", text.find("\ncase {") + 1);
         ASSERT_NE(second, std::string::npos);
         text.erase(second + 1);
       },
       [](W w) {
         w.files.agreements = {testing::ShippedAgreement("school-gates")};
         w.cases = testing::ShippedCases("school-gates");
       }},
      {"LP170", "no condition at all",
       [](W w) {
         w.Edit(
             "only_if { kind: FAMILY_AGREED_TO_PROGRAMME }\n  only_if { "
             "kind: CASE_IS_OPEN }\n  then",
             "then");
       },
       [](W w) {
         w.Edit(
             "only_if { kind: FAMILY_AGREED_TO_PROGRAMME }\n  only_if { "
             "kind: CASE_IS_OPEN }\n  then",
             "only_if { kind: CASE_IS_OPEN }\n  then");
       }},
      {"LP170", "any role",
       [](W w) {
         w.Edit("to_roles: \"work coach\"", "to_roles: \"Any staff\"");
       },
       [](W w) {
         w.Edit("to_roles: \"work coach\"", "to_roles: \"manager\"");
       }},
      {"LP170", "a look back over a childhood",
       [](W w) { w.Edit("look_back_days: 730", "look_back_days: 6000"); },
       [](W w) { w.Edit("look_back_days: 730", "look_back_days: 1500"); }},
      {"LP171",
       "what health may not give to Jobcentre Plus goes by the council",
       [](W w) {
         w.Edit(
              "then { kind: NO_ONWARD_SHARING }\n  then { kind: "
              "STOP_ON_WITHDRAWAL }\n  then { kind: "
              "TELL_SENDER_OF_CORRECTIONS }",
              "then { kind: STOP_ON_WITHDRAWAL }")
             .Another(RuleText(
                 "o1", "council", "jcp", "person-asked", "EMPLOYMENT_SUPPORT",
                 "ASK_ONE_HOUSEHOLD",
                 ItemText("health_visitor_contact", "CONTACT", "EXACT")));
       },
       [](W w) {
         // What nothing forbids may travel.
         w.Edit(
              "then { kind: NO_ONWARD_SHARING }\n  then { kind: "
              "STOP_ON_WITHDRAWAL }\n  then { kind: "
              "TELL_SENDER_OF_CORRECTIONS }",
              "then { kind: STOP_ON_WITHDRAWAL }")
             .Another(
                 RuleText("o1", "council", "jcp", "person-asked",
                          "EMPLOYMENT_SUPPORT", "ASK_ONE_HOUSEHOLD",
                          ItemText("key_worker_name", "CONTACT", "EXACT")));
       }},
      {"LP171", "a rule of another agreement gives what this one forbids",
       [](W w) {
         w.Another(
             RuleText("o1", "council", "jcp", "person-asked",
                      "EMPLOYMENT_SUPPORT", "ASK_ONE_HOUSEHOLD",
                      ItemText("health_visitor_contact", "CONTACT", "EXACT")));
       },
       [](W w) {
         w.Another(RuleText("o1", "council", "jcp", "person-asked",
                            "EMPLOYMENT_SUPPORT", "ASK_ONE_HOUSEHOLD",
                            ItemText("key_worker_name", "CONTACT", "EXACT")));
       }},
      {"LP171", "leave to pass on to whom it is forbidden",
       [](W w) {
         w.Edit("keep_days: 90\n", "keep_days: 90 may_pass_on_to: \"jcp\"\n");
       },
       [](W w) {
         w.Edit("keep_days: 90\n",
                "keep_days: 90 may_pass_on_to: \"council\"\n");
       }},
      {"LP172", "a pseudonym, and the same beside a name",
       [](W w) {
         w.Append(HealthRule(
                      "x", ItemText("case_number", "IDENTIFIER", "PSEUDONYM")))
             .Append(
                 HealthRule("y",
                            ItemText("case_number", "IDENTIFIER", "PSEUDONYM") +
                                ItemText("full_name", "IDENTITY", "EXACT"),
                            "", "ASSESSMENT"));
       },
       [](W w) {
         w.Append(HealthRule(
                      "x", ItemText("case_number", "IDENTIFIER", "PSEUDONYM")))
             .Append(HealthRule("y", ItemText("full_name", "IDENTITY", "EXACT"),
                                "", "ASSESSMENT"));
       }},
      {"LP173", "the same counts under two roundings",
       [](W w) {
         w.Append(HealthRule(
                      "x", ItemText("clinic", "SERVICE_USE", "AGGREGATE_ONLY"),
                      "then { kind: ROUND_COUNTS_TO number: 5 }"))
             .Append(HealthRule(
                 "y", ItemText("clinic", "SERVICE_USE", "AGGREGATE_ONLY"),
                 "then { kind: ROUND_COUNTS_TO number: 10 }", "ASSESSMENT"));
       },
       [](W w) {
         w.Append(HealthRule(
                      "x", ItemText("clinic", "SERVICE_USE", "AGGREGATE_ONLY"),
                      "then { kind: ROUND_COUNTS_TO number: 10 }"))
             .Append(HealthRule(
                 "y", ItemText("clinic", "SERVICE_USE", "AGGREGATE_ONLY"),
                 "then { kind: ROUND_COUNTS_TO number: 10 }", "ASSESSMENT"));
       }},
      {"LP180", "an agreement that has ended",
       [](W w) {
         w.Edit("expires: \"2027-12-31\"", "expires: \"2026-11-22\"");
       },
       [](W w) {
         w.Edit("expires: \"2027-12-31\"", "expires: \"2026-11-23\"");
       }},
      {"LP181", "a review that is overdue",
       [](W w) {
         w.Edit("review_due: \"2027-01-01\"", "review_due: \"2026-11-22\"");
       },
       [](W w) {
         w.Edit("review_due: \"2027-01-01\"", "review_due: \"2026-11-23\"");
       }},
      {"LP182", "signed, and nobody has",
       [](W w) { w.Edit("status: DRAFT", "status: SIGNED"); },
       [](W w) { w.Edit("status: DRAFT", "status:  DRAFT"); }},
      {"LP183", "a party whose keys have ended",
       [](W w) {
         w.EditIn(w.files.agencies.bytes, "id: \"jcp\"",
                  "id: \"jcp\" key { ed25519: \"" + std::string(64, 'a') +
                      "\" from: \"2025-01-01\" to: \"2026-11-22\" }");
       },
       [](W w) {
         w.EditIn(w.files.agencies.bytes, "id: \"jcp\"",
                  "id: \"jcp\" key { ed25519: \"" + std::string(64, 'a') +
                      "\" from: \"2025-01-01\" to: \"2026-11-23\" }");
       }},
      {"LP184", "written against another catalogue",
       [](W w) {
         w.Edit("catalogue_version: \"", "catalogue_version: \"2025.");
       },
       [](W w) { w.Edit("catalogue_version: \"", "catalogue_version:   \""); }},
      {"LP185", "an item that has been retired",
       [](W w) {
         w.Append(
              HealthRule("x", ItemText("paper_form", "SERVICE_USE", "EXACT")))
             .EditIn(w.files.law[0].bytes, "version: \"",
                     "item { item: \"paper_form\" category: SERVICE_USE label: "
                     "\"x\" plain: \"x\" as: EXACT retired: \"2026-11-22\" }\n"
                     "version: \"");
       },
       [](W w) {
         w.Append(
              HealthRule("x", ItemText("paper_form", "SERVICE_USE", "EXACT")))
             .EditIn(w.files.law[0].bytes, "version: \"",
                     "item { item: \"paper_form\" category: SERVICE_USE label: "
                     "\"x\" plain: \"x\" as: EXACT retired: \"2028-11-22\" }\n"
                     "version: \"");
       }},
      {"LP186", "another kind of body than the register knows",
       [](W w) { w.Edit("type: NHS_TRUST", "type: INTEGRATED_CARE_BOARD"); },
       [](W w) { w.Edit("type: NHS_TRUST", "type:   NHS_TRUST"); }},
      {"LP187", "a role that the receiver does not have",
       [](W w) {
         w.EditIn(w.files.agencies.bytes, "id: \"jcp\"",
                  "id: \"jcp\" role: \"coach\"");
       },
       [](W w) {
         w.EditIn(w.files.agencies.bytes, "id: \"jcp\"",
                  "id: \"jcp\" role: \"coach\" role: \"work coach\"");
       }},
      {"LP188", "no register of agencies",
       [](W w) {
         w.files.agencies.bytes.clear();
         w.files.agencies.name.clear();
       },
       [](W w) {
         w.EditIn(w.files.agencies.bytes, "version: ", "version:  ");
       }},
      {"LP189", "an obligation that the receiver cannot carry out",
       [](W w) {
         w.EditIn(w.files.agencies.bytes,
                  "  can_carry_out: NO_ONWARD_SHARING\n", "");
       },
       [](W w) {
         w.EditIn(w.files.agencies.bytes, "can_carry_out: NO_ONWARD_SHARING",
                  "can_carry_out: STOP_ON_WITHDRAWAL "
                  "can_carry_out: NO_ONWARD_SHARING");
       }},
  };
  return *kCodeRows;
}

TEST(AnalysisCodes, TriggerAndStayQuietNextToIt) {
  for (const CodeRow& row : CodeRows()) ExpectPair(row);
}

// Every code that the design lists, and every one that the sources know.
TEST(AnalysisCodes, EachHasAPairOfFixtures) {
  std::set<std::string> paired;
  for (const CodeRow& row : CodeRows()) paired.insert(row.code);
  std::set<std::string> codes = {
      "LP001", "LP002", "LP003", "LP004", "LP005", "LP006", "LP007", "LP008",
      "LP009", "LP100", "LP101", "LP102", "LP103", "LP104", "LP105", "LP106",
      "LP107", "LP110", "LP111", "LP112", "LP113", "LP114", "LP120", "LP121",
      "LP122", "LP123", "LP130", "LP131", "LP132", "LP133", "LP140", "LP150",
      "LP151", "LP152", "LP153", "LP160", "LP161", "LP162", "LP163", "LP164",
      "LP170", "LP171", "LP172", "LP173", "LP180", "LP181", "LP182", "LP183",
      "LP184", "LP185"};
  const std::regex code("\"(LP[0-9]{3})\"");
  for (const auto& entry : std::filesystem::directory_iterator(
           absl::StrCat(KINSTILE_SOURCE_DIR, "/policy"))) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream in(entry.path());
    std::ostringstream text;
    text << in.rdbuf();
    const std::string all = text.str();
    for (std::sregex_iterator it(all.begin(), all.end(), code), end; it != end;
         ++it) {
      codes.insert((*it)[1]);
    }
  }
  for (const std::string& each : codes) {
    EXPECT_TRUE(paired.count(each)) << each << " has no pair of fixtures";
  }
}

}  // namespace
}  // namespace kinstile::policy
