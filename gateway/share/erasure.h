// SPDX-License-Identifier: Apache-2.0
// Who may have entries of the trail erased.
#ifndef KINSTILE_GATEWAY_SHARE_ERASURE_H_
#define KINSTILE_GATEWAY_SHARE_ERASURE_H_

#include "absl/status/status.h"
#include "gateway/audit/log.h"
#include "gateway/audit/shred.h"
#include "gateway/share/consortium.h"

namespace kinstile::share {

// Erases what the order says if at least audit::kShredApprovals agencies of the
// manifest in force have signed it; for a single entry one of them is the
// agency whose entry it is. PERMISSION_DENIED otherwise; else as
// audit::Log::Erase.
absl::Status Erase(const Consortium& consortium, audit::Log& log,
                   const audit::Shred& shred);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_ERASURE_H_
