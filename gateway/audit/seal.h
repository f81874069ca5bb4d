// SPDX-License-Identifier: Apache-2.0
// Sealing entries: a ratcheted chain per audience and epoch.
#ifndef KINSTILE_GATEWAY_AUDIT_SEAL_H_
#define KINSTILE_GATEWAY_AUDIT_SEAL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/leaf.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hkdf.h"

namespace kinstile::audit {

// The first chain key of an epoch, and then each next one.
using ChainKey = crypto::Prk;
// Opens one entry and nothing else: what is handed over to disclose it alone.
using EntryKey = crypto::Prk;

// CK_0 is random; for entry i, EK_i = HKDF-Expand(CK_i, "entry" ...) and CK_i+1
// = HKDF-Expand(CK_i, "chain" ...), both over origin, audience, epoch and i.
// CK_i is wiped when the chain moves on, so whoever reads this process's memory
// opens no entry that was sealed before. The chain is never stored: a process
// starts new epochs. Readers have CK_0 from the KEYFRAME and walk forward.
class Chain {
 public:
  // `key` is CK_next: by itself the first one.
  Chain(ChainKey key, const Digest& origin_hash, std::string audience,
        uint64_t epoch, uint32_t next = 0);
  static Chain Random(const Digest& origin_hash, std::string audience,
                      uint64_t epoch);
  // A second copy, to go on with only if the batch commits.
  Chain Clone() const;

  const std::string& audience() const { return audience_; }
  uint64_t epoch() const { return epoch_; }
  // Number of the entry that Next() gives the key of.
  uint32_t next() const { return next_; }
  EntryKey Next();

 private:
  friend absl::StatusOr<KeyFrame> SealChain(const Chain&, absl::string_view,
                                            const Scope&,
                                            const std::vector<Recipient>&,
                                            const Digest&);
  ChainKey key_;
  Digest origin_hash_;
  std::string audience_;
  uint64_t epoch_;
  uint32_t next_;
};

// A fresh chain's key, sealed by HPKE to every recipient. The origin, scope,
// epoch and manifest are bound to each. INVALID_ARGUMENT for an unusable key.
absl::StatusOr<KeyFrame> SealChain(const Chain& chain, absl::string_view origin,
                                   const Scope& scope,
                                   const std::vector<Recipient>& recipients,
                                   const Digest& manifest_digest);
// The chain at its start. PERMISSION_DENIED when the frame has no wrap for this
// key; INVALID_ARGUMENT when the wrap does not open.
absl::StatusOr<Chain> OpenChain(const KeyFrame& frame, absl::string_view origin,
                                const crypto::BoxSecretKey& key);

// Fills leaf.ratchet, key_commitment, payload_size and payload_hash, and gives
// the ciphertext (XChaCha20-Poly1305, associated data SealingContext). All
// other fields of `leaf` are set before. Moves the chain on.
std::string SealPayload(Chain& chain, absl::string_view padded, Leaf& leaf);

// INVALID_ARGUMENT unless `payload` is what this leaf says and opens under this
// key; the message says which step failed. Gives the padded plaintext.
absl::StatusOr<std::string> OpenPayload(const EntryKey& key, const Leaf& leaf,
                                        absl::string_view payload);

// Padding: to a multiple of 256 bytes, or to exactly `fixed_size` when not 0.
// INVALID_ARGUMENT when it does not fit.
absl::StatusOr<std::string> PadRecord(absl::string_view encoded,
                                      size_t fixed_size);
absl::StatusOr<std::string> UnpadRecord(absl::string_view padded);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_SEAL_H_
