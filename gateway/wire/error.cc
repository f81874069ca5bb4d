// SPDX-License-Identifier: Apache-2.0
// Status codes are numbered alike in absl and gRPC.
#include "gateway/wire/error.h"

#include <grpcpp/support/status.h>

#include "gateway/share/reason.h"
#include "gateway/storage/store_error.h"
#include "kinstile/v1/error.pb.h"

namespace kinstile::wire {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  share::Reason reason = share::ReasonOf(status);
  const bool inner = status.code() == absl::StatusCode::kInternal ||
                     status.code() == absl::StatusCode::kUnknown ||
                     status.code() == absl::StatusCode::kDataLoss;
  // Storage says what it was doing, for our log; a peer is told to try later.
  const bool storage = storage::IsStoreError(status);
  if (reason == share::Reason::kNone)
    reason = inner ? share::Reason::kInternal
             : status.code() == absl::StatusCode::kInvalidArgument
                 ? share::Reason::kMalformed
                 : share::Reason::kUnavailable;
  v1::ErrorInfo info;
  info.set_reason(static_cast<v1::ErrorReason>(reason));
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      inner     ? "internal error; nothing was answered"
                      : storage ? "store: cannot answer now; nothing was done"
                                : std::string(status.message()),
                      info.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()),
                   status.error_message());
  v1::ErrorInfo info;
  if (info.ParseFromString(status.error_details()) &&
      info.reason() != v1::ERROR_REASON_UNSPECIFIED)
    out = share::WithReason(std::move(out),
                            static_cast<share::Reason>(info.reason()));
  return out;
}

}  // namespace kinstile::wire
