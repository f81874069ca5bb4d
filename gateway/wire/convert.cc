// SPDX-License-Identifier: Apache-2.0
// Conversion, field by field, with the field's name in every error.
#include "gateway/wire/convert.h"

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::wire {
namespace {

using google::protobuf::RepeatedPtrField;

template <class Id>
absl::Status ReadBytes(absl::string_view field, const std::string& raw,
                       Id& out) {
  auto id = Id::FromBytes(raw);
  if (!id.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": must be ", Id::kSize, " bytes"));
  out = *id;
  return absl::OkStatus();
}

template <class N>
absl::Status ReadName(absl::string_view field, const std::string& text,
                      N& out) {
  auto name = N::Create(text);
  if (!name.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": ", name.status().message()));
  out = *std::move(name);
  return absl::OkStatus();
}

absl::StatusOr<share::AssertedFact> FromProto(const v1::AssertedFact& in) {
  share::AssertedFact fact{in.condition(), in.truth() == "YES", {}};
  if (in.truth() != "YES" && in.truth() != "NO")
    return absl::InvalidArgumentError("facts.truth: must be YES or NO");
  if (in.has_number()) fact.number = in.number();
  return fact;
}

absl::StatusOr<share::QueryMember> FromProto(const v1::QueryMember& in) {
  share::QueryMember member;
  KS_RETURN_IF_ERROR(ReadBytes("members.handle", in.handle(), member.handle));
  KS_ASSIGN_OR_RETURN(member.tokens, wire::FromProto(in.tokens()));
  return member;
}

absl::Status ReadScalars(const v1::ShareRequest& in, share::ShareRequest& r) {
  KS_RETURN_IF_ERROR(ReadBytes("request_id", in.request_id(), r.id));
  KS_RETURN_IF_ERROR(ReadName("agency", in.agency(), r.agency));
  KS_RETURN_IF_ERROR(ReadName("agreement", in.agreement(), r.agreement));
  r.purpose = in.purpose();
  r.mode = in.mode();
  r.practitioner = in.practitioner();
  r.role = in.role();
  r.reason = in.reason();
  r.trained_on = in.trained_on();
  r.nation = in.nation();
  r.expires_at_ms = in.expires_at_ms();
  KS_RETURN_IF_ERROR(ReadBytes("sealing_key", in.sealing_key(), r.sealing_key));
  r.identity_spec_version = in.identity_spec_version();
  r.key_epoch = in.key_epoch();
  KS_RETURN_IF_ERROR(
      ReadBytes("comparison_key", in.comparison_key(), r.comparison_key));
  return ReadBytes("manifest_digest", in.manifest_digest(), r.manifest_digest);
}

absl::StatusOr<share::SealedItem> FromProto(const v1::SealedItem& in) {
  share::SealedItem item;
  item.label = {in.member(), in.item(), in.granularity(), in.as_of_ms()};
  item.sealed = in.sealed();
  KS_RETURN_IF_ERROR(ReadBytes("answer.items.sealed_sha256", in.sealed_sha256(),
                               item.sealed_sha256));
  return item;
}

}  // namespace

absl::StatusOr<std::vector<KeyedToken>> FromProto(
    const RepeatedPtrField<v1::KeyedToken>& tokens) {
  std::vector<KeyedToken> out;
  out.reserve(tokens.size());
  for (const v1::KeyedToken& t : tokens) {
    if (t.key() > 255)
      return absl::InvalidArgumentError("tokens.key: is no known match-key");
    KeyedToken token{static_cast<KeyId>(t.key()), {}};
    KS_RETURN_IF_ERROR(ReadBytes("tokens.token", t.token(), token.token));
    out.push_back(token);
  }
  return out;
}

absl::StatusOr<share::SourceAsk> FromProto(const v1::SourceAsk& in) {
  share::SourceAsk ask;
  KS_RETURN_IF_ERROR(ReadName("asks.agency", in.agency(), ask.agency));
  ask.flow = in.flow();
  ask.items.assign(in.items().begin(), in.items().end());
  ask.grains.assign(in.grains().begin(), in.grains().end());
  ask.comparison = in.comparison();
  ask.consented.assign(in.consented().begin(), in.consented().end());
  ask.consent_days = in.consent_days();
  if (!in.comparison_sha256().empty())
    KS_RETURN_IF_ERROR(ReadBytes("asks.comparison_sha256",
                                 in.comparison_sha256(),
                                 ask.comparison_digest));
  return ask;
}

absl::StatusOr<share::SignedRequest> FromProto(
    const v1::SignedShareRequest& in) {
  share::SignedRequest out;
  const v1::ShareRequest& r = in.request();
  KS_RETURN_IF_ERROR(ReadScalars(r, out.request));
  for (const auto& f : r.facts()) {
    KS_ASSIGN_OR_RETURN(share::AssertedFact fact, FromProto(f));
    out.request.facts.push_back(std::move(fact));
  }
  for (const auto& m : r.members()) {
    KS_ASSIGN_OR_RETURN(share::QueryMember member, FromProto(m));
    out.request.members.push_back(std::move(member));
  }
  for (const auto& a : r.asks()) {
    KS_ASSIGN_OR_RETURN(share::SourceAsk ask, FromProto(a));
    out.request.asks.push_back(std::move(ask));
  }
  KS_RETURN_IF_ERROR(ReadBytes("signature", in.signature(), out.signature));
  return out;
}

absl::StatusOr<share::SourceAnswer> FromProto(const v1::SourceAnswer& in) {
  share::SourceAnswer out;
  KS_RETURN_IF_ERROR(ReadBytes("answer.request_digest", in.request_digest(),
                               out.request_digest));
  KS_RETURN_IF_ERROR(ReadName("answer.agency", in.agency(), out.agency));
  out.agreement_digest = in.agreement_digest();
  if (in.status() < v1::SOURCE_STATUS_ANSWERED ||
      in.status() > v1::SOURCE_STATUS_UNREACHABLE)
    return absl::InvalidArgumentError("answer.status: is no known status");
  out.status = static_cast<share::SourceStatus>(in.status());
  for (const auto& i : in.items()) {
    KS_ASSIGN_OR_RETURN(share::SealedItem item, FromProto(i));
    out.items.push_back(std::move(item));
  }
  for (const auto& w : in.withheld()) out.withheld.push_back(FromProto(w));
  out.obligations.assign(in.obligations().begin(), in.obligations().end());
  KS_RETURN_IF_ERROR(
      ReadBytes("answer.signature", in.signature(), out.signature));
  return out;
}

absl::StatusOr<std::vector<share::MatchedMember>> FromProto(
    const RepeatedPtrField<v1::MatchedMember>& in) {
  std::vector<share::MatchedMember> out;
  for (const auto& m : in) {
    share::MatchedMember member{m.member(), {}};
    KS_RETURN_IF_ERROR(ReadBytes("matched.handle", m.handle(), member.handle));
    out.push_back(member);
  }
  return out;
}

share::WithheldItem FromProto(const v1::WithheldItem& in) {
  return {in.item(), in.rule(), in.layer(), in.reason()};
}

void ToProto(const std::vector<KeyedToken>& in,
             RepeatedPtrField<v1::KeyedToken>* out) {
  for (const KeyedToken& t : in) {
    v1::KeyedToken* token = out->Add();
    token->set_key(t.key);
    token->set_token(t.token.str());
  }
}

void ToProto(const share::SignedRequest& in, v1::SignedShareRequest* out) {
  const share::ShareRequest& r = in.request;
  v1::ShareRequest* to = out->mutable_request();
  to->set_request_id(r.id.str());
  to->set_agency(r.agency.str());
  to->set_agreement(r.agreement.str());
  to->set_purpose(r.purpose);
  to->set_mode(r.mode);
  to->set_practitioner(r.practitioner);
  to->set_role(r.role);
  to->set_reason(r.reason);
  to->set_trained_on(r.trained_on);
  to->set_nation(r.nation);
  for (const share::AssertedFact& f : r.facts) {
    v1::AssertedFact* fact = to->add_facts();
    fact->set_condition(f.condition);
    fact->set_truth(f.holds ? "YES" : "NO");
    if (f.number) fact->set_number(*f.number);
  }
  to->set_expires_at_ms(r.expires_at_ms);
  to->set_sealing_key(r.sealing_key.str());
  to->set_comparison_key(r.comparison_key.str());
  to->set_identity_spec_version(r.identity_spec_version);
  to->set_key_epoch(r.key_epoch);
  to->set_manifest_digest(r.manifest_digest.str());
  for (const share::QueryMember& m : r.members) {
    v1::QueryMember* member = to->add_members();
    member->set_handle(m.handle.str());
    ToProto(m.tokens, member->mutable_tokens());
  }
  for (const share::SourceAsk& a : r.asks) {
    v1::SourceAsk* ask = to->add_asks();
    ask->set_agency(a.agency.str());
    ask->set_flow(a.flow);
    for (const std::string& item : a.items) ask->add_items(item);
    for (const std::string& grain : a.grains) ask->add_grains(grain);
    ask->set_comparison(a.comparison);
    for (uint32_t member : a.consented) ask->add_consented(member);
    ask->set_consent_days(a.consent_days);
    if (a.comparison_digest != Digest())
      ask->set_comparison_sha256(a.comparison_digest.str());
  }
  out->set_signature(in.signature.str());
}

void ToProto(const share::SourceAnswer& in, v1::SourceAnswer* out) {
  out->set_request_digest(in.request_digest.str());
  out->set_agency(in.agency.str());
  out->set_agreement_digest(in.agreement_digest);
  out->set_status(static_cast<v1::SourceStatus>(in.status));
  for (const share::SealedItem& i : in.items) {
    v1::SealedItem* item = out->add_items();
    item->set_member(i.label.member);
    item->set_item(i.label.item);
    item->set_granularity(i.label.granularity);
    item->set_as_of_ms(i.label.as_of_ms);
    item->set_sealed(i.sealed);
    item->set_sealed_sha256(i.sealed_sha256.str());
  }
  for (const share::WithheldItem& w : in.withheld)
    ToProto(w, out->add_withheld());
  for (const std::string& o : in.obligations) out->add_obligations(o);
  out->set_signature(in.signature.str());
}

void ToProto(const std::vector<share::MatchedMember>& in,
             RepeatedPtrField<v1::MatchedMember>* out) {
  for (const share::MatchedMember& m : in) {
    v1::MatchedMember* member = out->Add();
    member->set_member(m.member);
    member->set_handle(m.handle.str());
  }
}

void ToProto(const share::WithheldItem& in, v1::WithheldItem* out) {
  out->set_item(in.item);
  out->set_rule(in.rule);
  out->set_layer(in.layer);
  out->set_reason(in.reason);
}

absl::StatusOr<std::vector<share::CandidateHit>> FromProto(
    const RepeatedPtrField<v1::CandidateHit>& in) {
  if (in.size() > static_cast<int>(share::kMaxHits))
    return absl::InvalidArgumentError("hits: are too many");
  std::vector<share::CandidateHit> out;
  for (const v1::CandidateHit& h : in) {
    share::CandidateHit hit{{}, h.member(), h.token(), h.wrap()};
    KS_RETURN_IF_ERROR(ReadBytes("hits.handle", h.handle(), hit.handle));
    out.push_back(std::move(hit));
  }
  return out;
}

absl::StatusOr<std::vector<share::ComparedFamily>> FromProto(
    const v1::CompareResult& in) {
  if (in.families_size() > static_cast<int>(share::kMaxHits))
    return absl::InvalidArgumentError("families: are too many");
  std::vector<share::ComparedFamily> out;
  for (const v1::ComparedFamily& f : in.families()) {
    share::ComparedFamily family;
    KS_RETURN_IF_ERROR(ReadBytes("families.family", f.family(), family.family));
    family.size = f.size();
    for (const v1::ComparedRecord& r : f.records()) {
      share::ComparedFamily::Record record;
      KS_RETURN_IF_ERROR(
          ReadBytes("families.records.handle", r.handle(), record.handle));
      KS_ASSIGN_OR_RETURN(record.tokens, DecodeFieldTokens(r.tokens()));
      family.records.push_back(std::move(record));
    }
    out.push_back(std::move(family));
  }
  return out;
}

void ToProto(const std::vector<share::CandidateHit>& in,
             RepeatedPtrField<v1::CandidateHit>* out) {
  for (const share::CandidateHit& h : in) {
    v1::CandidateHit* hit = out->Add();
    hit->set_handle(h.handle.str());
    hit->set_member(h.member);
    hit->set_token(h.token);
    hit->set_wrap(h.wrap);
  }
}

void ToProto(const std::vector<share::ComparedFamily>& in,
             v1::CompareResult* out) {
  for (const share::ComparedFamily& f : in) {
    v1::ComparedFamily* family = out->add_families();
    family->set_family(f.family.str());
    family->set_size(f.size);
    for (const share::ComparedFamily::Record& r : f.records) {
      v1::ComparedRecord* record = family->add_records();
      record->set_handle(r.handle.str());
      record->set_tokens(Encode(r.tokens));
    }
  }
}

}  // namespace kinstile::wire
