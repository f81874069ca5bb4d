// SPDX-License-Identifier: Apache-2.0
// PolicyService: what the agreements say, about nobody.
#ifndef KINSTILE_GATEWAY_RPC_POLICY_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_POLICY_SERVICE_H_

#include "gateway/base/clock.h"
#include "gateway/rpc/caller.h"
#include "gateway/share/policy_in_force.h"
#include "gateway/share/suspensions.h"
#include "kinstile/v1/policy_service.grpc.pb.h"

namespace kinstile::rpc {

class PolicyService final : public v1::PolicyService::Service {
 public:
  PolicyService(Callers& callers, const share::PolicyInForce& policy,
                share::Suspensions& suspensions, const Clock& clock)
      : callers_(callers),
        policy_(policy),
        suspensions_(suspensions),
        clock_(clock) {}

  grpc::Status ListAgreements(grpc::ServerContext* context,
                              const v1::ListAgreementsRequest* request,
                              v1::ListAgreementsResponse* response) override;
  grpc::Status CheckRequest(grpc::ServerContext* context,
                            const v1::CheckRequestRequest* request,
                            v1::CheckRequestResponse* response) override;
  grpc::Status SuspendFlows(grpc::ServerContext* context,
                            const v1::SuspendFlowsRequest* request,
                            v1::SuspendFlowsResponse* response) override;
  grpc::Status ListSuspensions(grpc::ServerContext* context,
                               const v1::ListSuspensionsRequest* request,
                               v1::ListSuspensionsResponse* response) override;

 private:
  Callers& callers_;
  const share::PolicyInForce& policy_;
  share::Suspensions& suspensions_;
  const Clock& clock_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_POLICY_SERVICE_H_
