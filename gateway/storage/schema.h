// SPDX-License-Identifier: Apache-2.0
// What a store's schema has that the migrations did not make.
#ifndef KINSTILE_GATEWAY_STORAGE_SCHEMA_H_
#define KINSTILE_GATEWAY_STORAGE_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/storage/database.h"

namespace kinstile::storage {

// Holds the snapshot's schema against the one that the built-in migrations make
// of nothing: in plain words each table, index, view or trigger that is there
// and should not be, is missing, or is defined otherwise. A view in a table's
// place, or a trigger on it, could show every reader another log.
absl::StatusOr<std::vector<std::string>> UnexplainedSchema(Snapshot& snapshot);

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_SCHEMA_H_
