// SPDX-License-Identifier: Apache-2.0
// kinstiled with a recorder: every message received or sent, and all metadata,
// goes to received.rec beside its configuration. For tests only.
#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/server/role.h"
#include "gateway/wire/process.h"
#include "gateway/wire/text.h"

namespace kinstile::e2e {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

class Recording {
 public:
  explicit Recording(const std::string& path)
      : out_(path, std::ios::binary | std::ios::app) {}

  // What was recorded must survive a kill.
  void Write(absl::string_view what, absl::string_view bytes) {
    std::lock_guard lock(mutex_);
    out_ << what << ' ' << bytes.size() << '\n';
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out_ << '\n';
    out_.flush();
  }

 private:
  std::mutex mutex_;
  std::ofstream out_;
};

class Recorder final : public grpc::experimental::Interceptor {
 public:
  Recorder(Recording& recording, const char* method)
      : recording_(recording), method_(method) {}

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_RECV_INITIAL_METADATA))
      for (const auto& [key, value] : *batch->GetRecvInitialMetadata())
        Write("metadata", absl::StrCat(View(key), "=", View(value)));
    if (batch->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_RECV_MESSAGE))
      if (const void* message = batch->GetRecvMessage())
        Write("received", Serialise(message));
    if (batch->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_MESSAGE))
      if (grpc::ByteBuffer* buffer = batch->GetSerializedSendMessage())
        Write("sent", Join(*buffer));
    if (batch->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS))
      Write("status", batch->GetSendStatus().error_message());
    batch->Proceed();
  }

 private:
  static absl::string_view View(grpc::string_ref s) {
    return {s.data(), s.size()};
  }
  // Every message of these services is a protobuf one; its unknown fields, if
  // any, are kept and serialised too.
  static std::string Serialise(const void* message) {
    return static_cast<const google::protobuf::Message*>(message)
        ->SerializeAsString();
  }
  static std::string Join(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    std::string out;
    if (!buffer.Dump(&slices).ok()) return out;
    for (const grpc::Slice& s : slices)
      out.append(reinterpret_cast<const char*>(s.begin()), s.size());
    return out;
  }
  void Write(absl::string_view what, absl::string_view bytes) {
    recording_.Write(absl::StrCat(what, " ", method_), bytes);
  }

  Recording& recording_;
  const char* const method_;
};

class Factory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(const std::string& path) : recording_(path) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new Recorder(recording_, info->method());
  }

 private:
  Recording recording_;
};

int Main(const std::string& file) {
  wire::BlockSignals();
  auto config = server::ReadConfig(file);
  if (!config.ok()) return 2;
  auto role = config->values.has_gateway()
                  ? server::OpenGateway(*config, SystemClock(), false)
                  : server::OpenKeyHolder(*config, SystemClock(), false);
  if (!role.ok()) {
    std::fprintf(stderr, "%s\n", role.status().ToString().c_str());
    return 2;
  }
  server::Interceptors interceptors;
  interceptors.push_back(
      std::make_unique<Factory>(wire::ResolvePath(file, "received.rec")));
  if (!(*role)->Start(std::move(interceptors)).ok()) return 1;
  while (wire::WaitForSignal(absl::Milliseconds(200)) != wire::Signal::kStop) {
  }
  (*role)->Stop();
  return 0;
}

}  // namespace
}  // namespace kinstile::e2e

int main(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[1], "--config") != 0) return 2;
  return kinstile::e2e::Main(argv[2]);
}
