// SPDX-License-Identifier: Apache-2.0
// AuditService: checkpoints, sealed entries and proofs.
#ifndef KINSTILE_GATEWAY_RPC_AUDIT_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_AUDIT_SERVICE_H_

#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/rpc/caller.h"
#include "gateway/share/consortium.h"
#include "gateway/share/witnesses.h"
#include "kinstile/v1/audit_service.grpc.pb.h"

namespace kinstile::rpc {

class AuditService final : public v1::AuditService::Service {
 public:
  AuditService(Callers& callers, const share::Directory& directory,
               audit::Log& log, share::Witnesses& witnesses, const Clock& clock)
      : callers_(callers),
        directory_(directory),
        log_(log),
        witnesses_(witnesses),
        clock_(clock) {}

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
  grpc::Status RecordSearch(grpc::ServerContext* context,
                            const v1::RecordSearchRequest* request,
                            v1::RecordSearchResponse* response) override;
  grpc::Status Shred(grpc::ServerContext* context,
                     const v1::ShredRequest* request,
                     v1::ShredResponse* response) override;
  grpc::Status PresentHead(grpc::ServerContext* context,
                           const v1::PresentHeadRequest* request,
                           v1::PresentHeadResponse* response) override;
  grpc::Status AddCosignature(grpc::ServerContext* context,
                              const v1::AddCosignatureRequest* request,
                              v1::AddCosignatureResponse* response) override;

 private:
  Callers& callers_;
  const share::Directory& directory_;
  audit::Log& log_;
  share::Witnesses& witnesses_;
  const Clock& clock_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_AUDIT_SERVICE_H_
