// SPDX-License-Identifier: Apache-2.0
// The gateway's services as C++ calls.
#include "adapters/client/gateway_client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/consent.h"
#include "gateway/wire/convert.h"
#include "gateway/wire/error.h"
#include "gateway/wire/suspension.h"
#include "kinstile/v1/audit_service.grpc.pb.h"
#include "kinstile/v1/consent_service.grpc.pb.h"
#include "kinstile/v1/match_service.grpc.pb.h"
#include "kinstile/v1/policy_service.grpc.pb.h"
#include "kinstile/v1/registry_service.grpc.pb.h"
#include "kinstile/v1/review_service.grpc.pb.h"
#include "kinstile/v1/share_service.grpc.pb.h"

namespace kinstile::client {
namespace {

constexpr absl::Duration kShort = absl::Seconds(15);
constexpr absl::Duration kEnrolment = absl::Hours(6);
constexpr size_t kRecordsPerMessage = 500;

Refusal FromProto(const v1::Refusal& in) {
  return {in.flow(),
          in.rule(),
          in.layer(),
          {in.missing().begin(), in.missing().end()},
          in.reason()};
}

absl::StatusOr<share::SourceStatus> FromProto(v1::SourceStatus status) {
  if (status < v1::SOURCE_STATUS_ANSWERED ||
      status > v1::SOURCE_STATUS_UNREACHABLE)
    return absl::InvalidArgumentError("results.status: is no known status");
  return static_cast<share::SourceStatus>(status);
}

absl::StatusOr<SourceResult> FromProto(const v1::SourceResult& in) {
  SourceResult out;
  KS_ASSIGN_OR_RETURN(out.agency, AgencyId::Create(in.agency()));
  KS_ASSIGN_OR_RETURN(out.status, FromProto(in.status()));
  if (in.has_answer()) {
    KS_ASSIGN_OR_RETURN(out.answer, wire::FromProto(in.answer()));
  }
  for (const auto& w : in.withheld())
    out.withheld.push_back(wire::FromProto(w));
  out.refusal = FromProto(in.refusal());
  return out;
}

absl::StatusOr<MemberMatch> FromProto(const v1::MemberMatch& in) {
  MemberMatch out;
  out.member = in.member();
  if (in.grade() == v1::MATCH_GRADE_MATCH) out.grade = Grade::kMatch;
  if (in.grade() == v1::MATCH_GRADE_POSSIBLE) out.grade = Grade::kPossible;
  if (!in.source_handle().empty()) {
    KS_ASSIGN_OR_RETURN(out.handle, Handle::FromBytes(in.source_handle()));
  }
  if (!in.source_family().empty()) {
    KS_ASSIGN_OR_RETURN(out.family,
                        FamilyHandle::FromBytes(in.source_family()));
  }
  return out;
}

absl::StatusOr<SourceMatch> FromProto(const v1::SourceMatch& in) {
  SourceMatch out;
  KS_ASSIGN_OR_RETURN(out.agency, AgencyId::Create(in.agency()));
  KS_ASSIGN_OR_RETURN(out.status, FromProto(in.status()));
  for (const auto& m : in.members()) {
    KS_ASSIGN_OR_RETURN(MemberMatch match, FromProto(m));
    out.members.push_back(std::move(match));
  }
  out.refusal = FromProto(in.refusal());
  return out;
}

void ToProto(const share::Reviewer& in, v1::Reviewer* out) {
  out->set_request_id(in.request.str());
  out->set_practitioner(in.staff);
  out->set_role(in.role);
  out->set_reason(in.reason);
}

void SetDeadline(absl::Duration deadline, grpc::ClientContext& context) {
  context.set_deadline(gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_millis(absl::ToInt64Milliseconds(deadline), GPR_TIMESPAN)));
}

// Both responses are results and a receipt.
template <class Out, class In>
absl::StatusOr<Out> FromResponse(const In& in) {
  Out out;
  for (const auto& r : in.results()) {
    KS_ASSIGN_OR_RETURN(auto result, FromProto(r));
    out.results.push_back(std::move(result));
  }
  out.receipt = in.receipt();
  return out;
}

void ToProto(const index::EnrolledRecord& in, v1::EnrolRecord* out) {
  out->set_handle(in.handle.str());
  out->set_family(in.family.str());
  out->set_shielded(in.shielded);
  wire::ToProto(in.tokens, out->mutable_tokens());
}

}  // namespace

struct EnrolmentStream::State {
  grpc::ClientContext context;
  v1::EnrolResponse response;
  std::unique_ptr<grpc::ClientWriter<v1::EnrolRequest>> writer;
  uint64_t sent = 0;
  bool ended = false;
  bool finished = false;
};

EnrolmentStream::EnrolmentStream(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

EnrolmentStream::~EnrolmentStream() {
  if (state_ == nullptr || state_->finished) return;
  state_->context.TryCancel();
  state_->writer->Finish();
}

bool EnrolmentStream::Add(absl::Span<const index::EnrolledRecord> records) {
  while (!records.empty()) {
    const auto part = records.subspan(0, kRecordsPerMessage);
    records.remove_prefix(part.size());
    v1::EnrolRequest message;
    for (const auto& r : part)
      ToProto(r, message.mutable_records()->add_records());
    if (!state_->writer->Write(message)) {
      state_->ended = true;
      return false;
    }
    state_->sent += part.size();
  }
  return true;
}

bool EnrolmentStream::ended() const { return state_->ended; }

absl::StatusOr<RegistryStatus> EnrolmentStream::Finish() {
  state_->finished = true;
  if (state_->ended) {
    const absl::Status why = wire::FromGrpc(state_->writer->Finish());
    return why.ok() ? absl::UnavailableError("gateway: ended the enrolment")
                    : why;
  }
  v1::EnrolRequest message;
  message.mutable_finish()->set_records(state_->sent);
  state_->writer->Write(message);
  state_->writer->WritesDone();
  KS_RETURN_IF_ERROR(wire::FromGrpc(state_->writer->Finish()));
  return RegistryStatus{state_->response.records(), state_->response.families(),
                        0};
}

struct GatewayClient::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& c)
      : share(v1::ShareService::NewStub(c)),
        match(v1::MatchService::NewStub(c)),
        registry(v1::RegistryService::NewStub(c)),
        consent(v1::ConsentService::NewStub(c)),
        review(v1::ReviewService::NewStub(c)),
        policy(v1::PolicyService::NewStub(c)),
        audit(v1::AuditService::NewStub(c)) {}
  std::unique_ptr<v1::ShareService::Stub> share;
  std::unique_ptr<v1::MatchService::Stub> match;
  std::unique_ptr<v1::RegistryService::Stub> registry;
  std::unique_ptr<v1::ConsentService::Stub> consent;
  std::unique_ptr<v1::ReviewService::Stub> review;
  std::unique_ptr<v1::PolicyService::Stub> policy;
  std::unique_ptr<v1::AuditService::Stub> audit;
};

GatewayClient::GatewayClient(const Peer& gateway, const wire::TlsFolder& tls,
                             const share::Directory& directory)
    : channel_(Connect(gateway, tls, directory)),
      stubs_(std::make_unique<Stubs>(channel_)) {}

GatewayClient::~GatewayClient() = default;

absl::StatusOr<ShareResponse> GatewayClient::RequestShare(
    const share::SignedRequest& request, absl::Duration deadline) {
  v1::RequestShareRequest in;
  v1::RequestShareResponse out;
  wire::ToProto(request, in.mutable_signed_request());
  KS_RETURN_IF_ERROR(CallOnce(deadline, [&](grpc::ClientContext& context) {
    return stubs_->share->RequestShare(&context, in, &out);
  }));
  return FromResponse<ShareResponse>(out);
}

absl::StatusOr<MatchResponse> GatewayClient::MatchFamily(
    const share::SignedRequest& request, absl::Duration deadline) {
  v1::MatchFamilyRequest in;
  v1::MatchFamilyResponse out;
  wire::ToProto(request, in.mutable_signed_request());
  KS_RETURN_IF_ERROR(CallOnce(deadline, [&](grpc::ClientContext& context) {
    return stubs_->match->MatchFamily(&context, in, &out);
  }));
  return FromResponse<MatchResponse>(out);
}

struct RegisterLinkStream::State {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::LinkRegisterRequest,
                                           v1::LinkRegisterResponse>>
      stream;
  bool finished = false;
};

RegisterLinkStream::RegisterLinkStream(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

RegisterLinkStream::~RegisterLinkStream() {
  if (state_->finished) return;
  Cancel();
  state_->stream->Finish();
}

bool RegisterLinkStream::Send(uint64_t number,
                              const share::SignedRequest& request) {
  v1::LinkRegisterRequest message;
  message.set_number(number);
  wire::ToProto(request, message.mutable_signed_request());
  return state_->stream->Write(message);
}

void RegisterLinkStream::Done() { state_->stream->WritesDone(); }

std::optional<RegisterLinkStream::Answer> RegisterLinkStream::Receive() {
  v1::LinkRegisterResponse message;
  if (!state_->stream->Read(&message)) return std::nullopt;
  Answer answer{message.number(), MatchResponse()};
  if (message.has_error()) {
    const v1::FamilyError& e = message.error();
    answer.response =
        wire::FromGrpc(grpc::Status(static_cast<grpc::StatusCode>(e.code()),
                                    e.message(), e.info().SerializeAsString()));
    if (answer.response.ok())  // an error that says OK
      answer.response = absl::InvalidArgumentError("error.code: is none");
  } else {
    answer.response = FromResponse<MatchResponse>(message.answer());
  }
  return answer;
}

absl::Status RegisterLinkStream::Finish() {
  state_->finished = true;
  return wire::FromGrpc(state_->stream->Finish());
}

void RegisterLinkStream::Cancel() { state_->context.TryCancel(); }

std::unique_ptr<RegisterLinkStream> GatewayClient::LinkRegister(
    absl::Duration deadline) {
  auto state = std::make_unique<RegisterLinkStream::State>();
  SetDeadline(deadline, state->context);
  state->stream = stubs_->match->LinkRegister(&state->context);
  return std::unique_ptr<RegisterLinkStream>(
      new RegisterLinkStream(std::move(state)));
}

EnrolmentStream GatewayClient::Enrol(uint32_t key_epoch) {
  auto state = std::make_unique<EnrolmentStream::State>();
  SetDeadline(kEnrolment, state->context);
  state->writer = stubs_->registry->Enrol(&state->context, &state->response);
  v1::EnrolRequest header;
  header.mutable_header()->set_identity_spec_version(kIdentitySpecVersion);
  header.mutable_header()->set_key_epoch(key_epoch);
  state->writer->Write(header);
  return EnrolmentStream(std::move(state));
}

absl::StatusOr<RegistryStatus> GatewayClient::GetRegistryStatus() {
  v1::GetRegistryStatusResponse out;
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->registry->GetRegistryStatus(&context, {}, &out);
  }));
  return RegistryStatus{out.records(), out.families(), out.enrolled_at_ms()};
}

absl::Status GatewayClient::SetShield(const Handle& handle, bool shielded) {
  v1::SetShieldRequest in;
  v1::SetShieldResponse out;
  in.set_handle(handle.str());
  in.set_shielded(shielded);
  return CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->registry->SetShield(&context, in, &out);
  });
}

absl::StatusOr<uint64_t> GatewayClient::Withdraw(
    absl::Span<const Handle> handles) {
  v1::WithdrawRequest in;
  v1::WithdrawResponse out;
  for (const Handle& h : handles) in.add_handles(h.str());
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->registry->Withdraw(&context, in, &out);
  }));
  return out.withdrawn();
}

absl::StatusOr<int64_t> GatewayClient::RecordConsent(
    const share::Consent& consent) {
  v1::RecordConsentRequest in;
  v1::RecordConsentResponse out;
  wire::ToProto(consent, in.mutable_consent());
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->consent->RecordConsent(&context, in, &out);
  }));
  return out.recorded_at_ms();
}

absl::StatusOr<int64_t> GatewayClient::WithdrawConsent(
    const share::ConsentId& id, int64_t withdrawn_at_ms) {
  v1::WithdrawConsentRequest in;
  v1::WithdrawConsentResponse out;
  in.set_consent_id(id.str());
  in.set_withdrawn_at_ms(withdrawn_at_ms);
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->consent->WithdrawConsent(&context, in, &out);
  }));
  return out.recorded_at_ms();
}

absl::StatusOr<std::vector<share::KnownConsent>> GatewayClient::ListConsents(
    const Handle& handle, std::optional<int64_t> as_known_at_ms) {
  v1::ListConsentsRequest in;
  v1::ListConsentsResponse out;
  in.set_handle(handle.str());
  if (as_known_at_ms) in.set_as_known_at_ms(*as_known_at_ms);
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->consent->ListConsents(&context, in, &out);
  }));
  std::vector<share::KnownConsent> consents;
  for (const v1::KnownConsent& c : out.consents()) {
    KS_ASSIGN_OR_RETURN(share::KnownConsent known, wire::FromProto(c));
    consents.push_back(std::move(known));
  }
  return consents;
}

absl::StatusOr<v1::ListCasesResponse> GatewayClient::ListCases(
    const share::Reviewer& reviewer) {
  v1::ListCasesRequest in;
  v1::ListCasesResponse out;
  ToProto(reviewer, in.mutable_reviewer());
  KS_RETURN_IF_ERROR(CallOnce(kShort, [&](grpc::ClientContext& context) {
    return stubs_->review->ListCases(&context, in, &out);
  }));
  return out;
}

absl::Status GatewayClient::DecideCase(const share::ReviewId& id,
                                       share::Verdict verdict,
                                       const share::Reviewer& reviewer) {
  v1::DecideCaseRequest in;
  v1::DecideCaseResponse out;
  ToProto(reviewer, in.mutable_reviewer());
  in.set_case_id(id.str());
  in.set_verdict(verdict == share::Verdict::kSame
                     ? v1::REVIEW_VERDICT_SAME
                     : v1::REVIEW_VERDICT_DIFFERENT);
  return CallOnce(kShort, [&](grpc::ClientContext& context) {
    return stubs_->review->DecideCase(&context, in, &out);
  });
}

absl::Status GatewayClient::UndoDecision(const share::ReviewId& id,
                                         const share::Reviewer& reviewer) {
  v1::UndoDecisionRequest in;
  v1::UndoDecisionResponse out;
  ToProto(reviewer, in.mutable_reviewer());
  in.set_case_id(id.str());
  return CallOnce(kShort, [&](grpc::ClientContext& context) {
    return stubs_->review->UndoDecision(&context, in, &out);
  });
}

absl::Status GatewayClient::SuspendFlows(
    const share::SignedSuspension& suspension) {
  v1::SuspendFlowsRequest in;
  v1::SuspendFlowsResponse out;
  wire::ToProto(suspension, in.mutable_suspension());
  return CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->policy->SuspendFlows(&context, in, &out);
  });
}

absl::StatusOr<std::vector<share::SignedSuspension>>
GatewayClient::ListSuspensions() {
  v1::ListSuspensionsResponse out;
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->policy->ListSuspensions(&context, {}, &out);
  }));
  std::vector<share::SignedSuspension> suspensions;
  for (const v1::SignedSuspension& s : out.suspensions()) {
    KS_ASSIGN_OR_RETURN(share::SignedSuspension one, wire::FromProto(s));
    suspensions.push_back(std::move(one));
  }
  return suspensions;
}

absl::StatusOr<std::string> GatewayClient::GetCheckpoint() {
  v1::GetCheckpointResponse out;
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->audit->GetCheckpoint(&context, {}, &out);
  }));
  return out.checkpoint();
}

absl::StatusOr<std::string> GatewayClient::RecordSearch(
    const share::SearchNotice& notice) {
  v1::RecordSearchRequest request;
  request.set_officer(notice.officer);
  request.set_purpose(notice.purpose);
  request.set_reason(notice.reason);
  for (const audit::Criterion& c : notice.criteria) {
    v1::SearchCriterion* out = request.add_criteria();
    out->set_field(c.field);
    out->set_value(c.value);
  }
  v1::RecordSearchResponse out;
  // A repeat is a second entry, which does no harm.
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->audit->RecordSearch(&context, request, &out);
  }));
  return out.receipt();
}

absl::Status GatewayClient::Shred(const audit::Shred& shred) {
  v1::ShredRequest request;
  request.set_order(audit::EncodeShredOrder(shred.order));
  for (const audit::ShredApproval& a : shred.approvals) {
    v1::ShredApproval* out = request.add_approvals();
    out->set_agency(a.agency);
    out->set_signature(a.signature.str());
  }
  v1::ShredResponse out;
  return CallOnce(kShort, [&](grpc::ClientContext& context) {
    return stubs_->audit->Shred(&context, request, &out);
  });
}

absl::StatusOr<v1::ListAgreementsResponse> GatewayClient::ListAgreements() {
  v1::ListAgreementsResponse out;
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->policy->ListAgreements(&context, {}, &out);
  }));
  return out;
}

absl::StatusOr<v1::CheckRequestResponse> GatewayClient::CheckRequest(
    const v1::CheckRequestRequest& request) {
  v1::CheckRequestResponse out;
  KS_RETURN_IF_ERROR(CallAgain(kShort, [&](grpc::ClientContext& context) {
    return stubs_->policy->CheckRequest(&context, request, &out);
  }));
  return out;
}

}  // namespace kinstile::client
