// SPDX-License-Identifier: Apache-2.0
// The adapter's object graph.
#include "adapters/daemon/node.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/daemon/open_source.h"
#include "adapters/daemon/own_shields.h"
#include "adapters/daemon/practitioners.h"
#include "adapters/daemon/receipts.h"
#include "adapters/identity/normalise.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/share/needs.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/text.h"

namespace kinstile::daemon {
namespace {

constexpr size_t kReceiptsAtOnce = 100;

absl::CivilDay Today(const Clock& clock) {
  return absl::ToCivilDay(clock.Now(), absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<v1::AdapterConfig> ReadAdapterConfig(const std::string& path) {
  KS_ASSIGN_OR_RETURN(const std::string text, wire::ReadFile(path));
  v1::AdapterConfig config;
  KS_RETURN_IF_ERROR(wire::ParseStrictText(
      text, path,
      {"AdapterConfig.witness_every_ms", "AdapterConfig.csv",
       "AdapterConfig.odbc", "AdapterConfig.fhir", "CsvSourceConfig.joined",
       "OdbcSourceConfig.record_deadline_ms", "FhirSourceConfig.server",
       "FhirSourceConfig.folder", "FhirSourceConfig.token_file",
       "FhirSourceConfig.ca_file", "FhirSourceConfig.bulk_export",
       "FhirSourceConfig.deadline_ms"},
      &config));
  return config;
}

Node::Node(AgencyId agency, crypto::SigningKey key,
           crypto::SigningKey witness_key, crypto::BoxSecretKey comparison_key,
           const crypto::MacKey& handle_key, const Clock& clock)
    : agency_(std::move(agency)),
      key_(std::move(key)),
      witness_key_(std::move(witness_key)),
      comparison_key_(std::move(comparison_key)),
      handle_key_(handle_key.Clone()),
      handles_(handle_key.Clone()),
      clock_(clock) {}

// The links first: they use all the rest.
Node::~Node() {
  witness_links_.clear();
  link_.reset();
}

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
  KS_ASSIGN_OR_RETURN(crypto::SigningKey witness_key,
                      wire::ReadSigningKey(path(config.witness_key_file())));
  KS_ASSIGN_OR_RETURN(
      crypto::BoxSecretKey comparison_key,
      wire::ReadKey<crypto::BoxSecretKey>(path(config.comparison_key_file())));
  KS_ASSIGN_OR_RETURN(
      const crypto::MacKey handle_key,
      wire::ReadKey<crypto::MacKey>(path(config.handle_key_file())));
  std::unique_ptr<Node> node(
      new Node(std::move(agency), std::move(key), std::move(witness_key),
               std::move(comparison_key), handle_key, clock));
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
  if (self->comparison_key != crypto::PublicKeyOf(comparison_key_))
    return absl::FailedPreconditionError(absl::StrCat(
        config_path, ": comparison_key_file is not the manifest's"));
  if (self->witness.key != witness_key_.verify_key())
    return absl::FailedPreconditionError(absl::StrCat(
        config_path, ": witness_key_file is not the manifest's witness"));
  const std::string witness_name = self->witness.name;
  directory_ = std::make_unique<share::Directory>(std::move(consortium));
  KS_RETURN_IF_ERROR(wire::CheckTlsFolder(
      {wire::ResolvePath(config_path, config.tls().folder())}, clock_.Now()));
  KS_ASSIGN_OR_RETURN(
      state_, storage::Open(absl::StrCat(
                  "sqlite:", wire::ResolvePath(config_path, config.state()))));
  KS_RETURN_IF_ERROR(OpenPolicyAndSource());
  KS_ASSIGN_OR_RETURN(replays_,
                      share::ReplayGuard::Open(*state_, clock_.Now()));
  KS_ASSIGN_OR_RETURN(compare_replays_,
                      share::ReplayGuard::Open(*state_, clock_.Now()));
  comparisons_ = std::make_unique<ComparisonStore>(*state_, handle_key_);
  witness_ = std::make_unique<audit::Witness>(*state_, witness_name,
                                              witness_key_, clock_);
  KS_ASSIGN_OR_RETURN(daily_use_, share::DailyUse::Open(*state_, clock_.Now()));
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
  KS_ASSIGN_OR_RETURN(policy_,
                      share::PolicyInForce::Open(*state_, clock_, set));
  KS_ASSIGN_OR_RETURN(source_, OpenSource(config_path_, config_, clock_));
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
  consents_ = std::make_unique<ConsentBook>(
      ConsentBook::Parts{agency_, *state_, clock_});
  outbox_ = std::make_unique<Outbox>(*state_, *gateway_);
  responder_ = std::make_unique<Responder>(Responder::Parts{
      agency_, key_, *directory_, *policy_, *records_, *source_, *consents_,
      *replays_, *daily_use_, handles_, *state_, clock_, comparison_key_,
      *comparisons_, *compare_replays_});
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

void Node::Witness(WitnessObserver observer) {
  const wire::TlsFolder tls{
      wire::ResolvePath(config_path_, config_.tls().folder())};
  const absl::Duration every = absl::Milliseconds(
      config_.has_witness_every_ms() ? config_.witness_every_ms() : 5000);
  auto watch = [&](const std::string& party,
                   std::shared_ptr<grpc::Channel> channel,
                   bool gives_receipts) {
    witness_links_.push_back(std::make_unique<WitnessLink>(
        WitnessLink::Parts{party, std::move(channel), *witness_, *directory_,
                           *state_, clock_, every, gives_receipts},
        observer));
  };
  watch(config_.gateway().party(), gateway_->channel(), true);
  for (const v1::Endpoint& e : config_.key_holders())
    watch(e.party(),
          client::Connect({e.party(), e.address()}, tls, *directory_), false);
}

bool Node::WaitUntilWitnessing(absl::Duration patience) {
  return !witness_links_.empty() &&
         witness_links_.front()->WaitUntilUp(patience);
}

absl::StatusOr<EnrolmentReport> Node::Enrol(const EnrolmentProgress& progress,
                                            bool dry_run) {
  if (!dry_run) KS_RETURN_IF_ERROR(ReloadRegister());
  const auto records = records_->Current();
  TokenCache cache(*state_, handles_);
  Enrolment enrolment({*directory_, handles_, *source_, *tokens_, *gateway_,
                       cache, Today(clock_), *records, *comparisons_});
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
          members.push_back({handle, AsAsked(record.person)});
        return absl::OkStatus();
      },
      issues));
  return members;
}

identity::Person Node::AsAsked(const identity::RawPerson& raw) {
  identity::Person person = identity::Normalise(raw, Today(clock_)).person;
  records_->Current()->communal().Withhold(person);
  return person;
}

absl::Status Node::SetShield(const identity::Pii<>& local_id, bool shielded) {
  const Handle handle = handles_.ForRecord(local_id);
  // To lift the shield of somebody who is gone is fine.
  if (shielded && records_->Current()->Find(handle) == nullptr)
    return absl::NotFoundError("case: is not in this agency's register");
  return OwnShields(*state_).Set(handle, shielded);
}

absl::StatusOr<identity::Pii<>> Node::LocalId(const Handle& handle) {
  const auto records = records_->Current();
  const Register::Entry* entry = records->Find(handle);
  if (entry == nullptr) return absl::NotFoundError("handle: is none of ours");
  return entry->local_id;
}

absl::StatusOr<client::ShareOutcome> Node::Ask(
    const std::vector<client::Member>& members, client::Question question) {
  KS_RETURN_IF_ERROR(Complete(members, question));
  KS_ASSIGN_OR_RETURN(client::ShareOutcome outcome,
                      requester_->Ask(members, question));
  KS_RETURN_IF_ERROR(KeepReceipt(*state_, outcome.request_digest,
                                 outcome.receipt, clock_.Now()));
  return outcome;
}

absl::StatusOr<client::MatchOutcome> Node::Match(
    const std::vector<client::Member>& members, client::Question question) {
  KS_RETURN_IF_ERROR(Complete(members, question));
  KS_ASSIGN_OR_RETURN(client::MatchOutcome outcome,
                      requester_->Match(members, question));
  KS_RETURN_IF_ERROR(KeepReceipt(*state_, outcome.request_digest,
                                 outcome.receipt, clock_.Now()));
  return outcome;
}

absl::Status Node::LinkRegister(const client::RegisterLinker::Next& next,
                                const client::RegisterLinker::Done& done) {
  // Receipts are kept many at a time: one flush for each family would be most
  // of the time.
  std::vector<std::pair<uint64_t, client::MatchOutcome>> answered;
  const auto keep = [&]() -> absl::Status {
    std::vector<KeptReceipt> receipts;
    for (const auto& [number, outcome] : answered)
      receipts.push_back({outcome.request_digest, outcome.receipt});
    KS_RETURN_IF_ERROR(KeepReceipts(*state_, receipts, clock_.Now()));
    for (const auto& [number, outcome] : std::exchange(answered, {}))
      KS_RETURN_IF_ERROR(done(number, outcome));
    return absl::OkStatus();
  };
  client::RegisterLinker linker({*requester_, *tokens_, *gateway_});
  const absl::Status status = linker.Run(
      [&]() -> absl::StatusOr<std::optional<client::RegisterFamily>> {
        KS_ASSIGN_OR_RETURN(auto family, next());
        if (family)
          KS_RETURN_IF_ERROR(Complete(family->members, family->question));
        return family;
      },
      [&](uint64_t number, const client::MatchOutcome& outcome) {
        answered.emplace_back(number, outcome);
        return answered.size() < kReceiptsAtOnce ? absl::OkStatus() : keep();
      });
  // What was answered was answered, however the rest ended.
  const absl::Status kept = keep();
  return status.ok() ? kept : status;
}

absl::StatusOr<std::vector<v1::ReviewCase>> Node::ListCases(
    const share::Reviewer& reviewer) {
  KS_ASSIGN_OR_RETURN(client::Requester::Cases out,
                      requester_->ListCases(reviewer));
  KS_RETURN_IF_ERROR(
      KeepReceipt(*state_, out.digest, out.receipt, clock_.Now()));
  return std::move(out.cases);
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
  return policy_->Activate(std::move(set)).status();
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
  status.Update(Exchange());
  return status;
}

absl::Status Node::Complete(const std::vector<client::Member>& members,
                            client::Question& question) {
  KS_RETURN_IF_ERROR(AssertPractitioner(
      wire::ResolvePath(config_path_, config_.practitioners_file()), question));
  return AddConsents(members, question);
}

absl::Status Node::AddConsents(const std::vector<client::Member>& members,
                               client::Question& question) {
  const absl::Time now = clock_.Now();
  const auto set = policy_->set().Current();
  const auto purpose = policy::PurposeFromName(question.purpose);
  const auto mode = policy::ModeFromName(question.mode);
  if (!purpose || !mode)
    return absl::OkStatus();  // refused where it is decided
  for (share::SourceAsk& ask : question.asks) {
    policy::Ask about;
    about.agreement = question.agreement;
    about.flow = ask.flow;
    about.from = ask.agency.str();
    about.to = agency_.str();
    about.purpose = *purpose;
    about.mode = *mode;
    about.items = ask.items;
    const share::ConsentScope scope{
        ask.agency, agency_, question.purpose,
        share::ItemsNeedingConsent(*set, about, share::ConsentOf::kRequester)};
    ask.consented.clear();
    ask.consent_days = 0;
    if (scope.items.empty()) continue;
    for (size_t i = 0; i < members.size(); ++i) {
      KS_ASSIGN_OR_RETURN(const auto days,
                          consents_->Days(members[i].handle, scope, now));
      if (!days.has_value()) continue;
      ask.consented.push_back(static_cast<uint32_t>(i));
      ask.consent_days = std::max(ask.consent_days, *days);
    }
  }
  return absl::OkStatus();
}

absl::Status Node::CheckOwn(const share::Suspension& statement) const {
  const auto set = policy_->set().Current();
  const policy::Agreement* agreement = set->Find(statement.agreement.str());
  if (agreement == nullptr || agreement->FindParty(agency_.str()) == nullptr)
    return absl::InvalidArgumentError(
        "--agreement: this agency is party of none such in force");
  for (const FlowId& id : statement.flows) {
    const policy::Flow* flow = agreement->FindFlow(id.str());
    if (flow == nullptr ||
        (flow->from != agency_.str() && flow->to != agency_.str()))
      return absl::InvalidArgumentError(
          "--rule: this agency neither gives nor gets anything by it");
  }
  return absl::OkStatus();
}

absl::Status Node::KeepSuspension(share::Suspension statement) {
  statement.party = agency_;
  statement.at_ms = ToMillis(clock_.Now());
  // Never before our last word, whatever the clock says.
  for (const share::SignedSuspension& s : policy_->suspensions())
    if (s.statement.party == agency_ &&
        s.statement.agreement == statement.agreement)
      statement.at_ms = std::max(statement.at_ms, s.statement.at_ms + 1);
  KS_RETURN_IF_ERROR(share::CheckSuspension(statement, clock_.Now()));
  const share::SignedSuspension suspension{
      statement, share::SignSuspension(key_, statement)};
  KS_RETURN_IF_ERROR(
      state_->Write([&](storage::Transaction& tx) -> absl::Status {
        KS_RETURN_IF_ERROR(share::KeepSuspension(tx, suspension));
        return Outbox::Put(tx, suspension);
      }));
  return policy_->Refresh();
}

absl::Status Node::Exchange() {
  if (!WaitUntilUp(absl::ZeroDuration())) return absl::OkStatus();
  KS_RETURN_IF_ERROR(outbox_->Flush());
  KS_ASSIGN_OR_RETURN(const auto suspensions, gateway_->ListSuspensions());
  const auto consortium = directory_->Current();
  for (const share::SignedSuspension& s : suspensions) {
    const share::Agency* party = consortium->FindAgency(s.statement.party);
    // Our own word is ours to keep; others' must be theirs.
    if (party == nullptr || s.statement.party == agency_ ||
        !share::VerifySuspension(party->signing_key, s).ok())
      continue;
    const absl::Status kept = state_->Write(
        [&](storage::Transaction& tx) { return share::KeepSuspension(tx, s); });
    // One that is older than what we know is known.
    if (!kept.ok() && !absl::IsFailedPrecondition(kept)) return kept;
  }
  return policy_->Refresh();
}

}  // namespace kinstile::daemon
