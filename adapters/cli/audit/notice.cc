// SPDX-License-Identifier: Apache-2.0
// The SEARCH call and the check of what came back.
#include "adapters/cli/audit/notice.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/client/gateway_client.h"
#include "adapters/daemon/node.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/officer.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

absl::StatusOr<Recorded> Record(const Trail& trail,
                                share::SearchNotice notice) {
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  KS_ASSIGN_OR_RETURN(auto consortium,
                      wire::LoadManifest(trail.config, config.manifest()));
  KS_ASSIGN_OR_RETURN(notice.agency, AgencyId::Create(config.agency()));
  const share::Daemon* log = consortium->FindGateway(config.gateway().party());
  if (log == nullptr)
    return absl::InvalidArgumentError(
        "gateway: is none of the manifest in force");
  share::Directory directory(consortium);
  client::GatewayClient gateway(
      {config.gateway().party(), config.gateway().address()},
      {wire::ResolvePath(trail.config, config.tls().folder())}, directory);
  KS_ASSIGN_OR_RETURN(const std::string text, gateway.RecordSearch(notice));
  KS_ASSIGN_OR_RETURN(const audit::Receipt receipt, audit::ParseReceipt(text));
  KS_ASSIGN_OR_RETURN(
      const audit::VerifiedReceipt verified,
      audit::VerifyReceipt(receipt, log->log_key, log->log_origin,
                           share::DigestOf(notice)));
  if (verified.type != audit::EntryType::kSearch ||
      verified.audience != notice.agency.str())
    return absl::UnauthenticatedError("receipt: is of another kind of entry");
  return Recorded{log->log_origin, receipt.index, text};
}

}  // namespace

std::vector<CLI::Option*> Officer::AddOptionsTo(CLI::App* command) {
  return {
      command->add_option("--officer", id, "your staff id; it is written down"),
      command->add_option(
          "--purpose", purpose,
          absl::StrCat("what you search for: ",
                       absl::StrJoin(share::SearchPurposes(), ", "))),
      command->add_option("--why", reason,
                          "why now, in a few words; no names")};
}

void Officer::AddTo(CLI::App* command) {
  for (CLI::Option* option : AddOptionsTo(command)) option->required();
}

void Officer::AddOrOfflineTo(CLI::App* command) {
  const auto options = AddOptionsTo(command);
  CLI::Option* flag = command->add_flag(
      "--offline", offline,
      "instead of --officer, --purpose and --why, where no gateway can be "
      "reached: what you read is recorded nowhere, so write it down yourself");
  for (CLI::Option* option : options) flag->excludes(option);
}

absl::StatusOr<Recorded> RecordSearch(const Trail& trail,
                                      const Officer& officer,
                                      std::vector<audit::Criterion> criteria) {
  if (officer.offline) return Recorded();
  if (officer.id.empty() || officer.purpose.empty() || officer.reason.empty())
    return absl::InvalidArgumentError(
        "give --officer, --purpose and --why: reading is recorded in the "
        "trail; or --offline where no gateway can be reached");
  if (trail.config.empty())
    return absl::InvalidArgumentError(
        "--config: is needed, because a search is recorded at the gateway "
        "first");
  absl::StatusOr<Recorded> recorded =
      Record(trail, {AgencyId(), officer.id, officer.purpose, officer.reason,
                     std::move(criteria)});
  const absl::Status& s = recorded.status();
  if (s.ok() || absl::IsInvalidArgument(s)) return recorded;
  return absl::Status(
      s.code(), absl::StrCat("the search could not be recorded, so nothing was "
                             "searched: ",
                             s.message()));
}

}  // namespace kinstile::cli
