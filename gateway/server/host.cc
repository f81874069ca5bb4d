// SPDX-License-Identifier: Apache-2.0
// The common ground of both roles.
#include "gateway/server/host.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/share/recipients.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/process.h"
#include "gateway/wire/tls.h"

namespace kinstile::server {
namespace {

// Debian's gRPC is old (see the operator's guide): everything that a peer can
// make it hold is bounded.
constexpr int kMaxMessage = 4 << 20;
constexpr int kMaxThreads = 200;
constexpr size_t kMaxMemory = size_t{512} << 20;
constexpr int kMaxStreams = 64;
constexpr int kMaxMetadata = 16 << 10;
// How many idle threads wait for the next call. gRPC's own number is two: a
// burst of calls then ends as many threads as it started.
constexpr int kIdleThreads = 32;

const share::Daemon* FindSelf(const share::Consortium& consortium,
                              const v1::KinstiledConfig& config) {
  if (config.has_gateway()) return consortium.FindGateway(config.party());
  const share::KeyHolder* holder = consortium.FindKeyHolder(config.party());
  return holder == nullptr ? nullptr : &holder->daemon;
}

storage::DiskMarks MarksOf(const v1::DiskConfig& disk) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  storage::DiskMarks marks;
  if (disk.has_warn_mib()) marks.warn = disk.warn_mib() * kMiB;
  if (disk.has_refuse_mib()) marks.refuse = disk.refuse_mib() * kMiB;
  if (disk.has_stop_mib()) marks.stop = disk.stop_mib() * kMiB;
  if (disk.has_reserve_mib()) marks.reserve = disk.reserve_mib() * kMiB;
  return marks;
}

// Written beside and renamed, so that a reader sees a whole number or none.
absl::Status WritePort(const std::string& path, int port) {
  const std::string beside = path + ".new";
  std::ofstream(beside) << port << "\n";
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (error)
    return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace

void LimitPeers(grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("kinstiled");
  quota.SetMaxThreads(kMaxThreads);
  quota.Resize(kMaxMemory);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, kIdleThreads);
  builder.SetMaxReceiveMessageSize(kMaxMessage);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadata);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

absl::StatusOr<std::unique_ptr<Host>> Host::Open(const Config& config,
                                                 const Clock& clock,
                                                 bool check_only) {
  KS_RETURN_IF_ERROR(crypto::Init());
  std::unique_ptr<Host> host(new Host(config, clock));
  KS_ASSIGN_OR_RETURN(
      auto consortium,
      wire::LoadManifest(config.file, config.values.manifest()));
  const share::Daemon* self = FindSelf(*consortium, config.values);
  if (self == nullptr)
    return absl::FailedPreconditionError(absl::StrCat(
        config.file, ": party is not in the manifest in this role"));
  KS_RETURN_IF_ERROR(wire::CheckTlsFolder(
      {config.Path(config.values.tls().folder())}, clock.Now()));
  host->directory_ = std::make_unique<share::Directory>(consortium);
  host->callers_ = std::make_unique<rpc::Callers>(*host->directory_);
  KS_ASSIGN_OR_RETURN(
      crypto::SigningKey log_key,
      wire::ReadSigningKey(config.Path(config.values.log_key_file())));
  if (log_key.verify_key() != self->log_key)
    return absl::FailedPreconditionError(absl::StrCat(
        config.file, ": log_key_file is not the manifest's log_key"));
  if (check_only) return host;
  KS_RETURN_IF_ERROR(host->OpenTrail(*self, std::move(log_key)));
  return host;
}

absl::Status Host::OpenTrail(const share::Daemon& self,
                             crypto::SigningKey key) {
  KS_ASSIGN_OR_RETURN(store_,
                      storage::Open(config_.StoreUrl(config_.values.store())));
  KS_ASSIGN_OR_RETURN(daily_use_, share::DailyUse::Open(*store_, clock_.Now()));
  const auto consortium = directory_->Current();
  audit::LogOptions options{self.log_origin, std::move(key),
                            share::RecipientsOf(*consortium), clock_};
  KS_ASSIGN_OR_RETURN(
      disk_, storage::Disk::Open(config_.StoreUrl(config_.values.store()),
                                 MarksOf(config_.values.disk())));
  options.disk = disk_.get();
  KS_ASSIGN_OR_RETURN(log_, audit::Log::Open(*store_, std::move(options)));
  return absl::OkStatus();
}

absl::Status Host::Listen(const std::vector<grpc::Service*>& services,
                          Interceptors interceptors) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  LimitPeers(builder);
  int port = 0;
  builder.AddListeningPort(
      config_.values.listen(),
      wire::ServerCredentials({config_.Path(config_.values.tls().folder())}),
      &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  if (!interceptors.empty())
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0)
    return absl::UnavailableError(
        absl::StrCat(config_.file, ": listen: the address cannot be bound"));
  wire::LogLine(
      absl::StrCat(config_.values.party(), " listens on port ", port));
  if (config_.values.port_file().empty()) return absl::OkStatus();
  return WritePort(config_.Path(config_.values.port_file()), port);
}

void Host::Shutdown() {
  if (server_ == nullptr) return;
  // A deadline that has passed: streams end now.
  server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
  server_->Wait();
  server_.reset();
}

absl::Status Host::ReloadManifest() {
  KS_ASSIGN_OR_RETURN(
      auto consortium,
      wire::LoadManifest(config_.file, config_.values.manifest()));
  if (consortium->digest == directory_->Current()->digest)
    return absl::OkStatus();
  // Who can read the trail changes first: no entry of the new manifest is
  // sealed to the old one's officers.
  if (consortium->version > directory_->Current()->version)
    KS_RETURN_IF_ERROR(log_->SetRecipients(share::RecipientsOf(*consortium)));
  return directory_->Replace(std::move(consortium));
}

}  // namespace kinstile::server
