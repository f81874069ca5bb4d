// SPDX-License-Identifier: Apache-2.0
// Which trail an officer's command is about, and where a copy of it lies.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_TRAIL_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_TRAIL_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "gateway/audit/copy.h"
#include "gateway/audit/open.h"
#include "gateway/audit/verify.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/sign.h"
#include "kinstile/v1/config.pb.h"

namespace kinstile::cli {

// Options that the commands of `kinstile audit` share.
struct Trail {
  std::string store;
  std::string config;
  std::string party = "gateway";
  std::string origin;
  std::string log_key;
  std::vector<std::string> receipts;     // files
  std::vector<std::string> checkpoints;  // files
  std::string audience;
  std::vector<std::string> key_files;
  std::string as_of;
  std::string index_file;  // of verify: an officer's own
  bool json = false;

  void AddTo(CLI::App* command, bool needs_store = true);
  // --receipt, --checkpoint and --as-of.
  void AddEvidenceTo(CLI::App* command);
  // --audience and --key.
  void AddReaderTo(CLI::App* command, bool required = true);
};

// kNotVerified for UNAUTHENTICATED and DATA_LOSS (a copy that is damaged was
// looked at and does not hold), kUsage for INVALID_ARGUMENT, else kFailed.
int ExitCodeOf(const absl::Status& status);

// Whose log it is: believed from the signed manifest, or given by hand.
struct LogIdentity {
  std::string origin;
  crypto::VerifyKey key;
};
absl::StatusOr<LogIdentity> Identify(const Trail& trail);

// Believes the manifests in a trail by the keys that --config pins; none
// without --config.
absl::StatusOr<audit::ManifestReader> ManifestsOf(const Trail& trail);

// The agency of --config, unless --audience says another.
absl::StatusOr<std::string> AudienceOf(const Trail& trail);
// At least one, in the order given. INVALID_ARGUMENT without any.
absl::StatusOr<std::vector<crypto::BoxSecretKey>> OfficerKeys(
    const Trail& trail);

// Runs `body` on the copy at `path`: a store, a copy of one, or an exported
// folder.
absl::Status WithCopy(
    const std::string& path, absl::string_view origin,
    absl::FunctionRef<absl::Status(audit::LogCopy& copy)> body);

// What the adapter of --config has kept of this log (receipts, what its witness
// cosigned and refused), and what is in the files.
absl::StatusOr<audit::Evidence> EvidenceOf(const Trail& trail,
                                           const LogIdentity& log);

// All that a copy is verified with, but for progress.
absl::StatusOr<audit::VerifyOptions> OptionsOf(const Trail& trail,
                                               audit::Evidence evidence);

// Verifies the trail with progress and all the evidence there is.
absl::StatusOr<audit::VerifyReport> Verify(const Trail& trail,
                                           const LogIdentity& log,
                                           audit::Evidence evidence);

// The logs that a verified one carries on, newest first, as far as they are in
// the same store; none is verified that is not there.
struct EarlierLog {
  std::string origin;
  std::optional<audit::VerifyReport> report;
};
absl::StatusOr<std::vector<EarlierLog>> VerifyEarlierLogs(
    const Trail& trail, const LogIdentity& log,
    const audit::VerifyReport& report);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_TRAIL_H_
