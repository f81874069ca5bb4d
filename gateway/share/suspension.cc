// SPDX-License-Identifier: Apache-2.0
// Statements of suspension: bytes, signature, table.
#include "gateway/share/suspension.h"

#include "absl/strings/str_cat.h"
#include "gateway/base/clock.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/request.h"

namespace kinstile::share {
namespace {

using storage::Value;

constexpr char kSuspensionLabel[] = "kinstile/v1/suspension";
constexpr size_t kMaxFlows = 1000;
constexpr absl::Duration kMostAhead = absl::Minutes(5);

absl::StatusOr<Suspension> Decode(absl::string_view bytes) {
  Decoder d(bytes, kSuspensionLabel);
  Suspension s;
  KS_ASSIGN_OR_RETURN(s.party, AgencyId::Create(d.Bytes()));
  KS_ASSIGN_OR_RETURN(s.agreement, AgreementId::Create(d.Bytes()));
  for (const std::string& flow : d.Strings()) {
    KS_ASSIGN_OR_RETURN(FlowId id, FlowId::Create(flow));
    s.flows.push_back(std::move(id));
  }
  s.reason = d.Bytes();
  s.at_ms = d.I64();
  s.resume = d.Bool();
  KS_RETURN_IF_ERROR(d.Finish());
  return s;
}

}  // namespace

absl::Status CheckSuspension(const Suspension& s, absl::Time now) {
  if (s.party.empty() || s.agreement.empty())
    return absl::InvalidArgumentError("party, agreement: are missing");
  if (s.flows.size() > kMaxFlows)
    return absl::InvalidArgumentError("share: are too many");
  if (s.reason.empty() || s.reason.size() > kMaxText)
    return absl::InvalidArgumentError("reason: is missing or too long");
  if (s.at_ms <= 0 || s.at_ms > ToMillis(now + kMostAhead))
    return absl::InvalidArgumentError("at: is missing or in the future");
  return absl::OkStatus();
}

std::string Encode(const Suspension& s) {
  Encoder e(kSuspensionLabel);
  e.Bytes(s.party.str()).Bytes(s.agreement.str()).Count(s.flows.size());
  for (const FlowId& flow : s.flows) e.Bytes(flow.str());
  e.Bytes(s.reason).I64(s.at_ms).Bool(s.resume);
  return std::move(e).Take();
}

crypto::Signature SignSuspension(const crypto::SigningKey& key,
                                 const Suspension& statement) {
  return key.Sign(kSuspensionLabel, Encode(statement));
}

absl::Status VerifySuspension(const crypto::VerifyKey& key,
                              const SignedSuspension& suspension) {
  return crypto::Verify(key, kSuspensionLabel, Encode(suspension.statement),
                        suspension.signature);
}

absl::Status KeepSuspension(storage::Transaction& tx,
                            const SignedSuspension& suspension) {
  const Suspension& s = suspension.statement;
  const std::string bytes = Encode(s);
  bool again = false;
  bool late = false;
  KS_RETURN_IF_ERROR(
      tx.Query("SELECT at_ms, statement FROM suspension WHERE party = ?1 AND "
               "agreement = ?2 AND at_ms >= ?3",
               {Value::Text(s.party.str()), Value::Text(s.agreement.str()),
                Value::Int(s.at_ms)},
               [&](const storage::Row& row) {
                 again = again || row.Blob(1) == bytes;
                 late = true;
                 return absl::OkStatus();
               }));
  if (again) return absl::OkStatus();
  if (late)
    return absl::FailedPreconditionError(
        "at: a later statement of this party about this agreement is known");
  return tx
      .Execute(
          "INSERT INTO suspension (party, agreement, at_ms, statement, "
          "signature) VALUES (?1, ?2, ?3, ?4, ?5)",
          {Value::Text(s.party.str()), Value::Text(s.agreement.str()),
           Value::Int(s.at_ms), Value::Blob(bytes),
           Value::Blob(suspension.signature.view())})
      .status();
}

absl::StatusOr<std::vector<SignedSuspension>> ReadSuspensions(
    storage::Snapshot& snapshot) {
  std::vector<SignedSuspension> out;
  KS_RETURN_IF_ERROR(snapshot.Query(
      "SELECT statement, signature FROM suspension "
      "ORDER BY at_ms, party, agreement",
      {}, [&](const storage::Row& row) -> absl::Status {
        SignedSuspension s;
        KS_ASSIGN_OR_RETURN(s.statement, Decode(row.Blob(0)));
        KS_ASSIGN_OR_RETURN(s.signature,
                            crypto::Signature::FromBytes(row.Blob(1)));
        out.push_back(std::move(s));
        return absl::OkStatus();
      }));
  return out;
}

std::vector<policy::Suspension> ToPolicy(
    const std::vector<SignedSuspension>& suspensions) {
  std::vector<policy::Suspension> out;
  for (const SignedSuspension& s : suspensions) {
    policy::Suspension each{s.statement.party.str(),
                            s.statement.agreement.str(),
                            {},
                            s.statement.resume};
    for (const FlowId& flow : s.statement.flows)
      each.flows.push_back(flow.str());
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace kinstile::share
