// SPDX-License-Identifier: Apache-2.0
// The outbox's table, and what is sent from it.
#include "adapters/daemon/outbox.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/consent.h"
#include "gateway/wire/suspension.h"

namespace kinstile::daemon {
namespace {

using storage::Value;

constexpr char kConsent[] = "consent";
constexpr char kWithdrawal[] = "withdrawal";
constexpr char kSuspension[] = "suspension";
constexpr char kShield[] = "shield";

struct Waiting {
  int64_t seq = 0;
  std::string kind;
  std::string body;
};

absl::Status Insert(storage::Transaction& tx, absl::string_view kind,
                    const std::string& body) {
  return tx
      .Execute(
          "INSERT INTO outbox (seq, kind, body) VALUES "
          "((SELECT COALESCE(MAX(seq), 0) + 1 FROM outbox), ?1, ?2)",
          {Value::Text(kind), Value::Blob(body)})
      .status();
}

// Saying it again will not help.
bool ForGood(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status Outbox::Put(storage::Transaction& tx,
                         const share::Consent& consent) {
  v1::Consent body;
  wire::ToProto(consent, &body);
  return Insert(tx, kConsent, body.SerializeAsString());
}

absl::Status Outbox::Put(storage::Transaction& tx, const share::ConsentId& id,
                         int64_t withdrawn_at_ms) {
  v1::WithdrawConsentRequest body;
  body.set_consent_id(id.str());
  body.set_withdrawn_at_ms(withdrawn_at_ms);
  return Insert(tx, kWithdrawal, body.SerializeAsString());
}

absl::Status Outbox::Put(storage::Transaction& tx,
                         const share::SignedSuspension& suspension) {
  v1::SignedSuspension body;
  wire::ToProto(suspension, &body);
  return Insert(tx, kSuspension, body.SerializeAsString());
}

absl::Status Outbox::PutShield(storage::Transaction& tx, const Handle& handle,
                               bool shielded) {
  v1::SetShieldRequest body;
  body.set_handle(handle.str());
  body.set_shielded(shielded);
  return Insert(tx, kShield, body.SerializeAsString());
}

absl::Status Outbox::Send(const std::string& kind, const std::string& body) {
  const absl::Status malformed =
      absl::InvalidArgumentError(absl::StrCat("outbox: malformed ", kind));
  if (kind == kConsent) {
    v1::Consent message;
    if (!message.ParseFromString(body)) return malformed;
    KS_ASSIGN_OR_RETURN(const share::Consent consent, wire::FromProto(message));
    return gateway_.RecordConsent(consent).status();
  }
  if (kind == kWithdrawal) {
    v1::WithdrawConsentRequest message;
    if (!message.ParseFromString(body)) return malformed;
    KS_ASSIGN_OR_RETURN(const share::ConsentId id,
                        share::ConsentId::FromBytes(message.consent_id()));
    return gateway_.WithdrawConsent(id, message.withdrawn_at_ms()).status();
  }
  if (kind == kShield) {
    v1::SetShieldRequest message;
    if (!message.ParseFromString(body)) return malformed;
    KS_ASSIGN_OR_RETURN(const Handle handle,
                        Handle::FromBytes(message.handle()));
    return gateway_.SetShield(handle, message.shielded());
  }
  v1::SignedSuspension message;
  if (kind != kSuspension || !message.ParseFromString(body)) return malformed;
  KS_ASSIGN_OR_RETURN(const share::SignedSuspension suspension,
                      wire::FromProto(message));
  return gateway_.SuspendFlows(suspension);
}

absl::Status Outbox::Flush() {
  std::vector<struct Waiting> waiting;
  KS_RETURN_IF_ERROR(state_.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query(
        "SELECT seq, kind, body FROM outbox ORDER BY seq", {},
        [&](const storage::Row& row) {
          waiting.push_back(
              {row.Int(0), std::string(row.Text(1)), std::string(row.Blob(2))});
          return absl::OkStatus();
        });
  }));
  absl::Status result;
  for (const struct Waiting& w : waiting) {
    const absl::Status sent = Send(w.kind, w.body);
    if (!sent.ok() && !ForGood(sent)) return sent;
    result.Update(sent);
    KS_RETURN_IF_ERROR(state_.Write([&](storage::Transaction& tx) {
      return tx
          .Execute("DELETE FROM outbox WHERE seq = ?1 AND body = ?2",
                   {Value::Int(w.seq), Value::Blob(w.body)})
          .status();
    }));
  }
  return result;
}

}  // namespace kinstile::daemon
