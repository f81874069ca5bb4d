// SPDX-License-Identifier: Apache-2.0
// The common ground of both roles.
#include "gateway/server/host.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gateway/audit/carry_on.h"
#include "gateway/audit/note.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/share/recipients.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/process.h"
#include "gateway/wire/text.h"
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
// Much longer than a commit of the trail.
constexpr int kCosignatureWaitMs = 100;

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

// What the configuration says of the trail before this one.
absl::StatusOr<std::optional<audit::Continues>> ReadContinues(
    const Config& config, const audit::LogOptions& options) {
  const std::string& file = config.values.continues_file();
  if (file.empty()) return std::nullopt;
  KS_ASSIGN_OR_RETURN(const std::string note,
                      wire::ReadFile(config.Path(file), 64 * 1024));
  const std::string origin = note.substr(0, note.find('\n'));
  const auto head =
      audit::OpenCheckpoint(note, origin, options.key.verify_key());
  if (!head.ok() || origin == options.origin)
    return absl::FailedPreconditionError(absl::StrCat(
        config.file,
        ": continues_file: must hold a checkpoint of an earlier trail, signed "
        "by this log_key_file; the manifest's log_origin must be a new one"));
  return audit::Continues{origin, note, audit::ContinuesGround::kDataLoss};
}

// The key of the trail before this one: the same, unless it was replaced.
absl::StatusOr<crypto::SigningKey> Host::PreviousKey(
    const audit::LogOptions& options) const {
  const std::string& file = config_.values.previous_log_key_file();
  if (file.empty()) return options.key.Clone();
  return wire::ReadSigningKey(config_.Path(file));
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
  KS_ASSIGN_OR_RETURN(options.continues, ReadContinues(config_, options));
  if (!options.continues) {
    KS_ASSIGN_OR_RETURN(const crypto::SigningKey previous,
                        PreviousKey(options));
    KS_ASSIGN_OR_RETURN(options.continues,
                        audit::CarryOn(*store_, options, previous));
  }
  KS_ASSIGN_OR_RETURN(log_, audit::Log::Open(*store_, std::move(options)));
  // Whoever holds the index waits; a key holder alone can find nobody.
  const auto start = config_.values.has_gateway()
                         ? share::Witnesses::Start::kWaitForQuorum
                         : share::Witnesses::Start::kAtOnce;
  KS_ASSIGN_OR_RETURN(witness_store_,
                      storage::Open(config_.StoreUrl(config_.values.store()),
                                    {.busy_timeout_ms = kCosignatureWaitMs}));
  witnesses_ = std::make_unique<share::Witnesses>(
      *directory_, *log_, *witness_store_, clock_, start);
  callers_->SetGate([this] { return witnesses_->Serving(); });
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
  Look(healthy());
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

void Host::Look(bool healthy) {
  const share::WitnessReport report = witnesses_->Report();
  if (server_ != nullptr)
    server_->GetHealthCheckService()->SetServingStatus(
        healthy && log_->disk_level() < storage::DiskLevel::kShort &&
        report.serving.ok() && report.ordinary.ok());
  // Said once for each state, not for each second of it.
  const auto say = [this](std::string state, absl::string_view line) {
    if (state == said_) return;
    said_ = std::move(state);
    wire::LogLine(line);
  };
  const absl::Status& why = !report.serving.ok()    ? report.serving
                            : !report.ordinary.ok() ? report.ordinary
                                                    : report.sensitive;
  if (!report.serving.ok()) {
    say(absl::StrCat("refused ", why.message()), why.message());
  } else {
    if (!serving_said_)
      wire::LogLine("serving: what witnesses saw is in the trail");
    say(absl::StrCat("witnessed ", report.ordinary.ok(), report.sensitive.ok()),
        why.ok() ? absl::string_view("witnessed: the trail is cosigned "
                                     "often enough")
                 : absl::string_view(why.message()));
  }
  serving_said_ = report.serving.ok();
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
