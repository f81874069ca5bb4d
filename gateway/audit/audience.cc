// SPDX-License-Identifier: Apache-2.0
// Scopes and recipients, and the encodings of the entries about them.
#include "gateway/audit/audience.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kGenesisLabel = "kinstile/v1/audit-genesis";
constexpr absl::string_view kManifestLabel = "kinstile/v1/audit-key-manifest";
constexpr absl::string_view kFrameLabel = "kinstile/v1/audit-key-frame";

void EncodeRecipient(Encoder& e, const Recipient& r) {
  e.Bytes(r.key_id).Bytes(r.key.view()).Bytes(r.bucket).Strings(r.agreements);
}

absl::StatusOr<Recipient> DecodeRecipient(Decoder& d) {
  Recipient r;
  r.key_id = d.Bytes();
  KS_ASSIGN_OR_RETURN(r.key, crypto::BoxPublicKey::FromBytes(d.Bytes()));
  r.bucket = d.Bytes();
  r.agreements = d.Strings();
  return r;
}

absl::Status CheckAudience(const Audience& a) {
  if (a.recipients.empty())
    return absl::InvalidArgumentError("audience: has no recipient");
  std::set<std::string> keys;
  for (const Recipient& r : a.recipients) {
    if (r.key_id.empty() || !keys.insert(r.key.str()).second)
      return absl::InvalidArgumentError(
          "audience: a recipient without key id, or one key twice");
    if (!r.bucket.empty() && !IsBucket(r.bucket))
      return absl::InvalidArgumentError(
          "audience: a recipient's bucket is no class and month");
  }
  return absl::OkStatus();
}

bool Lists(const std::vector<std::string>& list, absl::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

}  // namespace

bool IsBucket(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) return false;
  const absl::string_view month = text.substr(slash + 1);
  if (!CheckName("class", text.substr(0, slash)).ok() || month.size() != 7)
    return false;
  for (size_t i = 0; i < month.size(); ++i)
    if (i == 4 ? month[i] != '-' : !absl::ascii_isdigit(month[i])) return false;
  const absl::string_view number = month.substr(5);
  return number >= "01" && number <= "12";
}

absl::Status CheckKeyManifest(const KeyManifest& manifest) {
  std::set<std::string> ids, classes, agreements;
  for (const Audience& a : manifest.audiences) {
    if (a.id.empty() || !ids.insert(a.id).second)
      return absl::InvalidArgumentError("audience: id empty or repeated");
    KS_RETURN_IF_ERROR(CheckAudience(a));
  }
  for (const RetentionClass& c : manifest.classes) {
    if (!CheckName("class", c.name).ok() || !classes.insert(c.name).second)
      return absl::InvalidArgumentError(
          "retention class: its name is none, or repeated");
    for (const std::string& agreement : c.agreements)
      if (agreement.empty() || !agreements.insert(agreement).second)
        return absl::InvalidArgumentError(
            "retention class: an agreement is empty or in two classes");
  }
  return absl::OkStatus();
}

Scope ScopeOf(const KeyManifest& manifest, absl::string_view audience,
              absl::string_view agreement, int64_t time_ms) {
  Scope scope{std::string(audience), {}, {}};
  absl::string_view class_name = kGeneralClass;
  for (const RetentionClass& c : manifest.classes) {
    if (!Lists(c.agreements, agreement)) continue;
    scope.agreement = std::string(agreement);
    class_name = c.name;
  }
  const absl::CivilMonth month =
      absl::ToCivilMonth(absl::FromUnixMillis(time_ms), absl::UTCTimeZone());
  scope.bucket = absl::StrCat(class_name, "/", absl::FormatCivilTime(month));
  return scope;
}

std::vector<Recipient> RecipientsOf(const KeyManifest& manifest,
                                    const Scope& scope) {
  std::vector<Recipient> out;
  for (const Audience& a : manifest.audiences) {
    if (a.id != scope.audience) continue;
    for (const Recipient& r : a.recipients)
      if ((r.bucket.empty() || r.bucket == scope.bucket) &&
          (r.agreements.empty() || Lists(r.agreements, scope.agreement)))
        out.push_back(r);
  }
  return out;
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
  e.Count(manifest.classes.size());
  for (const RetentionClass& c : manifest.classes)
    e.Bytes(c.name).Strings(c.agreements).U32(c.keep_months);
  e.Bytes(manifest.signed_bytes).Count(manifest.signatures.size());
  for (const ManifestSignature& s : manifest.signatures)
    e.Bytes(s.agency).Bytes(s.signature.view());
  return std::move(e).Take();
}

absl::StatusOr<KeyManifest> DecodeKeyManifest(absl::string_view bytes) {
  Decoder d(bytes, kManifestLabel);
  KeyManifest m;
  KS_ASSIGN_OR_RETURN(m.manifest_digest, Digest::FromBytes(d.Bytes()));
  m.audiences.resize(d.Count(8));
  for (Audience& a : m.audiences) {
    a.id = d.Bytes();
    a.recipients.resize(d.Count(48));
    for (Recipient& r : a.recipients) {
      KS_ASSIGN_OR_RETURN(r, DecodeRecipient(d));
    }
  }
  m.classes.resize(d.Count(12));
  for (RetentionClass& c : m.classes) {
    c.name = d.Bytes();
    c.agreements = d.Strings();
    c.keep_months = d.U32();
  }
  m.signed_bytes = d.Bytes();
  m.signatures.resize(d.Count(72));
  for (ManifestSignature& s : m.signatures) {
    s.agency = d.Bytes();
    KS_ASSIGN_OR_RETURN(s.signature, crypto::Signature::FromBytes(d.Bytes()));
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return m;
}

std::string EncodeKeyFrame(const KeyFrame& frame) {
  Encoder e(kFrameLabel);
  e.Bytes(frame.scope.audience)
      .Bytes(frame.scope.agreement)
      .Bytes(frame.scope.bucket)
      .U64(frame.epoch)
      .Bytes(frame.manifest_digest.view())
      .Count(frame.keys.size());
  for (const SealedKey& k : frame.keys) {
    EncodeRecipient(e, k.recipient);
    e.Bytes(k.sealed);
  }
  return std::move(e).Take();
}

absl::StatusOr<KeyFrame> DecodeKeyFrame(absl::string_view bytes) {
  Decoder d(bytes, kFrameLabel);
  KeyFrame f;
  f.scope.audience = d.Bytes();
  f.scope.agreement = d.Bytes();
  f.scope.bucket = d.Bytes();
  f.epoch = d.U64();
  KS_ASSIGN_OR_RETURN(f.manifest_digest, Digest::FromBytes(d.Bytes()));
  f.keys.resize(d.Count(52));
  for (SealedKey& k : f.keys) {
    KS_ASSIGN_OR_RETURN(k.recipient, DecodeRecipient(d));
    k.sealed = d.Bytes();
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return f;
}

}  // namespace kinstile::audit
