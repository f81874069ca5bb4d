// SPDX-License-Identifier: Apache-2.0
// Conversion of consents, field by field.
#include "gateway/wire/consent.h"

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::wire {
namespace {

absl::Status Named(absl::string_view field, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", status.message()));
}

// A number that does not fit is 0, which no enum of ours has.
template <class To>
To Number(int value) {
  return static_cast<To>(value >= 0 && value <= 255 ? value : 0);
}

}  // namespace

absl::StatusOr<share::Consent> FromProto(const v1::Consent& in) {
  share::Consent out;
  auto id = share::ConsentId::FromBytes(in.consent_id());
  if (!id.ok()) return Named("consent_id", id.status());
  out.id = *id;
  auto handle = Handle::FromBytes(in.handle());
  if (!handle.ok()) return Named("handle", handle.status());
  out.handle = *handle;
  auto from = AgencyId::Create(in.from_agency());
  if (!from.ok()) return Named("from_agency", from.status());
  out.from = *std::move(from);
  auto to = AgencyId::Create(in.to_agency());
  if (!to.ok()) return Named("to_agency", to.status());
  out.to = *std::move(to);
  out.items.assign(in.items().begin(), in.items().end());
  out.purpose = in.purpose();
  out.decision = Number<share::ConsentDecision>(in.decision());
  out.means = Number<share::ConsentMeans>(in.means());
  out.capacity = Number<share::ConsentCapacity>(in.capacity());
  out.decided_at_ms = in.decided_at_ms();
  out.expires_at_ms = in.expires_at_ms();
  return out;
}

absl::StatusOr<share::KnownConsent> FromProto(const v1::KnownConsent& in) {
  share::KnownConsent out;
  KS_ASSIGN_OR_RETURN(out.consent, FromProto(in.consent()));
  out.recorded_at_ms = in.recorded_at_ms();
  if (in.has_withdrawn_at_ms()) out.withdrawn_at_ms = in.withdrawn_at_ms();
  if (in.has_withdrawal_recorded_at_ms())
    out.withdrawal_recorded_at_ms = in.withdrawal_recorded_at_ms();
  return out;
}

void ToProto(const share::Consent& in, v1::Consent* out) {
  out->set_consent_id(in.id.str());
  out->set_handle(in.handle.str());
  out->set_from_agency(in.from.str());
  out->set_to_agency(in.to.str());
  for (const std::string& item : in.items) out->add_items(item);
  out->set_purpose(in.purpose);
  out->set_decision(static_cast<v1::ConsentDecision>(in.decision));
  out->set_means(static_cast<v1::ConsentMeans>(in.means));
  out->set_capacity(static_cast<v1::ConsentCapacity>(in.capacity));
  out->set_decided_at_ms(in.decided_at_ms);
  out->set_expires_at_ms(in.expires_at_ms);
}

void ToProto(const share::KnownConsent& in, v1::KnownConsent* out) {
  ToProto(in.consent, out->mutable_consent());
  out->set_recorded_at_ms(in.recorded_at_ms);
  if (in.withdrawn_at_ms) out->set_withdrawn_at_ms(*in.withdrawn_at_ms);
  if (in.withdrawal_recorded_at_ms)
    out->set_withdrawal_recorded_at_ms(*in.withdrawal_recorded_at_ms);
}

}  // namespace kinstile::wire
