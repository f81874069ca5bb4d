// SPDX-License-Identifier: Apache-2.0
// What SQLite's result codes mean in the terms of database.h.
#ifndef KINSTILE_GATEWAY_STORAGE_SQLITE_STATUS_H_
#define KINSTILE_GATEWAY_STORAGE_SQLITE_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace kinstile::storage {

// `extended` is an extended result code. `doing` names the step, e.g. "commit"
// or the statement's text: never a value.
absl::Status SqliteStatus(int extended, absl::string_view doing);

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_SQLITE_STATUS_H_
