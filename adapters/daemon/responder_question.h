// SPDX-License-Identifier: Apache-2.0
// One admitted question, and words that its answers share.
#ifndef KINSTILE_ADAPTERS_DAEMON_RESPONDER_QUESTION_H_
#define KINSTILE_ADAPTERS_DAEMON_RESPONDER_QUESTION_H_

#include <memory>
#include <string>
#include <vector>

#include "adapters/daemon/responder.h"

namespace kinstile::daemon {

struct Responder::Question {
  const share::ShareRequest& request;
  Digest digest;
  const share::SourceAsk& ask;
  const std::vector<share::MatchedMember>& matched;
  absl::Time now;
  std::shared_ptr<const policy::ActiveSet> set;

  std::string AgreementDigest() const {
    const policy::Agreement* a = set->Find(request.agreement.str());
    return a == nullptr ? "" : a->digest;
  }
};

inline share::LateRefusal ToLate(const policy::Refusal& refusal) {
  return {refusal.flow, refusal.rule, std::string(policy::Name(refusal.layer)),
          refusal.reason_for_record};
}

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_RESPONDER_QUESTION_H_
