// SPDX-License-Identifier: Apache-2.0
// The mark of a store's failure.
#include "gateway/storage/store_error.h"

#include "absl/strings/cord.h"

namespace kinstile::storage {
namespace {

constexpr char kPayload[] = "kinstile.store";

}  // namespace

absl::Status MarkStoreError(absl::Status status) {
  if (!status.ok()) status.SetPayload(kPayload, absl::Cord());
  return status;
}

bool IsStoreError(const absl::Status& status) {
  return status.GetPayload(kPayload).has_value();
}

}  // namespace kinstile::storage
