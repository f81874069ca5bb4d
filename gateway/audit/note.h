// SPDX-License-Identifier: Apache-2.0
// C2SP signed notes and checkpoints (c2sp.org/signed-note, tlog-checkpoint).
#ifndef KINSTILE_GATEWAY_AUDIT_NOTE_H_
#define KINSTILE_GATEWAY_AUDIT_NOTE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/crypto/sign.h"
#include "gateway/merkle/tree.h"

namespace kinstile::audit {

// Key names and origins: UTF-8, not empty, no space of any script, no control
// character, no plus.
absl::Status CheckKeyName(absl::string_view name);

// The algorithm byte of a signature's key id.
enum class NoteAlgorithm : uint8_t { kEd25519 = 1, kCosignatureV1 = 4 };

// First four bytes of SHA-256(name || '\n' || algorithm || key), big-endian.
uint32_t NoteKeyId(absl::string_view name, NoteAlgorithm algorithm,
                   const crypto::VerifyKey& key);

// name+hash+base64(algorithm || key), the usual way to hand a key around.
struct NoteVerifier {
  std::string name;
  NoteAlgorithm algorithm = NoteAlgorithm::kEd25519;
  crypto::VerifyKey key;
};
std::string FormatNoteVerifier(const NoteVerifier& verifier);
absl::StatusOr<NoteVerifier> ParseNoteVerifier(absl::string_view text);

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;  // without the key id
};
// The line that it stands on, with its newline.
std::string FormatSignature(const NoteSignature& signature);
struct Note {
  std::string text;  // ends with a newline; what is signed
  std::vector<NoteSignature> signatures;
};
// INVALID_ARGUMENT unless well formed UTF-8; at most 64 KiB and 100 signatures.
absl::StatusOr<Note> ParseNote(absl::string_view note);
// The note with one Ed25519 signature. `text` ends with a newline.
std::string SignNote(absl::string_view text, absl::string_view name,
                     const crypto::SigningKey& key);
// UNAUTHENTICATED unless one signature is by this name and key, and valid, and
// none by this name and key is invalid. Signatures of others say nothing.
absl::Status VerifyNoteBy(const Note& note, absl::string_view name,
                          const crypto::VerifyKey& key);

// c2sp.org/tlog-cosignature v1 (Ed25519): that its signer has seen `text`, a
// checkpoint, and no later or other one, at this Unix time. Gives the signature
// line, which goes after a note's other lines. The type byte in the key id (4)
// leaves room for ML-DSA-44 (6), which libsodium does not have.
std::string Cosign(absl::string_view text, absl::string_view name,
                   const crypto::SigningKey& key, uint64_t unix_seconds);
// UNAUTHENTICATED unless at least one cosignature is by this name and key, and
// all of those are valid; gives the latest one's Unix time.
absl::StatusOr<uint64_t> VerifyCosignature(const Note& note,
                                           absl::string_view name,
                                           const crypto::VerifyKey& key);

// A tree head. No extension lines are written; those of others are refused.
struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  merkle::Hash root;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};
std::string FormatCheckpoint(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text);

// Signed by the log itself: the key's name is the origin.
std::string SignCheckpoint(const Checkpoint& checkpoint,
                           const crypto::SigningKey& key);
// INVALID_ARGUMENT when malformed, UNAUTHENTICATED when it is of another
// origin or not signed by `key`.
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          absl::string_view origin,
                                          const crypto::VerifyKey& key);

// Decimal without sign or leading zero, as C2SP has every number.
absl::StatusOr<uint64_t> ParseDecimal(absl::string_view text);
// Standard base64 with padding, canonical only: one value, one text.
absl::StatusOr<std::string> DecodeBase64(absl::string_view text);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_NOTE_H_
