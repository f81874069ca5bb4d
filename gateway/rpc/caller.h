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

  // Asked on every call, once it is known who calls: an error turns them away.
  // Set before the first call.
  using Gate = std::function<absl::Status()>;
  void SetGate(Gate gate) { gate_ = std::move(gate); }
  absl::Status CheckGate() const { return gate_ ? gate_() : absl::OkStatus(); }

  // The agency whose TLS key is the connection's, under the manifest in force
  // now: an expelled agency is refused on its open connections too.
  // UNAUTHENTICATED (kUnknownParty) otherwise.
  absl::StatusOr<AgencyId> Identify(const grpc::ServerContextBase& context);
  // OK for any party of the manifest, daemons included.
  absl::Status CheckParty(const grpc::ServerContextBase& context);

 private:
  absl::StatusOr<Digest> PinOf(const grpc::ServerContextBase& context);

  const share::Directory& directory_;
  Gate gate_;
  std::mutex mutex_;
  // Certificate to pin: parsing is dearer than a look-up. Bounded.
  std::unordered_map<std::string, Digest> pins_;
};

// INVALID_ARGUMENT unless the caller set a deadline of at most 12 hours: a call
// that may hang for ever holds a thread for ever.
absl::Status CheckDeadline(const grpc::ServerContextBase& context);

using CallBody = std::function<absl::Status(const AgencyId& caller)>;

// Every unary method: identify, pass the gate, check the deadline, run,
// translate the error.
grpc::Status HandleCall(Callers& callers, const grpc::ServerContext& context,
                        const CallBody& body);
// The same for what must work while the gate is shut: what opens it.
grpc::Status HandleUngatedCall(Callers& callers,
                               const grpc::ServerContext& context,
                               const CallBody& body);

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_CALLER_H_
