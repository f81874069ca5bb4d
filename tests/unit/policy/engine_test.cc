// SPDX-License-Identifier: Apache-2.0
// What is decided, what it carries, and what a refusal lets slip: nothing.
#include "policy/engine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

// A permit comes from Decide and from nowhere else.
static_assert(!std::is_default_constructible_v<Permit>);
static_assert(!std::is_constructible_v<Permit, PermitTerms>);
static_assert(!std::is_aggregate_v<Permit>);
static_assert(std::is_copy_constructible_v<Permit>);
static_assert(std::is_move_constructible_v<Permit>);

std::shared_ptr<const ActiveSet> Shipped() {
  return Load(testing::ShippedPolicy(), testing::DemoOptions()).set;
}

// The family-support agreement after one edit.
std::shared_ptr<const ActiveSet> Edited(const std::string& from,
                                        const std::string& to) {
  PolicyFiles files = testing::ShippedPolicy();
  std::string& text = files.agreements[0].agreement.bytes;
  EXPECT_NE(text.find(from), std::string::npos) << from;
  text = absl::StrReplaceAll(text, {{from, to}});
  const LoadResult loaded = Load(files, testing::DemoOptions());
  EXPECT_NE(loaded.set, nullptr) << testing::AllIssues(loaded.issues);
  return loaded.set;
}

Ask HealthAsk() {
  Ask ask;
  ask.agreement = "family-support";
  ask.from = "health";
  ask.to = "council";
  ask.role = "key worker";
  ask.purpose = Purpose::kSupportKeyWorking;
  ask.mode = Mode::kAskOneHousehold;
  ask.items = {"last_contact_date", "health_visitor_contact"};
  ask.facts.Set(ConditionKind::kFamilyAgreedToProgramme, Truth::kYes)
      .Set(ConditionKind::kCaseIsOpen, Truth::kYes)
      .Set(ConditionKind::kConsentRecorded, Truth::kYes);
  ask.people = 4;
  ask.today = absl::CivilDay(2026, 11, 23);
  return ask;
}

Refusal Refused(const ActiveSet& set, const Ask& ask,
                Deciding deciding = Deciding::kGateway) {
  const Decision decision = Decide(set, ask, deciding);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) return *refusal;
  ADD_FAILURE() << "permitted";
  return {};
}

Permit Permitted(const ActiveSet& set, const Ask& ask,
                 Deciding deciding = Deciding::kGateway) {
  Decision decision = Decide(set, ask, deciding);
  if (auto* refusal = std::get_if<Refusal>(&decision)) {
    ADD_FAILURE() << refusal->reason_for_record;
    std::abort();
  }
  return std::get<Permit>(std::move(decision));
}

TEST(Decide, PermitCarriesWhatTheAuditAndTheSourceNeed) {
  const auto set = Shipped();
  const Permit permit = Permitted(*set, HealthAsk());
  const PermitTerms& terms = permit.terms();
  EXPECT_EQ(terms.agreement, "family-support");
  EXPECT_EQ(terms.version, 1);
  EXPECT_EQ(terms.agreement_digest, set->Find("family-support")->digest);
  EXPECT_EQ(terms.set_digest, set->digest());
  EXPECT_EQ(terms.flows, std::vector<std::string>{"fs-health"});
  ASSERT_EQ(terms.basis.size(), 1u);
  for (const char* part :
       {"rule fs-health", "power: CA2004-s10-11 s.10(5), s.11(2)",
        "A6_1_E_PUBLIC_TASK", "A9_2_H_HEALTH_OR_SOCIAL_CARE",
        "S1_P2_HEALTH_SOCIAL_CARE", "confidence: EXPLICIT_CONSENT",
        "bars: none"}) {
    EXPECT_TRUE(absl::StrContains(terms.basis[0], part)) << terms.basis[0];
  }
  ASSERT_EQ(terms.granted.size(), 2u);
  EXPECT_EQ(terms.granted[0].item, "last_contact_date");
  EXPECT_EQ(terms.granted[0].granularity, Granularity::kMonthOnly);
  EXPECT_EQ(permit.Find("health_visitor_contact")->granularity,
            Granularity::kExact);
  EXPECT_EQ(permit.Find("gp_practice"), nullptr);
  EXPECT_EQ(terms.keep_days, 90);
  EXPECT_EQ(terms.max_people, 12);
  EXPECT_EQ(terms.purpose, Purpose::kSupportKeyWorking);
  EXPECT_EQ(terms.mode, Mode::kAskOneHousehold);
  EXPECT_EQ(terms.obligations.size(), 4u);
  EXPECT_TRUE(terms.deferred.empty());
}

struct Variation {
  const char* name;
  std::function<void(Ask*)> change;
  Layer layer;
  const char* reason;
};

TEST(Decide, RefusesWithTheNearestMiss) {
  const auto set = Shipped();
  const Variation kVariations[] = {
      {"unknown agreement", [](Ask* a) { a->agreement = "family-suport"; },
       Layer::kAgreement, "no such agreement is in force"},
      {"unknown rule", [](Ask* a) { a->flow = "fs-none"; }, Layer::kAgreement,
       "no such rule from health to council"},
      {"another's rule", [](Ask* a) { a->flow = "fs-jcp"; }, Layer::kAgreement,
       "no such rule from health to council"},
      {"unknown sender", [](Ask* a) { a->from = "police"; }, Layer::kPower,
       "no rule allows anything from police to council"},
      {"sender in other letters", [](Ask* a) { a->from = "Health"; },
       Layer::kPower, "no rule allows anything from Health to council"},
      {"unknown receiver", [](Ask* a) { a->to = "police"; }, Layer::kPower,
       "no rule allows anything from health to police"},
      {"role", [](Ask* a) { a->role = "Key Worker"; }, Layer::kAgreement,
       "rule fs-health is for role key worker"},
      {"no role", [](Ask* a) { a->role = ""; }, Layer::kAgreement,
       "rule fs-health is for role key worker"},
      {"purpose", [](Ask* a) { a->purpose = Purpose::kCrimePrevention; },
       Layer::kPower,
       "no rule allows purpose CRIME_PREVENTION from health to council; the "
       "nearest is rule fs-health for SUPPORT_KEY_WORKING"},
      {"mode", [](Ask* a) { a->mode = Mode::kMatchList; }, Layer::kAgreement,
       "no rule allows mode MATCH_LIST for purpose SUPPORT_KEY_WORKING"},
      {"nobody", [](Ask* a) { a->people = 0; }, Layer::kAgreement,
       "the ask names no people or no items"},
      {"nothing", [](Ask* a) { a->items.clear(); }, Layer::kAgreement,
       "the ask names no people or no items"},
      {"too many", [](Ask* a) { a->people = 13; }, Layer::kAgreement,
       "more than 12 people asked about (rule fs-health)"},
      {"too often", [](Ask* a) { a->requests_today = 200; }, Layer::kAgreement,
       "more than 200 requests today (rule fs-health)"},
      {"unheard-of item", [](Ask* a) { a->items = {"shoe_size"}; },
       Layer::kAgreement, "item not in any rule of agreement family-support"},
      {"ended", [](Ask* a) { a->today = absl::CivilDay(2028, 1, 1); },
       Layer::kAgreement, "agreement family-support ended 2027-12-31"},
  };
  for (const Variation& each : kVariations) {
    Ask ask = HealthAsk();
    each.change(&ask);
    const Refusal refusal = Refused(*set, ask);
    EXPECT_EQ(refusal.layer, each.layer) << each.name;
    EXPECT_TRUE(absl::StrContains(refusal.reason_for_record, each.reason))
        << each.name << ": " << refusal.reason_for_record;
    // None of these depends on a person.
    EXPECT_EQ(refusal.reason_for_asker, refusal.reason_for_record);
    EXPECT_TRUE(refusal.missing.empty()) << each.name;
  }
}

TEST(Decide, NamesTheProhibitionAndItsLayerWhenNoFlowExistsEither) {
  const auto set = Shipped();
  Ask ask = HealthAsk();
  ask.agreement = "";
  ask.to = "jcp";
  ask.role = "work coach";
  ask.purpose = Purpose::kEmploymentSupport;
  ask.items = {"immunisations_up_to_date"};
  const Refusal refusal = Refused(*set, ask);
  EXPECT_EQ(refusal.layer, Layer::kConfidence);
  EXPECT_EQ(refusal.rule, "fs-n1");
  EXPECT_EQ(refusal.agreement, "family-support");
}

TEST(Decide, NamesWhatIsMissing) {
  const auto set = Shipped();
  Ask ask = HealthAsk();
  ask.facts = Facts();
  ask.facts.Set(ConditionKind::kCaseIsOpen, Truth::kYes);
  const Refusal refusal = Refused(*set, ask);
  EXPECT_EQ(refusal.flow, "fs-health");
  EXPECT_EQ(refusal.layer, Layer::kConfidence);
  EXPECT_EQ(refusal.missing,
            (std::vector<ConditionKind>{ConditionKind::kFamilyAgreedToProgramme,
                                        ConditionKind::kConsentRecorded}));
  EXPECT_EQ(refusal.missing_for_asker, refusal.missing);
  EXPECT_TRUE(absl::StrContains(refusal.reason_for_asker,
                                "not shown: CONSENT_RECORDED"));
}

// Fixing everything that a refusal lists yields a share.
TEST(Decide, SharesOnceEveryListedReasonIsMended) {
  const auto set = Shipped();
  Ask ask = HealthAsk();
  ask.facts = Facts();
  for (ConditionKind kind : Refused(*set, ask).missing) {
    ask.facts.Set(kind, Truth::kYes);
  }
  EXPECT_TRUE(Permitted(*set, ask).withheld().empty());
}

TEST(Decide, TellsTheAskerTheSameForFalseAndUnknown) {
  for (const char* kind : {"NO_DOMESTIC_ABUSE_FLAG", "CASE_IS_OPEN"}) {
    const auto set = Edited("only_if { kind: CASE_IS_OPEN }",
                            absl::StrCat("only_if { kind: ", kind, " }"));
    ASSERT_NE(set, nullptr);
    Ask ask = HealthAsk();
    const ConditionKind condition = *ConditionKindFromName(kind);
    ask.facts.Set(condition, Truth::kNo);
    const Refusal no = Refused(*set, ask);
    ask.facts.Set(condition, Truth::kUnknown);
    const Refusal unknown = Refused(*set, ask);
    EXPECT_EQ(no.reason_for_asker, unknown.reason_for_asker);
    EXPECT_EQ(no.missing_for_asker, unknown.missing_for_asker);
    EXPECT_EQ(no.layer, unknown.layer);
    EXPECT_NE(no.reason_for_record, unknown.reason_for_record);
  }
}

TEST(Decide, NeverNamesAPersonalFactToTheAsker) {
  const auto set = Edited("only_if { kind: CASE_IS_OPEN }",
                          "only_if { kind: NO_DOMESTIC_ABUSE_FLAG }");
  ASSERT_NE(set, nullptr);
  const Refusal refusal = Refused(*set, HealthAsk());
  EXPECT_FALSE(absl::StrContains(refusal.reason_for_asker, "DOMESTIC"));
  EXPECT_TRUE(refusal.missing_for_asker.empty());
  EXPECT_TRUE(absl::StrContains(refusal.reason_for_record,
                                "not known: NO_DOMESTIC_ABUSE_FLAG"));
}

// ---- how finely

TEST(Decide, GivesNoFinerThanAskedAndNothingCoarser) {
  const auto set = Shipped();
  struct Row {
    const char* name;
    Granularity asked;
    std::optional<Granularity> given;
  };
  for (const Row& row :
       {Row{"not said", Granularity{}, Granularity::kMonthOnly},
        Row{"as the rule gives it", Granularity::kMonthOnly,
            Granularity::kMonthOnly},
        Row{"coarser", Granularity::kYearOnly, Granularity::kYearOnly},
        Row{"finer", Granularity::kExact, std::nullopt}}) {
    SCOPED_TRACE(row.name);
    Ask ask = HealthAsk();
    ask.items = {"last_contact_date"};
    ask.grains = {row.asked};
    for (Deciding deciding : {Deciding::kGateway, Deciding::kSource}) {
      const Decision decision = Decide(*set, ask, deciding);
      const auto* permit = std::get_if<Permit>(&decision);
      ASSERT_EQ(permit != nullptr, row.given.has_value());
      if (permit != nullptr) {
        EXPECT_EQ(permit->granted()[0].granularity, *row.given);
        EXPECT_EQ(permit->granted()[0].look_back_days, 730);
      } else {
        EXPECT_TRUE(absl::StrContains(
            std::get<Refusal>(decision).reason_for_record,
            "rule fs-health gives it as MONTH_ONLY only, not as EXACT"));
      }
    }
  }
}

// ---- what only the source knows

TEST(Decide, DefersToTheSourceWhichDecides) {
  const auto set =
      Edited("only_if { kind: CASE_IS_OPEN }",
             "only_if { kind: NO_SAFE_ADDRESS_FLAG decided_by: SOURCE }");
  ASSERT_NE(set, nullptr);
  Ask ask = HealthAsk();
  // What an asker claims about it counts for nothing at the gateway.
  for (Truth claim : {Truth::kUnknown, Truth::kNo, Truth::kYes}) {
    ask.facts.Set(ConditionKind::kNoSafeAddressFlag, claim);
    const Permit permit = Permitted(*set, ask);
    ASSERT_EQ(permit.terms().deferred.size(), 1u);
    EXPECT_EQ(permit.terms().deferred[0].kind,
              ConditionKind::kNoSafeAddressFlag);
  }
  const Permit at_source = Permitted(*set, ask, Deciding::kSource);
  EXPECT_TRUE(at_source.terms().deferred.empty());
  for (Truth found : {Truth::kUnknown, Truth::kNo, Truth::kAtSource}) {
    ask.facts.Set(ConditionKind::kNoSafeAddressFlag, found);
    const Refusal refusal = Refused(*set, ask, Deciding::kSource);
    EXPECT_FALSE(absl::StrContains(refusal.reason_for_asker, "ADDRESS"));
    EXPECT_TRUE(refusal.missing_for_asker.empty());
  }
}

TEST(Decide, DefersAFactThatTheGatewayMarksAsTheSources) {
  const auto set = Shipped();
  Ask ask = HealthAsk();
  ask.facts.Set(ConditionKind::kConsentRecorded, Truth::kAtSource);
  EXPECT_EQ(Permitted(*set, ask).terms().deferred.size(), 1u);
  Refused(*set, ask, Deciding::kSource);
}

// ---- numbers

struct NumberRow {
  const char* condition;
  Fact fact;
  bool shared;
};

TEST(Decide, HoldsNumbersAgainstTheirLimit) {
  const NumberRow kRows[] = {
      {"AGE_FROM number: 16", {Truth::kYes, 16}, true},
      {"AGE_FROM number: 16", {Truth::kYes, 15}, false},
      {"AGE_TO number: 19", {Truth::kYes, 19}, true},
      {"AGE_TO number: 19", {Truth::kYes, 20}, false},
      {"HOUSEHOLD_HAS_CHILD_UNDER number: 5", {Truth::kYes, 4}, true},
      {"HOUSEHOLD_HAS_CHILD_UNDER number: 5", {Truth::kYes, 5}, false},
      {"AT_LEAST_N_DISADVANTAGE_FACTORS number: 2", {Truth::kYes, 2}, true},
      {"AT_LEAST_N_DISADVANTAGE_FACTORS number: 2", {Truth::kYes, 1}, false},
      {"COHORT_AT_LEAST number: 10", {Truth::kYes, {}}, false},
      {"COHORT_AT_LEAST number: 10", {Truth::kNo, 50}, false},
      {"COHORT_AT_LEAST number: 10", {Truth::kUnknown, 50}, false},
  };
  for (const NumberRow& row : kRows) {
    const auto set =
        Edited("only_if { kind: CASE_IS_OPEN }",
               absl::StrCat("only_if { kind: ", row.condition, " }"));
    ASSERT_NE(set, nullptr);
    Ask ask = HealthAsk();
    const std::string kind(row.condition, std::string(row.condition).find(' '));
    ask.facts.Set(*ConditionKindFromName(kind), row.fact);
    const Decision decision = Decide(*set, ask, Deciding::kGateway);
    EXPECT_EQ(std::holds_alternative<Permit>(decision), row.shared)
        << row.condition;
  }
}

// ---- obligations, several agreements, repeated items

TEST(Decide, GathersObligationsOfEveryFlowUsedAtTheirStrictest) {
  PolicyFiles files = testing::ShippedPolicy();
  // The council can do more than it has to so far.
  files.agencies.bytes = absl::StrReplaceAll(
      files.agencies.bytes,
      {{"  can_carry_out: TELL_SENDER_OF_CORRECTIONS\n",
        "  can_carry_out: TELL_SENDER_OF_CORRECTIONS\n"
        "  can_carry_out: REVIEW_BY_HUMAN\n"
        "  can_carry_out: TELL_PERSON_WITHIN_DAYS\n"
        "  can_carry_out: DELETE_AFTER_DAYS\n"
        "  can_carry_out: RETURN_OUTCOME_WITHIN_DAYS\n"},
       {"  signatory_post: \"Senior Information Risk Owner\"\n",
        "  signatory_post: \"Senior Information Risk Owner\"\n"
        "  can_carry_out: SUPPRESS_COUNTS_BELOW\n"}});
  std::string& text = files.agreements[0].agreement.bytes;
  // A second flow from health for one more item, stricter in part.
  text += R"(
share {
  id: "fs-health-2" plain: "x" from: "health" to: "council"
  to_roles: "key worker" purpose: SUPPORT_KEY_WORKING mode: ASK_ONE_HOUSEHOLD
  item { item: "clinic" category: SERVICE_USE as: EXACT why_needed: "x"
         nature: FACT }
  about: "x" basis: "co-operation-with-consent"
  only_if { kind: CONSENT_RECORDED }
  then { kind: REVIEW_BY_HUMAN }
  then { kind: TELL_PERSON_WITHIN_DAYS number: 30 }
  then { kind: SUPPRESS_COUNTS_BELOW number: 10 }
  keep_days: 30 max_people_per_request: 5
}
share {
  id: "fs-health-3" plain: "x" from: "health" to: "council"
  to_roles: "key worker" purpose: SUPPORT_KEY_WORKING mode: ASK_ONE_HOUSEHOLD
  item { item: "ward" category: SERVICE_USE as: EXACT why_needed: "x"
         nature: FACT }
  about: "x" basis: "co-operation-with-consent"
  only_if { kind: CONSENT_RECORDED }
  then { kind: TELL_PERSON_WITHIN_DAYS number: 7 }
  then { kind: SUPPRESS_COUNTS_BELOW number: 5 }
  keep_days: 60 max_people_per_request: 20
})";
  const auto set = Load(files, testing::DemoOptions()).set;
  ASSERT_NE(set, nullptr);
  Ask ask = HealthAsk();
  ask.items = {"last_contact_date", "clinic", "ward"};
  const PermitTerms terms = Permitted(*set, ask).terms();
  EXPECT_EQ(terms.flows, (std::vector<std::string>{"fs-health", "fs-health-2",
                                                   "fs-health-3"}));
  EXPECT_EQ(terms.basis.size(), 3u);
  EXPECT_EQ(terms.keep_days, 30);
  EXPECT_EQ(terms.max_people, 5);
  std::map<ObligationKind, std::optional<int64_t>> all;
  for (const Obligation& each : terms.obligations) {
    EXPECT_TRUE(all.emplace(each.kind, each.number).second);
  }
  EXPECT_EQ(all.size(), 7u);
  EXPECT_EQ(all[ObligationKind::kTellPersonWithinDays], 7);
  EXPECT_EQ(all[ObligationKind::kSuppressCountsBelow], 10);
}

TEST(Decide, RefusesToChooseBetweenAgreements) {
  PolicyFiles files = testing::ShippedPolicy();
  AgreementFiles copy = files.agreements[0];
  copy.id = "family-support-2";
  copy.agreement.bytes = absl::StrReplaceAll(
      copy.agreement.bytes,
      {{"id: \"family-support\"", "id: \"family-support-2\""}});
  files.agreements.push_back(copy);
  const auto set = Load(files, testing::DemoOptions()).set;
  ASSERT_NE(set, nullptr);
  Ask ask = HealthAsk();
  EXPECT_EQ(Permitted(*set, ask).terms().agreement, "family-support");
  ask.agreement = "";
  EXPECT_EQ(Refused(*set, ask).reason_for_record,
            "several agreements could apply: name one");
}

TEST(Decide, AnswersARepeatedItemOnce) {
  const auto set = Shipped();
  Ask ask = HealthAsk();
  ask.items = {"last_contact_date", "x", "last_contact_date", "x"};
  const Permit permit = Permitted(*set, ask);
  EXPECT_EQ(permit.granted().size(), 1u);
  EXPECT_EQ(permit.withheld().size(), 1u);
}

TEST(Decide, EmptySetRefusesEverything) {
  const ActiveSet none({}, Catalogue{}, "");
  EXPECT_EQ(Refused(none, HealthAsk()).layer, Layer::kAgreement);
  Ask ask = HealthAsk();
  ask.agreement = "";
  EXPECT_EQ(Refused(none, ask).layer, Layer::kPower);
}

// Unknown is not yes: the nation is that of the requester by the register of
// agencies, all of which must be covered.
TEST(Decide, TakesANationThatIsNotStatedForAnyOfTheRequesters) {
  struct Case {
    const char* name;
    std::vector<Jurisdiction> works_in;
    std::optional<Jurisdiction> stated;
    const char* refused;  // null: granted
  };
  const Case cases[] = {
      {"not known", {}, {}, "not known: nation"},
      {"in one that is covered", {Jurisdiction::kEngland}, {}, nullptr},
      {"in one that is not", {Jurisdiction::kWales}, {}, "not known: nation"},
      {"in one that is covered and one that is not",
       {Jurisdiction::kEngland, Jurisdiction::kScotland},
       {},
       "not known: nation"},
      {"stated", {}, Jurisdiction::kEngland, nullptr},
      {"stated, and not covered",
       {Jurisdiction::kEngland},
       Jurisdiction::kWales,
       "does not extend to WALES"},
  };
  const auto shipped = Shipped();
  ASSERT_NE(shipped, nullptr);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<Agreement> agreements = shipped->agreements();
    for (Agreement& agreement : agreements) {
      for (Party& party : agreement.parties) party.nations = c.works_in;
    }
    const ActiveSet set(std::move(agreements), shipped->catalogue(), "set");
    Ask ask = HealthAsk();
    ask.nation = c.stated;
    if (c.refused == nullptr) {
      EXPECT_TRUE(
          std::holds_alternative<Permit>(Decide(set, ask, Deciding::kGateway)));
      continue;
    }
    const Refusal refusal = Refused(set, ask);
    EXPECT_EQ(refusal.layer, Layer::kPower);
    EXPECT_TRUE(absl::StrContains(refusal.reason_for_record, c.refused))
        << refusal.reason_for_record;
  }
}

}  // namespace
}  // namespace kinstile::policy
