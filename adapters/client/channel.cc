// SPDX-License-Identifier: Apache-2.0
// Channels, deadlines and retries.
#include "adapters/client/channel.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <stdlib.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "gateway/crypto/random.h"
#include "gateway/wire/error.h"

namespace kinstile::client {
namespace {

constexpr int kMaxMessage = 32 << 20;

std::vector<Digest> PinsOf(const share::Consortium& consortium,
                           const std::string& party) {
  if (const share::Daemon* g = consortium.FindGateway(party))
    return g->tls_pins;
  if (const share::KeyHolder* k = consortium.FindKeyHolder(party))
    return k->daemon.tls_pins;
  return {};
}

// Full jitter (Exponential Backoff And Jitter, AWS 2015).
std::chrono::milliseconds Pause(int attempt) {
  const uint32_t most = 100u << std::min(attempt, 6);
  return std::chrono::milliseconds(20 + crypto::RandomBelow(most));
}

// While no call waits on a channel, gRPC looks at its sockets every five
// seconds only: a reconnection then times out in mid-handshake, again and
// again, and calls go on failing although the peer is back. Read when gRPC
// starts, hence before the first channel; an operator's own value stays.
void PollOften() {
  static const int once = [] {
    return ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100", 0);
  }();
  (void)once;
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const Peer& peer,
                                       const wire::TlsFolder& tls,
                                       const share::Directory& directory) {
  PollOften();
  auto pins = [&directory, party = peer.party] {
    return PinsOf(*directory.Current(), party);
  };
  grpc::ChannelArguments args;
  args.SetMaxReceiveMessageSize(kMaxMessage);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // How long one attempt may hang, e.g. on a gateway that is just being killed.
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3'000);
  // Retries are ours (CallAgain), so that nothing is repeated by itself.
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // One connection a channel: no sharing with another identity's channel.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The name in the party's certificate, and no address: RFC 6066 has no
  // addresses there, and each would be an error line in the party's log. It
  // proves nothing; the pin does.
  args.SetSslTargetNameOverride(peer.party + ".kinstile.internal");
  return grpc::CreateCustomChannel(
      peer.address, wire::ClientCredentials(tls, std::move(pins)), args);
}

absl::Status CallOnce(absl::Duration deadline,
                      absl::FunctionRef<grpc::Status(grpc::ClientContext&)> f) {
  grpc::ClientContext context;
  context.set_deadline(gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_millis(absl::ToInt64Milliseconds(deadline), GPR_TIMESPAN)));
  const grpc::Status status = f(context);
  // gRPC says CANCELLED for a peer that is killed at an unlucky moment, too. Of
  // our own services none does without details.
  if (status.error_code() == grpc::StatusCode::CANCELLED &&
      status.error_details().empty())
    return absl::UnavailableError("the connection was lost during the call");
  return wire::FromGrpc(status);
}

absl::Status CallAgain(
    absl::Duration deadline,
    absl::FunctionRef<grpc::Status(grpc::ClientContext&)> f) {
  using Steady = std::chrono::steady_clock;
  const auto until = Steady::now() + absl::ToChronoMilliseconds(deadline);
  for (int attempt = 0;; ++attempt) {
    const auto left = absl::FromChrono(until - Steady::now());
    absl::Status status = CallOnce(std::max(left, absl::Milliseconds(1)), f);
    const auto pause = Pause(attempt);
    if (!absl::IsUnavailable(status) || Steady::now() + pause >= until)
      return status;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace kinstile::client
