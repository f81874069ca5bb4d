// SPDX-License-Identifier: Apache-2.0
// Errors between absl and gRPC, each with its published reason.
#ifndef KINSTILE_GATEWAY_WIRE_ERROR_H_
#define KINSTILE_GATEWAY_WIRE_ERROR_H_

#include "absl/status/status.h"

namespace grpc {
class Status;
}  // namespace grpc

namespace kinstile::wire {

// Code, message and the reason (share::ReasonOf) as a kinstile.v1.ErrorInfo in
// the details. INTERNAL and UNKNOWN lose their message: it may name what is
// nobody's business outside.
grpc::Status ToGrpc(const absl::Status& status);

// The other way round; the reason is kept.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_ERROR_H_
