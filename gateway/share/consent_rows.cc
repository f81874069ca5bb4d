// SPDX-License-Identifier: Apache-2.0
// The table of consents.
#include "gateway/share/consent_rows.h"

#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::share {
namespace {

using storage::Value;

constexpr char kItemsLabel[] = "kinstile/v1/consent-items";

#define KS_CONSENT_COLUMNS                                                 \
  "consent_id, handle, from_agency, to_agency, purpose, items, decision, " \
  "means, capacity, decided_at_ms, expires_at_ms, recorded_at_ms, "        \
  "withdrawn_at_ms, withdrawal_recorded_at_ms"

absl::StatusOr<Consent> ReadContent(const storage::Row& row) {
  Consent c;
  KS_ASSIGN_OR_RETURN(c.id, ConsentId::FromBytes(row.Blob(0)));
  KS_ASSIGN_OR_RETURN(c.handle, Handle::FromBytes(row.Blob(1)));
  KS_ASSIGN_OR_RETURN(c.from, AgencyId::Create(row.Text(2)));
  KS_ASSIGN_OR_RETURN(c.to, AgencyId::Create(row.Text(3)));
  c.purpose = std::string(row.Text(4));
  Decoder items(row.Blob(5), kItemsLabel);
  c.items = items.Strings();
  KS_RETURN_IF_ERROR(items.Finish());
  c.decision = static_cast<ConsentDecision>(row.Int(6));
  c.means = static_cast<ConsentMeans>(row.Int(7));
  c.capacity = static_cast<ConsentCapacity>(row.Int(8));
  c.decided_at_ms = row.Int(9);
  c.expires_at_ms = row.Int(10);
  return c;
}

absl::Status ReadRow(const storage::Row& row, std::vector<KnownConsent>& out) {
  KnownConsent known;
  KS_ASSIGN_OR_RETURN(known.consent, ReadContent(row));
  known.recorded_at_ms = row.Int(11);
  if (!row.IsNull(12)) known.withdrawn_at_ms = row.Int(12);
  if (!row.IsNull(13)) known.withdrawal_recorded_at_ms = row.Int(13);
  out.push_back(std::move(known));
  return absl::OkStatus();
}

}  // namespace

absl::Status KeepConsent(storage::Transaction& tx, const AgencyId& recorder,
                         const Consent& c, int64_t recorded_at_ms) {
  KS_ASSIGN_OR_RETURN(const auto before, ReadConsent(tx, recorder, c.id));
  if (before.has_value())
    return before->consent == c ? absl::OkStatus()
                                : absl::AlreadyExistsError(
                                      "consent_id: is that of another consent");
  const std::string items =
      std::move(Encoder(kItemsLabel).Strings(c.items)).Take();
  return tx
      .Execute(
          "INSERT INTO consent (agency, consent_id, handle, from_agency, "
          "to_agency, purpose, items, decision, means, capacity, "
          "decided_at_ms, expires_at_ms, recorded_at_ms) VALUES (?1, ?2, ?3, "
          "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
          {Value::Text(recorder.str()), Value::Blob(c.id.view()),
           Value::Blob(c.handle.view()), Value::Text(c.from.str()),
           Value::Text(c.to.str()), Value::Text(c.purpose), Value::Blob(items),
           Value::Int(static_cast<int>(c.decision)),
           Value::Int(static_cast<int>(c.means)),
           Value::Int(static_cast<int>(c.capacity)),
           Value::Int(c.decided_at_ms), Value::Int(c.expires_at_ms),
           Value::Int(recorded_at_ms)})
      .status();
}

absl::Status KeepWithdrawal(storage::Transaction& tx, const AgencyId& recorder,
                            const ConsentId& id, int64_t withdrawn_at_ms,
                            int64_t recorded_at_ms) {
  KS_ASSIGN_OR_RETURN(const auto before, ReadConsent(tx, recorder, id));
  if (!before.has_value())
    return absl::NotFoundError("consent_id: this agency recorded none such");
  return tx
      .Execute(
          "UPDATE consent SET withdrawn_at_ms = ?3, "
          "withdrawal_recorded_at_ms = ?4 WHERE agency = ?1 AND "
          "consent_id = ?2 AND withdrawn_at_ms IS NULL",
          {Value::Text(recorder.str()), Value::Blob(id.view()),
           Value::Int(withdrawn_at_ms), Value::Int(recorded_at_ms)})
      .status();
}

absl::StatusOr<std::vector<KnownConsent>> ReadConsents(
    storage::Snapshot& snapshot, const AgencyId& recorder,
    const Handle& handle) {
  std::vector<KnownConsent> out;
  KS_RETURN_IF_ERROR(snapshot.Query(
      "SELECT " KS_CONSENT_COLUMNS
      " FROM consent WHERE agency = ?1 AND handle = ?2 "
      "ORDER BY recorded_at_ms, consent_id",
      {Value::Text(recorder.str()), Value::Blob(handle.view())},
      [&](const storage::Row& row) { return ReadRow(row, out); }));
  return out;
}

absl::StatusOr<std::optional<KnownConsent>> ReadConsent(
    storage::Snapshot& snapshot, const AgencyId& recorder,
    const ConsentId& id) {
  std::vector<KnownConsent> out;
  KS_RETURN_IF_ERROR(snapshot.Query(
      "SELECT " KS_CONSENT_COLUMNS
      " FROM consent WHERE agency = ?1 AND consent_id = ?2",
      {Value::Text(recorder.str()), Value::Blob(id.view())},
      [&](const storage::Row& row) { return ReadRow(row, out); }));
  if (out.empty()) return std::optional<KnownConsent>();
  return std::optional<KnownConsent>(std::move(out.front()));
}

#undef KS_CONSENT_COLUMNS

}  // namespace kinstile::share
