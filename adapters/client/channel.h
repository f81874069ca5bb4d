// SPDX-License-Identifier: Apache-2.0
// Connections to a party of the manifest, and how every call behaves.
#ifndef KINSTILE_ADAPTERS_CLIENT_CHANNEL_H_
#define KINSTILE_ADAPTERS_CLIENT_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gateway/share/consortium.h"
#include "gateway/wire/tls.h"

namespace grpc {
class Channel;
class ClientContext;
class Status;
}  // namespace grpc

namespace kinstile::client {

// Where a party of the manifest listens.
struct Peer {
  std::string party;
  std::string address;  // host:port
};

// A channel over mutual TLS to the party whose pins the manifest in force
// names. `directory` outlives the channel.
std::shared_ptr<grpc::Channel> Connect(const Peer& peer,
                                       const wire::TlsFolder& tls,
                                       const share::Directory& directory);

// Calls once with a deadline. UNAVAILABLE when the connection was lost, and
// when `f`'s context was cancelled.
absl::Status CallOnce(absl::Duration deadline,
                      absl::FunctionRef<grpc::Status(grpc::ClientContext&)> f);

// Calls that are safe to repeat: again after UNAVAILABLE, with growing pauses
// and jitter, until `deadline` in all. Nothing else is retried.
absl::Status CallAgain(absl::Duration deadline,
                       absl::FunctionRef<grpc::Status(grpc::ClientContext&)> f);

}  // namespace kinstile::client

#endif  // KINSTILE_ADAPTERS_CLIENT_CHANNEL_H_
