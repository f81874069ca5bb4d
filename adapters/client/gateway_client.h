// SPDX-License-Identifier: Apache-2.0
// Typed calls to the gateway.
#ifndef KINSTILE_ADAPTERS_CLIENT_GATEWAY_CLIENT_H_
#define KINSTILE_ADAPTERS_CLIENT_GATEWAY_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "adapters/client/channel.h"
#include "gateway/audit/shred.h"
#include "gateway/base/ids.h"
#include "gateway/index/index.h"
#include "gateway/share/answer.h"
#include "gateway/share/consent.h"
#include "gateway/share/officer.h"
#include "gateway/share/request.h"
#include "gateway/share/reviews.h"
#include "gateway/share/suspension.h"
#include "kinstile/v1/match_service.pb.h"
#include "kinstile/v1/policy_service.pb.h"
#include "kinstile/v1/registry_service.pb.h"
#include "kinstile/v1/review_service.pb.h"
#include "kinstile/v1/share_service.pb.h"

namespace kinstile::client {

// What the asker was told of a refusal.
struct Refusal {
  std::string flow;
  std::string rule;
  std::string layer;
  std::vector<std::string> missing;
  std::string reason;
};

// One source's result as received: `answer` present iff the source's adapter
// answered; its signature is not checked yet.
struct SourceResult {
  AgencyId agency;
  share::SourceStatus status = share::SourceStatus::kUnreachable;
  std::optional<share::SourceAnswer> answer;
  std::vector<share::WithheldItem> withheld;
  Refusal refusal;
};
struct ShareResponse {
  std::vector<SourceResult> results;
  std::string receipt;
};

enum class Grade { kNoMatch, kPossible, kMatch };
struct MemberMatch {
  uint32_t member = 0;
  Grade grade = Grade::kNoMatch;
  std::optional<Handle> handle;
  std::optional<FamilyHandle> family;
};
struct SourceMatch {
  AgencyId agency;
  share::SourceStatus status = share::SourceStatus::kNoMatch;
  std::vector<MemberMatch> members;
  Refusal refusal;
};
struct MatchResponse {
  std::vector<SourceMatch> results;
  std::string receipt;
};

struct RegistryStatus {
  uint64_t records = 0;
  uint64_t families = 0;
  int64_t enrolled_at_ms = 0;
};

// An open enrolment. Finish or drop it; dropped, the register stays as it was.
class EnrolmentStream {
 public:
  ~EnrolmentStream();
  // Blocks while the gateway is busy. An error ends the enrolment; Finish says
  // which.
  bool Add(absl::Span<const index::EnrolledRecord> records);
  // Whether the gateway ended it: an Add has returned false.
  bool ended() const;
  // Makes what was added the register. After the gateway ended it: why.
  absl::StatusOr<RegistryStatus> Finish();

 private:
  friend class GatewayClient;
  struct State;
  explicit EnrolmentStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// An open LinkRegister. One thread sends while another one receives.
class RegisterLinkStream {
 public:
  struct Answer {
    uint64_t number = 0;
    absl::StatusOr<MatchResponse> response;  // or why this family has none
  };

  ~RegisterLinkStream();  // ends it
  // Blocks while the gateway is busy. False: the stream has ended.
  bool Send(uint64_t number, const share::SignedRequest& request);
  // No more will be sent.
  void Done();
  // The next answer, in no order; nothing at the end.
  std::optional<Answer> Receive();
  // After the end: OK when it ended because all was answered.
  absl::Status Finish();
  // Wakes up whoever sends or receives.
  void Cancel();

 private:
  friend class GatewayClient;
  struct State;
  explicit RegisterLinkStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Thread-safe. Errors are the gateway's own, with their Reason
// (share/reason.h); a response that does not parse is INVALID_ARGUMENT.
class GatewayClient {
 public:
  GatewayClient(const Peer& gateway, const wire::TlsFolder& tls,
                const share::Directory& directory);
  ~GatewayClient();

  // Not repeated by itself: a repeat takes a new request id.
  absl::StatusOr<ShareResponse> RequestShare(
      const share::SignedRequest& request, absl::Duration deadline);
  absl::StatusOr<MatchResponse> MatchFamily(const share::SignedRequest& request,
                                            absl::Duration deadline);
  // Whole registers, in one direction each; `deadline` at most 12 hours.
  std::unique_ptr<RegisterLinkStream> LinkRegister(absl::Duration deadline);
  EnrolmentStream Enrol(uint32_t key_epoch);
  absl::StatusOr<RegistryStatus> GetRegistryStatus();
  absl::Status SetShield(const Handle& handle, bool shielded);
  absl::StatusOr<uint64_t> Withdraw(absl::Span<const Handle> handles);
  // When the gateway recorded it, milliseconds since 1970.
  absl::StatusOr<int64_t> RecordConsent(const share::Consent& consent);
  absl::StatusOr<int64_t> WithdrawConsent(const share::ConsentId& id,
                                          int64_t withdrawn_at_ms);
  absl::StatusOr<std::vector<share::KnownConsent>> ListConsents(
      const Handle& handle, std::optional<int64_t> as_known_at_ms);
  // What was released is recorded; the receipt is not checked yet.
  absl::StatusOr<v1::ListCasesResponse> ListCases(
      const share::Reviewer& reviewer);
  absl::Status DecideCase(const share::ReviewId& id, share::Verdict verdict,
                          const share::Reviewer& reviewer);
  absl::Status UndoDecision(const share::ReviewId& id,
                            const share::Reviewer& reviewer);
  absl::Status SuspendFlows(const share::SignedSuspension& suspension);
  // Every party's statements, not verified yet.
  absl::StatusOr<std::vector<share::SignedSuspension>> ListSuspensions();
  absl::StatusOr<std::string> GetCheckpoint();
  // The receipt of the SEARCH entry, whose content is not checked yet.
  absl::StatusOr<std::string> RecordSearch(const share::SearchNotice& notice);
  absl::Status Shred(const audit::Shred& shred);
  absl::StatusOr<v1::ListAgreementsResponse> ListAgreements();
  absl::StatusOr<v1::CheckRequestResponse> CheckRequest(
      const v1::CheckRequestRequest& request);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  struct Stubs;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stubs> stubs_;
};

}  // namespace kinstile::client

#endif  // KINSTILE_ADAPTERS_CLIENT_GATEWAY_CLIENT_H_
