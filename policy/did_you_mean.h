// SPDX-License-Identifier: Apache-2.0
// The nearest word, for whoever has mistyped one.
#ifndef KINSTILE_POLICY_DID_YOU_MEAN_H_
#define KINSTILE_POLICY_DID_YOU_MEAN_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace kinstile::policy {

// ", did you mean `x`?" for the nearest candidate, or "".
std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& candidates);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_DID_YOU_MEAN_H_
