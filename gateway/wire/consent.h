// SPDX-License-Identifier: Apache-2.0
// Consents between messages and checked types.
#ifndef KINSTILE_GATEWAY_WIRE_CONSENT_H_
#define KINSTILE_GATEWAY_WIRE_CONSENT_H_

#include "absl/status/statusor.h"
#include "gateway/share/consent.h"
#include "kinstile/v1/consent_service.pb.h"

namespace kinstile::wire {

// INVALID_ARGUMENT naming the field for a wrong size or a malformed name; what
// the fields say is share::CheckConsent's.
absl::StatusOr<share::Consent> FromProto(const v1::Consent& in);
absl::StatusOr<share::KnownConsent> FromProto(const v1::KnownConsent& in);
void ToProto(const share::Consent& in, v1::Consent* out);
void ToProto(const share::KnownConsent& in, v1::KnownConsent* out);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_CONSENT_H_
