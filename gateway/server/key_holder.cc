// SPDX-License-Identifier: Apache-2.0
// The key holder's object graph.
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/rpc/audit_service.h"
#include "gateway/rpc/health_service.h"
#include "gateway/rpc/token_service.h"
#include "gateway/server/role.h"
#include "gateway/share/evaluation.h"
#include "gateway/wire/key_file.h"

namespace kinstile::server {
namespace {

class KeyHolder final : public Role {
 public:
  KeyHolder(const Config& config, std::unique_ptr<Host> host,
            crypto::OprfKey key)
      : config_(config), host_(std::move(host)), key_(std::move(key)) {}

  // The listener ends before what it calls.
  ~KeyHolder() override { Stop(); }

  void OpenParts(AgencyId organisation) {
    parts_ = std::make_unique<Parts>(*this, std::move(organisation));
  }

  absl::Status Start(Interceptors interceptors) override {
    return host_->Listen({&parts_->token, &parts_->audit, &parts_->health},
                         std::move(interceptors));
  }
  absl::Status Reload() override { return host_->ReloadManifest(); }
  void Stop() override {
    host_->Shutdown();
    WriteRefused(true);
  }
  bool healthy() const override { return host_->healthy(); }

  void Look() override {
    host_->Look(healthy());
    WriteRefused(false);
  }

 private:
  struct Parts {
    Parts(KeyHolder& k, AgencyId organisation)
        : evaluation({k.host_->directory(), k.key_, std::move(organisation),
                      k.host_->log(), k.host_->daily_use(), k.host_->clock(),
                      k.Budget()}),
          token(k.host_->callers(), evaluation, k.host_->directory(),
                k.config_.values.party()),
          audit(k.host_->callers(), k.host_->directory(), k.host_->log(),
                k.host_->witnesses(), k.host_->clock()),
          health(k.host_->callers(), k.config_.values.party(), k.host_->log(),
                 k.host_->witnesses(), k.host_->clock(),
                 [&k] { return k.healthy(); }) {}
    share::Evaluation evaluation;
    rpc::TokenService token;
    rpc::AuditService audit;
    rpc::HealthService health;
  };

  void WriteRefused(bool all) {
    if (parts_ == nullptr) return;
    parts_->evaluation.refused().WriteDue(host_->clock().Now(), all);
  }

  share::EvaluationBudget Budget() const {
    const v1::KeyHolderRole& role = config_.values.key_holder();
    share::EvaluationBudget budget;
    if (role.has_enrolment_budget_factor())
      budget.enrolment_factor = role.enrolment_budget_factor();
    if (role.has_query_budget())
      budget.query = static_cast<int64_t>(role.query_budget());
    return budget;
  }

  const Config config_;
  std::unique_ptr<Host> host_;
  const crypto::OprfKey key_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Role>> OpenKeyHolder(const Config& config,
                                                    const Clock& clock,
                                                    bool check_only) {
  KS_ASSIGN_OR_RETURN(
      crypto::OprfKey key,
      wire::ReadOprfKey(config.Path(config.values.key_holder().share_file())));
  KS_ASSIGN_OR_RETURN(auto host, Host::Open(config, clock, check_only));
  const share::KeyHolder* self =
      host->directory().Current()->FindKeyHolder(config.values.party());
  // A holder with another key would be called a cheat by every adapter.
  if (!(self->share_key == key.public_key()))
    return absl::FailedPreconditionError(absl::StrCat(
        config.file, ": share_file is not the manifest's share_public_key"));
  AgencyId organisation = self->organisation;
  auto holder =
      std::make_unique<KeyHolder>(config, std::move(host), std::move(key));
  if (!check_only) holder->OpenParts(std::move(organisation));
  return holder;
}

}  // namespace kinstile::server
