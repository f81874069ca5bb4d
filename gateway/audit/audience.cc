// SPDX-License-Identifier: Apache-2.0
// Encodings of the public entries.
#include "gateway/audit/audience.h"

#include <set>

#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kGenesisLabel = "kinstile/v1/audit-genesis";
constexpr absl::string_view kManifestLabel = "kinstile/v1/audit-key-manifest";
constexpr absl::string_view kFrameLabel = "kinstile/v1/audit-key-frame";

void EncodeRecipient(Encoder& e, const Recipient& r) {
  e.Bytes(r.key_id).Bytes(r.key.view());
}

absl::StatusOr<Recipient> DecodeRecipient(Decoder& d) {
  Recipient r;
  r.key_id = d.Bytes();
  KS_ASSIGN_OR_RETURN(r.key, crypto::BoxPublicKey::FromBytes(d.Bytes()));
  return r;
}

}  // namespace

absl::Status CheckAudiences(const std::vector<Audience>& audiences) {
  std::set<std::string> ids;
  for (const Audience& a : audiences) {
    if (a.id.empty() || !ids.insert(a.id).second)
      return absl::InvalidArgumentError("audience: id empty or repeated");
    if (a.recipients.empty())
      return absl::InvalidArgumentError("audience: has no recipient");
    std::set<std::string> keys;
    for (const Recipient& r : a.recipients)
      if (r.key_id.empty() || !keys.insert(r.key.str()).second)
        return absl::InvalidArgumentError(
            "audience: a recipient without key id, or one key twice");
  }
  return absl::OkStatus();
}

std::string EncodeGenesis(const Genesis& genesis) {
  Encoder e(kGenesisLabel);
  e.Bytes(genesis.origin).Bytes(genesis.key.view());
  return std::move(e).Take();
}

absl::StatusOr<Genesis> DecodeGenesis(absl::string_view bytes) {
  Decoder d(bytes, kGenesisLabel);
  Genesis g;
  g.origin = d.Bytes();
  KS_ASSIGN_OR_RETURN(g.key, crypto::VerifyKey::FromBytes(d.Bytes()));
  KS_RETURN_IF_ERROR(d.Finish());
  return g;
}

std::string EncodeKeyManifest(const KeyManifest& manifest) {
  Encoder e(kManifestLabel);
  e.Bytes(manifest.manifest_digest.view()).Count(manifest.audiences.size());
  for (const Audience& a : manifest.audiences) {
    e.Bytes(a.id).Count(a.recipients.size());
    for (const Recipient& r : a.recipients) EncodeRecipient(e, r);
  }
  return std::move(e).Take();
}

absl::StatusOr<KeyManifest> DecodeKeyManifest(absl::string_view bytes) {
  Decoder d(bytes, kManifestLabel);
  KeyManifest m;
  KS_ASSIGN_OR_RETURN(m.manifest_digest, Digest::FromBytes(d.Bytes()));
  m.audiences.resize(d.Count(8));
  for (Audience& a : m.audiences) {
    a.id = d.Bytes();
    a.recipients.resize(d.Count(40));
    for (Recipient& r : a.recipients) {
      KS_ASSIGN_OR_RETURN(r, DecodeRecipient(d));
    }
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return m;
}

std::string EncodeKeyFrame(const KeyFrame& frame) {
  Encoder e(kFrameLabel);
  e.Bytes(frame.audience).U64(frame.epoch).Bytes(frame.manifest_digest.view());
  e.Count(frame.keys.size());
  for (const SealedKey& k : frame.keys) {
    EncodeRecipient(e, k.recipient);
    e.Bytes(k.sealed);
  }
  return std::move(e).Take();
}

absl::StatusOr<KeyFrame> DecodeKeyFrame(absl::string_view bytes) {
  Decoder d(bytes, kFrameLabel);
  KeyFrame f;
  f.audience = d.Bytes();
  f.epoch = d.U64();
  KS_ASSIGN_OR_RETURN(f.manifest_digest, Digest::FromBytes(d.Bytes()));
  f.keys.resize(d.Count(44));
  for (SealedKey& k : f.keys) {
    KS_ASSIGN_OR_RETURN(k.recipient, DecodeRecipient(d));
    k.sealed = d.Bytes();
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return f;
}

}  // namespace kinstile::audit
