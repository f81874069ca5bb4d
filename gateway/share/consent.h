// SPDX-License-Identifier: Apache-2.0
// A consent, and when it is a YES: given, unexpired, not withdrawn, and naming
// this giver, this receiver, this purpose and every one of these items.
#ifndef KINSTILE_GATEWAY_SHARE_CONSENT_H_
#define KINSTILE_GATEWAY_SHARE_CONSENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gateway/base/ids.h"

namespace kinstile::share {

struct ConsentTag {
  static constexpr char kWhat[] = "consent id";
};
using ConsentId = FixedBytes<16, ConsentTag>;

// Numbers are those of the protocol (consent_service.proto).
enum class ConsentDecision : uint8_t { kGiven = 1, kRefused = 2 };
enum class ConsentMeans : uint8_t { kSigned = 1, kSpoken = 2, kOnline = 3 };
enum class ConsentCapacity : uint8_t {
  kOwn = 1,
  kCompetentYoungPerson = 2,
  kParentalResponsibility = 3,
  kAttorneyOrDeputy = 4,
};
// The words of the protocol without their prefix; "" for no such number.
absl::string_view Name(ConsentDecision value);
absl::string_view Name(ConsentMeans value);
absl::string_view Name(ConsentCapacity value);

// One person, one giver, one receiver, one purpose. No name, no free text.
struct Consent {
  ConsentId id;
  Handle handle;  // the recording agency's own
  AgencyId from;
  AgencyId to;
  std::vector<std::string> items;
  std::string purpose;  // a word of the agreement schema
  ConsentDecision decision = ConsentDecision::kGiven;
  ConsentMeans means = ConsentMeans::kSigned;
  ConsentCapacity capacity = ConsentCapacity::kOwn;
  int64_t decided_at_ms = 0;
  int64_t expires_at_ms = 0;  // a refusal has no end: 0
  friend bool operator==(const Consent&, const Consent&) = default;
};

// Both when things happened and when they were recorded.
struct KnownConsent {
  Consent consent;
  int64_t recorded_at_ms = 0;
  std::optional<int64_t> withdrawn_at_ms;
  std::optional<int64_t> withdrawal_recorded_at_ms;
  friend bool operator==(const KnownConsent&, const KnownConsent&) = default;
};

// INVALID_ARGUMENT naming the field: `recorder` is neither giver nor receiver,
// no items or one twice, a purpose or number that is none, decided in the
// future, no end or one before the decision (or a refusal with an end).
absl::Status CheckConsent(const AgencyId& recorder, const Consent& consent,
                          absl::Time now);

// What was known at `at_ms` of what is known now: for replaying a decision.
std::vector<KnownConsent> KnownAt(const std::vector<KnownConsent>& consents,
                                  int64_t at_ms);

struct ConsentScope {
  AgencyId from;
  AgencyId to;
  std::string purpose;
  std::vector<std::string> items;
};

// Days since the consent of one person, of whom `consents` are all there are;
// of several that are needed for the items, the oldest. Nothing unless every
// item is covered. For each item the latest decision counts, whatever it is: a
// refusal or a withdrawn or expired consent is not made good by an older one.
std::optional<int64_t> ConsentDays(const std::vector<KnownConsent>& consents,
                                   const ConsentScope& scope, absl::Time now);

// Of the scope's items those on which the person's latest word is a refusal or
// a withdrawal. Never having been asked is none, and neither is an expiry.
std::vector<std::string> RefusedItems(const std::vector<KnownConsent>& consents,
                                      const ConsentScope& scope,
                                      absl::Time now);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_CONSENT_H_
