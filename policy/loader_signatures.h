// SPDX-License-Identifier: Apache-2.0
// The statements that parties sign, written and held against what they sign.
#ifndef KINSTILE_POLICY_LOADER_SIGNATURES_H_
#define KINSTILE_POLICY_LOADER_SIGNATURES_H_

#include <string>
#include <vector>

#include "policy/active_set.h"
#include "policy/loader.h"
#include "policy/loader_report.h"

namespace kinstile::v1 {
class Agreement;
}  // namespace kinstile::v1

namespace kinstile::policy::internal {

// What every party of one agreement signs, but for who signs, and when.
// Digests are lower-case hex.
struct SignedParts {
  const Agreement& agreement;
  std::string agreement_digest;
  std::string catalogue_digest;
  std::string schema_digest;
  std::string rendering_digest;
};

// A SignatureStatement as text.
std::string WriteStatement(const SignedParts& parts, const Party& party,
                           absl::CivilDay on);

// A signed agreement needs the signature of every party (LP182).
void CheckAllSigned(const v1::Agreement& agreement, const Node& node,
                    const AgreementFiles& files, Report* report);

// Every signature that is there must be a party's, by the key that it used on
// that day (LP183), over a statement that says exactly these parts (LP182).
// Issues name the statement's file. The parties whose signatures hold, ordered.
std::vector<std::string> CheckSignatures(const SignedParts& parts,
                                         const Agencies& agencies,
                                         const AgreementFiles& files,
                                         const LoadOptions& options,
                                         std::vector<Issue>* issues);

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_LOADER_SIGNATURES_H_
