// SPDX-License-Identifier: Apache-2.0
// Cases that a reviewer looks at: listed, decided, undone, each on record.
#ifndef KINSTILE_GATEWAY_SHARE_REVIEWS_H_
#define KINSTILE_GATEWAY_SHARE_REVIEWS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/audit/log.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/clock.h"
#include "gateway/index/index.h"
#include "gateway/share/in_force.h"
#include "gateway/share/review_rows.h"
#include "gateway/storage/database.h"
#include "policy/active_set.h"
#include "policy/permit.h"

namespace kinstile::share {

// The item that a flow of mode REVIEW_MATCH lets go, from who asked to the
// source, and where the agreement has it, a confirmed one back to who asked.
inline constexpr char kPossibleMatchItem[] = "possible_match";
inline constexpr size_t kMaxReviewText = 500;
// Of one list: the oldest; the rest when these are decided.
inline constexpr size_t kMaxShown = 200;

struct Reviewer {
  RequestId request;  // fresh
  std::string staff;  // staff id
  std::string role;
  std::string reason;
};
// What receipts of ListCases are for. Canonical, label
// "kinstile/v1/review-list".
Digest ReviewDigest(const AgencyId& agency, const Reviewer& reviewer);

// A case as one of its two agencies may see it.
struct ShownCase {
  ReviewId id;
  Handle own;            // the reading agency's record
  AgencyId other;        // the other agency; its record stays unknown
  bool decides = false;  // the reader is the source
  AgreementId agreement;
  std::string purpose;
  std::vector<std::string> pattern;  // for the source only
  int64_t opened_at_ms = 0;
  std::optional<Verdict> verdict;
};
struct ReviewList {
  std::vector<ShownCase> cases;
  audit::AuditReceipt receipt;
};

// Thread-safe. `caller` is whose certificate called.
//
// Each case that is shown has a permit of a flow of mode REVIEW_MATCH to the
// caller, taken anew each time, and stands in the entry whose receipt comes
// with it. The source's reviewer sees open cases and its own decisions; who
// asked sees a case when it is confirmed, and never that there was one that was
// not. Nobody sees one in which either record's family is shielded, or the
// source's record is gone.
//
// Errors: kMalformed; NOT_FOUND for a case that the caller may not decide,
// whatever the reason; FAILED_PRECONDITION for one that is decided already (or,
// to undo, is not); kAuditUnavailable and kUnavailable.
class Reviews {
 public:
  // `store` is the log's. All outlive it.
  struct Parts {
    storage::Database& store;
    index::Index& index;
    audit::Log& log;
    const InForce<policy::ActiveSet>& policy;
    const Clock& clock;
  };
  explicit Reviews(const Parts& parts) : p_(parts) {}

  absl::StatusOr<ReviewList> List(const AgencyId& caller,
                                  const Reviewer& reviewer);
  // In force for the next question about these two records.
  absl::Status Decide(const AgencyId& caller, const ReviewId& id,
                      Verdict verdict, const Reviewer& reviewer);
  absl::Status Undo(const AgencyId& caller, const ReviewId& id,
                    const Reviewer& reviewer);

 private:
  absl::StatusOr<std::optional<policy::Permit>> MayShow(
      const AgencyId& caller, const ReviewCase& c, const Reviewer& reviewer);
  absl::StatusOr<ReviewCase> FindOwn(const AgencyId& caller, const ReviewId& id,
                                     const Reviewer& reviewer);
  absl::Status Write(const AgencyId& caller, const ReviewCase& c,
                     const Reviewer& reviewer, const std::string& what,
                     bool tell_requester,
                     std::function<absl::Status(storage::Transaction&)> rows);

  const Parts p_;
};

// Whether an agreement in force lets `source`'s reviewer see what `requester`
// asked about: without it there is no case.
bool HasReviewFlow(const policy::ActiveSet& set, const AgreementId& agreement,
                   const AgencyId& requester, const AgencyId& source);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_REVIEWS_H_
