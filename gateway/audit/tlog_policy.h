// SPDX-License-Identifier: Apache-2.0
// Which witnesses make a quorum (c2sp.org/tlog-policy).
#ifndef KINSTILE_GATEWAY_AUDIT_TLOG_POLICY_H_
#define KINSTILE_GATEWAY_AUDIT_TLOG_POLICY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/note.h"

namespace kinstile::audit {

// A policy as its authors wrote it, checked. Immutable.
class TlogPolicy {
 public:
  struct Witness {
    std::string name;  // within the policy
    NoteVerifier verifier;
  };

  // INVALID_ARGUMENT naming the line for anything but a policy by the letter:
  // keys of the right algorithm, nothing defined twice, every name defined
  // before its use and a member once, exactly one quorum. At most 64 KiB and
  // 256 logs, witnesses and groups each.
  static absl::StatusOr<TlogPolicy> Parse(absl::string_view text);

  const std::vector<NoteVerifier>& logs() const { return logs_; }
  const std::vector<Witness>& witnesses() const { return witnesses_; }
  const Witness* Find(absl::string_view name) const;
  // `quorum none`: nobody has to cosign.
  bool none() const { return quorum_ == kNone; }

  // Do these witnesses, by name, make a quorum?
  bool Met(const std::set<std::string>& names) const;
  // Would one of them alone?
  bool MetByOne() const;
  // The latest time at which a quorum had cosigned, given when each witness
  // last did; nothing while there is no quorum.
  std::optional<int64_t> QuorumTime(
      const std::map<std::string, int64_t>& cosigned_at) const;

 private:
  static constexpr int kNone = -1;
  // Witnesses and groups in one space of numbers, in the order defined.
  struct Node {
    std::string name;
    bool witness = false;
    size_t threshold = 0;  // of a group
    std::vector<int> members;
  };
  class Parser;

  bool NodeMet(int node, const std::set<std::string>& names) const;

  std::vector<NoteVerifier> logs_;
  std::vector<Witness> witnesses_;
  std::vector<Node> nodes_;
  int quorum_ = kNone;
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_TLOG_POLICY_H_
