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

// One key of an information-governance or oversight team.
struct Recipient {
  std::string key_id;
  crypto::BoxPublicKey key;
  // The retention bucket that it opens, "sharing/2026-11"; empty: every one.
  // When a bucket's time is up its keys are destroyed, and with them every copy
  // of what was sealed to them. A key for every bucket outlives that: whoever
  // lists one gives up erasure by time for what it opens.
  std::string bucket = {};
  // Of which agreements; empty: every one.
  std::vector<std::string> agreements = {};
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

// Who can open the entries that are written to `id`, an agency's id.
//
// What is sealed under one chain of keys is narrower: one agency's entries
// about one agreement in one bucket (ScopeOf), to those of these recipients
// whose keys are for it. An agreement's audience is therefore split by party:
// what the holder alone may read (shields, candidates, late refusals) cannot be
// opened by the asker's team although both have signed the same agreement;
// oversight teams are among the recipients of every party.
struct Audience {
  std::string id;
  std::vector<Recipient> recipients;
  friend bool operator==(const Audience&, const Audience&) = default;
};

// Entries about these agreements are kept together, and go together.
struct RetentionClass {
  std::string name;
  std::vector<std::string> agreements;
  uint32_t keep_months = 0;  // for the record; officers destroy the keys
  friend bool operator==(const RetentionClass&,
                         const RetentionClass&) = default;
};
// What no class lists: key evaluations, enrolments, searches, refusals under
// agreements that there are not.
inline constexpr char kGeneralClass[] = "general";

// Payload of KEYMANIFEST: every recipient from here on. In the tree before any
// of them is used, so that nobody can be added or swapped unseen: the entry has
// the consortium manifest's exact bytes and its signatures by at least two
// agencies, from which anybody derives the same recipients again.
struct ManifestSignature {
  std::string agency;
  crypto::Signature signature;
  friend bool operator==(const ManifestSignature&,
                         const ManifestSignature&) = default;
};
struct KeyManifest {
  Digest manifest_digest{};  // SHA-256 of `signed_bytes`
  std::vector<Audience> audiences;
  std::vector<RetentionClass> classes = {};
  std::string signed_bytes = {};
  std::vector<ManifestSignature> signatures = {};
  friend bool operator==(const KeyManifest&, const KeyManifest&) = default;
};
std::string EncodeKeyManifest(const KeyManifest& manifest);
absl::StatusOr<KeyManifest> DecodeKeyManifest(absl::string_view bytes);

// INVALID_ARGUMENT for an empty or repeated id, no recipient, a key that is
// there twice, a bucket that is none, an agreement in two classes.
absl::Status CheckKeyManifest(const KeyManifest& manifest);

// What one chain of keys seals.
struct Scope {
  std::string audience;
  std::string agreement;  // empty: of no agreement that a class lists
  std::string bucket;     // "sharing/2026-11"
  friend auto operator<=>(const Scope&, const Scope&) = default;
};
// The scope of an entry to `audience` about `agreement` at this time (UTC).
Scope ScopeOf(const KeyManifest& manifest, absl::string_view audience,
              absl::string_view agreement, int64_t time_ms);
// Who is given a scope's keys, in the manifest's order.
std::vector<Recipient> RecipientsOf(const KeyManifest& manifest,
                                    const Scope& scope);
// "general/2026-11" and nothing else: a class name (CheckName) and a month.
bool IsBucket(absl::string_view text);

// Payload of GENESIS: whose log this is.
struct Genesis {
  std::string origin;
  crypto::VerifyKey key;
};
std::string EncodeGenesis(const Genesis& genesis);
absl::StatusOr<Genesis> DecodeGenesis(absl::string_view bytes);

// Payload of KEYFRAME: one epoch's first chain key, sealed to each recipient.
struct SealedKey {
  Recipient recipient;
  std::string sealed;  // HPKE
};
struct KeyFrame {
  Scope scope;
  uint64_t epoch = 0;
  Digest manifest_digest;
  std::vector<SealedKey> keys;
};
std::string EncodeKeyFrame(const KeyFrame& frame);
absl::StatusOr<KeyFrame> DecodeKeyFrame(absl::string_view bytes);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_AUDIENCE_H_
