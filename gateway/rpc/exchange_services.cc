// SPDX-License-Identifier: Apache-2.0
// ShareService and MatchService: convert, call, convert.
#include "gateway/rpc/exchange_services.h"

#include "gateway/base/status_macros.h"
#include "gateway/rpc/refusal.h"
#include "gateway/wire/convert.h"

namespace kinstile::rpc {
namespace {

void ToProto(const share::ReleasedShare& leg, v1::SourceResult* out) {
  out->set_agency(leg.source().str());
  out->set_status(static_cast<v1::SourceStatus>(leg.answer().status));
  wire::ToProto(leg.answer(), out->mutable_answer());
  for (const share::WithheldItem& w : leg.withheld())
    wire::ToProto(w, out->add_withheld());
}

template <class Result>
void ToProto(const share::UnreachableLeg& leg, Result* out) {
  out->set_agency(leg.source.str());
  out->set_status(v1::SOURCE_STATUS_UNREACHABLE);
}

template <class Result>
void ToProto(const share::RefusedLeg& leg, Result* out) {
  out->set_agency(leg.source.str());
  out->set_status(v1::SOURCE_STATUS_DENIED);
  RefusalToProto(leg.refusal, out->mutable_refusal());
}

v1::MatchGrade ToProto(linkage::Grade grade) {
  switch (grade) {
    case linkage::Grade::kMatch:
      return v1::MATCH_GRADE_MATCH;
    case linkage::Grade::kPossible:
      return v1::MATCH_GRADE_POSSIBLE;
    case linkage::Grade::kNoMatch:
      break;
  }
  return v1::MATCH_GRADE_NO_MATCH;
}

void ToProto(const share::ReleasedMatch& leg, v1::SourceMatch* out) {
  out->set_agency(leg.source().str());
  bool any = false;
  for (const share::MemberMatch& m : leg.members()) {
    v1::MemberMatch* member = out->add_members();
    member->set_member(m.member);
    member->set_grade(ToProto(m.grade));
    if (m.handle) member->set_source_handle(m.handle->str());
    if (m.family) member->set_source_family(m.family->str());
    any = any || m.grade != linkage::Grade::kNoMatch;
  }
  out->set_status(any ? v1::SOURCE_STATUS_ANSWERED
                      : v1::SOURCE_STATUS_NO_MATCH);
}

template <class Answer, class Response>
void ToProto(const Answer& answer, Response* response) {
  for (const auto& leg : answer.legs)
    std::visit([&](const auto& l) { ToProto(l, response->add_results()); },
               leg);
  response->set_receipt(answer.receipt.Encode());
}

}  // namespace

grpc::Status ShareService::RequestShare(grpc::ServerContext* context,
                                        const v1::RequestShareRequest* request,
                                        v1::RequestShareResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const share::SignedRequest signed_request,
                            wire::FromProto(request->signed_request()));
        KS_ASSIGN_OR_RETURN(const share::ShareAnswer answer,
                            exchange_.RequestShare(caller, signed_request));
        ToProto(answer, response);
        return absl::OkStatus();
      });
}

absl::Status MatchService::Match(const AgencyId& caller,
                                 const v1::SignedShareRequest& request,
                                 v1::MatchFamilyResponse& response) {
  KS_ASSIGN_OR_RETURN(const share::SignedRequest signed_request,
                      wire::FromProto(request));
  KS_ASSIGN_OR_RETURN(const share::MatchAnswer answer,
                      exchange_.MatchFamily(caller, signed_request));
  ToProto(answer, &response);
  return absl::OkStatus();
}

grpc::Status MatchService::MatchFamily(grpc::ServerContext* context,
                                       const v1::MatchFamilyRequest* request,
                                       v1::MatchFamilyResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId& caller) {
    return Match(caller, request->signed_request(), *response);
  });
}

grpc::Status MatchService::LinkRegister(grpc::ServerContext* context,
                                        RegisterStream* stream) {
  return HandleCall(callers_, *context, [&](const AgencyId& caller) {
    const OnePerAgency::Turn turn(streams_, caller, context);
    ServeRegister(*stream, [&](const v1::SignedShareRequest& request,
                               v1::MatchFamilyResponse& response) {
      // An agency that was expelled meanwhile gets no more.
      KS_RETURN_IF_ERROR(callers_.Identify(*context).status());
      return Match(caller, request, response);
    });
    return absl::OkStatus();
  });
}

}  // namespace kinstile::rpc
