// SPDX-License-Identifier: Apache-2.0
// From tokens to what may be said: candidates, comparison, grades, shields.
#ifndef KINSTILE_GATEWAY_SHARE_MATCHING_H_
#define KINSTILE_GATEWAY_SHARE_MATCHING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/index/index.h"
#include "gateway/linkage/estimate.h"
#include "gateway/linkage/linkage.h"
#include "gateway/share/comparison.h"
#include "gateway/share/corrections.h"
#include "gateway/share/request.h"
#include "gateway/share/sources.h"

namespace kinstile::share {

// What the matching of one ask came to, before anybody decides what to say.
struct Matching {
  // Nobody of a shielded family; its `why` is for the holder only.
  linkage::FamilyLink link;
  std::vector<MatchedMember> matched;   // unique MATCH, nobody shielded
  std::vector<MatchedMember> shielded;  // withheld because of a shield
  // Withheld because a condition that only the source can show was not shown.
  std::vector<MatchedMember> not_shown;
  uint32_t candidates = 0;
  std::string weights;  // which ones graded: version and digest
  // How the pairs compared, for the estimation of weights.
  linkage::PatternCounts patterns;
};

// What a reviewer has said of a member and a record that the source has now.
struct KnownVerdict {
  uint32_t member = 0;
  Handle handle;
  index::KnownRecord record;
  Verdict verdict = Verdict::kDifferent;
};

// One ask between stage 1 and stage 2.
struct OpenMatch {
  const SourceAsk* ask = nullptr;
  ComparisonOffer offer;
  index::FindResult found;
  std::vector<KnownVerdict> verdicts;
};

// What the source is to be asked: each candidate record once, with the wrap of
// the first of its match-keys. A member with more than linkage::kMaxCandidates
// candidates has none, and a question that would have more than kMaxHits is
// empty: too many is no answer.
CompareQuestion ToQuestion(const ShareRequest& request, const OpenMatch& open);

// Stages 2 to 4 on what the source answered; families and records that were not
// asked about count for nothing, nor do those whose index entry is of another
// family. Whoever is in the index's closed families is withheld with the whole
// family, and nobody is taken for them: what is said of a member is what the
// whole register says, if it would say so without the closed families too.
Matching Conclude(const OpenMatch& open,
                  const std::vector<ComparedFamily>& compared,
                  const linkage::Model& model);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_MATCHING_H_
