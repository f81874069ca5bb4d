// SPDX-License-Identifier: Apache-2.0
// Checking consents, and judging them.
#include "gateway/share/consent.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/request.h"
#include "policy/vocabulary.h"

namespace kinstile::share {
namespace {

// Clocks of agencies differ a little.
constexpr absl::Duration kAhead = absl::Minutes(5);
constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;

absl::Status CheckItems(const std::vector<std::string>& items) {
  if (items.empty() || items.size() > kMaxItems)
    return absl::InvalidArgumentError(
        absl::StrCat("items: there must be 1 to ", kMaxItems));
  std::set<std::string> seen;
  for (const std::string& item : items)
    if (item.empty() || item.size() > kMaxText || !seen.insert(item).second)
      return absl::InvalidArgumentError(
          "items: a name is empty, too long or given twice");
  return absl::OkStatus();
}

absl::Status CheckTimes(const Consent& c, absl::Time now) {
  if (c.decided_at_ms <= 0 || c.decided_at_ms > ToMillis(now + kAhead))
    return absl::InvalidArgumentError(
        "decided_at: is missing or in the future");
  if (c.decision == ConsentDecision::kRefused)
    return c.expires_at_ms == 0
               ? absl::OkStatus()
               : absl::InvalidArgumentError("expires_at: a refusal has no end");
  if (c.expires_at_ms <= c.decided_at_ms)
    return absl::InvalidArgumentError(
        "expires_at: is missing or before the decision");
  return absl::OkStatus();
}

bool Concerns(const KnownConsent& k, const ConsentScope& scope,
              const std::string& item) {
  const Consent& c = k.consent;
  return c.from == scope.from && c.to == scope.to &&
         c.purpose == scope.purpose &&
         std::find(c.items.begin(), c.items.end(), item) != c.items.end();
}

// Of two decisions the later; at the same time the one that withholds.
bool Later(const KnownConsent& a, const KnownConsent& b) {
  if (a.consent.decided_at_ms != b.consent.decided_at_ms)
    return a.consent.decided_at_ms > b.consent.decided_at_ms;
  return a.consent.decision == ConsentDecision::kRefused ||
         a.withdrawn_at_ms.has_value();
}

bool Holds(const KnownConsent& k, int64_t now_ms) {
  return k.consent.decision == ConsentDecision::kGiven &&
         !k.withdrawn_at_ms.has_value() && k.consent.expires_at_ms > now_ms &&
         k.consent.decided_at_ms <= now_ms;
}

const KnownConsent* LatestOn(const std::string& item,
                             const std::vector<KnownConsent>& consents,
                             const ConsentScope& scope) {
  const KnownConsent* latest = nullptr;
  for (const KnownConsent& k : consents)
    if (Concerns(k, scope, item) && (latest == nullptr || Later(k, *latest)))
      latest = &k;
  return latest;
}

}  // namespace

absl::string_view Name(ConsentDecision value) {
  switch (value) {
    case ConsentDecision::kGiven:
      return "GIVEN";
    case ConsentDecision::kRefused:
      return "REFUSED";
  }
  return "";
}

absl::string_view Name(ConsentMeans value) {
  switch (value) {
    case ConsentMeans::kSigned:
      return "SIGNED";
    case ConsentMeans::kSpoken:
      return "SPOKEN";
    case ConsentMeans::kOnline:
      return "ONLINE";
  }
  return "";
}

absl::string_view Name(ConsentCapacity value) {
  switch (value) {
    case ConsentCapacity::kOwn:
      return "OWN";
    case ConsentCapacity::kCompetentYoungPerson:
      return "COMPETENT_YOUNG_PERSON";
    case ConsentCapacity::kParentalResponsibility:
      return "PARENTAL_RESPONSIBILITY";
    case ConsentCapacity::kAttorneyOrDeputy:
      return "ATTORNEY_OR_DEPUTY";
  }
  return "";
}

absl::Status CheckConsent(const AgencyId& recorder, const Consent& c,
                          absl::Time now) {
  if (c.from == c.to || (recorder != c.from && recorder != c.to))
    return absl::InvalidArgumentError(
        "from_agency, to_agency: the recording agency must be one of the two");
  KS_RETURN_IF_ERROR(CheckItems(c.items));
  if (!policy::PurposeFromName(c.purpose))
    return absl::InvalidArgumentError(
        "purpose: is no purpose of the agreement schema");
  if (Name(c.decision).empty())
    return absl::InvalidArgumentError("decision: is no known decision");
  if (Name(c.means).empty())
    return absl::InvalidArgumentError("means: is no known means");
  if (Name(c.capacity).empty())
    return absl::InvalidArgumentError("capacity: is no known capacity");
  return CheckTimes(c, now);
}

std::vector<KnownConsent> KnownAt(const std::vector<KnownConsent>& consents,
                                  int64_t at_ms) {
  std::vector<KnownConsent> out;
  for (KnownConsent k : consents) {
    if (k.recorded_at_ms > at_ms) continue;
    if (k.withdrawal_recorded_at_ms.value_or(0) > at_ms) {
      k.withdrawn_at_ms.reset();
      k.withdrawal_recorded_at_ms.reset();
    }
    out.push_back(std::move(k));
  }
  return out;
}

std::optional<int64_t> ConsentDays(const std::vector<KnownConsent>& consents,
                                   const ConsentScope& scope, absl::Time now) {
  if (scope.items.empty()) return std::nullopt;
  const int64_t now_ms = ToMillis(now);
  int64_t days = 0;
  for (const std::string& item : scope.items) {
    const KnownConsent* latest = LatestOn(item, consents, scope);
    if (latest == nullptr || !Holds(*latest, now_ms)) return std::nullopt;
    days = std::max(days, (now_ms - latest->consent.decided_at_ms) / kDayMs);
  }
  return days;
}

std::vector<std::string> RefusedItems(const std::vector<KnownConsent>& consents,
                                      const ConsentScope& scope,
                                      absl::Time now) {
  const int64_t now_ms = ToMillis(now);
  std::vector<std::string> refused;
  for (const std::string& item : scope.items) {
    const KnownConsent* latest = LatestOn(item, consents, scope);
    if (latest != nullptr &&
        (latest->consent.decision == ConsentDecision::kRefused ||
         (latest->withdrawn_at_ms && *latest->withdrawn_at_ms <= now_ms)))
      refused.push_back(item);
  }
  return refused;
}

}  // namespace kinstile::share
