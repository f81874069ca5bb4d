// SPDX-License-Identifier: Apache-2.0
// ConsentService: convert, call, convert.
#include "gateway/rpc/consent_service.h"

#include "gateway/base/status_macros.h"
#include "gateway/wire/consent.h"

namespace kinstile::rpc {

grpc::Status ConsentService::RecordConsent(
    grpc::ServerContext* context, const v1::RecordConsentRequest* request,
    v1::RecordConsentResponse* response) {
  return HandleCall(callers_, *context,
                    [&](const AgencyId& caller) -> absl::Status {
                      KS_ASSIGN_OR_RETURN(const share::Consent consent,
                                          wire::FromProto(request->consent()));
                      KS_ASSIGN_OR_RETURN(const int64_t recorded,
                                          consents_.Record(caller, consent));
                      response->set_recorded_at_ms(recorded);
                      return absl::OkStatus();
                    });
}

grpc::Status ConsentService::WithdrawConsent(
    grpc::ServerContext* context, const v1::WithdrawConsentRequest* request,
    v1::WithdrawConsentResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const share::ConsentId id,
                            share::ConsentId::FromBytes(request->consent_id()));
        KS_ASSIGN_OR_RETURN(
            const int64_t recorded,
            consents_.Withdraw(caller, id, request->withdrawn_at_ms()));
        response->set_recorded_at_ms(recorded);
        return absl::OkStatus();
      });
}

grpc::Status ConsentService::ListConsents(
    grpc::ServerContext* context, const v1::ListConsentsRequest* request,
    v1::ListConsentsResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const Handle handle,
                            Handle::FromBytes(request->handle()));
        std::optional<int64_t> as_known_at;
        if (request->has_as_known_at_ms())
          as_known_at = request->as_known_at_ms();
        KS_ASSIGN_OR_RETURN(const auto consents,
                            consents_.List(caller, handle, as_known_at));
        for (const share::KnownConsent& c : consents)
          wire::ToProto(c, response->add_consents());
        return absl::OkStatus();
      });
}

}  // namespace kinstile::rpc
