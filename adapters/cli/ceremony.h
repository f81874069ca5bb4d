// SPDX-License-Identifier: Apache-2.0
// The key ceremony: everything a new consortium needs, made once.
#ifndef KINSTILE_ADAPTERS_CLI_CEREMONY_H_
#define KINSTILE_ADAPTERS_CLI_CEREMONY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kinstile::cli {

struct AgencyPlan {
  std::string id;
  std::string name;
  uint64_t register_size = 100'000;
};
struct KeyHolderPlan {
  std::string id;
  std::string organisation;  // an agency's id
};
struct ConsortiumPlan {
  std::string name;
  bool demonstration = false;
  std::vector<AgencyPlan> agencies;  // at least two
  std::string gateway = "gateway";
  // The team that reads every agency's part of the audit.
  std::string oversight = "oversight";
  // Keys for the audit of so many months, this one first, each destroyed when
  // its entries are to go. 0: one key for ever, and nothing can be erased by
  // time.
  int audit_months = 0;
  int keep_months = 24;
  // The agreements whose entries are kept together, as class "sharing".
  std::vector<std::string> agreements;
  std::vector<KeyHolderPlan> key_holders;
  int threshold = 1;  // holders that must answer
  // Agencies that must have witnessed the trail; 0: more than half, at least
  // two.
  int witness_quorum = 0;
  // Seconds after which sensitive answers, and all, stop without a quorum; 0:
  // the defaults.
  uint32_t witness_sensitive_seconds = 0;
  uint32_t witness_ordinary_seconds = 0;
  absl::Duration certificate_life = absl::Hours(24 * 365);
};

// Writes under `folder` (created, 0700; must be empty or absent):
//   manifest.textproto, manifest.textproto.<agency>.sig
//   ca/{ca.pem,ca-key.pem}
//   <party>/tls/{cert.pem,key.pem,ca.pem}
//   <agency>/{signing,comparison,handle,witness}.key
//   <agency>/officer/audit.key
//   <oversight>/officer/audit.key
//   (with audit_months, in place of audit.key: <class>-<yyyy-mm>.key)
//   <gateway>/{log,index}.key   <key holder>/{log,share}.key
//   <gateway or key holder>/backup.pub, backup/<gateway or key holder>.key
// Every secret has mode 0600; nothing is ever overwritten. The manifest is
// signed by the first two agencies. INVALID_ARGUMENT naming what is wrong with
// the plan; ALREADY_EXISTS when the folder holds something.
//
// In a real consortium each party makes its own keys and hands over the public
// halves; one command that makes all is for trying out, tests and small sites.
absl::Status HoldCeremony(const ConsortiumPlan& plan, const std::string& folder,
                          absl::Time now);

// Signs the manifest's exact bytes for `agency` with its signing key file and
// writes <manifest>.<agency>.sig: what an agency does when it agrees to a new
// version. Errors name the path.
absl::Status SignManifest(const std::string& manifest,
                          const std::string& agency,
                          const std::string& key_file);

// The lines of a configuration that pin the manifest of `folder`.
absl::StatusOr<std::string> ManifestConfigText(const std::string& folder,
                                               const ConsortiumPlan& plan);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_CEREMONY_H_
