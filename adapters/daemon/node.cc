// SPDX-License-Identifier: Apache-2.0
// The adapter's object graph.
#include "adapters/daemon/node.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/daemon/receipts.h"
#include "adapters/identity/normalise.h"
#include "adapters/sources/csv/csv_source.h"
#include "adapters/sources/csv/mapping.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/text.h"

namespace kinstile::daemon {
namespace {

absl::CivilDay Today(const Clock& clock) {
  return absl::ToCivilDay(clock.Now(), absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<v1::AdapterConfig> ReadAdapterConfig(const std::string& path) {
  KS_ASSIGN_OR_RETURN(const std::string text, wire::ReadFile(path));
  v1::AdapterConfig config;
  KS_RETURN_IF_ERROR(wire::ParseStrictText(text, path, {}, &config));
  return config;
}

Node::Node(AgencyId agency, crypto::SigningKey key, Handles handles,
           const Clock& clock)
    : agency_(std::move(agency)),
      key_(std::move(key)),
      handles_(std::move(handles)),
      clock_(clock) {}

// The link first: it uses all the rest.
Node::~Node() { link_.reset(); }

absl::StatusOr<std::unique_ptr<Node>> Node::Create(
    const std::string& config_path, const Clock& clock) {
  KS_RETURN_IF_ERROR(crypto::Init());
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      ReadAdapterConfig(config_path));
  auto path = [&](const std::string& p) {
    return wire::ResolvePath(config_path, p);
  };
  KS_ASSIGN_OR_RETURN(AgencyId agency, AgencyId::Create(config.agency()));
  KS_ASSIGN_OR_RETURN(crypto::SigningKey key,
                      wire::ReadSigningKey(path(config.signing_key_file())));
  // Read so that a missing one is found now; stage 2 of matching unwraps with
  // it.
  KS_RETURN_IF_ERROR(
      wire::ReadKey<crypto::BoxSecretKey>(path(config.comparison_key_file()))
          .status());
  KS_ASSIGN_OR_RETURN(
      crypto::MacKey handle_key,
      wire::ReadKey<crypto::MacKey>(path(config.handle_key_file())));
  std::unique_ptr<Node> node(new Node(std::move(agency), std::move(key),
                                      Handles(std::move(handle_key)), clock));
  KS_RETURN_IF_ERROR(node->Open(config_path, config));
  return node;
}

absl::Status Node::Open(const std::string& config_path,
                        const v1::AdapterConfig& config) {
  config_path_ = config_path;
  config_ = config;
  KS_ASSIGN_OR_RETURN(auto consortium,
                      wire::LoadManifest(config_path, config.manifest()));
  const share::Agency* self = consortium->FindAgency(agency_);
  if (self == nullptr || self->signing_key != key_.verify_key())
    return absl::FailedPreconditionError(absl::StrCat(
        config_path, ": agency or signing_key_file is not the manifest's"));
  directory_ = std::make_unique<share::Directory>(std::move(consortium));
  KS_RETURN_IF_ERROR(wire::CheckTlsFolder(
      {wire::ResolvePath(config_path, config.tls().folder())}, clock_.Now()));
  KS_RETURN_IF_ERROR(OpenPolicyAndSource());
  KS_ASSIGN_OR_RETURN(
      state_, storage::Open(absl::StrCat(
                  "sqlite:", wire::ResolvePath(config_path, config.state()))));
  KS_ASSIGN_OR_RETURN(replays_,
                      share::ReplayGuard::Open(*state_, clock_.Now()));
  return OpenClients();
}

absl::Status Node::OpenPolicyAndSource() {
  auto path = [&](const std::string& p) {
    return wire::ResolvePath(config_path_, p);
  };
  KS_ASSIGN_OR_RETURN(auto set,
                      wire::LoadPolicy(path(config_.law_folder()),
                                       path(config_.agreements_folder()),
                                       *directory_->Current(), clock_.Now()));
  policy_ = std::make_unique<share::InForce<policy::ActiveSet>>(set);
  KS_ASSIGN_OR_RETURN(sources::CsvMapping mapping,
                      sources::LoadMapping(path(config_.csv().mapping())));
  KS_ASSIGN_OR_RETURN(
      source_,
      sources::CsvSource::Open(path(config_.csv().file()), std::move(mapping)));
  KS_ASSIGN_OR_RETURN(auto records, Register::Read(*source_, handles_));
  records_ = std::make_unique<share::InForce<Register>>(std::move(records));
  return absl::OkStatus();
}

absl::Status Node::OpenClients() {
  const wire::TlsFolder tls{
      wire::ResolvePath(config_path_, config_.tls().folder())};
  std::vector<client::Peer> holders;
  for (const v1::Endpoint& e : config_.key_holders())
    holders.push_back({e.party(), e.address()});
  tokens_ = std::make_unique<client::TokenClient>(*directory_, holders, tls);
  gateway_ = std::make_unique<client::GatewayClient>(
      client::Peer{config_.gateway().party(), config_.gateway().address()}, tls,
      *directory_);
  requester_ = std::make_unique<client::Requester>(
      client::Requester::Parts{agency_, key_, *directory_, *tokens_, *gateway_,
                               config_.gateway().party(), clock_});
  responder_ = std::make_unique<Responder>(
      Responder::Parts{agency_, key_, *directory_, *policy_, *records_,
                       *source_, *replays_, *state_, clock_});
  return absl::OkStatus();
}

absl::Status Node::Serve(LinkObserver observer) {
  link_ = std::make_unique<SourceLink>(gateway_->channel(), *responder_,
                                       std::move(observer));
  return absl::OkStatus();
}

bool Node::WaitUntilUp(absl::Duration patience) {
  return link_ != nullptr && link_->WaitUntilUp(patience);
}

absl::StatusOr<EnrolmentReport> Node::Enrol(const EnrolmentProgress& progress,
                                            bool dry_run) {
  Enrolment enrolment(
      {*directory_, handles_, *source_, *tokens_, *gateway_, Today(clock_)});
  if (dry_run) return enrolment.DryRun(progress);
  auto report = enrolment.Run(progress);
  if (report.ok()) KS_RETURN_IF_ERROR(Reload());
  return report;
}

absl::StatusOr<std::vector<client::Member>> Node::Family(
    const identity::Pii<>& local_id) {
  const Handle wanted = handles_.ForRecord(local_id);
  const auto records = records_->Current();
  if (records->Find(wanted) == nullptr)
    return absl::NotFoundError("case: is not in this agency's register");
  const std::vector<Handle> family = records->FamilyMembers(wanted);
  std::vector<client::Member> members;
  std::vector<sources::RowIssue> issues;
  KS_RETURN_IF_ERROR(source_->ForEach(
      [&](sources::SourceRecord record) {
        const Handle handle = handles_.ForRecord(record.local_id);
        if (std::binary_search(family.begin(), family.end(), handle))
          members.push_back(
              {handle,
               identity::Normalise(record.person, Today(clock_)).person});
        return absl::OkStatus();
      },
      issues));
  return members;
}

absl::StatusOr<identity::Pii<>> Node::LocalId(const Handle& handle) {
  const auto records = records_->Current();
  const Register::Entry* entry = records->Find(handle);
  if (entry == nullptr) return absl::NotFoundError("handle: is none of ours");
  return entry->local_id;
}

absl::StatusOr<client::ShareOutcome> Node::Ask(
    const std::vector<client::Member>& members,
    const client::Question& question) {
  KS_ASSIGN_OR_RETURN(client::ShareOutcome outcome,
                      requester_->Ask(members, question));
  KS_RETURN_IF_ERROR(KeepReceipt(*state_, outcome.request_digest,
                                 outcome.receipt, clock_.Now()));
  return outcome;
}

absl::StatusOr<client::MatchOutcome> Node::Match(
    const std::vector<client::Member>& members,
    const client::Question& question) {
  KS_ASSIGN_OR_RETURN(client::MatchOutcome outcome,
                      requester_->Match(members, question));
  KS_RETURN_IF_ERROR(KeepReceipt(*state_, outcome.request_digest,
                                 outcome.receipt, clock_.Now()));
  return outcome;
}

absl::Status Node::ReloadManifest() {
  KS_ASSIGN_OR_RETURN(auto consortium,
                      wire::LoadManifest(config_path_, config_.manifest()));
  return directory_->Replace(std::move(consortium));
}

absl::Status Node::ReloadPolicy() {
  KS_ASSIGN_OR_RETURN(
      auto set,
      wire::LoadPolicy(
          wire::ResolvePath(config_path_, config_.law_folder()),
          wire::ResolvePath(config_path_, config_.agreements_folder()),
          *directory_->Current(), clock_.Now()));
  policy_->Replace(std::move(set));
  return absl::OkStatus();
}

absl::Status Node::ReloadRegister() {
  KS_ASSIGN_OR_RETURN(auto records, Register::Read(*source_, handles_));
  records_->Replace(std::move(records));
  return absl::OkStatus();
}

absl::Status Node::Reload() {
  absl::Status status = ReloadManifest();
  status.Update(ReloadPolicy());
  // Whatever became of the others: a new shield must not wait for them.
  status.Update(ReloadRegister());
  return status;
}

}  // namespace kinstile::daemon
