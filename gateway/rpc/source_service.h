// SPDX-License-Identifier: Apache-2.0
// SourceService: the streams that sources dial out, as share::Sources.
#ifndef KINSTILE_GATEWAY_RPC_SOURCE_SERVICE_H_
#define KINSTILE_GATEWAY_RPC_SOURCE_SERVICE_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "gateway/rpc/caller.h"
#include "gateway/share/sources.h"
#include "kinstile/v1/source_service.grpc.pb.h"

namespace kinstile::rpc {

// Version of the asks and answers on the link; another one is refused.
inline constexpr uint32_t kSourceProtocolVersion = 2;

// Thread-safe. One link an agency: a newer stream replaces the older, whose
// open asks end as unreachable.
class SourceService final : public v1::SourceService::Service,
                            public share::Sources {
 public:
  explicit SourceService(Callers& callers) : callers_(callers) {}

  grpc::Status Serve(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::ServeResponse, v1::ServeRequest>* stream)
      override;

  std::vector<absl::StatusOr<share::SourceReply>> Ask(
      const share::SignedRequest& request,
      absl::Span<const share::SourceQuestion> questions,
      absl::Duration deadline) override;

  std::vector<absl::StatusOr<std::vector<share::ComparedFamily>>> Compare(
      const share::SignedRequest& request,
      absl::Span<const share::CompareQuestion> questions,
      absl::Duration deadline) override;

  // Ends every stream, so that the server can stop.
  void Close();

 private:
  class Link;
  class Greeting;
  using Stream = grpc::ServerReaderWriter<v1::ServeResponse, v1::ServeRequest>;

  absl::Status ServeLink(const AgencyId& agency, grpc::ServerContext& context,
                         Stream& stream);
  std::shared_ptr<Link> FindLink(const AgencyId& agency);
  // Sends `ask(i, number)` to each of `sources` and waits for what answers it.
  std::vector<absl::StatusOr<v1::ServeRequest>> Exchange(
      const std::vector<AgencyId>& sources,
      const std::function<v1::ServeResponse(size_t, uint64_t)>& ask,
      absl::Duration deadline);

  Callers& callers_;
  std::atomic<uint64_t> next_number_{1};
  std::mutex mutex_;
  bool closed_ = false;
  std::map<AgencyId, std::shared_ptr<Link>> links_;
  std::map<AgencyId, grpc::ServerContext*> greetings_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_SOURCE_SERVICE_H_
