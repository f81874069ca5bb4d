// SPDX-License-Identifier: Apache-2.0
// Versions of an agreement form a chain: each names the bytes of the one
// before.
#ifndef KINSTILE_GATEWAY_SHARE_VERSIONS_H_
#define KINSTILE_GATEWAY_SHARE_VERSIONS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gateway/storage/database.h"
#include "policy/active_set.h"

namespace kinstile::share {

// Holds a set against what has been in force on this store, and remembers it.
// FAILED_PRECONDITION, naming the agreement, and nothing is remembered:
//   - a version lower than one that was in force (a rollback);
//   - the same version with other bytes;
//   - a higher one that does not name the digest of the one in force, or that
//     leaves versions out;
//   - a draft where a signed version was in force: nobody widens alone.
// Among drafts, which load in demonstrations only and which nobody has signed,
// there is no order to keep.
absl::Status FollowOn(storage::Database& store, const policy::ActiveSet& set,
                      absl::Time now);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_VERSIONS_H_
