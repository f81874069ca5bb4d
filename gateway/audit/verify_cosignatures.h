// SPDX-License-Identifier: Apache-2.0
// The part of verification that goes through the witnesses' cosignatures.
#ifndef KINSTILE_GATEWAY_AUDIT_VERIFY_COSIGNATURES_H_
#define KINSTILE_GATEWAY_AUDIT_VERIFY_COSIGNATURES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/audit/note.h"
#include "gateway/audit/tlog_policy.h"
#include "gateway/audit/verify.h"

namespace kinstile::audit {

// Keys come from the manifests that the trail itself names and that are
// believed; any of them will do, since witnesses change with manifests. Without
// one, lines are counted and the report says that nobody checked them.
class CosignatureChecker {
 public:
  CosignatureChecker(absl::string_view origin, VerifyReport& report)
      : origin_(origin), report_(report) {}

  // In the order of the trail: the last one's quorum counts.
  void Believe(TlogPolicy policy);
  // `note` is a checkpoint of `size` entries that the log itself signed.
  void Check(const std::string& what, absl::string_view note, uint64_t size);
  // How far, and since when, a quorum has seen the trail.
  void Finish();

 private:
  void CheckLine(const std::string& what, const Note& note,
                 const NoteSignature& line, uint64_t size);

  const std::string origin_;
  VerifyReport& report_;
  std::vector<TlogPolicy> policies_;
  // The largest size and the latest time, by the policy's name of the witness.
  std::map<std::string, int64_t> sizes_;
  std::map<std::string, int64_t> times_;
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_VERIFY_COSIGNATURES_H_
