// SPDX-License-Identifier: Apache-2.0
// Admission of a signed request, in the order cheap to dear.
#include "gateway/share/admission.h"

#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"

namespace kinstile::share {

absl::StatusOr<Digest> Admit(const SignedRequest& signed_request,
                             const Consortium& consortium, ReplayGuard& replays,
                             absl::Time now) {
  const ShareRequest& request = signed_request.request;
  const Agency* requester = consortium.FindAgency(request.agency);
  if (requester == nullptr)
    return Refuse(absl::StatusCode::kUnauthenticated, Reason::kUnknownParty,
                  "agency: is not in the manifest in force");
  KS_RETURN_IF_ERROR(WithReason(CheckShape(request), Reason::kMalformed));
  KS_RETURN_IF_ERROR(WithReason(CheckExpiry(request, now), Reason::kExpired));
  if (request.identity_spec_version != kIdentitySpecVersion)
    return Refuse(absl::StatusCode::kFailedPrecondition,
                  Reason::kVersionMismatch,
                  "identity_spec_version: is not the one in use");
  if (request.key_epoch != consortium.key_epoch)
    return Refuse(absl::StatusCode::kFailedPrecondition,
                  Reason::kVersionMismatch,
                  "key_epoch: is not the one in force");
  if (request.manifest_digest != consortium.digest)
    return Refuse(absl::StatusCode::kFailedPrecondition,
                  Reason::kVersionMismatch,
                  "manifest_digest: is not the manifest in force");
  const Digest digest = RequestDigest(request);
  KS_RETURN_IF_ERROR(WithReason(
      VerifyRequest(requester->signing_key, digest, signed_request.signature),
      Reason::kBadSignature));
  // Last, so that nobody can use up another agency's ids.
  KS_RETURN_IF_ERROR(replays.Claim(request, now));
  return digest;
}

}  // namespace kinstile::share
