// SPDX-License-Identifier: Apache-2.0
// One agency's adapter, assembled from its configuration.
#ifndef KINSTILE_ADAPTERS_DAEMON_NODE_H_
#define KINSTILE_ADAPTERS_DAEMON_NODE_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/client/gateway_client.h"
#include "adapters/client/register_linker.h"
#include "adapters/client/requester.h"
#include "adapters/client/token_client.h"
#include "adapters/daemon/consent_book.h"
#include "adapters/daemon/enrolment.h"
#include "adapters/daemon/outbox.h"
#include "adapters/daemon/register.h"
#include "adapters/daemon/responder.h"
#include "adapters/daemon/source_link.h"
#include "adapters/daemon/witness_link.h"
#include "adapters/sources/source.h"
#include "gateway/base/clock.h"
#include "gateway/crypto/sign.h"
#include "gateway/share/consortium.h"
#include "gateway/share/in_force.h"
#include "gateway/share/policy_in_force.h"
#include "gateway/share/replay.h"
#include "gateway/storage/database.h"
#include "kinstile/v1/config.pb.h"
#include "policy/active_set.h"

namespace kinstile::daemon {

// Reads an AdapterConfig: every mistake as file:line:column.
absl::StatusOr<v1::AdapterConfig> ReadAdapterConfig(const std::string& path);

// Everything that --check-config can check: the file, the manifest and its
// signatures, keys and certificates, the source and its mapping, the policy.
// A node that exists has passed it.
class Node {
 public:
  static absl::StatusOr<std::unique_ptr<Node>> Create(
      const std::string& config_path, const Clock& clock = SystemClock());
  ~Node();

  const AgencyId& agency() const { return agency_; }

  // Starts answering for this agency over the link that it dials.
  absl::Status Serve(LinkObserver observer);
  bool WaitUntilUp(absl::Duration patience);
  // Starts witnessing the trails of the gateway and of every key holder.
  void Witness(WitnessObserver observer);
  // True once the gateway's trail has been cosigned: from then on it serves.
  bool WaitUntilWitnessing(absl::Duration patience);

  absl::StatusOr<EnrolmentReport> Enrol(const EnrolmentProgress& progress,
                                        bool dry_run = false);

  // The family of the person with this local case reference, as the register
  // has it now. NOT_FOUND when there is no such person.
  absl::StatusOr<std::vector<client::Member>> Family(
      const identity::Pii<>& local_id);
  // The person as this agency asks about them and enrols them.
  identity::Person AsAsked(const identity::RawPerson& person);
  // Shields a person by hand, or lifts that: from here on for every program on
  // this state; the gateway hears of it by the outbox. NOT_FOUND.
  absl::Status SetShield(const identity::Pii<>& local_id, bool shielded);
  // The local reference of one of our own handles, for showing an answer.
  absl::StatusOr<identity::Pii<>> LocalId(const Handle& handle);

  // Asks, verifies, keeps the receipt, and only then returns. Who has consented
  // is taken from the agency's own book, training from its own register;
  // PERMISSION_DENIED for a practitioner or role that is not in that.
  absl::StatusOr<client::ShareOutcome> Ask(
      const std::vector<client::Member>& members, client::Question question);
  absl::StatusOr<client::MatchOutcome> Match(
      const std::vector<client::Member>& members, client::Question question);

  // Asks about many families over one stream (client/register_linker.h); each
  // gets what Match would give it. Receipts are durable before `done` is
  // called.
  absl::Status LinkRegister(const client::RegisterLinker::Next& next,
                            const client::RegisterLinker::Done& done);

  // Cases for this agency's reviewers; the receipt is kept.
  absl::StatusOr<std::vector<v1::ReviewCase>> ListCases(
      const share::Reviewer& reviewer);

  // Reads manifest, policy and register again, and tells and hears what is new
  // at the gateway, each whatever became of the others; what does not load is
  // left as it was, and the first that did not is said.
  absl::Status Reload();

  ConsentBook& consents() { return *consents_; }
  // Tells the gateway what it has not heard of yet.
  Outbox& outbox() { return *outbox_; }

  // INVALID_ARGUMENT unless the statement is about an agreement in force that
  // this agency is party of, and about rules that it gives or gets by.
  absl::Status CheckOwn(const share::Suspension& statement) const;
  // Stops flows of this agency, or lets them go on: signed, and from here on
  // for every program on this state; the gateway hears of it by the outbox.
  absl::Status KeepSuspension(share::Suspension statement);

  client::GatewayClient& gateway() { return *gateway_; }
  sources::RecordSource& source() { return *source_; }
  const Handles& handles() const { return handles_; }
  const share::Directory& directory() const { return *directory_; }
  storage::Database& state() { return *state_; }

 private:
  Node(AgencyId agency, crypto::SigningKey key, crypto::SigningKey witness_key,
       crypto::BoxSecretKey comparison_key, const crypto::MacKey& handle_key,
       const Clock& clock);
  absl::Status Open(const std::string& config_path,
                    const v1::AdapterConfig& config);
  absl::Status OpenPolicyAndSource();
  absl::Status OpenClients();
  absl::Status ReloadManifest();
  absl::Status ReloadPolicy();
  absl::Status ReloadRegister();
  // What the agency itself asserts of a question.
  absl::Status Complete(const std::vector<client::Member>& members,
                        client::Question& question);
  // Fills in who has consented to what is asked, from the book.
  absl::Status AddConsents(const std::vector<client::Member>& members,
                           client::Question& question);
  // Takes up the other parties' suspensions, and flushes the outbox.
  absl::Status Exchange();

  const AgencyId agency_;
  const crypto::SigningKey key_;
  const crypto::SigningKey witness_key_;
  const crypto::BoxSecretKey comparison_key_;
  const crypto::MacKey handle_key_;
  const Handles handles_;
  const Clock& clock_;
  std::string config_path_;
  v1::AdapterConfig config_;
  std::unique_ptr<share::Directory> directory_;
  std::unique_ptr<share::PolicyInForce> policy_;
  std::unique_ptr<sources::RecordSource> source_;
  std::unique_ptr<share::InForce<Register>> records_;
  std::unique_ptr<storage::Database> state_;
  std::unique_ptr<ConsentBook> consents_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<share::ReplayGuard> replays_;
  std::unique_ptr<share::ReplayGuard> compare_replays_;
  std::unique_ptr<ComparisonStore> comparisons_;
  std::unique_ptr<share::DailyUse> daily_use_;
  std::unique_ptr<client::TokenClient> tokens_;
  std::unique_ptr<client::GatewayClient> gateway_;
  std::unique_ptr<client::Requester> requester_;
  std::unique_ptr<Responder> responder_;
  std::unique_ptr<SourceLink> link_;
  std::unique_ptr<audit::Witness> witness_;
  std::vector<std::unique_ptr<WitnessLink>> witness_links_;  // gateway's first
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_NODE_H_
