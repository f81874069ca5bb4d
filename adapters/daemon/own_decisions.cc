// SPDX-License-Identifier: Apache-2.0
// One row a decision.
#include "adapters/daemon/own_decisions.h"

#include <utility>

#include "gateway/base/clock.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {
namespace {

using storage::Value;

constexpr char kLabel[] = "kinstile/v1/own-decision";
constexpr int64_t kNobody = -1;

std::string Signed(const AgencyId& requester, const RequestId& id,
                   int64_t place, int64_t member, int64_t at_ms,
                   absl::string_view decision) {
  Encoder e(kLabel);
  e.Bytes(requester.str()).Bytes(id.view()).I64(place).I64(member);
  e.I64(at_ms).Bytes(decision);
  return std::move(e).Take();
}

absl::StatusOr<int64_t> NextPlace(storage::Transaction& tx,
                                  const DecidedRequest& request) {
  int64_t next = 0;
  KS_RETURN_IF_ERROR(tx.Query(
      "SELECT COALESCE(MAX(place) + 1, 0) FROM own_decision "
      "WHERE agency = ?1 AND request_id = ?2",
      {Value::Text(request.requester.str()), Value::Blob(request.id.view())},
      [&](const storage::Row& row) {
        next = row.Int(0);
        return absl::OkStatus();
      }));
  return next;
}

absl::StatusOr<KeptDecision> ReadRow(const storage::Row& row,
                                     const RequestId& id,
                                     const crypto::VerifyKey& key) {
  KeptDecision out;
  KS_ASSIGN_OR_RETURN(out.requester, AgencyId::Create(row.Text(0)));
  const int64_t member = row.Int(2);
  if (member != kNobody) out.what.member = static_cast<uint32_t>(member);
  out.at = absl::FromUnixMillis(row.Int(3));
  out.what.decision = std::string(row.Blob(4));
  const auto signature = crypto::Signature::FromBytes(row.Blob(5));
  out.holds = signature.ok() &&
              crypto::Verify(key, kLabel,
                             Signed(out.requester, id, row.Int(1), member,
                                    row.Int(3), out.what.decision),
                             *signature)
                  .ok();
  return out;
}

}  // namespace

absl::Status KeepOwnDecisions(storage::Transaction& tx,
                              const crypto::SigningKey& key,
                              const DecidedRequest& request,
                              const std::vector<OwnDecision>& decisions) {
  KS_ASSIGN_OR_RETURN(int64_t place, NextPlace(tx, request));
  const int64_t at_ms = ToMillis(request.at);
  for (const OwnDecision& each : decisions) {
    const int64_t member = each.member ? int64_t{*each.member} : kNobody;
    const crypto::Signature signature =
        key.Sign(kLabel, Signed(request.requester, request.id, place, member,
                                at_ms, each.decision));
    KS_RETURN_IF_ERROR(
        tx.Execute("INSERT INTO own_decision (agency, request_id, place, "
                   "member, decided_at_ms, decision, signature) VALUES (?1, "
                   "?2, ?3, ?4, ?5, ?6, ?7)",
                   {Value::Text(request.requester.str()),
                    Value::Blob(request.id.view()), Value::Int(place++),
                    Value::Int(member), Value::Int(at_ms),
                    Value::Blob(each.decision), Value::Blob(signature.view())})
            .status());
  }
  return absl::OkStatus();
}

absl::Status DropOwnDecisions(storage::Transaction& tx, absl::Time before) {
  return tx
      .Execute("DELETE FROM own_decision WHERE decided_at_ms < ?1",
               {Value::Int(ToMillis(before))})
      .status();
}

absl::StatusOr<std::vector<KeptDecision>> ReadOwnDecisions(
    storage::Database& state, const RequestId& request,
    const crypto::VerifyKey& key) {
  std::vector<KeptDecision> out;
  KS_RETURN_IF_ERROR(
      state.Read([&](storage::Snapshot& snapshot) -> absl::Status {
        return snapshot.Query(
            "SELECT agency, place, member, decided_at_ms, decision, signature "
            "FROM own_decision WHERE request_id = ?1 ORDER BY agency, place",
            {Value::Blob(request.view())},
            [&](const storage::Row& row) -> absl::Status {
              KS_ASSIGN_OR_RETURN(KeptDecision kept,
                                  ReadRow(row, request, key));
              out.push_back(std::move(kept));
              return absl::OkStatus();
            });
      }));
  return out;
}

}  // namespace kinstile::daemon
