// SPDX-License-Identifier: Apache-2.0
// Reads law and agreements from their folders into the policy in force.
#ifndef KINSTILE_GATEWAY_WIRE_POLICY_H_
#define KINSTILE_GATEWAY_WIRE_POLICY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/share/consortium.h"
#include "policy/active_set.h"
#include "policy/loader.h"

namespace kinstile::wire {

// law/*.textproto; for each agreement a folder <id>/agreement.textproto with
// what its parties have signed, <id>/sig/<party>.textproto, and their detached
// signatures <id>/sig/<party>.sig (hex); and beside these folders the register
// agencies.textproto, if there is one, with agencies.textproto.<agency>.sig.
// NOT_FOUND or another error naming the path.
absl::StatusOr<policy::PolicyFiles> ReadPolicyFiles(
    const std::string& law_folder, const std::string& agreements_folder);

// Label of an agency's signature over policy::StatementToSign and
// policy::RegisterToSign.
inline constexpr char kAgreementLabel[] = "kinstile/v1/agreement";

// SHA-256 from gateway/crypto, signatures by the consortium's agencies; drafts
// only when `demonstration`.
policy::LoadOptions PolicyOptions(const share::Consortium& consortium,
                                  absl::Time now);

// INVALID_ARGUMENT with every mistake as file:line:column when anything is
// wrong anywhere: there is no half-loaded policy.
absl::StatusOr<std::shared_ptr<const policy::ActiveSet>> LoadPolicy(
    const std::string& law_folder, const std::string& agreements_folder,
    const share::Consortium& consortium, absl::Time now);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_POLICY_H_
