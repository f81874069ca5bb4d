// SPDX-License-Identifier: Apache-2.0
// What the comparison of stage 2 needs of the agency's own people, at rest.
#ifndef KINSTILE_ADAPTERS_DAEMON_COMPARISON_STORE_H_
#define KINSTILE_ADAPTERS_DAEMON_COMPARISON_STORE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "adapters/identity/person.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/oprf.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

// The secret half of one of a record's match-keys.
struct KeySecret {
  KeyId key = 0;
  crypto::MatchSecret secret;
};

// One record as it was enrolled.
struct ComparisonRecord {
  Handle handle;
  FamilyHandle family;
  identity::Person person;
  std::vector<KeySecret> secrets;
};

// Written by an enrolment, read by the daemon that answers, which may be two
// processes. Every record is sealed under a key derived from the agency's
// handle key and bound to its handle: a stolen disk holds no person and no
// secret half. Errors as storage::Database; DATA_LOSS for a row that does not
// open. Thread-safe.
class ComparisonStore {
 public:
  // `database` outlives the store.
  ComparisonStore(storage::Database& database,
                  const crypto::MacKey& handle_key);

  // A new generation, which nobody reads before Finish.
  absl::StatusOr<int64_t> Begin();
  absl::Status Add(int64_t generation,
                   absl::Span<const ComparisonRecord> records);
  // Makes it the one in force and removes all others, in short transactions.
  absl::Status Finish(int64_t generation);

  // nullopt for a record that was not enrolled.
  absl::StatusOr<std::optional<ComparisonRecord>> Find(const Handle& handle);
  // The records of a family, ascending by handle, and how many there are; of
  // more than `limit` any `limit` of them.
  struct FamilyRecords {
    size_t size = 0;
    std::vector<ComparisonRecord> records;
  };
  absl::StatusOr<FamilyRecords> FindFamily(const FamilyHandle& family,
                                           size_t limit);

 private:
  storage::Database& database_;
  const crypto::AeadKey key_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_COMPARISON_STORE_H_
