// SPDX-License-Identifier: Apache-2.0
// ShareService and MatchService: both are the exchange's doors.
#ifndef KINSTILE_GATEWAY_RPC_EXCHANGE_SERVICES_H_
#define KINSTILE_GATEWAY_RPC_EXCHANGE_SERVICES_H_

#include "gateway/rpc/caller.h"
#include "gateway/rpc/link_register.h"
#include "gateway/rpc/one_per_agency.h"
#include "gateway/share/exchange.h"
#include "kinstile/v1/match_service.grpc.pb.h"
#include "kinstile/v1/share_service.grpc.pb.h"

namespace kinstile::rpc {

class ShareService final : public v1::ShareService::Service {
 public:
  ShareService(Callers& callers, share::Exchange& exchange)
      : callers_(callers), exchange_(exchange) {}
  grpc::Status RequestShare(grpc::ServerContext* context,
                            const v1::RequestShareRequest* request,
                            v1::RequestShareResponse* response) override;

 private:
  Callers& callers_;
  share::Exchange& exchange_;
};

class MatchService final : public v1::MatchService::Service {
 public:
  MatchService(Callers& callers, share::Exchange& exchange)
      : callers_(callers), exchange_(exchange) {}
  grpc::Status MatchFamily(grpc::ServerContext* context,
                           const v1::MatchFamilyRequest* request,
                           v1::MatchFamilyResponse* response) override;
  grpc::Status LinkRegister(grpc::ServerContext* context,
                            RegisterStream* stream) override;

 private:
  absl::Status Match(const AgencyId& caller,
                     const v1::SignedShareRequest& request,
                     v1::MatchFamilyResponse& response);

  Callers& callers_;
  share::Exchange& exchange_;
  OnePerAgency streams_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_EXCHANGE_SERVICES_H_
