// SPDX-License-Identifier: Apache-2.0
// Ratchet, key commitment and envelope.
#include "gateway/audit/seal.h"

#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kChainLabel = "kinstile/v1/audit-ratchet-chain";
constexpr absl::string_view kEntryLabel = "kinstile/v1/audit-ratchet-entry";
constexpr absl::string_view kAeadLabel = "kinstile/v1/audit-entry-aead";
constexpr absl::string_view kCommitLabel = "kinstile/v1/audit-entry-commitment";
constexpr absl::string_view kFrameInfo = "kinstile/v1/audit-keyframe";

constexpr size_t kPadStep = 256;

std::string Info(absl::string_view label, const Digest& origin_hash,
                 absl::string_view audience, uint64_t epoch, uint32_t i) {
  Encoder e(label);
  e.Bytes(origin_hash.view()).Bytes(audience).U64(epoch).U32(i);
  return std::move(e).Take();
}

std::string FrameContext(const Digest& origin_hash, const KeyFrame& frame,
                         const Recipient& recipient) {
  Encoder e(kFrameInfo);
  e.Bytes(origin_hash.view())
      .Bytes(frame.scope.audience)
      .Bytes(frame.scope.agreement)
      .Bytes(frame.scope.bucket)
      .U64(frame.epoch)
      .Bytes(frame.manifest_digest.view())
      .Bytes(recipient.key_id);
  return std::move(e).Take();
}

// Public, and still one-way: HKDF outputs for different info are independent,
// so it says nothing about the AEAD key; and finding two entry keys with one
// commitment is finding a collision in SHA-256.
Digest CommitmentOf(const EntryKey& key) {
  Digest commitment;
  crypto::HkdfExpand(key, kCommitLabel, commitment.bytes.data(), Digest::kSize);
  return commitment;
}

}  // namespace

Chain::Chain(ChainKey key, const Digest& origin_hash, std::string audience,
             uint64_t epoch, uint32_t next)
    : key_(std::move(key)),
      origin_hash_(origin_hash),
      audience_(std::move(audience)),
      epoch_(epoch),
      next_(next) {}

Chain Chain::Random(const Digest& origin_hash, std::string audience,
                    uint64_t epoch) {
  return Chain(crypto::RandomKey<ChainKey>(), origin_hash, std::move(audience),
               epoch);
}

Chain Chain::Clone() const {
  return Chain(key_.Clone(), origin_hash_, audience_, epoch_, next_);
}

EntryKey Chain::Next() {
  EntryKey entry = crypto::HkdfKey<EntryKey>(
      key_, Info(kEntryLabel, origin_hash_, audience_, epoch_, next_));
  // Assigning wipes the old chain key.
  key_ = crypto::HkdfKey<ChainKey>(
      key_, Info(kChainLabel, origin_hash_, audience_, epoch_, next_));
  ++next_;
  return entry;
}

absl::StatusOr<KeyFrame> SealChain(const Chain& chain, absl::string_view origin,
                                   const Scope& scope,
                                   const std::vector<Recipient>& recipients,
                                   const Digest& manifest_digest) {
  const Digest origin_hash = crypto::Sha256(origin);
  KeyFrame frame;
  frame.scope = scope;
  frame.epoch = chain.epoch();
  frame.manifest_digest = manifest_digest;
  for (const Recipient& r : recipients) {
    KS_ASSIGN_OR_RETURN(
        std::string sealed,
        crypto::HpkeSeal(r.key, kFrameInfo, FrameContext(origin_hash, frame, r),
                         chain.key_.view(crypto::SecretAccess())));
    frame.keys.push_back({r, std::move(sealed)});
  }
  return frame;
}

absl::StatusOr<Chain> OpenChain(const KeyFrame& frame, absl::string_view origin,
                                const crypto::BoxSecretKey& key) {
  const Digest origin_hash = crypto::Sha256(origin);
  const crypto::BoxPublicKey own = crypto::PublicKeyOf(key);
  for (const SealedKey& k : frame.keys) {
    if (k.recipient.key != own) continue;
    KS_ASSIGN_OR_RETURN(
        std::string raw,
        crypto::HpkeOpen(key, kFrameInfo,
                         FrameContext(origin_hash, frame, k.recipient),
                         k.sealed));
    absl::StatusOr<ChainKey> first =
        ChainKey::FromBytes(crypto::SecretAccess(), raw);
    crypto::Wipe(raw);
    if (!first.ok()) return first.status();
    return Chain(*std::move(first), origin_hash, frame.scope.audience,
                 frame.epoch);
  }
  return absl::PermissionDeniedError(
      "key frame: not sealed to this officer's key");
}

std::string SealPayload(Chain& chain, absl::string_view padded, Leaf& leaf) {
  leaf.ratchet = chain.next();
  EntryKey key = chain.Next();
  leaf.key_commitment = CommitmentOf(key);
  // A random nonce although each key is used once: should a restored snapshot
  // ever replay a chain, two entries under one key still do not share a stream.
  std::string payload =
      crypto::AeadSeal(crypto::HkdfKey<crypto::AeadKey>(key, kAeadLabel),
                       SealingContext(leaf), padded);
  leaf.payload_size = static_cast<uint32_t>(payload.size());
  leaf.payload_hash = crypto::Sha256(payload);
  return payload;
}

absl::StatusOr<std::string> OpenPayload(const EntryKey& key, const Leaf& leaf,
                                        absl::string_view payload) {
  if (payload.size() != leaf.payload_size ||
      crypto::Sha256(payload) != leaf.payload_hash)
    return absl::InvalidArgumentError("payload is not the one in the leaf");
  if (!crypto::Equal(CommitmentOf(key).view(), leaf.key_commitment.view()))
    return absl::InvalidArgumentError(
        "key commitment in the leaf is not of the epoch's key");
  return crypto::AeadOpen(crypto::HkdfKey<crypto::AeadKey>(key, kAeadLabel),
                          SealingContext(leaf), payload);
}

absl::StatusOr<std::string> PadRecord(absl::string_view encoded,
                                      size_t fixed_size) {
  if (fixed_size == 0) return crypto::Pad(encoded, kPadStep);
  if (fixed_size % kPadStep != 0 || encoded.size() >= fixed_size)
    return absl::InvalidArgumentError(
        "audit record: does not fit the fixed size");
  return crypto::Pad(encoded, fixed_size);
}

absl::StatusOr<std::string> UnpadRecord(absl::string_view padded) {
  // ISO/IEC 7816-4 ends in the last byte that is not zero, so the whole length
  // as one block undoes either padding.
  if (padded.empty() || padded.size() % kPadStep != 0)
    return absl::InvalidArgumentError("payload is not padded");
  return crypto::Unpad(padded, padded.size());
}

}  // namespace kinstile::audit
