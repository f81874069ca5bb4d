// SPDX-License-Identifier: Apache-2.0
// Believing, applying and recording a suspension.
#include "gateway/share/suspensions.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

std::string SuspensionWords(const Suspension& s) {
  std::string words =
      absl::StrCat(s.party.str(), " ", s.resume ? "resumes" : "suspends", " ");
  if (s.flows.empty()) absl::StrAppend(&words, "all its rules");
  for (size_t i = 0; i < s.flows.size(); ++i)
    absl::StrAppend(&words, i == 0 ? "rule " : ", ", s.flows[i].str());
  absl::StrAppend(&words, ": ", s.reason);
  return words.substr(0, audit::Record::kMaxText);
}

}  // namespace

absl::Status Suspensions::Check(const AgencyId& caller,
                                const SignedSuspension& suspension,
                                const policy::ActiveSet& set) const {
  const Suspension& s = suspension.statement;
  const auto consortium = p_.directory.Current();
  const Agency* party = consortium->FindAgency(s.party);
  if (party == nullptr || s.party != caller)
    return Refuse(absl::StatusCode::kUnauthenticated, Reason::kUnknownParty,
                  "party: is not the one whose certificate called");
  KS_RETURN_IF_ERROR(
      WithReason(CheckSuspension(s, p_.clock.Now()), Reason::kMalformed));
  KS_RETURN_IF_ERROR(WithReason(
      VerifySuspension(party->signing_key, suspension), Reason::kBadSignature));
  const policy::Agreement* agreement = set.Find(s.agreement.str());
  if (agreement == nullptr || agreement->FindParty(caller.str()) == nullptr)
    return Refuse(absl::StatusCode::kNotFound, Reason::kMalformed,
                  "agreement: the caller is party of none such");
  for (const FlowId& id : s.flows) {
    const policy::Flow* flow = agreement->FindFlow(id.str());
    if (flow == nullptr ||
        (flow->from != caller.str() && flow->to != caller.str()))
      return Refuse(absl::StatusCode::kNotFound, Reason::kMalformed,
                    "share: names a rule that is not the caller's");
  }
  return absl::OkStatus();
}

std::vector<audit::Draft> Suspensions::Entries(
    const SignedSuspension& suspension, const policy::ActiveSet& set) const {
  const Suspension& s = suspension.statement;
  const policy::Agreement& agreement = *set.Find(s.agreement.str());
  const auto consortium = p_.directory.Current();
  audit::Record record;
  record.type = audit::EntryType::kSuspension;
  record.time_ms = ToMillis(p_.clock.Now());
  record.requester = s.party;
  record.reason = SuspensionWords(s);
  record.agreement = s.agreement;
  record.agreement_version = static_cast<uint32_t>(agreement.version);
  const auto digest =
      Digest::FromBytes(absl::HexStringToBytes(agreement.digest));
  if (digest.ok()) record.agreement_digest = *digest;
  record.manifest_digest = consortium->digest;
  std::vector<audit::Draft> drafts;
  for (const policy::Party& party : agreement.parties) {
    if (consortium->FindAgency(party.id) == nullptr) continue;
    audit::Draft draft;
    draft.audience = party.id;
    draft.record = record;
    drafts.push_back(std::move(draft));
  }
  drafts.front().also = [&suspension](storage::Transaction& tx) {
    return KeepSuspension(tx, suspension);
  };
  return drafts;
}

absl::Status Suspensions::Apply(const AgencyId& caller,
                                const SignedSuspension& suspension) {
  const auto set = p_.policy.set().Current();
  KS_RETURN_IF_ERROR(Check(caller, suspension, *set));
  const Suspension& s = suspension.statement;
  for (const SignedSuspension& known : p_.policy.suspensions()) {
    if (known.statement == s) continue;
    if (known.statement.party == s.party &&
        known.statement.agreement == s.agreement &&
        known.statement.at_ms >= s.at_ms)
      return Refuse(absl::StatusCode::kFailedPrecondition, Reason::kReplayed,
                    "at: a later statement of this party about this agreement "
                    "is known");
  }
  // A repeat, unless the audit failed the first time.
  KS_ASSIGN_OR_RETURN(const bool kept, p_.policy.Kept(s));
  if (kept) return absl::OkStatus();
  if (!s.resume) p_.policy.Apply(suspension);
  const auto receipts = p_.log.Append(Entries(suspension, *set));
  if (!receipts.ok())
    return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                  s.resume ? "audit: cannot be written now; nothing was changed"
                           : "audit: cannot be written now; suspended all the "
                             "same until a restart: send it again");
  if (s.resume) p_.policy.Apply(suspension);
  return absl::OkStatus();
}

}  // namespace kinstile::share
