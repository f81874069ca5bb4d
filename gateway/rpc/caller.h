// SPDX-License-Identifier: Apache-2.0
// Who calls: the certificate of the connection, looked up in the manifest.
#ifndef KINSTILE_GATEWAY_RPC_CALLER_H_
#define KINSTILE_GATEWAY_RPC_CALLER_H_

#include <grpcpp/server_context.h>

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "gateway/base/ids.h"
#include "gateway/share/consortium.h"
#include "gateway/wire/error.h"

namespace kinstile::rpc {

// Thread-safe.
class Callers {
 public:
  explicit Callers(const share::Directory& directory) : directory_(directory) {}

  // The agency whose TLS key is the connection's, under the manifest in force
  // now: an expelled agency is refused on its open connections too.
  // UNAUTHENTICATED (kUnknownParty) otherwise.
  absl::StatusOr<AgencyId> Identify(const grpc::ServerContextBase& context);

 private:
  absl::StatusOr<Digest> PinOf(const grpc::ServerContextBase& context);

  const share::Directory& directory_;
  std::mutex mutex_;
  // Certificate to pin: parsing is dearer than a look-up. Bounded.
  std::unordered_map<std::string, Digest> pins_;
};

// INVALID_ARGUMENT unless the caller set a deadline of at most 12 hours: a call
// that may hang for ever holds a thread for ever.
absl::Status CheckDeadline(const grpc::ServerContextBase& context);

// Every unary method: identify, check the deadline, run, translate the error.
grpc::Status HandleCall(
    Callers& callers, const grpc::ServerContext& context,
    const std::function<absl::Status(const AgencyId& caller)>& body);

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_CALLER_H_
