// SPDX-License-Identifier: Apache-2.0
// The SEARCH entry.
#include "gateway/share/officer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/base/clock.h"
#include "gateway/base/encoding.h"
#include "gateway/base/plain_text.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

constexpr absl::string_view kSearchLabel = "kinstile/v1/audit-search";

absl::Status CheckNotice(const SearchNotice& notice) {
  const std::pair<const char*, const std::string*> fields[] = {
      {"officer", &notice.officer},
      {"purpose", &notice.purpose},
      {"reason", &notice.reason}};
  for (const auto& [name, value] : fields)
    if (value->empty() || !IsPlain(*value))
      return Refuse(absl::StatusCode::kInvalidArgument, Reason::kMalformed,
                    std::string(name) +
                        ": must be given to search the audit, in plain words");
  const auto purposes = SearchPurposes();
  if (std::find(purposes.begin(), purposes.end(), notice.purpose) ==
      purposes.end())
    return Refuse(absl::StatusCode::kInvalidArgument, Reason::kMalformed,
                  absl::StrCat("purpose: the audit may be searched for ",
                               absl::StrJoin(purposes, ", "), " only"));
  return absl::OkStatus();
}

}  // namespace

absl::Span<const absl::string_view> SearchPurposes() {
  static constexpr absl::string_view kPurposes[] = {
      "LAWFULNESS_CHECK",     "SELF_MONITORING", "SECURITY",
      "CRIMINAL_PROCEEDINGS", "SUBJECT_ACCESS",  "COMMISSIONER"};
  return kPurposes;
}

Digest DigestOf(const SearchNotice& notice) {
  Encoder e(kSearchLabel);
  e.Bytes(notice.agency.str())
      .Bytes(notice.officer)
      .Bytes(notice.purpose)
      .Bytes(notice.reason)
      .Count(notice.criteria.size());
  for (const audit::Criterion& c : notice.criteria)
    e.Bytes(c.field).Bytes(c.value);
  return crypto::Sha256(std::move(e).Take());
}

absl::StatusOr<audit::AuditReceipt> RecordSearch(audit::Log& log,
                                                 const SearchNotice& notice,
                                                 absl::Time now) {
  KS_RETURN_IF_ERROR(CheckNotice(notice));
  audit::Draft draft;
  draft.audience = notice.agency.str();
  draft.record.type = audit::EntryType::kSearch;
  draft.record.time_ms = ToMillis(now);
  draft.record.requester = notice.agency;
  draft.record.practitioner = notice.officer;
  draft.record.role = "information-governance officer";
  draft.record.purpose = notice.purpose;
  draft.record.reason = notice.reason;
  draft.record.criteria = notice.criteria;
  draft.request_digest = DigestOf(notice);
  draft.record.request_digest = draft.request_digest;
  absl::StatusOr<audit::AuditReceipt> receipt = log.AppendOne(std::move(draft));
  if (receipt.ok() || absl::IsInvalidArgument(receipt.status())) return receipt;
  return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                "audit: the search cannot be recorded now; nothing may be "
                "searched");
}

}  // namespace kinstile::share
