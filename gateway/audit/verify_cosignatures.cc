// SPDX-License-Identifier: Apache-2.0
// Every line is by somebody, or it is a failure.
#include "gateway/audit/verify_cosignatures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kinstile::audit {

void CosignatureChecker::Believe(TlogPolicy policy) {
  policies_.push_back(std::move(policy));
}

void CosignatureChecker::Check(const std::string& what, absl::string_view text,
                               uint64_t size) {
  const auto note = ParseNote(text);
  if (!note.ok()) return;  // said already
  for (const NoteSignature& line : note->signatures) {
    if (line.name == origin_) continue;
    ++report_.cosignatures;
    if (!policies_.empty()) CheckLine(what, *note, line, size);
  }
}

void CosignatureChecker::CheckLine(const std::string& what, const Note& note,
                                   const NoteSignature& line, uint64_t size) {
  for (const TlogPolicy& policy : policies_) {
    for (const TlogPolicy::Witness& w : policy.witnesses()) {
      const NoteVerifier& v = w.verifier;
      if (line.name != v.name ||
          line.key_id != NoteKeyId(v.name, v.algorithm, v.key))
        continue;
      const auto time = VerifyCosignature(note, v.name, v.key);
      if (!time.ok())
        return report_.Fail(absl::StrCat(what, ": the cosignature of ", w.name,
                                         " does not hold"));
      int64_t& latest = times_[w.name];
      latest = std::max(latest, static_cast<int64_t>(*time));
      int64_t& largest = sizes_[w.name];
      largest = std::max(largest, static_cast<int64_t>(size));
      return;
    }
  }
  report_.Fail(
      absl::StrCat(what, ": a cosignature is by no witness of the manifests"));
}

// Who cosigned a checkpoint has vouched for every smaller one: all of them were
// held against one tree.
void CosignatureChecker::Finish() {
  if (policies_.empty()) return;
  report_.cosignatures_checked = true;
  const TlogPolicy& policy = policies_.back();
  if (policy.none()) return;
  report_.quorum_size =
      static_cast<uint64_t>(policy.QuorumTime(sizes_).value_or(0));
  report_.quorum_ms = policy.QuorumTime(times_).value_or(0) * 1000;
}

}  // namespace kinstile::audit
