// SPDX-License-Identifier: Apache-2.0
// A key holder's work: evaluations, each counted, rationed and audited.
#ifndef KINSTILE_GATEWAY_SHARE_EVALUATION_H_
#define KINSTILE_GATEWAY_SHARE_EVALUATION_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gateway/audit/log.h"
#include "gateway/base/clock.h"
#include "gateway/crypto/oprf.h"
#include "gateway/share/consortium.h"
#include "gateway/share/daily_use.h"
#include "gateway/share/turned_away.h"

namespace kinstile::share {

enum class EvaluationUse { kQuery, kEnrolment };

struct EvaluationBudget {
  // Enrolment: factor x declared register size x number of match-keys a day.
  double enrolment_factor = 3;
  // Query: evaluations a day.
  int64_t query = 100'000;
};

struct Evaluated {
  std::vector<crypto::EvaluatedPoint> points;
  std::optional<crypto::DleqProof> proof;
};

// Thread-safe. Holds one share of the matching key; sees blinded points only.
// A guess at somebody's identity needs one evaluation here: that is why every
// one is taken from the agency's budget of the day and stands, as a count, in
// the trail that the holder's own officers read, before the answer leaves. What
// goes beyond the budget stands there too: the first refusal at once, and then
// the sum of a minute's, so that asking on does not fill the disk (the last
// minute's, unwritten, are lost when the holder stops). A batch with bytes that
// are no blinded point answers nothing and costs nothing.
class Evaluation {
 public:
  struct Parts {
    const Directory& directory;
    const crypto::OprfKey& key;
    // Whose officers read this holder's trail.
    AgencyId organisation;
    audit::Log& log;
    DailyUse& daily_use;
    const Clock& clock;
    EvaluationBudget budget;
  };
  explicit Evaluation(Parts parts) : p_(std::move(parts)), refused_(p_.log) {}

  // 1 to crypto::kMaxBatch encoded points. Errors: INVALID_ARGUMENT for the
  // batch size or, naming its place, for bytes that are no blinded point;
  // FAILED_PRECONDITION (kVersionMismatch) for another key epoch,
  // or when the manifest in force does not name this holder's share;
  // RESOURCE_EXHAUSTED (kBudgetExhausted); UNAVAILABLE (kAuditUnavailable).
  absl::StatusOr<Evaluated> Evaluate(const AgencyId& caller, uint32_t key_epoch,
                                     EvaluationUse use,
                                     absl::Span<const absl::string_view> points,
                                     bool proof);

  TurnedAway& refused() { return refused_; }

 private:
  void CountRefused(const AgencyId& caller, EvaluationUse use, int64_t n,
                    absl::Time now);
  absl::Status TakeFromBudget(const Agency& agency, EvaluationUse use,
                              int64_t n, absl::Time now);
  absl::Status Audit(const AgencyId& caller, EvaluationUse use, int64_t n,
                     absl::Time now);

  const Parts p_;
  TurnedAway refused_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_EVALUATION_H_
