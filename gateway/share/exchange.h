// SPDX-License-Identifier: Apache-2.0
// The life of a share at the gateway, in its one order.
#ifndef KINSTILE_GATEWAY_SHARE_EXCHANGE_H_
#define KINSTILE_GATEWAY_SHARE_EXCHANGE_H_

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/index/index.h"
#include "gateway/linkage/weights.h"
#include "gateway/share/consents.h"
#include "gateway/share/consortium.h"
#include "gateway/share/daily_use.h"
#include "gateway/share/in_force.h"
#include "gateway/share/matching.h"
#include "gateway/share/open_requests.h"
#include "gateway/share/patterns.h"
#include "gateway/share/record.h"
#include "gateway/share/release.h"
#include "gateway/share/replay.h"
#include "gateway/share/request.h"
#include "gateway/share/review_rows.h"
#include "gateway/share/sources.h"
#include "gateway/share/turned_away.h"
#include "gateway/share/witnesses.h"
#include "policy/active_set.h"
#include "policy/engine.h"

namespace kinstile::share {

// admit -> decide -> INTENT -> match -> ask -> minimise -> audit -> release.
//
// Whatever goes wrong, nothing is answered about people: an error that leaves
// here carries its Reason, and an answer cannot be built without its permits
// and its receipt (release.h). A refusal by policy is an answer, audited like
// any other; a request that is not admitted (forged, repeated, expired) is
// counted in a DENY of the agency whose certificate called. Thread-safe; calls
// block on the audit and on the sources.
class Exchange {
 public:
  // All outlive the exchange.
  struct Parts {
    const Directory& directory;
    const InForce<policy::ActiveSet>& policy;
    index::Index& index;
    audit::Log& log;
    Sources& sources;
    ReplayGuard& replays;
    DailyUse& daily_use;
    Consents& consents;
    const Clock& clock;
    const Witnesses& witnesses;
    absl::Duration source_deadline;
    const InForce<linkage::Model>& weights;
    storage::Database& store;  // the log's: corrections and cases
  };
  explicit Exchange(const Parts& parts) : p_(parts), turned_away_(p_.log) {}

  // `caller` is whose certificate called. Errors: those of Admit; kUnavailable
  // when the index cannot be read; kAuditUnavailable when an entry could not be
  // made durable (nothing was answered); those of Witnesses::Fresh, which are
  // in the trail as a refusal.
  absl::StatusOr<ShareAnswer> RequestShare(const AgencyId& caller,
                                           const SignedRequest& request);
  absl::StatusOr<MatchAnswer> MatchFamily(const AgencyId& caller,
                                          const SignedRequest& request);

  // Requests whose INTENT is durable and whose end could not be written: they
  // are answered by nobody, and EndInterrupted writes their ABORTs as soon as
  // the trail takes entries again, not only after a restart.
  std::set<OpenRequestId> TakeLeftOpen();
  void PutBackLeftOpen(const std::set<OpenRequestId>& ids);

  TurnedAway& turned_away() { return turned_away_; }

 private:
  struct Opened;  // an admitted request and its decided legs

  absl::StatusOr<Opened> OpenRequest(const AgencyId& caller,
                                     const SignedRequest& request);
  // Admit, for whoever called; gives the digest.
  absl::StatusOr<Digest> AdmitFrom(const AgencyId& caller,
                                   const SignedRequest& request,
                                   const Consortium& consortium,
                                   absl::Time now);
  // Fills in the leg's decision, and who has consented where it rests on that.
  absl::Status DecideLeg(const policy::ActiveSet& set,
                         const ShareRequest& request, absl::Time now,
                         Leg& leg) const;
  // Of those whom the requester says have consented, who has by the gateway's
  // own book; the question's fact says the same.
  absl::StatusOr<std::vector<uint32_t>> CheckConsents(
      const policy::ActiveSet& set, const ShareRequest& request,
      const SourceAsk& ask, absl::Time now, policy::Ask& question) const;
  void LeaveOpen(const Opened& opened);
  absl::Status CheckWitnessed(Opened& opened);
  absl::Status WriteIntent(const Opened& opened);
  std::function<absl::Status(storage::Transaction&)> Bookkeeping(
      const Opened& opened);
  absl::Status MatchLegs(const SignedRequest& request, Opened& opened);
  // Stage 1: who has a match-key of those that the leg is about.
  absl::StatusOr<OpenMatch> Find(const ShareRequest& request, const Leg& leg);
  // Takes out who has not consented, where the source's book decides.
  absl::Status LeaveOutUnconsented(const Opened& opened, Leg& leg);
  // Takes out who, by the source's book, has said no to all that is granted,
  // whoever keeps the consents. What is refused in part, the source holds back.
  absl::Status LeaveOutWhoSaidNo(const Opened& opened, Leg& leg);
  // Takes out everybody, where conditions are left that only the source can
  // decide: a match alone asks no source.
  static void LeaveOutUndecided(Leg& leg);
  // What reviewers have said of the members and records that the source has.
  absl::StatusOr<std::vector<KnownVerdict>> Verdicts(
      const ShareRequest& request, const Leg& leg);
  // Where the agreement has a flow for it: who is POSSIBLE, for a reviewer.
  std::vector<ReviewCase> CasesOf(const Opened& opened, const Leg& leg) const;
  void AskSources(const SignedRequest& request, Opened& opened);
  void Finish(const Opened& opened, std::vector<audit::Draft>& drafts);
  void WriteAbort(const Opened& opened);
  absl::StatusOr<audit::AuditReceipt> WriteOutcome(const Opened& opened,
                                                   bool first_entry);

  const Parts p_;
  std::mutex mutex_;
  std::set<OpenRequestId> left_open_;
  PatternCounter patterns_;
  TurnedAway turned_away_;
};

// The policy engine's view of one ask: used by gateway and source alike.
// INVALID_ARGUMENT when purpose, mode or a condition is no word of the schema.
absl::StatusOr<policy::Ask> ToPolicyAsk(const ShareRequest& request,
                                        const SourceAsk& ask, absl::Time now);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_EXCHANGE_H_
