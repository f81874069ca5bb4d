// SPDX-License-Identifier: Apache-2.0
// What both roles of kinstiled share: manifest, store, trail, listener.
#ifndef KINSTILE_GATEWAY_SERVER_HOST_H_
#define KINSTILE_GATEWAY_SERVER_HOST_H_

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/rpc/caller.h"
#include "gateway/server/config.h"
#include "gateway/share/consortium.h"
#include "gateway/share/daily_use.h"
#include "gateway/share/witnesses.h"
#include "gateway/storage/database.h"
#include "gateway/storage/disk.h"

namespace kinstile::server {

// Sees every call beside its service. kinstiled itself has none; tests record
// with them what a daemon received.
using Interceptors = std::vector<
    std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>;

// Opens everything that comes before a role's own parts. A host that exists
// has a manifest signed by enough agencies, a certificate in date, a store and
// a trail that matches its own checkpoint.
class Host {
 public:
  // With `check_only` the store and the trail are left alone.
  static absl::StatusOr<std::unique_ptr<Host>> Open(const Config& config,
                                                    const Clock& clock,
                                                    bool check_only);

  // Listens; `services` live until Shutdown. Writes the port file.
  absl::Status Listen(const std::vector<grpc::Service*>& services,
                      Interceptors interceptors);
  // Stops taking calls and waits for those that run.
  void Shutdown();

  // Puts into the health service and, when it changes, into the log, whether
  // anybody is served and why not. `healthy`: the role's stores are.
  void Look(bool healthy);

  // Takes the manifest anew: newer versions come into force at once.
  absl::Status ReloadManifest();

  const Clock& clock() const { return clock_; }
  const share::Directory& directory() const { return *directory_; }
  storage::Database& store() { return *store_; }
  audit::Log& log() { return *log_; }
  share::DailyUse& daily_use() { return *daily_use_; }
  rpc::Callers& callers() { return *callers_; }
  share::Witnesses& witnesses() { return *witnesses_; }
  // False once a write to the trail's store was lost, by whichever connection.
  bool healthy() const { return log_->healthy() && witness_store_->healthy(); }

 private:
  Host(const Config& config, const Clock& clock)
      : config_(config), clock_(clock) {}
  absl::Status OpenTrail(const share::Daemon& self, crypto::SigningKey key);
  absl::StatusOr<crypto::SigningKey> PreviousKey(
      const audit::LogOptions& options) const;

  const Config config_;
  const Clock& clock_;
  std::unique_ptr<share::Directory> directory_;
  std::unique_ptr<storage::Database> store_;
  // The same store, for cosignatures: when it is locked they are given up at
  // once, to be given again, and hold up no entry of the trail.
  std::unique_ptr<storage::Database> witness_store_;
  std::unique_ptr<storage::Disk> disk_;
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<share::DailyUse> daily_use_;
  std::unique_ptr<share::Witnesses> witnesses_;
  std::unique_ptr<rpc::Callers> callers_;
  std::unique_ptr<grpc::Server> server_;
  // What was last said about serving, and whether that it does.
  std::string said_;
  bool serving_said_ = false;
};

// Bounds everything that a peer can make the server hold: threads, memory,
// streams, sizes.
void LimitPeers(grpc::ServerBuilder& builder);

}  // namespace kinstile::server

#endif  // KINSTILE_GATEWAY_SERVER_HOST_H_
