// SPDX-License-Identifier: Apache-2.0
// Is this request what it says, from whom it says, and for the first time?
#ifndef KINSTILE_GATEWAY_SHARE_ADMISSION_H_
#define KINSTILE_GATEWAY_SHARE_ADMISSION_H_

#include "absl/status/statusor.h"
#include "gateway/base/clock.h"
#include "gateway/share/consortium.h"
#include "gateway/share/replay.h"
#include "gateway/share/request.h"

namespace kinstile::share {

// What the gateway and every source check for themselves before anything else:
// the shape, the requester's signature under the manifest in force, expiry, the
// versions, and that the id is new. Refusals carry their Reason:
// kBadSignature, kExpired, kVersionMismatch, kMalformed, kReplayed. Returns the
// request's digest.
absl::StatusOr<Digest> Admit(const SignedRequest& signed_request,
                             const Consortium& consortium, ReplayGuard& replays,
                             absl::Time now);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_ADMISSION_H_
