// SPDX-License-Identifier: Apache-2.0
// Consents: checked, then written in the transaction of their audit entry.
#include "gateway/share/consents.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/consent_rows.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

std::string Day(int64_t ms) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

// For the officer, in one line.
std::string ConsentWords(const Consent& c) {
  std::string words = absl::StrCat(
      "consent ", Name(c.decision), " on ", Day(c.decided_at_ms), ", ",
      Name(c.means), ", ", Name(c.capacity),
      c.expires_at_ms == 0 ? ""
                           : absl::StrCat(", until ", Day(c.expires_at_ms)),
      ": ", absl::StrJoin(c.items, ", "), " from ", c.from.str(), " to ",
      c.to.str());
  return words.substr(0, audit::Record::kMaxText);
}

audit::Draft Entry(const AgencyId& caller, const Consent& c, int64_t now_ms,
                   std::string what) {
  audit::Draft draft;
  draft.audience = caller.str();
  draft.record.type = audit::EntryType::kConsent;
  draft.record.time_ms = now_ms;
  draft.record.requester = caller;
  draft.record.purpose = c.purpose;
  draft.record.reason = std::move(what);
  draft.record.subjects = {c.handle};
  return draft;
}

// The store's own words stay here.
absl::Status StoreError() {
  return Refuse(absl::StatusCode::kUnavailable, Reason::kUnavailable,
                "consents: cannot be read now");
}

absl::Status WriteError(const absl::Status& status) {
  if (absl::IsAlreadyExists(status) || absl::IsNotFound(status))
    return WithReason(status, Reason::kMalformed);
  return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                "audit: cannot be written now; nothing was changed");
}

}  // namespace

absl::StatusOr<int64_t> Consents::Record(const AgencyId& caller,
                                         const Consent& consent) {
  const absl::Time now = p_.clock.Now();
  KS_RETURN_IF_ERROR(
      WithReason(CheckConsent(caller, consent, now), Reason::kMalformed));
  std::optional<KnownConsent> before;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             KS_ASSIGN_OR_RETURN(before, ReadConsent(s, caller, consent.id));
             return absl::OkStatus();
           })
           .ok())
    return StoreError();
  if (before.has_value() && before->consent == consent)
    return before->recorded_at_ms;
  audit::Draft draft =
      Entry(caller, consent, ToMillis(now), ConsentWords(consent));
  draft.also = [&](storage::Transaction& tx) {
    return KeepConsent(tx, caller, consent, ToMillis(now));
  };
  const auto receipt = p_.log.AppendOne(std::move(draft));
  if (!receipt.ok()) return WriteError(receipt.status());
  return ToMillis(now);
}

absl::StatusOr<int64_t> Consents::Withdraw(const AgencyId& caller,
                                           const ConsentId& id,
                                           int64_t withdrawn_at_ms) {
  const int64_t now_ms = ToMillis(p_.clock.Now());
  std::optional<KnownConsent> before;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             KS_ASSIGN_OR_RETURN(before, ReadConsent(s, caller, id));
             return absl::OkStatus();
           })
           .ok())
    return StoreError();
  if (!before.has_value())
    return Refuse(absl::StatusCode::kNotFound, Reason::kMalformed,
                  "consent_id: this agency recorded none such");
  if (before->withdrawal_recorded_at_ms.has_value())
    return *before->withdrawal_recorded_at_ms;
  // Never refused for its time: clocks differ, and withholding comes first.
  withdrawn_at_ms = std::clamp(
      withdrawn_at_ms, std::min(before->consent.decided_at_ms, now_ms), now_ms);
  audit::Draft draft = Entry(caller, before->consent, now_ms,
                             absl::StrCat("WITHDRAWN on ", Day(withdrawn_at_ms),
                                          "; ", ConsentWords(before->consent))
                                 .substr(0, audit::Record::kMaxText));
  draft.also = [&](storage::Transaction& tx) {
    return KeepWithdrawal(tx, caller, id, withdrawn_at_ms, now_ms);
  };
  const auto receipt = p_.log.AppendOne(std::move(draft));
  if (!receipt.ok()) return WriteError(receipt.status());
  return now_ms;
}

absl::StatusOr<std::vector<KnownConsent>> Consents::List(
    const AgencyId& caller, const Handle& handle,
    std::optional<int64_t> as_known_at_ms) {
  std::vector<KnownConsent> all;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             KS_ASSIGN_OR_RETURN(all, ReadConsents(s, caller, handle));
             return absl::OkStatus();
           })
           .ok())
    return StoreError();
  return as_known_at_ms ? KnownAt(all, *as_known_at_ms) : all;
}

absl::StatusOr<std::vector<std::optional<int64_t>>> Consents::Days(
    const AgencyId& recorder, absl::Span<const Handle> people,
    const ConsentScope& scope, absl::Time now) {
  std::vector<std::optional<int64_t>> days;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             for (const Handle& person : people) {
               KS_ASSIGN_OR_RETURN(const auto all,
                                   ReadConsents(s, recorder, person));
               days.push_back(ConsentDays(all, scope, now));
             }
             return absl::OkStatus();
           })
           .ok())
    return StoreError();
  return days;
}

absl::StatusOr<std::vector<bool>> Consents::SaidNoToAll(
    const AgencyId& recorder, absl::Span<const Handle> people,
    const ConsentScope& scope, absl::Time now) {
  std::vector<bool> out;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             for (const Handle& person : people) {
               KS_ASSIGN_OR_RETURN(const auto all,
                                   ReadConsents(s, recorder, person));
               out.push_back(RefusedItems(all, scope, now).size() ==
                             scope.items.size());
             }
             return absl::OkStatus();
           })
           .ok())
    return StoreError();
  return out;
}

}  // namespace kinstile::share
