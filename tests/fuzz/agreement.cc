// SPDX-License-Identifier: Apache-2.0
// The policy loader and the case reader on arbitrary bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "policy/cases.h"
#include "policy/engine.h"
#include "policy/loader.h"
#include "policy/render.h"

namespace {

using namespace kinstile::policy;

constexpr char kLaw[] = R"(version: "1"
gateway { id: "g" title: "t" plain: "p" strength: EXPRESS_POWER
  in_force { where: ENGLAND from: "2000-01-01" } any_discloser: true
  any_recipient: true purposes: REFERRAL
  verified { on: "2026-11-23" by: "x" certainty: LOW source: "y" } }
provision { article6: A6_1_E_PUBLIC_TASK title: "t" plain: "p"
  in_force { where: ENGLAND from: "2000-01-01" }
  verified { on: "2026-11-23" by: "x" certainty: LOW source: "y" } }
provision { article9: A9_NOT_SPECIAL_CATEGORY title: "t" plain: "p"
  in_force { where: ENGLAND from: "2000-01-01" }
  verified { on: "2026-11-23" by: "x" certainty: LOW source: "y" } }
provision { schedule1: S1_NOT_NEEDED title: "t" plain: "p"
  in_force { where: ENGLAND from: "2000-01-01" }
  verified { on: "2026-11-23" by: "x" certainty: LOW source: "y" } }
provision { confidence: NO_DUTY_OF_CONFIDENCE title: "t" plain: "p"
  in_force { where: ENGLAND from: "2000-01-01" }
  verified { on: "2026-11-23" by: "x" certainty: LOW source: "y" } }
category { category: CONTACT label: "c" plain: "c" sensitivity: ORDINARY }
item { item: "i" category: CONTACT label: "i" plain: "i" as: EXACT }
)";

constexpr char kAgreement[] = R"(id: "a" version: 1 title: "t"
plain_summary: "s" programme: "p" kind: ONE_WAY_DISCLOSURE jurisdiction: ENGLAND
catalogue_version: "1"
lifecycle { effective_from: "2026-01-01" review_due: "2027-01-01"
  expires: "2027-12-31" status: DRAFT area: "x" }
party { id: "p" type: POLICE name: "P" public_authority: true role: CONTROLLER
  signatory_post: "x" dpo_contact: "x" }
party { id: "q" type: PROBATION name: "Q" public_authority: true
  role: CONTROLLER signatory_post: "x" dpo_contact: "x" }
basis { id: "b" gateway: "g" article6_sender: A6_1_E_PUBLIC_TASK
  article6_receiver: A6_1_E_PUBLIC_TASK article9: A9_NOT_SPECIAL_CATEGORY
  schedule1: S1_NOT_NEEDED confidence: NO_DUTY_OF_CONFIDENCE necessity: "n" }
share { id: "s" plain: "x" from: "p" to: "q" to_roles: "r" purpose: REFERRAL
  mode: ASK_ONE_PERSON item { item: "i" category: CONTACT as: EXACT
  why_needed: "w" nature: FACT } about: "x" basis: "b" only_if { kind: AGE_FROM number: 16 }
  then { kind: RECORD_DECISION } keep_days: 1 max_people_per_request: 1 }
never { id: "n" plain: "x" item: "j" layer: POWER }
governance { dpia_ref: "d" dpia_reviewed: "2026-10-01" privacy_notice_url: "u"
  rights_contact: "r" breach_contact: "b" security_standard: "s"
  complaints: "c" ending: "e" accuracy: "a" owner_post: "o" dpo_advice: "d"
  breach_hours: 24 }
)";

constexpr char kCases[] = R"(agreement: "a" agreement_version: 1
today: "2026-11-23"
case { name: "c" from: "p" to: "q" to_role: "r" purpose: REFERRAL
  mode: ASK_ONE_PERSON item: ["i", "j"]
  given { kind: AGE_FROM truth: YES number: 16 }
  expect { outcome: SHARE_PART released: "i" withheld: "j" } }
)";

LoadOptions Options() {
  LoadOptions options;
  options.sha256 = [](absl::string_view text) {
    return std::string(32, static_cast<char>(text.size()));
  };
  options.demo_mode = true;
  options.today = absl::CivilDay(2026, 11, 23);
  return options;
}

LoadResult LoadTexts(absl::string_view law, absl::string_view agreement) {
  PolicyFiles files;
  files.law.emplace_back();
  files.law[0].bytes = std::string(law);
  files.agreements.emplace_back();
  files.agreements[0].id = std::string(1, 'a');
  files.agreements[0].agreement.bytes = std::string(agreement);
  return Load(files, Options());
}

// Either a set or a reason, never both and never neither.
void Check(const LoadResult& result) {
  if ((result.set != nullptr) == HasErrors(result.issues)) std::abort();
  for (const Issue& issue : result.issues) {
    if (issue.message.empty() || issue.line < 0) std::abort();
    (void)Format(issue);
  }
}

// Whatever loads must still refuse what nobody agreed to.
void CheckDecision(const ActiveSet& set) {
  Ask ask;
  ask.from = std::string("p");
  ask.to = std::string("q");
  ask.role = std::string("a role of nobody");
  ask.purpose = Purpose::kReferral;
  ask.mode = Mode::kAskOnePerson;
  ask.items = {"i"};
  ask.today = absl::CivilDay(2026, 11, 23);
  if (std::holds_alternative<Permit>(Decide(set, ask, Deciding::kGateway))) {
    std::abort();
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() { return {kAgreement, kLaw, kCases}; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const LoadResult* const good =
      new LoadResult(LoadTexts(kLaw, kAgreement));
  if (good->set == nullptr) std::abort();  // the seeds must stay good
  const LoadResult as_agreement = LoadTexts(kLaw, text);
  Check(as_agreement);
  if (as_agreement.set != nullptr) CheckDecision(*as_agreement.set);
  Check(LoadTexts(text, kAgreement));
  if (as_agreement.set != nullptr) {
    // What loads can be shown to the people who sign it.
    const Agreement& agreement = as_agreement.set->agreements()[0];
    if (SignedRendering(agreement, as_agreement.set->catalogue()).empty()) {
      std::abort();
    }
  }
  const CasesReport report = RunCases(*good->set, {std::string(), text});
  if (report.results.empty() && report.issues.empty()) std::abort();
  return 0;
}
