// SPDX-License-Identifier: Apache-2.0
// PolicyService: what the agreements say, about nobody.
#ifndef KINSTILE_GATEWAY_RPC_POLICY_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_POLICY_SERVICE_H_

#include "gateway/base/clock.h"
#include "gateway/rpc/caller.h"
#include "gateway/share/in_force.h"
#include "kinstile/v1/policy_service.grpc.pb.h"
#include "policy/active_set.h"

namespace kinstile::rpc {

class PolicyService final : public v1::PolicyService::Service {
 public:
  PolicyService(Callers& callers,
                const share::InForce<policy::ActiveSet>& policy,
                const Clock& clock)
      : callers_(callers), policy_(policy), clock_(clock) {}

  grpc::Status ListAgreements(grpc::ServerContext* context,
                              const v1::ListAgreementsRequest* request,
                              v1::ListAgreementsResponse* response) override;
  grpc::Status CheckRequest(grpc::ServerContext* context,
                            const v1::CheckRequestRequest* request,
                            v1::CheckRequestResponse* response) override;

 private:
  Callers& callers_;
  const share::InForce<policy::ActiveSet>& policy_;
  const Clock& clock_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_POLICY_SERVICE_H_
