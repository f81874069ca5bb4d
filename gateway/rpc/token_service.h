// SPDX-License-Identifier: Apache-2.0
// TokenService: blinded points in, evaluated points out.
#ifndef KINSTILE_GATEWAY_RPC_TOKEN_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_TOKEN_SERVICE_H_

#include "gateway/rpc/caller.h"
#include "gateway/share/evaluation.h"
#include "kinstile/v1/token_service.grpc.pb.h"

namespace kinstile::rpc {

class TokenService final : public v1::TokenService::Service {
 public:
  // All outlive the service.
  TokenService(Callers& callers, share::Evaluation& evaluation,
               const share::Directory& directory, std::string party)
      : callers_(callers),
        evaluation_(evaluation),
        directory_(directory),
        party_(std::move(party)) {}

  grpc::Status GetKeyInfo(grpc::ServerContext* context,
                          const v1::GetKeyInfoRequest* request,
                          v1::GetKeyInfoResponse* response) override;
  grpc::Status Evaluate(grpc::ServerContext* context,
                        const v1::EvaluateRequest* request,
                        v1::EvaluateResponse* response) override;

 private:
  Callers& callers_;
  share::Evaluation& evaluation_;
  const share::Directory& directory_;
  const std::string party_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_TOKEN_SERVICE_H_
