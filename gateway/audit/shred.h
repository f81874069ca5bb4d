// SPDX-License-Identifier: Apache-2.0
// Erasing: what two agencies sign, and the public entry that says it was done.
#ifndef KINSTILE_GATEWAY_AUDIT_SHRED_H_
#define KINSTILE_GATEWAY_AUDIT_SHRED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/sign.h"

namespace kinstile::audit {

// Numbers are part of the format. A word and not a text: the entry is public.
enum class ShredGround : uint8_t {
  kRetentionEnded = 1,
  kCourtOrder = 2,
  kErasureRequest = 3,  // UK GDPR article 17
  kMistake = 4,         // something was written that never should have been
};
// "RETENTION_ENDED" and so on; "UNKNOWN" for no such ground.
absl::string_view ShredGroundName(ShredGround ground);
absl::StatusOr<ShredGround> ParseShredGround(absl::string_view name);

// Either one entry or a whole bucket of one log.
struct ShredOrder {
  std::string origin;
  // The bucket, or empty for one entry.
  std::string bucket;
  uint64_t index = 0;  // of the entry; 0 for a bucket
  ShredGround ground = ShredGround::kRetentionEnded;
  int64_t ordered_ms = 0;
  // A bucket: every key that opens something of it, all of them destroyed. That
  // is what makes other copies unreadable; the store's payloads go as well.
  std::vector<std::string> destroyed_key_ids;
  friend bool operator==(const ShredOrder&, const ShredOrder&) = default;
};
// INVALID_ARGUMENT naming the field.
absl::Status CheckShredOrder(const ShredOrder& order);

// What an agency signs with its signing key, under kShredLabel.
inline constexpr char kShredLabel[] = "kinstile/v1/audit-shred-order";
std::string EncodeShredOrder(const ShredOrder& order);
absl::StatusOr<ShredOrder> DecodeShredOrder(absl::string_view bytes);

struct ShredApproval {
  std::string agency;
  crypto::Signature signature;
  friend bool operator==(const ShredApproval&, const ShredApproval&) = default;
};
// Payload of SHRED.
struct Shred {
  ShredOrder order;
  std::vector<ShredApproval> approvals;  // at least two, by different agencies
  friend bool operator==(const Shred&, const Shred&) = default;
};
inline constexpr size_t kShredApprovals = 2;
std::string EncodeShred(const Shred& shred);
absl::StatusOr<Shred> DecodeShred(absl::string_view bytes);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_SHRED_H_
