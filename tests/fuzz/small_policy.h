// SPDX-License-Identifier: Apache-2.0
// The smallest law, agreement and register that load, for fuzz targets.
#ifndef KINSTILE_TESTS_FUZZ_SMALL_POLICY_H_
#define KINSTILE_TESTS_FUZZ_SMALL_POLICY_H_

#include <string>

#include "policy/loader.h"

namespace kinstile::fuzz {

inline constexpr char kSmallLaw[] = R"(version: "1"
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

inline constexpr char kSmallAgreement[] = R"(id: "a" version: 1 title: "t"
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

inline constexpr char kSmallRegister[] = R"(version: "1"
agency { id: "p" type: POLICE name: "P" jurisdiction: ENGLAND
  public_authority: true can_carry_out: RECORD_DECISION signatory_post: "x" }
agency { id: "q" type: PROBATION name: "Q" jurisdiction: ENGLAND
  public_authority: true can_carry_out: RECORD_DECISION role: "r" }
)";

inline policy::LoadOptions SmallOptions() {
  policy::LoadOptions options;
  options.sha256 = [](absl::string_view text) {
    return std::string(32, static_cast<char>(text.size()));
  };
  options.demo_mode = true;
  options.today = absl::CivilDay(2026, 11, 23);
  return options;
}

}  // namespace kinstile::fuzz

#endif  // KINSTILE_TESTS_FUZZ_SMALL_POLICY_H_
