// SPDX-License-Identifier: Apache-2.0
// The published reason that every refused call carries.
#ifndef KINSTILE_GATEWAY_SHARE_REASON_H_
#define KINSTILE_GATEWAY_SHARE_REASON_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace kinstile::share {

// The numbers are those of the protocol (error.proto) and never change.
enum class Reason {
  kNone = 0,
  kUnknownParty = 1,
  kBadSignature = 2,
  kReplayed = 3,
  kExpired = 4,
  kMalformed = 5,
  kVersionMismatch = 6,
  kBudgetExhausted = 7,
  kAuditUnavailable = 8,
  kNotServedHere = 9,
  kUnavailable = 10,
  kInternal = 11,
  kWitnessesMissing = 12,
  kWitnessesStale = 13,
  kTrailRefused = 14,
};

// An error that travels with its reason; the message names field, rule or row.
absl::Status Refuse(absl::StatusCode code, Reason reason,
                    absl::string_view message);
// The same error with a reason, unless it has one.
absl::Status WithReason(absl::Status status, Reason reason);
// kNone when it carries none.
Reason ReasonOf(const absl::Status& status);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_REASON_H_
