// SPDX-License-Identifier: Apache-2.0
// RegistryService: an agency's own register.
#ifndef KINSTILE_GATEWAY_RPC_REGISTRY_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_REGISTRY_SERVICE_H_

#include "gateway/rpc/caller.h"
#include "gateway/rpc/one_per_agency.h"
#include "gateway/share/registry.h"
#include "kinstile/v1/registry_service.grpc.pb.h"

namespace kinstile::rpc {

class RegistryService final : public v1::RegistryService::Service {
 public:
  RegistryService(Callers& callers, share::Registry& registry)
      : callers_(callers), registry_(registry) {}

  grpc::Status Enrol(grpc::ServerContext* context,
                     grpc::ServerReader<v1::EnrolRequest>* reader,
                     v1::EnrolResponse* response) override;
  grpc::Status Withdraw(grpc::ServerContext* context,
                        const v1::WithdrawRequest* request,
                        v1::WithdrawResponse* response) override;
  grpc::Status SetShield(grpc::ServerContext* context,
                         const v1::SetShieldRequest* request,
                         v1::SetShieldResponse* response) override;
  grpc::Status GetRegistryStatus(
      grpc::ServerContext* context, const v1::GetRegistryStatusRequest* request,
      v1::GetRegistryStatusResponse* response) override;

 private:
  absl::Status EnrolAll(const AgencyId& caller,
                        grpc::ServerReader<v1::EnrolRequest>& reader,
                        v1::EnrolResponse& response);
  absl::Status AddUntilFinish(const index::EnrolmentId& id,
                              grpc::ServerReader<v1::EnrolRequest>& reader,
                              v1::EnrolResponse& response);

  Callers& callers_;
  share::Registry& registry_;
  OnePerAgency enrolling_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_REGISTRY_SERVICE_H_
