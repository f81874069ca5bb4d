// SPDX-License-Identifier: Apache-2.0
// One log after another: CONTINUES opens a log, CLOSE ends it.
#ifndef KINSTILE_GATEWAY_AUDIT_SUCCESSION_H_
#define KINSTILE_GATEWAY_AUDIT_SUCCESSION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace kinstile::audit {

// Numbers are part of the format.
enum class ContinuesGround : uint8_t {
  kRollover = 1,  // the old log was closed: a new year, a new log key
  kDataLoss = 2,  // the old log's end is lost; witnesses know how far it went
};

// Payload of CONTINUES, the entry after GENESIS: which log this one carries on,
// and the last head of it that anybody is known to have. With kDataLoss that
// head covers entries that are gone, and the entry says so to everybody.
struct Continues {
  std::string origin;      // of the old log
  std::string checkpoint;  // its last known signed note, whole
  ContinuesGround ground = ContinuesGround::kRollover;
  friend bool operator==(const Continues&, const Continues&) = default;
};
std::string EncodeContinues(const Continues& continues);
absl::StatusOr<Continues> DecodeContinues(absl::string_view bytes);

// Payload of CLOSE: nothing follows here; `next_origin` carries on.
struct Close {
  std::string next_origin;  // empty: the trail ends
  friend bool operator==(const Close&, const Close&) = default;
};
std::string EncodeClose(const Close& close);
absl::StatusOr<Close> DecodeClose(absl::string_view bytes);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_SUCCESSION_H_
