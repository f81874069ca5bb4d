// SPDX-License-Identifier: Apache-2.0
// A decision as it stands in the trail: everything that went into it, what came
// out, and the ICO's form; enough to take it again, byte for byte.
#ifndef KINSTILE_GATEWAY_SHARE_DECISION_RECORD_H_
#define KINSTILE_GATEWAY_SHARE_DECISION_RECORD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/decision_form.h"
#include "policy/engine.h"
#include "policy/suspension.h"

namespace kinstile::share {

// What the decision was taken on.
struct DecisionInput {
  std::string set_digest;        // hex, of all that was in force
  std::string catalogue_digest;  // hex, of the law
  std::string agreement_digest;  // hex; empty: none fitted
  policy::Ask ask;
  policy::Deciding deciding = policy::Deciding::kGateway;
  // Rules that were suspended between these two parties, and by whom.
  std::vector<policy::Suspension> suspended;
  policy::FormContext context;
};

// Canonical bytes, label "kinstile/v1/decision". When the whole is longer than
// kMaxDecision only the input is kept as it is, and outcome and form as their
// SHA-256: they can be made again, and are then the same or are not.
inline constexpr size_t kMaxDecision = 3000;
std::string RecordDecision(const policy::ActiveSet& set, const policy::Ask& ask,
                           policy::Deciding deciding,
                           const policy::Decision& decision,
                           const policy::FormContext& context);

struct RecordedDecision {
  DecisionInput input;
  // Empty when only the digest was kept.
  std::vector<std::pair<std::string, std::string>> form;
};
// INVALID_ARGUMENT when the bytes are no decision.
absl::StatusOr<RecordedDecision> ReadDecision(absl::string_view bytes);

// The decision taken again under `set`, as bytes: equal to `bytes` if it was
// taken so. INVALID_ARGUMENT when the bytes are no decision;
// FAILED_PRECONDITION when the set or the law is not the one that it names.
absl::StatusOr<std::string> Replay(std::shared_ptr<const policy::ActiveSet> set,
                                   absl::string_view bytes);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_DECISION_RECORD_H_
