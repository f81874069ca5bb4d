// SPDX-License-Identifier: Apache-2.0
// Reading the consortium manifest: nothing in it is believed unsigned.
#ifndef KINSTILE_GATEWAY_WIRE_MANIFEST_H_
#define KINSTILE_GATEWAY_WIRE_MANIFEST_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/crypto/sign.h"
#include "gateway/share/consortium.h"
#include "kinstile/v1/config.pb.h"

namespace kinstile::wire {

// What each signer signs: Ed25519 over this label and the file's exact bytes.
inline constexpr char kManifestLabel[] = "kinstile/v1/manifest";
// How many of the pinned agencies must have signed.
inline constexpr size_t kManifestSigners = 2;

// Pinned keys by agency; the daemon's configuration has them.
using PinnedKeys = std::map<std::string, crypto::VerifyKey>;
// Detached signatures by agency: <file>.<agency>.sig, 64 bytes as hex.
using ManifestSignatures = std::map<std::string, std::string>;

// The witnesses as lines of a c2sp.org/tlog-policy; with `log` lines and the
// manifest's own policy they make one that other people's tools take.
std::string WitnessLines(const share::Consortium& consortium);

// UNAUTHENTICATED unless kManifestSigners different pinned agencies signed
// `bytes`; INVALID_ARGUMENT (file:line:column or field) when the content does
// not hold together: ids, keys, a key or pin used twice, an unknown
// organisation, a threshold that cannot be met, share keys that do not make up
// the whole key, a quorum of witnesses that one agency makes alone.
absl::StatusOr<std::shared_ptr<const share::Consortium>> ParseManifest(
    absl::string_view bytes, absl::string_view file,
    const ManifestSignatures& signatures, const PinnedKeys& pinned);

// The keys that a daemon's configuration pins. INVALID_ARGUMENT naming the file
// when they are fewer than kManifestSigners, or one key occurs twice.
absl::StatusOr<PinnedKeys> ReadPinned(const std::string& config_file,
                                      const v1::ManifestConfig& config);

// The same from `config.file` and the signature files beside it.
absl::StatusOr<std::shared_ptr<const share::Consortium>> LoadManifest(
    const std::string& config_file, const v1::ManifestConfig& config);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_MANIFEST_H_
