// SPDX-License-Identifier: Apache-2.0
// Telling a store's own failures from everything else that is an error.
#ifndef KINSTILE_GATEWAY_STORAGE_STORE_ERROR_H_
#define KINSTILE_GATEWAY_STORAGE_STORE_ERROR_H_

#include "absl/status/status.h"

namespace kinstile::storage {

// The text of a store's failure names statements and tables: it is for our own
// log, and a peer is told less. The mark is a payload of the status, so it goes
// where the status goes, whatever its text.
absl::Status MarkStoreError(absl::Status status);
bool IsStoreError(const absl::Status& status);

}  // namespace kinstile::storage

#endif  // KINSTILE_GATEWAY_STORAGE_STORE_ERROR_H_
