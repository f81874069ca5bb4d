// SPDX-License-Identifier: Apache-2.0
// Can this officer's key really open every epoch that it should?
#ifndef KINSTILE_GATEWAY_AUDIT_CANARY_H_
#define KINSTILE_GATEWAY_AUDIT_CANARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/copy.h"
#include "gateway/crypto/hpke.h"

namespace kinstile::audit {

struct CanaryReport {
  uint64_t epochs = 0;    // of the audience that should open with this key
  uint64_t opened = 0;    // one entry of each was opened
  uint64_t unused = 0;    // the wrap opens, there is no entry to try it on
  uint64_t erased = 0;    // likewise, all entries tried had no payload
  uint64_t not_ours = 0;  // sealed to other keys, as their KEYFRAME says
  std::vector<std::string> alarms;
  bool ok() const { return alarms.empty() && epochs > 0; }
};

// Opens each epoch's wrap for this key, and one entry under it. A wrap that was
// withheld from one team is invisible to all the others: each agency runs this
// regularly on a copy. Alarms for every epoch of the audience that is for this
// key by the KEYMANIFEST in force, and whose wrap is missing or bad, or whose
// first entry does not open. Not a verification: run that too.
absl::StatusOr<CanaryReport> RunCanary(LogCopy& copy, absl::string_view origin,
                                       absl::string_view audience,
                                       crypto::BoxSecretKey key);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_CANARY_H_
