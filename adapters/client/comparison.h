// SPDX-License-Identifier: Apache-2.0
// The requester's part of stage 2: one offer for each source.
#ifndef KINSTILE_ADAPTERS_CLIENT_COMPARISON_H_
#define KINSTILE_ADAPTERS_CLIENT_COMPARISON_H_

#include <vector>

#include "absl/status/status.h"
#include "adapters/client/token_client.h"
#include "adapters/identity/person.h"
#include "gateway/share/consortium.h"
#include "gateway/share/request.h"

namespace kinstile::client {

// Fills in what stage 2 needs: a fresh key pair for the request, and for each
// ask the people's tokens under a fresh comparison key, wrapped under each of
// their match-keys. Everything else of the request must be final: wraps are
// bound to it. `people` and `tokens` are in the order of the request's members.
// INVALID_ARGUMENT when a source's comparison key is no usable point,
// NOT_FOUND when a source is not in the manifest.
absl::Status AddComparisons(const std::vector<const identity::Person*>& people,
                            const std::vector<PersonTokens>& tokens,
                            const share::Consortium& consortium,
                            share::ShareRequest& request);

}  // namespace kinstile::client

#endif  // KINSTILE_ADAPTERS_CLIENT_COMPARISON_H_
