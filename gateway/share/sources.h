// SPDX-License-Identifier: Apache-2.0
// How the gateway reaches the sources: over links that they dialled.
#ifndef KINSTILE_GATEWAY_SHARE_SOURCES_H_
#define KINSTILE_GATEWAY_SHARE_SOURCES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gateway/base/field_tokens.h"
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

// A candidate of stage 1: a record of the source that has one of a member's
// match-keys, and the comparison key wrapped under that one (comparison.h).
struct CandidateHit {
  Handle handle;
  uint32_t member = 0;
  uint32_t token = 0;  // index into the member's tokens
  std::string wrap;
};
inline constexpr size_t kMaxHits = 2000;  // of one question

// Asked whether or not there is a candidate, like SourceQuestion.
struct CompareQuestion {
  AgencyId source;
  std::vector<CandidateHit> hits;
};

// A family of the source of which a wrap opened.
struct ComparedFamily {
  struct Record {
    Handle handle;
    FieldTokens tokens;
  };
  FamilyHandle family;
  uint32_t size = 0;  // records that it has, whether or not they are here
  std::vector<Record> records;
};

class Sources {
 public:
  virtual ~Sources() = default;
  // Stage 2, all sources at once, as Ask. The request goes out without its
  // comparisons.
  virtual std::vector<absl::StatusOr<std::vector<ComparedFamily>>> Compare(
      const SignedRequest& request, absl::Span<const CompareQuestion> questions,
      absl::Duration deadline) = 0;
  // Asks all at once and waits until every source has answered or `deadline`
  // has passed. One result a question, in order; UNAVAILABLE for a source with
  // no link or no answer. Nothing in a reply is believed yet.
  virtual std::vector<absl::StatusOr<SourceReply>> Ask(
      const SignedRequest& request, absl::Span<const SourceQuestion> questions,
      absl::Duration deadline) = 0;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_SOURCES_H_
