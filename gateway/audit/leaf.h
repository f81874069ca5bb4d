// SPDX-License-Identifier: Apache-2.0
// One leaf of the tree: what everybody may know about an entry.
#ifndef KINSTILE_GATEWAY_AUDIT_LEAF_H_
#define KINSTILE_GATEWAY_AUDIT_LEAF_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/record.h"
#include "gateway/base/ids.h"

namespace kinstile::audit {

// How the payload was made. Numbers are part of the format.
enum class Sealing : uint8_t {
  kPublic = 0,     // readable by anyone: GENESIS, KEYMANIFEST, KEYFRAME, ...
  kRatchetV1 = 1,  // gateway/audit/seal.h
};

// No personal data: hashes of randomised ciphertext, a binding that only the
// nonce's owner can connect to a request, and what the gateway's operator could
// see anyway (time, audience, size). About 300 bytes.
struct Leaf {
  EntryType type = EntryType::kIntent;
  Sealing sealing = Sealing::kPublic;
  Digest origin_hash{};  // SHA-256(origin): a leaf belongs to one log
  uint64_t index = 0;
  int64_t time_ms = 0;  // never less than the leaf before
  uint64_t epoch = 0;   // 0: none
  std::string audience = {};
  uint32_t ratchet = 0;  // number of the entry in its epoch, from 0
  uint32_t payload_size = 0;
  Digest payload_hash{};
  // One ciphertext opens under one key only (Poly1305 alone does not promise
  // that): each reader derives this from its key and compares.
  Digest key_commitment{};
  Digest binding{};  // BindingOf, gateway/audit/receipt.h; zero if public
  friend bool operator==(const Leaf&, const Leaf&) = default;
};

std::string EncodeLeaf(const Leaf& leaf);
// INVALID_ARGUMENT for anything that EncodeLeaf does not write.
absl::StatusOr<Leaf> DecodeLeaf(absl::string_view bytes);

// What the ciphertext is bound to as associated data: every field that is known
// before sealing, that is, all but payload size and hash.
std::string SealingContext(const Leaf& leaf);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_LEAF_H_
