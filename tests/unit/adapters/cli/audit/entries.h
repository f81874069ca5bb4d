// SPDX-License-Identifier: Apache-2.0
// Opened entries to index, export and report on. Everybody is invented.
#ifndef KINSTILE_TESTS_UNIT_ADAPTERS_CLI_AUDIT_ENTRIES_H_
#define KINSTILE_TESTS_UNIT_ADAPTERS_CLI_AUDIT_ENTRIES_H_

#include <string>

#include "adapters/cli/audit/index.h"
#include "gateway/audit/record.h"

namespace kinstile::cli {

// 2026-11-24 10:00 UTC, a Tuesday.
inline constexpr int64_t kMorning = 1'795'514'400'000;

inline Handle HandleOf(char c) {
  return *Handle::FromBytes(std::string(16, c));
}

inline audit::Record BaseRecord(audit::EntryType type, uint64_t n) {
  audit::Record r;
  r.type = type;
  r.time_ms = kMorning + static_cast<int64_t>(n) * 60'000;
  r.requester = *AgencyId::Create("council");
  r.practitioner = "NB-KW-0042";
  r.role = "key worker";
  r.purpose = "SUPPORT_KEY_WORKING";
  r.reason = "first family plan meeting";
  r.agreement = *AgreementId::Create("family-support");
  r.agreement_version = 1;
  return r;
}

inline audit::Leg AnsweredLeg(const std::string& agency) {
  audit::Leg leg;
  leg.agency = *AgencyId::Create(agency);
  leg.flows = {*FlowId::Create("visits")};
  leg.basis = {"Children Act 2004 s.10"};
  leg.status = audit::LegStatus::kAnswered;
  leg.items_asked = {"visit-dates", "diagnosis"};
  leg.released = {{"visit-dates", "month", {0, 1}}};
  leg.withheld = {{"diagnosis", "never-1", "confidence", "special category"}};
  return leg;
}

// The council asked: health answered about two people, jcp did not know them.
inline Found Released(uint64_t n) {
  Found f{n, BaseRecord(audit::EntryType::kRelease, n)};
  audit::Leg unknown;
  unknown.agency = *AgencyId::Create("jcp");
  unknown.status = audit::LegStatus::kNoMatch;
  unknown.items_asked = {"benefit"};
  f.record.legs = {AnsweredLeg("health"), unknown};
  f.record.subjects = {HandleOf('a'), HandleOf('b')};
  return f;
}

inline Found Denied(uint64_t n) {
  Found f{n, BaseRecord(audit::EntryType::kDeny, n)};
  f.record.refusal = audit::Refusal{{}, "power", "", "no power to ask this"};
  f.record.subjects = {HandleOf('a')};
  return f;
}

// The sum of what was turned away unread.
inline Found TurnedAway(uint64_t n, uint64_t requests) {
  Found f{n, audit::Record()};
  f.record.type = audit::EntryType::kDeny;
  f.record.time_ms = kMorning;
  f.record.requester = *AgencyId::Create("council");
  f.record.refusal = audit::Refusal{{}, "ADMISSION", "", "they had expired"};
  f.record.counts = {{"requests turned away", requests}};
  return f;
}

// As health's officers read that they were asked and answered.
inline Found Asked(uint64_t n) {
  Found f{n, BaseRecord(audit::EntryType::kAsked, n)};
  f.record.legs = {AnsweredLeg("health")};
  f.record.legs[0].released[0].who = {0};
  f.record.subjects = {HandleOf('x')};
  f.record.holder = audit::HolderTruth{};
  return f;
}

inline Found Searched(uint64_t n) {
  Found f{n, BaseRecord(audit::EntryType::kSearch, n)};
  f.record.practitioner = "IG-1";
  f.record.criteria = {{"outcome", "DENY"}};
  return f;
}

}  // namespace kinstile::cli

#endif  // KINSTILE_TESTS_UNIT_ADAPTERS_CLI_AUDIT_ENTRIES_H_
