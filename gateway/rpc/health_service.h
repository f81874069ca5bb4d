// SPDX-License-Identifier: Apache-2.0
// HealthService: the daemon's state, for its operator and its partners.
#ifndef KINSTILE_GATEWAY_RPC_HEALTH_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_HEALTH_SERVICE_H_

#include <functional>
#include <string>

#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/rpc/caller.h"
#include "gateway/share/witnesses.h"
#include "kinstile/v1/health_service.grpc.pb.h"

namespace kinstile::rpc {

class HealthService final : public v1::HealthService::Service {
 public:
  // `healthy`: whether the daemon's stores take writes.
  HealthService(Callers& callers, std::string party, const audit::Log& log,
                const share::Witnesses& witnesses, const Clock& clock,
                std::function<bool()> healthy)
      : callers_(callers),
        party_(std::move(party)),
        log_(log),
        witnesses_(witnesses),
        clock_(clock),
        healthy_(std::move(healthy)) {}

  grpc::Status GetHealth(grpc::ServerContext* context,
                         const v1::GetHealthRequest* request,
                         v1::GetHealthResponse* response) override;

 private:
  Callers& callers_;
  const std::string party_;
  const audit::Log& log_;
  const share::Witnesses& witnesses_;
  const Clock& clock_;
  const std::function<bool()> healthy_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_HEALTH_SERVICE_H_
