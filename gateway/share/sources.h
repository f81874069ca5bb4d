// SPDX-License-Identifier: Apache-2.0
// How the gateway reaches the sources: over links that they dialled.
#ifndef KINSTILE_GATEWAY_SHARE_SOURCES_H_
#define KINSTILE_GATEWAY_SHARE_SOURCES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gateway/base/ids.h"
#include "gateway/share/answer.h"
#include "gateway/share/request.h"

namespace kinstile::share {

// A requester's member for whom one record of the source is the one match.
struct MatchedMember {
  uint32_t member = 0;
  Handle handle;  // the source's
};

// A source is asked whether or not anybody matched: it sees every request that
// concerns it, and an empty list leads to the bytes of NO_MATCH.
struct SourceQuestion {
  AgencyId source;
  std::vector<MatchedMember> matched;
};

// Why a source said NO_MATCH although a record matched. For the holder's own
// audit entry; never to the asker.
struct LateRefusal {
  std::string flow;
  std::string rule;
  std::string layer;
  std::string reason;
};

struct SourceReply {
  SourceAnswer answer;
  std::optional<LateRefusal> late_refusal;
};

class Sources {
 public:
  virtual ~Sources() = default;
  // Asks all at once and waits until every source has answered or `deadline`
  // has passed. One result a question, in order; UNAVAILABLE for a source with
  // no link or no answer. Nothing in a reply is believed yet.
  virtual std::vector<absl::StatusOr<SourceReply>> Ask(
      const SignedRequest& request, absl::Span<const SourceQuestion> questions,
      absl::Duration deadline) = 0;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_SOURCES_H_
