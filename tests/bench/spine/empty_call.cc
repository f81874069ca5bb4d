// SPDX-License-Identifier: Apache-2.0
// The empty server.
#include "tests/bench/spine/empty_call.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/server_builder.h>

#include <fstream>

#include "gateway/server/host.h"
#include "gateway/wire/tls.h"
#include "kinstile/v1/token_service.grpc.pb.h"

namespace kinstile::bench {
namespace {

class Empty final : public v1::TokenService::Service {
  grpc::Status Evaluate(grpc::ServerContext*, const v1::EvaluateRequest*,
                        v1::EvaluateResponse* response) override {
    response->set_evaluated_points(answer_);
    return grpc::Status::OK;
  }
  const std::string answer_ = std::string(kEmptyCallBytes, 'x');
};

}  // namespace

int ServeEmptyCalls(const std::string& tls, const std::string& port_file) {
  Empty service;
  grpc::ServerBuilder builder;
  server::LimitPeers(builder);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", wire::ServerCredentials({tls}),
                           &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::ofstream(port_file + ".new") << port;
  if (std::rename((port_file + ".new").c_str(), port_file.c_str()) != 0)
    return 1;
  server->Wait();
  return 0;
}

}  // namespace kinstile::bench
