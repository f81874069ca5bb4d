// SPDX-License-Identifier: Apache-2.0
// Suspensions between messages and checked types.
#ifndef KINSTILE_GATEWAY_WIRE_SUSPENSION_H_
#define KINSTILE_GATEWAY_WIRE_SUSPENSION_H_

#include "absl/status/statusor.h"
#include "gateway/share/suspension.h"
#include "kinstile/v1/policy_service.pb.h"

namespace kinstile::wire {

// INVALID_ARGUMENT naming the field for a malformed name, a signature of
// another size, or when neither suspending nor resuming is said.
absl::StatusOr<share::SignedSuspension> FromProto(
    const v1::SignedSuspension& in);
void ToProto(const share::SignedSuspension& in, v1::SignedSuspension* out);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_SUSPENSION_H_
