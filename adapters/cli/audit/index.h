// SPDX-License-Identifier: Apache-2.0
// An officer's own index of the trail: built from verified, opened entries.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_INDEX_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_INDEX_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/cli/audit/query.h"
#include "gateway/audit/copy.h"
#include "gateway/audit/open.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/hpke.h"
#include "gateway/storage/database.h"

namespace kinstile::cli {

// An entry as the index has it.
struct Found {
  uint64_t index = 0;
  audit::Record record;
};

// What an index knows of the trail that others cannot change.
struct IndexEvidence {
  std::string head;                   // up to which it was built; or empty
  std::vector<std::string> receipts;  // of the SEARCH entries made with it
};

// A SQLite file of mode 0600 on the officer's machine. It holds personal data,
// so it says as little as can be to who takes it without the officer's key:
// records are sealed and terms are HMACs, both under keys derived from that
// key. What it does give away: how many entries there are and when, and which
// have an equal term (how often somebody is asked about, not who). Whoever has
// the key and the trail could build it again; delete it when it is not needed.
class SearchIndex {
 public:
  // Opens or makes `path`. INVALID_ARGUMENT when it was made for another log,
  // audience or key.
  static absl::StatusOr<std::unique_ptr<SearchIndex>> Open(
      const std::string& path, absl::string_view origin,
      absl::string_view audience, const crypto::BoxSecretKey& key);

  // Of the index at `path`; needs no key. NOT_FOUND when nothing is there.
  static absl::StatusOr<IndexEvidence> ReadEvidence(const std::string& path);

  // Keeps the receipt of a SEARCH entry, whose number is `entry`.
  absl::Status KeepReceipt(uint64_t entry, absl::string_view receipt);
  absl::StatusOr<std::vector<std::string>> Receipts() const;

  // The signed head up to which entries are here; empty at first. Evidence for
  // the next verification: an index never follows a trail that forks from it.
  absl::StatusOr<std::string> Head() const;

  struct Updated {
    uint64_t added = 0;
    uint64_t forgotten = 0;  // their payloads are gone from the copy
    // All that this key does not open, not only the new ones.
    std::vector<audit::OpenFailure> failures;
  };
  // Opens and adds what the copy has beyond the index, up to `head`, its newest
  // signed head, and forgets entries that were erased there. Head() stays where
  // it is when the copy is an older one. The copy must have been verified as it
  // is now, with Head() as evidence.
  absl::StatusOr<Updated> Update(
      audit::LogCopy& copy, absl::string_view head,
      std::vector<crypto::BoxSecretKey> keys,
      const std::function<void(uint64_t entries)>& progress);

  // In order of time. `f` may stop the walk by an error.
  absl::Status ForEach(
      const Query& query,
      absl::FunctionRef<absl::Status(const Found& found)> f) const;

 private:
  SearchIndex(std::unique_ptr<storage::Database> db, absl::string_view origin,
              absl::string_view audience, const crypto::BoxSecretKey& key);
  absl::Status CheckOwner();
  absl::StatusOr<uint64_t> Next() const;
  absl::StatusOr<std::set<uint64_t>> Unopened() const;
  int64_t TermHash(const Term& term) const;
  class Writer;
  absl::StatusOr<std::string> CountNow(storage::Snapshot& s) const;
  absl::Status WriteCount(storage::Transaction& t) const;
  absl::Status CheckCount() const;
  absl::StatusOr<Found> OpenRow(uint64_t index, absl::string_view sealed) const;

  const std::unique_ptr<storage::Database> db_;
  const std::string origin_;
  const std::string audience_;
  const crypto::AeadKey record_key_;
  const crypto::KeyedHmacSha256 term_key_;
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_INDEX_H_
