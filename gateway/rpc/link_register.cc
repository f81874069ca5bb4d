// SPDX-License-Identifier: Apache-2.0
// Workers that take turns at reading.
#include "gateway/rpc/link_register.h"

#include <mutex>
#include <thread>
#include <vector>

#include "gateway/wire/error.h"

namespace kinstile::rpc {
namespace {

void ToProto(const absl::Status& status, v1::FamilyError* out) {
  const grpc::Status wire = wire::ToGrpc(status);
  out->set_code(wire.error_code());
  out->set_message(wire.error_message());
  out->mutable_info()->ParseFromString(wire.error_details());
}

class Workers {
 public:
  Workers(RegisterStream& stream, const MatchOne& match)
      : stream_(stream), match_(match) {}

  void Run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < kFamiliesAtOnce; ++i)
      threads.emplace_back([this] { Work(); });
    for (std::thread& t : threads) t.join();
  }

 private:
  // Nothing is read ahead: what waits, waits at the caller.
  bool Read(v1::LinkRegisterRequest& request) {
    std::lock_guard lock(read_mutex_);
    open_ = open_ && stream_.Read(&request);
    return open_;
  }

  void Work() {
    v1::LinkRegisterRequest request;
    while (Read(request)) {
      v1::LinkRegisterResponse response;
      response.set_number(request.number());
      const absl::Status status =
          match_(request.signed_request(), *response.mutable_answer());
      if (!status.ok()) ToProto(status, response.mutable_error());
      std::lock_guard lock(write_mutex_);
      // False: the caller is gone, and Read says so too.
      stream_.Write(response);
    }
  }

  RegisterStream& stream_;
  const MatchOne& match_;
  std::mutex read_mutex_, write_mutex_;
  bool open_ = true;
};

}  // namespace

void ServeRegister(RegisterStream& stream, const MatchOne& match) {
  Workers(stream, match).Run();
}

}  // namespace kinstile::rpc
