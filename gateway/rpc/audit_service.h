// SPDX-License-Identifier: Apache-2.0
// AuditService: checkpoints, sealed entries and proofs.
#ifndef KINSTILE_GATEWAY_RPC_AUDIT_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_AUDIT_SERVICE_H_

#include "gateway/audit/log.h"
#include "gateway/rpc/caller.h"
#include "kinstile/v1/audit_service.grpc.pb.h"

namespace kinstile::rpc {

class AuditService final : public v1::AuditService::Service {
 public:
  AuditService(Callers& callers, const audit::Log& log)
      : callers_(callers), log_(log) {}

  grpc::Status GetCheckpoint(grpc::ServerContext* context,
                             const v1::GetCheckpointRequest* request,
                             v1::GetCheckpointResponse* response) override;
  grpc::Status ListEntries(grpc::ServerContext* context,
                           const v1::ListEntriesRequest* request,
                           v1::ListEntriesResponse* response) override;
  grpc::Status GetInclusionProof(
      grpc::ServerContext* context, const v1::GetInclusionProofRequest* request,
      v1::GetInclusionProofResponse* response) override;
  grpc::Status GetConsistencyProof(
      grpc::ServerContext* context,
      const v1::GetConsistencyProofRequest* request,
      v1::GetConsistencyProofResponse* response) override;

 private:
  Callers& callers_;
  const audit::Log& log_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_AUDIT_SERVICE_H_
