// SPDX-License-Identifier: Apache-2.0
// Reasons ride on a status as a payload.
#include "gateway/share/reason.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace kinstile::share {
namespace {

constexpr char kPayload[] = "kinstile.reason";

}  // namespace

absl::Status Refuse(absl::StatusCode code, Reason reason,
                    absl::string_view message) {
  return WithReason(absl::Status(code, message), reason);
}

absl::Status WithReason(absl::Status status, Reason reason) {
  if (!status.ok() && ReasonOf(status) == Reason::kNone)
    status.SetPayload(kPayload,
                      absl::Cord(absl::StrCat(static_cast<int>(reason))));
  return status;
}

Reason ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  int number = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &number))
    return Reason::kNone;
  return static_cast<Reason>(number);
}

}  // namespace kinstile::share
