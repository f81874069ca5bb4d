// SPDX-License-Identifier: Apache-2.0
// The leaf's canonical bytes.
#include "gateway/audit/leaf.h"

#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kLeafLabel = "kinstile/v1/audit-leaf";
constexpr absl::string_view kContextLabel = "kinstile/v1/audit-sealing";

void EncodeHeader(Encoder& e, const Leaf& leaf) {
  e.U8(static_cast<uint8_t>(leaf.type))
      .U8(static_cast<uint8_t>(leaf.sealing))
      .Bytes(leaf.origin_hash.view())
      .U64(leaf.index)
      .I64(leaf.time_ms)
      .U64(leaf.epoch)
      .Bytes(leaf.audience)
      .U32(leaf.ratchet)
      .Bytes(leaf.key_commitment.view())
      .Bytes(leaf.binding.view());
}

}  // namespace

std::string EncodeLeaf(const Leaf& leaf) {
  Encoder e(kLeafLabel);
  EncodeHeader(e, leaf);
  e.U32(leaf.payload_size).Bytes(leaf.payload_hash.view());
  return std::move(e).Take();
}

std::string SealingContext(const Leaf& leaf) {
  Encoder e(kContextLabel);
  EncodeHeader(e, leaf);
  return std::move(e).Take();
}

absl::StatusOr<Leaf> DecodeLeaf(absl::string_view bytes) {
  Decoder d(bytes, kLeafLabel);
  Leaf leaf;
  KS_ASSIGN_OR_RETURN(leaf.type, ParseEntryType(d.U8()));
  uint8_t sealing = d.U8();
  if (sealing > static_cast<uint8_t>(Sealing::kRatchetV1))
    return absl::InvalidArgumentError("leaf: unknown sealing");
  leaf.sealing = static_cast<Sealing>(sealing);
  KS_ASSIGN_OR_RETURN(leaf.origin_hash, Digest::FromBytes(d.Bytes()));
  leaf.index = d.U64();
  leaf.time_ms = d.I64();
  leaf.epoch = d.U64();
  leaf.audience = d.Bytes();
  leaf.ratchet = d.U32();
  KS_ASSIGN_OR_RETURN(leaf.key_commitment, Digest::FromBytes(d.Bytes()));
  KS_ASSIGN_OR_RETURN(leaf.binding, Digest::FromBytes(d.Bytes()));
  leaf.payload_size = d.U32();
  KS_ASSIGN_OR_RETURN(leaf.payload_hash, Digest::FromBytes(d.Bytes()));
  KS_RETURN_IF_ERROR(d.Finish());
  return leaf;
}

}  // namespace kinstile::audit
