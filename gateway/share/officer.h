// SPDX-License-Identifier: Apache-2.0
// What officers do with the trail is in the trail, before they do it.
#ifndef KINSTILE_GATEWAY_SHARE_OFFICER_H_
#define KINSTILE_GATEWAY_SHARE_OFFICER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gateway/audit/log.h"
#include "gateway/base/ids.h"

namespace kinstile::share {

// An officer of `agency` is about to search or read the agency's entries.
struct SearchNotice {
  AgencyId agency;
  std::string officer;  // a staff id, no name
  std::string purpose;
  std::string reason;
  std::vector<audit::Criterion> criteria;  // none: everything
};

// What a trail may be searched for: the uses of Data Protection Act 2018
// section 62(3) (lawfulness, self-monitoring with discipline, security,
// criminal proceedings), answers to the people in it (UK GDPR article 15) and
// to the Commissioner.
absl::Span<const absl::string_view> SearchPurposes();

// What the SEARCH entry's receipt is bound to.
Digest DigestOf(const SearchNotice& notice);

// Writes SEARCH to the agency's own audience, so that its team and oversight
// see who looked for what. OK means durable: only then may the search begin.
// INVALID_ARGUMENT naming the field without officer or reason, or with a
// purpose that is none of SearchPurposes(); errors of the log as
// kAuditUnavailable.
absl::StatusOr<audit::AuditReceipt> RecordSearch(audit::Log& log,
                                                 const SearchNotice& notice,
                                                 absl::Time now);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_OFFICER_H_
