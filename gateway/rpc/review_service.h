// SPDX-License-Identifier: Apache-2.0
// ReviewService: an agency's reviewers and their cases.
#ifndef KINSTILE_GATEWAY_RPC_REVIEW_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_REVIEW_SERVICE_H_

#include "gateway/rpc/caller.h"
#include "gateway/share/reviews.h"
#include "kinstile/v1/review_service.grpc.pb.h"

namespace kinstile::rpc {

class ReviewService final : public v1::ReviewService::Service {
 public:
  ReviewService(Callers& callers, share::Reviews& reviews)
      : callers_(callers), reviews_(reviews) {}
  grpc::Status ListCases(grpc::ServerContext* context,
                         const v1::ListCasesRequest* request,
                         v1::ListCasesResponse* response) override;
  grpc::Status DecideCase(grpc::ServerContext* context,
                          const v1::DecideCaseRequest* request,
                          v1::DecideCaseResponse* response) override;
  grpc::Status UndoDecision(grpc::ServerContext* context,
                            const v1::UndoDecisionRequest* request,
                            v1::UndoDecisionResponse* response) override;

 private:
  Callers& callers_;
  share::Reviews& reviews_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_REVIEW_SERVICE_H_
