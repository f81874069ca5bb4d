// SPDX-License-Identifier: Apache-2.0
// Shape, canonical bytes and signature of a request.
#include "gateway/share/request.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gateway/base/encoding.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/plain_text.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "policy/vocabulary.h"

namespace kinstile::share {
namespace {

constexpr char kLabel[] = "kinstile/v2/share-request";

absl::Status CheckText(absl::string_view field, const std::string& text,
                       bool required) {
  if (required && text.empty())
    return absl::InvalidArgumentError(absl::StrCat(field, ": is missing"));
  if (text.size() > kMaxText)
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": is longer than ", kMaxText, " bytes"));
  // Officers will read it.
  if (!IsPlain(text))
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": has a control character, or is not UTF-8"));
  return absl::OkStatus();
}

absl::Status CheckCount(absl::string_view field, size_t n, size_t least,
                        size_t most) {
  if (n < least || n > most)
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": there must be ", least, " to ", most));
  return absl::OkStatus();
}

absl::Status CheckMember(const QueryMember& member) {
  KS_RETURN_IF_ERROR(
      CheckCount("members.tokens", member.tokens.size(), 0, kMatchKeys.size()));
  int last = -1;
  for (const KeyedToken& t : member.tokens) {
    if (FindMatchKey(t.key) == nullptr)
      return absl::InvalidArgumentError(
          "members.tokens.key: is no known match-key");
    if (t.key <= last)
      return absl::InvalidArgumentError(
          "members.tokens.key: must ascend without repeats");
    last = t.key;
  }
  return absl::OkStatus();
}

absl::Status CheckConsented(const SourceAsk& ask, size_t members) {
  int64_t last = -1;
  for (uint32_t member : ask.consented) {
    if (member >= members || member <= last)
      return absl::InvalidArgumentError(
          "asks.consented: must ascend and name members");
    last = member;
  }
  if (ask.consent_days < 0 || (ask.consented.empty() && ask.consent_days != 0))
    return absl::InvalidArgumentError("asks.consent_days: is of no consent");
  return absl::OkStatus();
}

absl::Status CheckTrainedOn(const std::string& day) {
  absl::CivilDay parsed;
  if (day.empty() || (day.size() == 10 && absl::ParseCivilTime(day, &parsed)))
    return absl::OkStatus();
  return absl::InvalidArgumentError("trained_on: must be YYYY-MM-DD");
}

absl::Status CheckAsk(const SourceAsk& ask) {
  if (!ask.flow.empty()) KS_RETURN_IF_ERROR(FlowId::Create(ask.flow).status());
  KS_RETURN_IF_ERROR(CheckCount("asks.items", ask.items.size(), 0, kMaxItems));
  std::set<std::string> items;
  for (const std::string& item : ask.items) {
    KS_RETURN_IF_ERROR(CheckText("asks.items", item, true));
    if (!items.insert(item).second)
      return absl::InvalidArgumentError("asks.items: names an item twice");
  }
  if (!ask.grains.empty() && ask.grains.size() != ask.items.size())
    return absl::InvalidArgumentError(
        "asks.grains: there must be one for each item, or none");
  for (const std::string& grain : ask.grains)
    KS_RETURN_IF_ERROR(CheckText("asks.grains", grain, false));
  if (ask.comparison.size() > kMaxComparison)
    return absl::InvalidArgumentError("asks.comparison: is too long");
  if (!ask.comparison.empty() &&
      ask.comparison_digest != crypto::Sha256(ask.comparison))
    return absl::InvalidArgumentError("asks.comparison: is not the signed one");
  return absl::OkStatus();
}

}  // namespace

void SourceAsk::SetComparison(std::string bytes) {
  comparison_digest = bytes.empty() ? Digest() : crypto::Sha256(bytes);
  comparison = std::move(bytes);
}

SignedRequest WithoutComparisons(const SignedRequest& request) {
  SignedRequest out = request;
  for (SourceAsk& ask : out.request.asks) ask.comparison.clear();
  return out;
}

absl::Status CheckShape(const ShareRequest& r) {
  KS_RETURN_IF_ERROR(CheckText("purpose", r.purpose, true));
  KS_RETURN_IF_ERROR(CheckText("mode", r.mode, true));
  KS_RETURN_IF_ERROR(CheckText("practitioner", r.practitioner, true));
  KS_RETURN_IF_ERROR(CheckText("role", r.role, true));
  KS_RETURN_IF_ERROR(CheckText("reason", r.reason, true));
  KS_RETURN_IF_ERROR(CheckText("nation", r.nation, false));
  KS_RETURN_IF_ERROR(CheckTrainedOn(r.trained_on));
  KS_RETURN_IF_ERROR(CheckCount("facts", r.facts.size(), 0, 64));
  // Counts are of everybody whom a source knows: the question names nobody.
  const bool counts = r.mode == policy::Name(policy::Mode::kAskCounts);
  KS_RETURN_IF_ERROR(CheckCount("members", r.members.size(), counts ? 0 : 1,
                                counts ? 0 : kMaxMembers));
  KS_RETURN_IF_ERROR(CheckCount("asks", r.asks.size(), 1, kMaxAsks));
  std::set<std::string> facts;
  for (const AssertedFact& f : r.facts) {
    KS_RETURN_IF_ERROR(CheckText("facts.condition", f.condition, true));
    if (!facts.insert(f.condition).second)
      return absl::InvalidArgumentError("facts: names a condition twice");
  }
  std::set<Handle> handles;
  for (const QueryMember& m : r.members) {
    KS_RETURN_IF_ERROR(CheckMember(m));
    if (!handles.insert(m.handle).second)
      return absl::InvalidArgumentError("members: names a person twice");
  }
  std::set<AgencyId> agencies = {r.agency};
  for (const SourceAsk& a : r.asks) {
    KS_RETURN_IF_ERROR(CheckAsk(a));
    KS_RETURN_IF_ERROR(CheckConsented(a, r.members.size()));
    if (!agencies.insert(a.agency).second)
      return absl::InvalidArgumentError(
          "asks.agency: is the requester or asked twice");
  }
  return absl::OkStatus();
}

std::string Encode(const ShareRequest& r) {
  Encoder e(kLabel);
  e.Bytes(r.id.view()).Bytes(r.agency.str()).Bytes(r.agreement.str());
  e.Bytes(r.purpose).Bytes(r.mode);
  e.Bytes(r.practitioner).Bytes(r.role).Bytes(r.reason);
  e.Count(r.facts.size());
  for (const AssertedFact& f : r.facts)
    e.Bytes(f.condition)
        .Bool(f.holds)
        .Bool(f.number.has_value())
        .I64(f.number.value_or(0));
  e.I64(r.expires_at_ms).Bytes(r.sealing_key.view());
  e.U32(r.identity_spec_version).U32(r.key_epoch);
  e.Bytes(r.manifest_digest.view());
  e.Count(r.members.size());
  for (const QueryMember& m : r.members) {
    e.Bytes(m.handle.view()).Count(m.tokens.size());
    for (const KeyedToken& t : m.tokens) e.U8(t.key).Bytes(t.token.view());
  }
  e.Count(r.asks.size());
  for (const SourceAsk& a : r.asks) {
    e.Bytes(a.agency.str()).Bytes(a.flow).Strings(a.items);
    e.Bytes(a.comparison_digest.view());
    e.Count(a.consented.size());
    for (uint32_t member : a.consented) e.U32(member);
    e.I64(a.consent_days).Strings(a.grains);
  }
  e.Bytes(r.trained_on).Bytes(r.nation);
  e.Bytes(r.comparison_key.view());
  return std::move(e).Take();
}

Digest RequestDigest(const ShareRequest& request) {
  return crypto::Sha256(Encode(request));
}

crypto::Signature SignRequest(const crypto::SigningKey& key,
                              const ShareRequest& request) {
  return key.Sign(kLabel, RequestDigest(request).view());
}

absl::Status VerifyRequest(const crypto::VerifyKey& key,
                           const Digest& request_digest,
                           const crypto::Signature& signature) {
  return crypto::Verify(key, kLabel, request_digest.view(), signature);
}

absl::Status CheckExpiry(const ShareRequest& request, absl::Time now) {
  const absl::Time expires = absl::FromUnixMillis(request.expires_at_ms);
  if (expires <= now)
    return absl::DeadlineExceededError("expires_at: the request has expired");
  if (expires > now + kMaxLifetime)
    return absl::InvalidArgumentError(
        "expires_at: lies more than ten minutes ahead");
  return absl::OkStatus();
}

}  // namespace kinstile::share
