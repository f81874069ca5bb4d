// SPDX-License-Identifier: Apache-2.0
// The table own_shield.
#include "adapters/daemon/own_shields.h"

#include "adapters/daemon/outbox.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {

using storage::Value;

absl::Status OwnShields::Set(const Handle& handle, bool shielded) {
  return state_.Write([&](storage::Transaction& tx) -> absl::Status {
    KS_RETURN_IF_ERROR(
        tx.Execute(shielded ? "INSERT INTO own_shield (handle) VALUES (?1) ON "
                              "CONFLICT (handle) DO NOTHING"
                            : "DELETE FROM own_shield WHERE handle = ?1",
                   {Value::Blob(handle.view())})
            .status());
    return Outbox::PutShield(tx, handle, shielded);
  });
}

absl::StatusOr<bool> OwnShields::HasAny(absl::Span<const Handle> handles) {
  bool any = false;
  KS_RETURN_IF_ERROR(state_.Read([&](storage::Snapshot& snapshot) {
    for (const Handle& handle : handles) {
      const absl::Status read = snapshot.Query(
          "SELECT handle FROM own_shield WHERE handle = ?1",
          {Value::Blob(handle.view())}, [&](const storage::Row&) {
            any = true;
            return absl::OkStatus();
          });
      if (!read.ok()) return read;
    }
    return absl::OkStatus();
  }));
  return any;
}

absl::StatusOr<absl::flat_hash_set<Handle>> OwnShields::All() {
  absl::flat_hash_set<Handle> all;
  KS_RETURN_IF_ERROR(state_.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query("SELECT handle FROM own_shield", {},
                          [&](const storage::Row& row) -> absl::Status {
                            KS_ASSIGN_OR_RETURN(const Handle handle,
                                                Handle::FromBytes(row.Blob(0)));
                            all.insert(handle);
                            return absl::OkStatus();
                          });
  }));
  return all;
}

}  // namespace kinstile::daemon
