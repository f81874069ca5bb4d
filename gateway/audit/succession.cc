// SPDX-License-Identifier: Apache-2.0
// Encodings of CONTINUES and CLOSE.
#include "gateway/audit/succession.h"

#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kContinuesLabel = "kinstile/v1/audit-continues";
constexpr absl::string_view kCloseLabel = "kinstile/v1/audit-close";

}  // namespace

std::string EncodeContinues(const Continues& v) {
  Encoder e(kContinuesLabel);
  e.Bytes(v.origin).Bytes(v.checkpoint).U8(static_cast<uint8_t>(v.ground));
  return std::move(e).Take();
}

absl::StatusOr<Continues> DecodeContinues(absl::string_view bytes) {
  Decoder d(bytes, kContinuesLabel);
  Continues v;
  v.origin = d.Bytes();
  v.checkpoint = d.Bytes();
  const uint8_t ground = d.U8();
  KS_RETURN_IF_ERROR(d.Finish());
  if (ground != static_cast<uint8_t>(ContinuesGround::kRollover) &&
      ground != static_cast<uint8_t>(ContinuesGround::kDataLoss))
    return absl::InvalidArgumentError("CONTINUES: unknown ground");
  v.ground = static_cast<ContinuesGround>(ground);
  return v;
}

std::string EncodeClose(const Close& v) {
  Encoder e(kCloseLabel);
  e.Bytes(v.next_origin);
  return std::move(e).Take();
}

absl::StatusOr<Close> DecodeClose(absl::string_view bytes) {
  Decoder d(bytes, kCloseLabel);
  Close v;
  v.next_origin = d.Bytes();
  KS_RETURN_IF_ERROR(d.Finish());
  return v;
}

}  // namespace kinstile::audit
