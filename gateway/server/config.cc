// SPDX-License-Identifier: Apache-2.0
// Reading kinstiled's configuration.
#include "gateway/server/config.h"

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::server {
namespace {

constexpr double kMaxBudgetFactor = 1000;

const wire::OptionalFields& Optional() {
  static const wire::OptionalFields fields = {
      "KinstiledConfig.disk",           "DiskConfig.warn_mib",
      "DiskConfig.refuse_mib",          "DiskConfig.stop_mib",
      "DiskConfig.reserve_mib",         "KinstiledConfig.port_file",
      "KinstiledConfig.gateway",        "KinstiledConfig.key_holder",
      "KinstiledConfig.continues_file", "KinstiledConfig.previous_log_key_file",
      "GatewayRole.source_deadline_ms", "GatewayRole.index_store",
      "GatewayRole.linkage_weights",    "GatewayRole.linkage_weights_digest",
      "GatewayRole.index_memory_mib",   "KeyHolderRole.enrolment_budget_factor",
      "KeyHolderRole.query_budget",
  };
  return fields;
}

}  // namespace

std::string Config::StoreUrl(const std::string& url) const {
  constexpr absl::string_view kSqlite = "sqlite:";
  if (absl::string_view(url).substr(0, kSqlite.size()) != kSqlite) return url;
  return absl::StrCat(kSqlite, Path(url.substr(kSqlite.size())));
}

absl::StatusOr<Config> ReadConfig(const std::string& file) {
  Config config{file, {}};
  KS_ASSIGN_OR_RETURN(const std::string text, wire::ReadFile(file));
  KS_RETURN_IF_ERROR(
      wire::ParseStrictText(text, file, Optional(), &config.values));
  if (config.values.has_gateway() == config.values.has_key_holder())
    return absl::InvalidArgumentError(absl::StrCat(
        file,
        ":1:1: exactly one of \"gateway\" and \"key_holder\" must be "
        "set: who holds the index must not hold the matching key"));
  const v1::KeyHolderRole& holder = config.values.key_holder();
  // Written so that a NaN is refused too.
  if (holder.has_enrolment_budget_factor() &&
      !(holder.enrolment_budget_factor() > 0 &&
        holder.enrolment_budget_factor() <= kMaxBudgetFactor))
    return absl::InvalidArgumentError(absl::StrCat(
        file, ":1:1: enrolment_budget_factor must be above 0 and at most ",
        kMaxBudgetFactor));
  return config;
}

}  // namespace kinstile::server
