// SPDX-License-Identifier: Apache-2.0
// One entry handed over alone, to a court or a regulator, with its proof.
#ifndef KINSTILE_GATEWAY_AUDIT_DISCLOSURE_H_
#define KINSTILE_GATEWAY_AUDIT_DISCLOSURE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/entries.h"
#include "gateway/audit/open.h"
#include "gateway/audit/seal.h"
#include "gateway/crypto/sign.h"
#include "gateway/merkle/tree.h"

namespace kinstile::audit {

// Whoever has it reads this entry, and no other: the entry key comes from the
// chain one way. It needs nobody's secret to be checked.
struct Disclosure {
  std::string origin;
  StoredEntry entry;
  EntryKey key;
  std::vector<merkle::Hash> proof;
  std::string checkpoint;  // signed note
};
std::string EncodeDisclosure(const Disclosure& disclosure);
absl::StatusOr<Disclosure> DecodeDisclosure(absl::string_view bytes);

// The entry, if it opens under the key and is in the tree that `log_key`
// signed. INVALID_ARGUMENT or UNAUTHENTICATED with what does not hold.
absl::StatusOr<OpenedEntry> OpenDisclosure(const Disclosure& disclosure,
                                           const crypto::VerifyKey& log_key);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_DISCLOSURE_H_
