// SPDX-License-Identifier: Apache-2.0
// Keeping consents in the adapter's state, with what belongs beside them.
#include "adapters/daemon/consent_book.h"

#include "adapters/daemon/outbox.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/consent_rows.h"

namespace kinstile::daemon {
namespace {

using storage::Value;

absl::Status KeepNote(storage::Transaction& tx, const share::ConsentId& id,
                      const ConsentNote& note) {
  return tx
      .Execute(
          "INSERT INTO consent_note (consent_id, practitioner, form, note) "
          "VALUES (?1, ?2, ?3, ?4)",
          {Value::Blob(id.view()), Value::Text(note.practitioner),
           Value::Text(note.form), Value::Text(note.note)})
      .status();
}

absl::StatusOr<ConsentNote> ReadNote(storage::Snapshot& snapshot,
                                     const share::ConsentId& id) {
  ConsentNote note;
  KS_RETURN_IF_ERROR(snapshot.Query(
      "SELECT practitioner, form, note FROM consent_note WHERE consent_id = ?1",
      {Value::Blob(id.view())}, [&](const storage::Row& row) {
        note = {std::string(row.Text(0)), std::string(row.Text(1)),
                std::string(row.Text(2))};
        return absl::OkStatus();
      }));
  return note;
}

}  // namespace

absl::Status ConsentBook::Record(const share::Consent& consent,
                                 const ConsentNote& note) {
  const absl::Time now = p_.clock.Now();
  KS_RETURN_IF_ERROR(share::CheckConsent(p_.agency, consent, now));
  return p_.state.Write([&](storage::Transaction& tx) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const auto before,
                        share::ReadConsent(tx, p_.agency, consent.id));
    if (before.has_value())
      return absl::AlreadyExistsError("consent_id: is in the book already");
    KS_RETURN_IF_ERROR(
        share::KeepConsent(tx, p_.agency, consent, ToMillis(now)));
    KS_RETURN_IF_ERROR(KeepNote(tx, consent.id, note));
    return Outbox::Put(tx, consent);
  });
}

absl::Status ConsentBook::Withdraw(const share::ConsentId& id,
                                   int64_t withdrawn_at_ms) {
  const int64_t now_ms = ToMillis(p_.clock.Now());
  return p_.state.Write([&](storage::Transaction& tx) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const auto before,
                        share::ReadConsent(tx, p_.agency, id));
    if (!before.has_value())
      return absl::NotFoundError("id: no consent of this agency has it");
    if (before->withdrawn_at_ms.has_value()) return absl::OkStatus();
    if (withdrawn_at_ms < before->consent.decided_at_ms ||
        withdrawn_at_ms > now_ms)
      return absl::InvalidArgumentError(
          "on: is before the consent or in the future");
    KS_RETURN_IF_ERROR(
        share::KeepWithdrawal(tx, p_.agency, id, withdrawn_at_ms, now_ms));
    return Outbox::Put(tx, id, withdrawn_at_ms);
  });
}

absl::StatusOr<std::vector<NotedConsent>> ConsentBook::List(
    const Handle& handle, std::optional<int64_t> as_known_at_ms) {
  std::vector<NotedConsent> out;
  KS_RETURN_IF_ERROR(
      p_.state.Read([&](storage::Snapshot& snapshot) -> absl::Status {
        KS_ASSIGN_OR_RETURN(auto all,
                            share::ReadConsents(snapshot, p_.agency, handle));
        if (as_known_at_ms) all = share::KnownAt(all, *as_known_at_ms);
        for (share::KnownConsent& known : all) {
          KS_ASSIGN_OR_RETURN(ConsentNote note,
                              ReadNote(snapshot, known.consent.id));
          out.push_back({std::move(known), std::move(note)});
        }
        return absl::OkStatus();
      }));
  return out;
}

absl::StatusOr<std::vector<share::KnownConsent>> ConsentBook::Of(
    const Handle& handle) {
  std::vector<share::KnownConsent> all;
  KS_RETURN_IF_ERROR(
      p_.state.Read([&](storage::Snapshot& snapshot) -> absl::Status {
        KS_ASSIGN_OR_RETURN(all,
                            share::ReadConsents(snapshot, p_.agency, handle));
        return absl::OkStatus();
      }));
  return all;
}

absl::StatusOr<std::optional<int64_t>> ConsentBook::Days(
    const Handle& handle, const share::ConsentScope& scope, absl::Time now) {
  KS_ASSIGN_OR_RETURN(const auto all, Of(handle));
  return share::ConsentDays(all, scope, now);
}

absl::StatusOr<std::vector<std::string>> ConsentBook::Refused(
    const Handle& handle, const share::ConsentScope& scope, absl::Time now) {
  KS_ASSIGN_OR_RETURN(const auto all, Of(handle));
  return share::RefusedItems(all, scope, now);
}

}  // namespace kinstile::daemon
