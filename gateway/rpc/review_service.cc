// SPDX-License-Identifier: Apache-2.0
// ReviewService: convert, call, convert.
#include "gateway/rpc/review_service.h"

#include "gateway/base/status_macros.h"

namespace kinstile::rpc {
namespace {

absl::StatusOr<share::Reviewer> FromProto(const v1::Reviewer& in) {
  share::Reviewer out;
  KS_ASSIGN_OR_RETURN(out.request, RequestId::FromBytes(in.request_id()));
  out.staff = in.practitioner();
  out.role = in.role();
  out.reason = in.reason();
  return out;
}

absl::StatusOr<share::Verdict> FromProto(v1::ReviewVerdict verdict) {
  switch (verdict) {
    case v1::REVIEW_VERDICT_SAME:
      return share::Verdict::kSame;
    case v1::REVIEW_VERDICT_DIFFERENT:
      return share::Verdict::kDifferent;
    default:
      return absl::InvalidArgumentError("verdict: is none");
  }
}

void ToProto(const share::ShownCase& in, v1::ReviewCase* out) {
  out->set_case_id(in.id.str());
  out->set_handle(in.own.str());
  out->set_other_agency(in.other.str());
  out->set_decides(in.decides);
  out->set_agreement(in.agreement.str());
  out->set_purpose(in.purpose);
  for (const std::string& name : in.pattern) out->add_pattern(name);
  out->set_opened_at_ms(in.opened_at_ms);
  if (in.verdict)
    out->set_verdict(*in.verdict == share::Verdict::kSame
                         ? v1::REVIEW_VERDICT_SAME
                         : v1::REVIEW_VERDICT_DIFFERENT);
}

}  // namespace

grpc::Status ReviewService::ListCases(grpc::ServerContext* context,
                                      const v1::ListCasesRequest* request,
                                      v1::ListCasesResponse* response) {
  return HandleCall(callers_, *context,
                    [&](const AgencyId& caller) -> absl::Status {
                      KS_ASSIGN_OR_RETURN(const share::Reviewer reviewer,
                                          FromProto(request->reviewer()));
                      KS_ASSIGN_OR_RETURN(const share::ReviewList list,
                                          reviews_.List(caller, reviewer));
                      for (const share::ShownCase& c : list.cases)
                        ToProto(c, response->add_cases());
                      response->set_receipt(list.receipt.Encode());
                      return absl::OkStatus();
                    });
}

grpc::Status ReviewService::DecideCase(grpc::ServerContext* context,
                                       const v1::DecideCaseRequest* request,
                                       v1::DecideCaseResponse*) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const share::Reviewer reviewer,
                            FromProto(request->reviewer()));
        KS_ASSIGN_OR_RETURN(const share::ReviewId id,
                            share::ReviewId::FromBytes(request->case_id()));
        KS_ASSIGN_OR_RETURN(const share::Verdict verdict,
                            FromProto(request->verdict()));
        return reviews_.Decide(caller, id, verdict, reviewer);
      });
}

grpc::Status ReviewService::UndoDecision(grpc::ServerContext* context,
                                         const v1::UndoDecisionRequest* request,
                                         v1::UndoDecisionResponse*) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const share::Reviewer reviewer,
                            FromProto(request->reviewer()));
        KS_ASSIGN_OR_RETURN(const share::ReviewId id,
                            share::ReviewId::FromBytes(request->case_id()));
        return reviews_.Undo(caller, id, reviewer);
      });
}

}  // namespace kinstile::rpc
