// SPDX-License-Identifier: Apache-2.0
// From a request and what became of it to the audit's records.
#ifndef KINSTILE_GATEWAY_SHARE_RECORD_H_
#define KINSTILE_GATEWAY_SHARE_RECORD_H_

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gateway/audit/log.h"
#include "gateway/audit/record.h"
#include "gateway/share/matching.h"
#include "gateway/share/release.h"
#include "gateway/share/request.h"
#include "gateway/share/sources.h"
#include "policy/permit.h"

namespace kinstile::share {

// Everything known about one ask of a request. Filled in step by step.
struct Leg {
  const SourceAsk* ask = nullptr;
  policy::Decision decision = policy::Refusal{};  // until decided
  // The decision as the trail keeps it, and what it was taken under, hex.
  std::string decided;
  std::string set_digest;
  std::string law_digest;
  // Where the permit rests on consent: whose, by the gateway's book.
  std::optional<std::vector<uint32_t>> consented;
  // Of the granted items those that rest on a consent, whoever keeps it.
  std::vector<std::string> on_consent;
  std::optional<Matching> matching;
  std::optional<Minimised> answer;          // a believable one
  bool unreachable = false;                 // asked, and no believable answer
  std::optional<LateRefusal> late_refusal;  // holder's eyes only

  const policy::Permit* permit() const {
    return std::get_if<policy::Permit>(&decision);
  }
  // Whether the permit is about this member of the request.
  bool About(uint32_t member) const {
    return !consented.has_value() ||
           std::binary_search(consented->begin(), consented->end(), member);
  }
};

// Writes the entries' content: the requester's (INTENT, RELEASE, DENY) and each
// holder's. Holds references; lives for one request.
class Recorder {
 public:
  Recorder(const ShareRequest& request, const Digest& request_digest,
           absl::Time now)
      : request_(request), digest_(request_digest), now_(now) {}

  // To the requester's audience. Knows nothing of shields, candidates or late
  // refusals. A match-only answer has no `answer` in its legs.
  audit::Draft ForRequester(audit::EntryType type,
                            const std::vector<Leg>& legs) const;
  // To the asked agency's audience, of one size whatever happened; of a request
  // that ended before its answer when `interrupted`.
  audit::Draft ForHolder(const Leg& leg, bool interrupted = false) const;

 private:
  audit::Record Common(audit::EntryType type) const;

  const ShareRequest& request_;
  const Digest& digest_;
  const absl::Time now_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_RECORD_H_
