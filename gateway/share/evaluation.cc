// SPDX-License-Identifier: Apache-2.0
// Budget, multiply, audit: in that order, and only then the answer.
#include "gateway/share/evaluation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

absl::string_view UseName(EvaluationUse use) {
  return use == EvaluationUse::kQuery ? "evaluations for queries"
                                      : "evaluations for enrolment";
}

// A key that the manifest in force does not name is not used: after a new key
// was dealt, tokens under the old one would be found by nobody.
bool Names(const Consortium& consortium, const crypto::OprfPublicKey& key) {
  for (const KeyHolder& holder : consortium.key_holders)
    if (holder.share_key == key) return true;
  return false;
}

}  // namespace

absl::Status Evaluation::TakeFromBudget(const Agency& agency, EvaluationUse use,
                                        int64_t n, absl::Time now) {
  const int64_t limit =
      use == EvaluationUse::kQuery
          ? p_.budget.query
          : static_cast<int64_t>(p_.budget.enrolment_factor *
                                 static_cast<double>(agency.register_size) *
                                 kMatchKeys.size());
  return p_.daily_use.Take(agency.id, UseName(use), n, limit, now);
}

absl::Status Evaluation::Audit(const AgencyId& caller, EvaluationUse use,
                               int64_t n, absl::Time now) {
  audit::Draft draft;
  draft.audience = p_.organisation.str();
  draft.record.type = audit::EntryType::kKeyEvaluation;
  draft.record.time_ms = ToMillis(now);
  draft.record.requester = caller;
  draft.record.counts = {{std::string(UseName(use)), static_cast<uint64_t>(n)}};
  draft.also = [&](storage::Transaction& tx) {
    return DailyUse::Keep(tx, caller, UseName(use), n, now);
  };
  auto receipt = p_.log.AppendOne(std::move(draft));
  if (receipt.ok()) return absl::OkStatus();
  return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                "audit: cannot be written now; nothing was answered");
}

void Evaluation::CountRefused(const AgencyId& caller, EvaluationUse use,
                              int64_t n, absl::Time now) {
  refused_.Add({caller, p_.organisation.str(), audit::EntryType::kKeyEvaluation,
                absl::StrCat(UseName(use), " refused"), "BUDGET",
                "more were asked for than a day's budget leaves"},
               static_cast<uint64_t>(n), now);
}

absl::StatusOr<Evaluated> Evaluation::Evaluate(
    const AgencyId& caller, uint32_t key_epoch, EvaluationUse use,
    absl::Span<const absl::string_view> points, bool proof) {
  const auto consortium = p_.directory.Current();
  const Agency* agency = consortium->FindAgency(caller);
  if (agency == nullptr)
    return Refuse(absl::StatusCode::kUnauthenticated, Reason::kUnknownParty,
                  "caller: is no agency of the manifest in force");
  if (points.empty() || points.size() > crypto::kMaxBatch)
    return Refuse(absl::StatusCode::kInvalidArgument, Reason::kMalformed,
                  "blinded_points: the batch is empty or too large");
  if (key_epoch != consortium->key_epoch)
    return Refuse(absl::StatusCode::kFailedPrecondition,
                  Reason::kVersionMismatch,
                  "key_epoch: is not the one in force");
  if (!Names(*consortium, p_.key.public_key()))
    return Refuse(absl::StatusCode::kFailedPrecondition,
                  Reason::kVersionMismatch,
                  "key: this holder's share is not the manifest's in force");
  const absl::Time now = p_.clock.Now();
  const auto n = static_cast<int64_t>(points.size());
  if (absl::Status s = TakeFromBudget(*agency, use, n, now); !s.ok()) {
    CountRefused(caller, use, n, now);
    return s;
  }
  // Multiplying is how points are parsed (parsing them by themselves would cost
  // another tenth). What it gives stays here until it is counted.
  auto batch = p_.key.EvaluateEncoded(points);
  if (!batch.ok()) {
    // Nobody learns anything of a batch that holds no blinded points, so it is
    // no guess. What it cost is at most one batch of this holder's time.
    p_.daily_use.GiveBack(caller, UseName(use), n, now);
    return WithReason(batch.status(), Reason::kMalformed);
  }
  Evaluated out;
  if (proof) {
    KS_ASSIGN_OR_RETURN(out.proof,
                        p_.key.Prove(batch->points, batch->evaluated));
  }
  KS_RETURN_IF_ERROR(Audit(caller, use, n, now));
  // Counted and durable: the answer may leave.
  out.points = std::move(batch->evaluated);
  return out;
}

}  // namespace kinstile::share
