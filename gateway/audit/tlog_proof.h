// SPDX-License-Identifier: Apache-2.0
// C2SP transparency log proofs as text (c2sp.org/tlog-proof).
#ifndef KINSTILE_GATEWAY_AUDIT_TLOG_PROOF_H_
#define KINSTILE_GATEWAY_AUDIT_TLOG_PROOF_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/merkle/tree.h"

namespace kinstile::audit {

// Syntax only: nothing here says that the proof holds or that the checkpoint
// is one.
struct TlogProof {
  std::optional<std::string> extra;  // not authenticated by the proof
  uint64_t index = 0;
  std::vector<merkle::Hash> hashes;  // from the leaf's sibling up; at most 63
  std::string checkpoint;            // verbatim
  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

std::string FormatTlogProof(const TlogProof& proof);
// INVALID_ARGUMENT for anything that FormatTlogProof does not write, and above
// 128 KiB.
absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view text);

// The next line of `text` without its newline; what is left moves on.
// INVALID_ARGUMENT when there is no newline.
absl::StatusOr<absl::string_view> TakeLine(absl::string_view& text);
// One base64 hash a line, up to and with an empty line: how C2SP writes a
// Merkle proof before a checkpoint.
absl::StatusOr<std::vector<merkle::Hash>> TakeHashes(absl::string_view& text);
std::string FormatHashes(const std::vector<merkle::Hash>& hashes);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_TLOG_PROOF_H_
