// SPDX-License-Identifier: Apache-2.0
// The tokens of the last enrolments, so that the next evaluates what changed.
#ifndef KINSTILE_ADAPTERS_DAEMON_TOKEN_CACHE_H_
#define KINSTILE_ADAPTERS_DAEMON_TOKEN_CACHE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "adapters/client/token_client.h"
#include "adapters/daemon/register.h"
#include "adapters/identity/person.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hash.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

// A register is sent whole every time, so that what is found is always one
// state of it, and nothing of a removed or merged record stays. What costs is
// the evaluation: its result is kept here for each record, together with a
// keyed hash of all that went in (match-keys, epoch), and used again as long as
// that is the same. Every batch is durable when Keep returns, so an enrolment
// that was killed goes on where it was.
//
// In the store: handles, keyed hashes, and what was evaluated, sealed under a
// key derived from the agency's handle key. Thread-safe.
class TokenCache {
 public:
  // `state` outlives the cache.
  TokenCache(storage::Database& state, const Handles& handles);

  // What was known of a record before this enrolment.
  enum class Known { kNew, kChanged, kUnchanged };
  struct Cached {
    Known known = Known::kNew;
    client::PersonTokens evaluated;  // when unchanged
  };
  // One record of a batch.
  struct Entry {
    Handle handle;
    Digest fingerprint;
    const client::PersonTokens* evaluated = nullptr;
    bool fresh = false;  // evaluated now; else only seen again
  };

  // The hash of what a person's tokens come from.
  Digest Fingerprint(const identity::Person& person, uint32_t key_epoch) const;

  // The number of an enrolment that begins now.
  absl::StatusOr<int64_t> NextRun();
  // How many records are kept: an estimate of what is to come.
  absl::StatusOr<uint64_t> Size();
  // In the order of `handles`. What does not open counts as changed.
  absl::StatusOr<std::vector<Cached>> Find(
      absl::Span<const Handle> handles, absl::Span<const Digest> fingerprints);
  absl::Status Keep(int64_t run, absl::Span<const Entry> entries);
  // Forgets what this run has not had, and says how many that were.
  absl::StatusOr<uint64_t> ForgetOthers(int64_t run);

 private:
  std::string Seal(const Entry& entry) const;
  std::optional<client::PersonTokens> Open(const Handle& handle,
                                           const Digest& fingerprint,
                                           absl::string_view sealed) const;

  storage::Database& state_;
  const crypto::MacKey fingerprint_key_;
  const crypto::AeadKey seal_key_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_TOKEN_CACHE_H_
