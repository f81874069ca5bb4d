// SPDX-License-Identifier: Apache-2.0
// The gateway's object graph.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/index/index.h"
#include "gateway/rpc/audit_service.h"
#include "gateway/rpc/consent_service.h"
#include "gateway/rpc/exchange_services.h"
#include "gateway/rpc/health_service.h"
#include "gateway/rpc/policy_service.h"
#include "gateway/rpc/registry_service.h"
#include "gateway/rpc/review_service.h"
#include "gateway/rpc/source_service.h"
#include "gateway/server/role.h"
#include "gateway/share/exchange.h"
#include "gateway/share/open_requests.h"
#include "gateway/share/policy_in_force.h"
#include "gateway/share/registry.h"
#include "gateway/share/replay.h"
#include "gateway/share/reviews.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/process.h"
#include "gateway/wire/weights.h"

namespace kinstile::server {
namespace {

using WeightsInForce = share::InForce<linkage::Model>;

absl::StatusOr<std::shared_ptr<const linkage::Model>> ReadWeights(
    const Config& config) {
  const v1::GatewayRole& role = config.values.gateway();
  const std::string& file = role.linkage_weights();
  KS_ASSIGN_OR_RETURN(const linkage::Weights weights,
                      wire::LoadWeights(file.empty() ? "" : config.Path(file)));
  const std::string& pinned = role.linkage_weights_digest();
  if (!pinned.empty() &&
      pinned != absl::BytesToHexString(wire::WeightsDigest(weights).view()))
    return absl::FailedPreconditionError(
        absl::StrCat(config.file,
                     ": linkage_weights are not those of "
                     "linkage_weights_digest"));
  return std::make_shared<const linkage::Model>(weights);
}

class Gateway final : public Role {
 public:
  Gateway(const Config& config, std::unique_ptr<Host> host,
          std::shared_ptr<const policy::ActiveSet> set,
          std::shared_ptr<const linkage::Model> weights)
      : config_(config),
        host_(std::move(host)),
        loaded_(std::move(set)),
        weights_(std::move(weights)) {}

  // The listener ends before what it calls.
  ~Gateway() override {
    if (parts_ != nullptr) Stop();
  }

  absl::Status OpenParts(crypto::MacKey index_key) {
    const std::string& url = config_.values.gateway().index_store();
    if (!url.empty()) {
      KS_ASSIGN_OR_RETURN(index_store_, storage::Open(config_.StoreUrl(url)));
    }
    KS_ASSIGN_OR_RETURN(
        index_, index::Index::Open(
                    index_store_ ? *index_store_ : host_->store(),
                    std::move(index_key), host_->clock(), IndexMemory()));
    index_->StartLoading();
    KS_ASSIGN_OR_RETURN(replays_, share::ReplayGuard::Open(
                                      host_->store(), host_->clock().Now()));
    KS_ASSIGN_OR_RETURN(const share::Interrupted interrupted,
                        share::EndInterrupted(host_->store(), host_->log(),
                                              *host_->directory().Current(),
                                              host_->clock().Now()));
    if (interrupted.left > 0)
      wire::LogLine(absl::StrCat(
          interrupted.left,
          " interrupted requests have no ABORT yet: the manifest has no keys "
          "of their officers for this month; put them in and start again"));
    KS_ASSIGN_OR_RETURN(policy_, share::PolicyInForce::Open(
                                     host_->store(), host_->clock(), loaded_));
    parts_ = std::make_unique<Parts>(*this);
    return absl::OkStatus();
  }

  absl::Status Start(Interceptors interceptors) override {
    return host_->Listen({&parts_->share, &parts_->match, &parts_->registry,
                          &parts_->source, &parts_->policy, &parts_->audit,
                          &parts_->consent, &parts_->review, &parts_->health},
                         std::move(interceptors));
  }

  absl::Status Reload() override {
    const absl::Status manifest = host_->ReloadManifest();
    const v1::GatewayRole& role = config_.values.gateway();
    auto set = wire::LoadPolicy(
        config_.Path(role.law_folder()), config_.Path(role.agreements_folder()),
        *host_->directory().Current(), host_->clock().Now());
    if (!set.ok()) return set.status();
    KS_RETURN_IF_ERROR(policy_->Activate(*std::move(set)).status());
    KS_ASSIGN_OR_RETURN(auto weights, ReadWeights(config_));
    weights_.Replace(std::move(weights));
    return manifest;
  }

  void Stop() override {
    parts_->source.Close();
    host_->Shutdown();
    parts_->exchange.turned_away().WriteDue(host_->clock().Now(), true);
  }

  bool healthy() const override {
    return host_->healthy() && (!index_store_ || index_store_->healthy());
  }

  void Look() override {
    host_->Look(healthy());
    EndLeftOpen();
    if (parts_ != nullptr)
      parts_->exchange.turned_away().WriteDue(host_->clock().Now());
  }

 private:
  struct Parts {
    explicit Parts(Gateway& g)
        : source(g.host_->callers()),
          consents({g.host_->store(), g.host_->log(), g.host_->clock()}),
          suspensions({g.host_->directory(), *g.policy_, g.host_->log(),
                       g.host_->clock()}),
          exchange({g.host_->directory(), g.policy_->set(), *g.index_,
                    g.host_->log(), source, *g.replays_, g.host_->daily_use(),
                    consents, g.host_->clock(), g.host_->witnesses(),
                    g.SourceDeadline(), g.weights_, g.host_->store()}),
          reviews({g.host_->store(), *g.index_, g.host_->log(),
                   g.policy_->set(), g.host_->clock()}),
          registers({g.host_->directory(), *g.index_, g.host_->log(),
                     g.host_->clock()}),
          share(g.host_->callers(), exchange),
          match(g.host_->callers(), exchange),
          registry(g.host_->callers(), registers),
          policy(g.host_->callers(), *g.policy_, suspensions, g.host_->clock()),
          audit(g.host_->callers(), g.host_->directory(), g.host_->log(),
                g.host_->witnesses(), g.host_->clock()),
          consent(g.host_->callers(), consents),
          review(g.host_->callers(), reviews),
          health(g.host_->callers(), g.config_.values.party(), g.host_->log(),
                 g.host_->witnesses(), g.host_->clock(),
                 [&g] { return g.healthy(); }) {}
    rpc::SourceService source;
    share::Consents consents;
    share::Suspensions suspensions;
    share::Exchange exchange;
    share::Reviews reviews;
    share::Registry registers;
    rpc::ShareService share;
    rpc::MatchService match;
    rpc::RegistryService registry;
    rpc::PolicyService policy;
    rpc::AuditService audit;
    rpc::ConsentService consent;
    rpc::ReviewService review;
    rpc::HealthService health;
  };

  // What could not be written when it happened is written as soon as it can.
  void EndLeftOpen() {
    if (parts_ == nullptr) return;
    const auto ids = parts_->exchange.TakeLeftOpen();
    if (ids.empty()) return;
    const auto ended = share::EndInterrupted(host_->store(), host_->log(),
                                             *host_->directory().Current(),
                                             host_->clock().Now(), &ids);
    if (!ended.ok() || ended->left > 0) parts_->exchange.PutBackLeftOpen(ids);
  }

  absl::Duration SourceDeadline() const {
    const v1::GatewayRole& role = config_.values.gateway();
    return absl::Milliseconds(
        role.has_source_deadline_ms() ? role.source_deadline_ms() : 5000);
  }

  size_t IndexMemory() const {
    const v1::GatewayRole& role = config_.values.gateway();
    return role.has_index_memory_mib() ? size_t{role.index_memory_mib()} << 20
                                       : index::kDefaultMemory;
  }

  const Config config_;
  std::unique_ptr<Host> host_;
  const std::shared_ptr<const policy::ActiveSet> loaded_;
  WeightsInForce weights_;
  std::unique_ptr<storage::Database> index_store_;  // may be none
  std::unique_ptr<index::Index> index_;
  std::unique_ptr<share::ReplayGuard> replays_;
  std::unique_ptr<share::PolicyInForce> policy_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Role>> OpenGateway(const Config& config,
                                                  const Clock& clock,
                                                  bool check_only) {
  const v1::GatewayRole& role = config.values.gateway();
  KS_ASSIGN_OR_RETURN(
      crypto::MacKey index_key,
      wire::ReadKey<crypto::MacKey>(config.Path(role.index_key_file())));
  KS_ASSIGN_OR_RETURN(auto host, Host::Open(config, clock, check_only));
  KS_ASSIGN_OR_RETURN(
      auto set, wire::LoadPolicy(config.Path(role.law_folder()),
                                 config.Path(role.agreements_folder()),
                                 *host->directory().Current(), clock.Now()));
  KS_ASSIGN_OR_RETURN(auto weights, ReadWeights(config));
  auto gateway = std::make_unique<Gateway>(config, std::move(host),
                                           std::move(set), std::move(weights));
  if (!check_only) KS_RETURN_IF_ERROR(gateway->OpenParts(std::move(index_key)));
  return gateway;
}

}  // namespace kinstile::server
