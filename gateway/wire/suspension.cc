// SPDX-License-Identifier: Apache-2.0
// Conversion of suspensions, field by field.
#include "gateway/wire/suspension.h"

#include "gateway/base/status_macros.h"

namespace kinstile::wire {

absl::StatusOr<share::SignedSuspension> FromProto(
    const v1::SignedSuspension& in) {
  share::SignedSuspension out;
  share::Suspension& s = out.statement;
  KS_ASSIGN_OR_RETURN(s.party, AgencyId::Create(in.statement().party()));
  KS_ASSIGN_OR_RETURN(s.agreement,
                      AgreementId::Create(in.statement().agreement()));
  for (const std::string& rule : in.statement().share()) {
    KS_ASSIGN_OR_RETURN(FlowId flow, FlowId::Create(rule));
    s.flows.push_back(std::move(flow));
  }
  s.reason = in.statement().reason();
  s.at_ms = in.statement().at_ms();
  if (!in.statement().has_resume())
    return absl::InvalidArgumentError("resume: is not set");
  s.resume = in.statement().resume();
  KS_ASSIGN_OR_RETURN(out.signature,
                      crypto::Signature::FromBytes(in.signature()));
  return out;
}

void ToProto(const share::SignedSuspension& in, v1::SignedSuspension* out) {
  const share::Suspension& s = in.statement;
  v1::Suspension* statement = out->mutable_statement();
  statement->set_party(s.party.str());
  statement->set_agreement(s.agreement.str());
  for (const FlowId& flow : s.flows) statement->add_share(flow.str());
  statement->set_reason(s.reason);
  statement->set_at_ms(s.at_ms);
  statement->set_resume(s.resume);
  out->set_signature(in.signature.str());
}

}  // namespace kinstile::wire
