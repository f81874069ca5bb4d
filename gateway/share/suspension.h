// SPDX-License-Identifier: Apache-2.0
// A party's signed word that flows of its own stop, or go on again.
#ifndef KINSTILE_GATEWAY_SHARE_SUSPENSION_H_
#define KINSTILE_GATEWAY_SHARE_SUSPENSION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/sign.h"
#include "gateway/storage/database.h"
#include "policy/suspension.h"

namespace kinstile::share {

struct Suspension {
  AgencyId party;
  AgreementId agreement;
  std::vector<FlowId> flows;  // empty: every flow of the party
  std::string reason;         // about the agreement, never about a person
  int64_t at_ms = 0;
  bool resume = false;
  friend bool operator==(const Suspension&, const Suspension&) = default;
};

struct SignedSuspension {
  Suspension statement;
  crypto::Signature signature;  // by the party
};

// INVALID_ARGUMENT naming the field: a text too long or missing, too many
// flows, or a time more than five minutes ahead.
absl::Status CheckSuspension(const Suspension& statement, absl::Time now);

// Canonical encoding, label "kinstile/v1/suspension".
std::string Encode(const Suspension& statement);
crypto::Signature SignSuspension(const crypto::SigningKey& key,
                                 const Suspension& statement);
// UNAUTHENTICATED unless `key` signed exactly this.
absl::Status VerifySuspension(const crypto::VerifyKey& key,
                              const SignedSuspension& suspension);

// Keeps the statement for ever. One party's statements about one agreement
// come in the order of their times: FAILED_PRECONDITION for one that is not
// later than the last, so that an old resumption cannot be played again; the
// same statement again changes nothing.
absl::Status KeepSuspension(storage::Transaction& tx,
                            const SignedSuspension& suspension);
// All, in the order of their times.
absl::StatusOr<std::vector<SignedSuspension>> ReadSuspensions(
    storage::Snapshot& snapshot);

std::vector<policy::Suspension> ToPolicy(
    const std::vector<SignedSuspension>& suspensions);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_SUSPENSION_H_
