// SPDX-License-Identifier: Apache-2.0
// Who can open what: audiences, and the public entries that say so.
#ifndef KINSTILE_GATEWAY_AUDIT_AUDIENCE_H_
#define KINSTILE_GATEWAY_AUDIT_AUDIENCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/sign.h"

namespace kinstile::audit {

// One key of an information-governance team.
struct Recipient {
  std::string key_id;
  crypto::BoxPublicKey key;
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

// Who can open entries written to `id`, an agency's id: its own team, and
// whatever oversight teams the manifest adds. At least one recipient.
struct Audience {
  std::string id;
  std::vector<Recipient> recipients;
  friend bool operator==(const Audience&, const Audience&) = default;
};

// INVALID_ARGUMENT for an empty or repeated id, no recipient, or a key that is
// there twice.
absl::Status CheckAudiences(const std::vector<Audience>& audiences);

// Payload of GENESIS: whose log this is.
struct Genesis {
  std::string origin;
  crypto::VerifyKey key;
};
std::string EncodeGenesis(const Genesis& genesis);
absl::StatusOr<Genesis> DecodeGenesis(absl::string_view bytes);

// Payload of KEYMANIFEST: every recipient from here on. In the tree before any
// of them is used, so that nobody can be added or swapped unseen.
struct KeyManifest {
  Digest manifest_digest;  // of the consortium manifest
  std::vector<Audience> audiences;
};
std::string EncodeKeyManifest(const KeyManifest& manifest);
absl::StatusOr<KeyManifest> DecodeKeyManifest(absl::string_view bytes);

// Payload of KEYFRAME: one epoch's first chain key, sealed to each recipient.
struct SealedKey {
  Recipient recipient;
  std::string sealed;  // HPKE
};
struct KeyFrame {
  std::string audience;
  uint64_t epoch = 0;
  Digest manifest_digest;
  std::vector<SealedKey> keys;
};
std::string EncodeKeyFrame(const KeyFrame& frame);
absl::StatusOr<KeyFrame> DecodeKeyFrame(absl::string_view bytes);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_AUDIENCE_H_
