// SPDX-License-Identifier: Apache-2.0
// TokenService: convert, call, convert.
#include "gateway/rpc/token_service.h"

#include "gateway/base/status_macros.h"

namespace kinstile::rpc {
namespace {

constexpr size_t kPointSize = 32;

absl::StatusOr<std::vector<absl::string_view>> SplitPoints(
    absl::string_view bytes) {
  if (bytes.size() % kPointSize != 0 ||
      bytes.size() > kPointSize * crypto::kMaxBatch)
    return absl::InvalidArgumentError(
        "blinded_points: must be whole points of 32 bytes, at most max_batch");
  std::vector<absl::string_view> points;
  points.reserve(bytes.size() / kPointSize);
  for (size_t i = 0; i < bytes.size(); i += kPointSize)
    points.push_back(bytes.substr(i, kPointSize));
  return points;
}

absl::StatusOr<share::EvaluationUse> ParseUse(v1::EvaluationUse use) {
  switch (use) {
    case v1::EVALUATION_USE_QUERY:
      return share::EvaluationUse::kQuery;
    case v1::EVALUATION_USE_ENROLMENT:
      return share::EvaluationUse::kEnrolment;
    default:
      return absl::InvalidArgumentError("use: is no known use");
  }
}

}  // namespace

grpc::Status TokenService::GetKeyInfo(grpc::ServerContext* context,
                                      const v1::GetKeyInfoRequest*,
                                      v1::GetKeyInfoResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId&) -> absl::Status {
    const auto consortium = directory_.Current();
    const share::KeyHolder* holder = consortium->FindKeyHolder(party_);
    if (holder == nullptr)
      return absl::UnavailableError("this holder is not in the manifest");
    response->set_key_epoch(consortium->key_epoch);
    response->set_share_index(holder->share_index);
    response->set_public_key(std::string(holder->share_key.bytes()));
    response->set_max_batch(crypto::kMaxBatch);
    return absl::OkStatus();
  });
}

grpc::Status TokenService::Evaluate(grpc::ServerContext* context,
                                    const v1::EvaluateRequest* request,
                                    v1::EvaluateResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const auto use, ParseUse(request->use()));
        KS_ASSIGN_OR_RETURN(const auto points,
                            SplitPoints(request->blinded_points()));
        KS_ASSIGN_OR_RETURN(
            const share::Evaluated evaluated,
            evaluation_.Evaluate(caller, request->key_epoch(), use, points,
                                 request->proof()));
        std::string* out = response->mutable_evaluated_points();
        out->reserve(points.size() * kPointSize);
        for (const auto& p : evaluated.points)
          out->append(p.bytes().data(), p.bytes().size());
        if (evaluated.proof) response->set_proof(evaluated.proof->str());
        return absl::OkStatus();
      });
}

}  // namespace kinstile::rpc
