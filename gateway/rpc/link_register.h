// SPDX-License-Identifier: Apache-2.0
// A register over one stream: a few families at a time.
#ifndef KINSTILE_GATEWAY_RPC_LINK_REGISTER_H_
#define KINSTILE_GATEWAY_RPC_LINK_REGISTER_H_

#include <grpcpp/support/sync_stream.h>

#include <functional>

#include "absl/status/status.h"
#include "kinstile/v1/match_service.grpc.pb.h"

namespace kinstile::rpc {

using RegisterStream =
    grpc::ServerReaderWriter<v1::LinkRegisterResponse, v1::LinkRegisterRequest>;
using MatchOne = std::function<absl::Status(const v1::SignedShareRequest&,
                                            v1::MatchFamilyResponse&)>;

// Families that are asked about at once. Each waits for the audit and for a
// source, so that many share one flush and one beat.
inline constexpr int kFamiliesAtOnce = 16;

// Answers until the caller has no more. `match` is called from several threads.
void ServeRegister(RegisterStream& stream, const MatchOne& match);

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_LINK_REGISTER_H_
