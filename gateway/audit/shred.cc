// SPDX-License-Identifier: Apache-2.0
// Encodings of orders to erase, and their shape.
#include "gateway/audit/shred.h"

#include <set>

#include "gateway/audit/audience.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kShredRecordLabel = "kinstile/v1/audit-shred";

struct GroundName {
  ShredGround ground;
  absl::string_view name;
};
constexpr GroundName kGrounds[] = {
    {ShredGround::kRetentionEnded, "RETENTION_ENDED"},
    {ShredGround::kCourtOrder, "COURT_ORDER"},
    {ShredGround::kErasureRequest, "ERASURE_REQUEST"},
    {ShredGround::kMistake, "MISTAKE"},
};

}  // namespace

absl::string_view ShredGroundName(ShredGround ground) {
  for (const GroundName& g : kGrounds)
    if (g.ground == ground) return g.name;
  return "UNKNOWN";
}

absl::StatusOr<ShredGround> ParseShredGround(absl::string_view name) {
  for (const GroundName& g : kGrounds)
    if (g.name == name) return g.ground;
  return absl::InvalidArgumentError(
      "ground: must be RETENTION_ENDED, COURT_ORDER, ERASURE_REQUEST or "
      "MISTAKE");
}

absl::Status CheckShredOrder(const ShredOrder& o) {
  if (o.origin.empty())
    return absl::InvalidArgumentError("shred order: origin: empty");
  if (ShredGroundName(o.ground) == "UNKNOWN")
    return absl::InvalidArgumentError("shred order: ground: unknown");
  if (!o.bucket.empty() && !IsBucket(o.bucket))
    return absl::InvalidArgumentError(
        "shred order: bucket: must be a class and a month, as "
        "general/2026-11");
  if (o.bucket.empty() != o.destroyed_key_ids.empty())
    return absl::InvalidArgumentError(
        "shred order: destroyed_key_ids: named for a bucket, and only then");
  if (!o.bucket.empty() && o.index != 0)
    return absl::InvalidArgumentError("shred order: index: a bucket has none");
  const std::set<std::string> ids(o.destroyed_key_ids.begin(),
                                  o.destroyed_key_ids.end());
  // Ascending, so that one order has one encoding.
  if (!std::equal(ids.begin(), ids.end(), o.destroyed_key_ids.begin(),
                  o.destroyed_key_ids.end()))
    return absl::InvalidArgumentError(
        "shred order: destroyed_key_ids: must ascend");
  return absl::OkStatus();
}

std::string EncodeShredOrder(const ShredOrder& o) {
  Encoder e(kShredLabel);
  e.Bytes(o.origin)
      .Bytes(o.bucket)
      .U64(o.index)
      .U8(static_cast<uint8_t>(o.ground))
      .I64(o.ordered_ms)
      .Strings(o.destroyed_key_ids);
  return std::move(e).Take();
}

absl::StatusOr<ShredOrder> DecodeShredOrder(absl::string_view bytes) {
  Decoder d(bytes, kShredLabel);
  ShredOrder o;
  o.origin = d.Bytes();
  o.bucket = d.Bytes();
  o.index = d.U64();
  o.ground = static_cast<ShredGround>(d.U8());
  o.ordered_ms = d.I64();
  o.destroyed_key_ids = d.Strings();
  KS_RETURN_IF_ERROR(d.Finish());
  KS_RETURN_IF_ERROR(CheckShredOrder(o));
  return o;
}

std::string EncodeShred(const Shred& v) {
  Encoder e(kShredRecordLabel);
  e.Bytes(EncodeShredOrder(v.order)).Count(v.approvals.size());
  for (const ShredApproval& a : v.approvals)
    e.Bytes(a.agency).Bytes(a.signature.view());
  return std::move(e).Take();
}

absl::StatusOr<Shred> DecodeShred(absl::string_view bytes) {
  Decoder d(bytes, kShredRecordLabel);
  Shred v;
  KS_ASSIGN_OR_RETURN(v.order, DecodeShredOrder(d.Bytes()));
  v.approvals.resize(d.Count(72));
  for (ShredApproval& a : v.approvals) {
    a.agency = d.Bytes();
    KS_ASSIGN_OR_RETURN(a.signature, crypto::Signature::FromBytes(d.Bytes()));
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return v;
}

}  // namespace kinstile::audit
