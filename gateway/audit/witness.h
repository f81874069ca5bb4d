// SPDX-License-Identifier: Apache-2.0
// A witness: cosigns only what extends all it has ever cosigned.
#ifndef KINSTILE_GATEWAY_AUDIT_WITNESS_H_
#define KINSTILE_GATEWAY_AUDIT_WITNESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/note.h"
#include "gateway/base/clock.h"
#include "gateway/crypto/sign.h"
#include "gateway/merkle/tree.h"
#include "gateway/storage/database.h"

namespace kinstile::audit {

// What add-checkpoint takes (c2sp.org/tlog-witness).
struct AddCheckpointRequest {
  uint64_t old_size = 0;
  std::vector<merkle::Hash> proof;  // consistency, from old_size
  std::string checkpoint;           // signed note
  friend bool operator==(const AddCheckpointRequest&,
                         const AddCheckpointRequest&) = default;
};
std::string FormatAddCheckpoint(const AddCheckpointRequest& request);
// INVALID_ARGUMENT for anything that FormatAddCheckpoint does not write.
absl::StatusOr<AddCheckpointRequest> ParseAddCheckpoint(absl::string_view body);

// The published outcomes, with their HTTP numbers.
enum class WitnessCode : int {
  kCosigned = 200,
  kBadRequest = 400,  // malformed, or the old size is above the new one
  kForbidden = 403,   // not signed by the log's key
  kUnknownLog = 404,
  // The old size is not the one last cosigned, or one size has two roots.
  kConflict = 409,
  kUnprocessable = 422,  // not proved to extend what was last cosigned
};
struct WitnessAnswer {
  WitnessCode code;
  // 200: the cosignature's line. 409: the size last cosigned and a newline.
  // Else a word for people.
  std::string body;
};

// The last checkpoint cosigned of one log, whole, with the cosignature: what a
// witness can prove that it was shown.
struct WitnessHead {
  std::string origin;
  uint64_t size = 0;
  std::string note;
};
// A signed checkpoint that does not go together with a head: proof that a log
// showed two histories, or one and then less of it.
struct WitnessEvidence {
  std::string origin;
  std::string note;
  int64_t seen_ms = 0;
  std::string why;
};

// Thread-safe, and safe beside another process on the same store: the check
// against the last head and the storing of the next are one transaction.
class Witness {
 public:
  // `name` and the key are the manifest's; all outlive the witness.
  Witness(storage::Database& db, std::string name,
          const crypto::SigningKey& key, const Clock& clock)
      : db_(db), name_(std::move(name)), key_(key), clock_(clock) {}

  // Checks in the published order, and keeps what is evidence. Of a good
  // checkpoint the whole note is durable before its cosignature is given.
  // `log` is whom this witness watches. A status only when the store failed:
  // then nothing was cosigned.
  absl::StatusOr<WitnessAnswer> AddCheckpoint(const NoteVerifier& log,
                                              absl::string_view body);

  // Nothing when it has never cosigned this log.
  absl::StatusOr<std::optional<WitnessHead>> Head(
      absl::string_view origin) const;

  const std::string& name() const { return name_; }

 private:
  absl::StatusOr<WitnessAnswer> Cosign(storage::Transaction& tx,
                                       const Checkpoint& head,
                                       const AddCheckpointRequest& request,
                                       const Note& note);

  storage::Database& db_;
  const std::string name_;
  const crypto::SigningKey& key_;
  const Clock& clock_;
};

// A witness keeps evidence of what its log's own operator does: so that a
// stopped gateway's checkpoint can be kept from outside add-checkpoint too.
absl::Status KeepEvidence(storage::Database& db, const WitnessEvidence& found);

// What the witness on this store has, for officers: every head, all evidence.
absl::StatusOr<std::vector<WitnessHead>> ReadWitnessHeads(
    storage::Database& db);
absl::StatusOr<std::vector<WitnessEvidence>> ReadWitnessEvidence(
    storage::Database& db);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_WITNESS_H_
