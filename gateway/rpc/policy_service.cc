// SPDX-License-Identifier: Apache-2.0
// PolicyService: convert, decide, convert.
#include "gateway/rpc/policy_service.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gateway/base/status_macros.h"
#include "gateway/rpc/refusal.h"
#include "gateway/share/exchange.h"
#include "gateway/wire/convert.h"
#include "gateway/wire/suspension.h"
#include "policy/engine.h"

namespace kinstile::rpc {
namespace {

// A dry run asks what a signed request would ask.
absl::StatusOr<policy::Ask> ToAsk(const AgencyId& caller,
                                  const v1::CheckRequestRequest& in,
                                  absl::Time now) {
  share::ShareRequest request;
  request.agency = caller;
  KS_ASSIGN_OR_RETURN(request.agreement, AgreementId::Create(in.agreement()));
  request.purpose = in.purpose();
  request.mode = in.mode();
  request.role = in.role();
  for (const v1::AssertedFact& f : in.facts()) {
    if (f.truth() != "YES" && f.truth() != "NO")
      return absl::InvalidArgumentError("facts.truth: must be YES or NO");
    share::AssertedFact fact{f.condition(), f.truth() == "YES", {}};
    if (f.has_number()) fact.number = f.number();
    request.facts.push_back(std::move(fact));
  }
  if (in.people() > share::kMaxMembers)
    return absl::InvalidArgumentError("people: are too many");
  request.members.resize(in.people());
  KS_ASSIGN_OR_RETURN(const share::SourceAsk ask, wire::FromProto(in.ask()));
  KS_ASSIGN_OR_RETURN(policy::Ask out, share::ToPolicyAsk(request, ask, now));
  // Of nobody in particular: what a request would derive is taken as given.
  for (const share::AssertedFact& f : request.facts)
    out.facts.Set(
        *policy::ConditionKindFromName(f.condition),
        {f.holds ? policy::Truth::kYes : policy::Truth::kNo, f.number});
  return out;
}

void ToProto(const policy::Permit& permit, v1::CheckRequestResponse* out) {
  for (const policy::GrantedItem& g : permit.granted()) {
    v1::GrantedItem* item = out->add_granted();
    item->set_item(g.item);
    item->set_granularity(std::string(policy::Name(g.granularity)));
    item->set_flow(g.flow);
  }
  for (const policy::WithheldItem& w : permit.withheld())
    wire::ToProto(
        share::WithheldItem{w.item, w.rule, std::string(policy::Name(w.layer)),
                            w.reason_for_asker},
        out->add_withheld());
  for (const policy::Condition& c : permit.terms().deferred)
    out->add_deferred(std::string(policy::Name(c.kind)));
  for (const policy::Obligation& o : permit.terms().obligations)
    out->add_obligations(absl::StrCat(
        policy::Name(o.kind), o.number ? absl::StrCat(" ", *o.number) : ""));
}

}  // namespace

grpc::Status PolicyService::ListAgreements(
    grpc::ServerContext* context, const v1::ListAgreementsRequest*,
    v1::ListAgreementsResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId&) -> absl::Status {
    const auto set = policy_.set().Current();
    for (const policy::Agreement& a : set->agreements()) {
      v1::AgreementSummary* out = response->add_agreements();
      out->set_id(a.id);
      out->set_version(static_cast<uint32_t>(a.version));
      out->set_title(a.title);
      out->set_digest(a.digest);
      out->set_expires(absl::FormatCivilTime(a.expires));
      for (const policy::Party& p : a.parties) out->add_parties(p.id);
    }
    return absl::OkStatus();
  });
}

grpc::Status PolicyService::CheckRequest(grpc::ServerContext* context,
                                         const v1::CheckRequestRequest* request,
                                         v1::CheckRequestResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const policy::Ask ask,
                            ToAsk(caller, *request, clock_.Now()));
        const policy::Decision decision = policy::Decide(
            *policy_.set().Current(), ask, policy::Deciding::kGateway);
        if (const auto* permit = std::get_if<policy::Permit>(&decision))
          ToProto(*permit, response);
        else
          RefusalToProto(std::get<policy::Refusal>(decision),
                         response->mutable_refusal());
        return absl::OkStatus();
      });
}

grpc::Status PolicyService::SuspendFlows(grpc::ServerContext* context,
                                         const v1::SuspendFlowsRequest* request,
                                         v1::SuspendFlowsResponse*) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const share::SignedSuspension suspension,
                            wire::FromProto(request->suspension()));
        return suspensions_.Apply(caller, suspension);
      });
}

grpc::Status PolicyService::ListSuspensions(
    grpc::ServerContext* context, const v1::ListSuspensionsRequest*,
    v1::ListSuspensionsResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId&) -> absl::Status {
    for (const share::SignedSuspension& s : policy_.suspensions())
      wire::ToProto(s, response->add_suspensions());
    return absl::OkStatus();
  });
}

}  // namespace kinstile::rpc
