// SPDX-License-Identifier: Apache-2.0
// From a signed request to the question that the policy engine answers.
#include <set>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/exchange.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

absl::Status NoWord(absl::string_view what) {
  return Refuse(absl::StatusCode::kInvalidArgument, Reason::kMalformed, what);
}

// What follows from the request itself, whatever else it asserts.
void Derive(const ShareRequest& request, const SourceAsk& ask,
            policy::Ask& out) {
  using policy::ConditionKind;
  using policy::Truth;
  out.facts.Set(ConditionKind::kConsentRecorded,
                ask.consented.empty()
                    ? policy::Fact{}
                    : policy::Fact{Truth::kYes, ask.consent_days});
  out.facts.Set(ConditionKind::kReasonWritten,
                absl::StripAsciiWhitespace(request.reason).empty()
                    ? Truth::kUnknown
                    : Truth::kYes);
  // The request itself says how many are asked about, and nobody can be merely
  // connected but one of them. Of whom counts are made only the source knows.
  const policy::Fact people = out.mode == policy::Mode::kAskCounts
                                  ? policy::Fact{Truth::kAtSource, {}}
                                  : policy::Fact{Truth::kYes, out.people};
  out.facts.Set(ConditionKind::kCohortAtLeast, people);
  out.facts.Set(ConditionKind::kConnectedPeopleAtMost, people);
  policy::Fact trained;
  absl::CivilDay day;
  if (absl::ParseCivilTime(request.trained_on, &day) && day <= out.today)
    trained = {Truth::kYes, out.today - day};
  out.facts.Set(ConditionKind::kPractitionerTrained, trained);
}

}  // namespace

absl::StatusOr<policy::Ask> ToPolicyAsk(const ShareRequest& request,
                                        const SourceAsk& ask, absl::Time now) {
  const auto purpose = policy::PurposeFromName(request.purpose);
  if (!purpose) return NoWord("purpose: is no purpose of the schema");
  const auto mode = policy::ModeFromName(request.mode);
  if (!mode) return NoWord("mode: is no mode of the schema");
  policy::Ask out;
  out.agreement = request.agreement.str();
  out.flow = ask.flow;
  out.from = ask.agency.str();
  out.to = request.agency.str();
  out.role = request.role;
  out.purpose = *purpose;
  out.mode = *mode;
  out.items = ask.items;
  for (const std::string& word : ask.grains) {
    const auto grain = word.empty() ? policy::Granularity{}
                                    : policy::GranularityFromName(word);
    if (!grain) return NoWord("asks.grains: is no granularity of the schema");
    out.grains.push_back(*grain);
  }
  // A question for counts names nobody: how many they are of, and whether that
  // is too many, the source decides.
  out.people = *mode == policy::Mode::kAskCounts
                   ? 1
                   : static_cast<int64_t>(request.members.size());
  out.today = absl::ToCivilDay(now, absl::UTCTimeZone());
  if (!request.nation.empty()) {
    out.nation = policy::JurisdictionFromName(request.nation);
    if (!out.nation) return NoWord("nation: is no nation of the schema");
  }
  for (const AssertedFact& fact : request.facts) {
    const auto kind = policy::ConditionKindFromName(fact.condition);
    if (!kind) return NoWord("facts.condition: is no condition of the schema");
    out.facts.Set(*kind, {fact.holds ? policy::Truth::kYes : policy::Truth::kNo,
                          fact.number});
  }
  Derive(request, ask, out);
  return out;
}

}  // namespace kinstile::share
