// SPDX-License-Identifier: Apache-2.0
// Field tokens as bytes.
#include "gateway/base/field_tokens.h"

#include "absl/status/status.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile {
namespace {

constexpr absl::string_view kLabel = "kinstile/v1/field-tokens";

bool StrictlyAscending(const std::vector<FieldToken>& set) {
  for (size_t i = 1; i < set.size(); ++i)
    if (set[i - 1] >= set[i]) return false;
  return set.empty() || set[0] != 0;
}

}  // namespace

std::string Encode(const FieldTokens& tokens) {
  uint64_t mask = 0;
  for (size_t f = 0; f < kFields; ++f)
    if (tokens.single[f] != 0) mask |= uint64_t{1} << f;
  Encoder e(kLabel);
  e.U64(mask);
  for (FieldToken t : tokens.single)
    if (t != 0) e.U64(t);
  for (const std::vector<FieldToken>& set : tokens.near) {
    e.U8(static_cast<uint8_t>(set.size()));
    for (FieldToken t : set) e.U64(t);
  }
  return std::move(e).Take();
}

absl::StatusOr<FieldTokens> DecodeFieldTokens(absl::string_view bytes) {
  Decoder d(bytes, kLabel);
  FieldTokens out;
  const uint64_t mask = d.U64();
  if (mask >> kFields != 0)
    return absl::InvalidArgumentError("tokens: have an unknown field");
  for (size_t f = 0; f < kFields; ++f) {
    if ((mask >> f & 1) == 0) continue;
    out.single[f] = d.U64();
    if (d.ok() && out.single[f] == 0)
      return absl::InvalidArgumentError("tokens: one is zero");
  }
  for (std::vector<FieldToken>& set : out.near) {
    const size_t n = d.U8();
    if (n > kMaxNearTokens)
      return absl::InvalidArgumentError("tokens: a near set is too long");
    for (size_t i = 0; i < n && d.ok(); ++i) set.push_back(d.U64());
    if (d.ok() && !StrictlyAscending(set))
      return absl::InvalidArgumentError("tokens: a near set is not ascending");
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return out;
}

}  // namespace kinstile
