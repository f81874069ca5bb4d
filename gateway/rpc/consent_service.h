// SPDX-License-Identifier: Apache-2.0
// ConsentService: an agency's own book of consents.
#ifndef KINSTILE_GATEWAY_RPC_CONSENT_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_CONSENT_SERVICE_H_

#include "gateway/rpc/caller.h"
#include "gateway/share/consents.h"
#include "kinstile/v1/consent_service.grpc.pb.h"

namespace kinstile::rpc {

class ConsentService final : public v1::ConsentService::Service {
 public:
  ConsentService(Callers& callers, share::Consents& consents)
      : callers_(callers), consents_(consents) {}

  grpc::Status RecordConsent(grpc::ServerContext* context,
                             const v1::RecordConsentRequest* request,
                             v1::RecordConsentResponse* response) override;
  grpc::Status WithdrawConsent(grpc::ServerContext* context,
                               const v1::WithdrawConsentRequest* request,
                               v1::WithdrawConsentResponse* response) override;
  grpc::Status ListConsents(grpc::ServerContext* context,
                            const v1::ListConsentsRequest* request,
                            v1::ListConsentsResponse* response) override;

 private:
  Callers& callers_;
  share::Consents& consents_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_CONSENT_SERVICE_H_
