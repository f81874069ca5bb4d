// SPDX-License-Identifier: Apache-2.0
// A new trail in the store of an old one: a new year, a new log key.
#ifndef KINSTILE_GATEWAY_AUDIT_CARRY_ON_H_
#define KINSTILE_GATEWAY_AUDIT_CARRY_ON_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "gateway/audit/log.h"
#include "gateway/audit/succession.h"
#include "gateway/crypto/sign.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// What the log of `options`, if it does not exist yet, carries on: the log of
// another origin in `db`. That gets its EPOCH_SEALs and its CLOSE, which names
// the new one, signed with its own key; no entry can follow. Nothing when the
// new log exists, or no other does that is open or was closed for it. Safe to
// call again after a crash at any moment: the old log is closed before anything
// of the new one is written, and then found closed for it.
//   FAILED_PRECONDITION  two open logs, or one that `key` did not sign
//   others               as Log::Open
absl::StatusOr<std::optional<Continues>> CarryOn(storage::Database& db,
                                                 const LogOptions& options,
                                                 const crypto::SigningKey& key);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_CARRY_ON_H_
