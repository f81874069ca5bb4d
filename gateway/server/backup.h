// SPDX-License-Identifier: Apache-2.0
// One file with a daemon's stores, sealed to a key that the daemon lacks.
#ifndef KINSTILE_GATEWAY_SERVER_BACKUP_H_
#define KINSTILE_GATEWAY_SERVER_BACKUP_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/audit/verify.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hpke.h"
#include "gateway/server/config.h"

namespace kinstile::server {

// What a backup says of itself: sealed with the rest, and signed with the log
// key. Anybody can seal to the backup key; a file made by somebody else, round
// a genuine trail but with shields, consents' ends or suspensions left out of
// the tables that no trail covers, does not restore.
struct BackupInfo {
  std::string party;
  std::string origin;  // of the trail
  int64_t made_ms = 0;
  std::string checkpoint;  // signed note: the newest head in it
  struct Store {
    std::string name;  // "store", "index_store"
    uint64_t size = 0;
    Digest digest{};  // SHA-256 of the copy
  };
  std::vector<Store> stores;
};

// Bytes done of bytes in all.
using BackupProgress = std::function<void(uint64_t done, uint64_t total)>;

// Writes a consistent copy of the daemon's stores to the new file `out` (mode
// 0600, synced), beside the running daemon. The index is copied before the
// trail, so that nothing is found that the trail does not know of.
//   ALREADY_EXISTS      `out` is there
//   FAILED_PRECONDITION the store holds no trail of this party; log_key_file is
//                       not the manifest's
//   others              as storage::CopyTo
absl::StatusOr<BackupInfo> Backup(const Config& config,
                                  const crypto::BoxPublicKey& recipient,
                                  const std::string& out, absl::Time now,
                                  const BackupProgress& progress = nullptr);

struct RestoreOptions {
  // Move stores that are there aside (NAME.replaced-TIME) instead of refusing.
  bool replace = false;
  // Signed heads that witnesses have: a backup that is behind one is refused
  // before anything is touched.
  std::vector<std::string> heads;
  BackupProgress progress;
};
struct Restored {
  BackupInfo info;
  audit::VerifyReport report;  // of the trail in it; always ok()
};

// Puts a backup's stores where the configuration has them. Nothing is put in
// place before the whole file has opened, is signed by the manifest's log key,
// and the trail in it has verified against that key, the head that the backup
// names, and `heads`. Whether agencies signed who can read that trail is theirs
// to check (audit verify). The daemon must not be running.
//   INVALID_ARGUMENT    not a backup, or changed, or cut short
//   PERMISSION_DENIED   sealed to another key
//   UNAUTHENTICATED     not signed by this party's log key
//   FAILED_PRECONDITION of another party or trail; older than a head; the trail
//                       does not verify; a store is there and !replace
absl::StatusOr<Restored> Restore(const Config& config,
                                 const crypto::BoxSecretKey& key,
                                 const std::string& file, absl::Time now,
                                 const RestoreOptions& options = {});

}  // namespace kinstile::server

#endif  // KINSTILE_GATEWAY_SERVER_BACKUP_H_
