// SPDX-License-Identifier: Apache-2.0
// Reading policies and asking them.
#include "gateway/audit/tlog_policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

constexpr size_t kMaxPolicyText = 64 * 1024;
constexpr size_t kMaxEach = 256;

// Tab, newline, printable ASCII and any high byte; names are opaque bytes.
bool AllowedInPolicy(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

// One line at a time; errors are given their line by Parse.
class TlogPolicy::Parser {
 public:
  absl::Status Take(absl::string_view line) {
    const std::vector<std::string> items =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (items.empty() || items[0][0] == '#') return absl::OkStatus();
    if (items[0] == "log") return Log(items);
    if (items[0] == "witness") return Witness_(items);
    if (items[0] == "group") return Group(items);
    if (items[0] == "quorum") return Quorum(items);
    return Wrong("is none of log, witness, group, quorum");
  }

  absl::StatusOr<TlogPolicy> Finish() && {
    if (!quorum_set_) return Wrong("there is no quorum line");
    return std::move(policy_);
  }

 private:
  using Items = std::vector<std::string>;
  static absl::Status Wrong(absl::string_view what) {
    return absl::InvalidArgumentError(what);
  }

  absl::StatusOr<NoteVerifier> Key(absl::string_view text, bool log) {
    KS_ASSIGN_OR_RETURN(NoteVerifier v, ParseNoteVerifier(text));
    const auto wanted =
        log ? NoteAlgorithm::kEd25519 : NoteAlgorithm::kCosignatureV1;
    if (v.algorithm != wanted) return Wrong("the key is of the wrong kind");
    if (!(log ? log_keys_ : witness_keys_).insert(v.key).second)
      return Wrong("the key is there twice");
    return v;
  }

  absl::Status Log(const Items& items) {
    if (items.size() < 2 || items.size() > 3)
      return Wrong("must be: log KEY [URL]");
    if (policy_.logs_.size() == kMaxEach) return Wrong("too many logs");
    KS_ASSIGN_OR_RETURN(NoteVerifier key, Key(items[1], true));
    policy_.logs_.push_back(std::move(key));
    return absl::OkStatus();
  }

  absl::Status Witness_(const Items& items) {
    if (items.size() < 3 || items.size() > 4)
      return Wrong("must be: witness NAME KEY [URL]");
    if (policy_.witnesses_.size() == kMaxEach)
      return Wrong("too many witnesses");
    KS_RETURN_IF_ERROR(Define(items[1]));
    KS_ASSIGN_OR_RETURN(NoteVerifier key, Key(items[2], false));
    policy_.witnesses_.push_back({items[1], std::move(key)});
    policy_.nodes_.push_back({items[1], true, 0, {}});
    return absl::OkStatus();
  }

  absl::Status Group(const Items& items) {
    if (items.size() < 4)
      return Wrong("must be: group NAME all|any|NUMBER MEMBER...");
    if (++groups_ > kMaxEach) return Wrong("too many groups");
    KS_RETURN_IF_ERROR(Define(items[1]));
    Node group{items[1], false, 0, {}};
    for (size_t i = 3; i < items.size(); ++i) {
      KS_ASSIGN_OR_RETURN(const int member, Number(items[i]));
      if (!members_.insert(member).second)
        return Wrong("a member is in a group already");
      group.members.push_back(member);
    }
    const size_t n = group.members.size();
    if (items[2] == "any") {
      group.threshold = 1;
    } else if (items[2] == "all") {
      group.threshold = n;
    } else {
      KS_ASSIGN_OR_RETURN(group.threshold, ParseDecimal(items[2]));
    }
    if (group.threshold < 1 || group.threshold > n)
      return Wrong("the number cannot be met by the members");
    policy_.nodes_.push_back(std::move(group));
    return absl::OkStatus();
  }

  absl::Status Quorum(const Items& items) {
    if (items.size() != 2) return Wrong("must be: quorum NAME");
    if (quorum_set_) return Wrong("a second quorum");
    quorum_set_ = true;
    if (items[1] == "none") return absl::OkStatus();
    KS_ASSIGN_OR_RETURN(policy_.quorum_, Number(items[1]));
    return absl::OkStatus();
  }

  absl::Status Define(const std::string& name) {
    if (name == "none" || Number(name).ok()) return Wrong("the name is taken");
    return absl::OkStatus();
  }

  absl::StatusOr<int> Number(const std::string& name) const {
    for (size_t i = 0; i < policy_.nodes_.size(); ++i)
      if (policy_.nodes_[i].name == name) return static_cast<int>(i);
    return Wrong("names what no line before it defines");
  }

  TlogPolicy policy_;
  std::set<crypto::VerifyKey> log_keys_;
  std::set<crypto::VerifyKey> witness_keys_;
  std::set<int> members_;
  size_t groups_ = 0;
  bool quorum_set_ = false;
};

absl::StatusOr<TlogPolicy> TlogPolicy::Parse(absl::string_view text) {
  if (text.size() > kMaxPolicyText)
    return absl::InvalidArgumentError("witness policy: too long");
  if (!std::all_of(text.begin(), text.end(), AllowedInPolicy))
    return absl::InvalidArgumentError("witness policy: control character");
  Parser parser;
  int number = 0;
  auto at_line = [&](const absl::Status& s) {
    return absl::InvalidArgumentError(
        absl::StrCat("witness policy: line ", number, ": ", s.message()));
  };
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::Status s = parser.Take(line); !s.ok()) return at_line(s);
  }
  absl::StatusOr<TlogPolicy> policy = std::move(parser).Finish();
  if (!policy.ok()) return at_line(policy.status());
  return policy;
}

const TlogPolicy::Witness* TlogPolicy::Find(absl::string_view name) const {
  for (const Witness& w : witnesses_)
    if (w.name == name) return &w;
  return nullptr;
}

// Ends: a group's members were defined before it.
bool TlogPolicy::NodeMet(int node, const std::set<std::string>& names) const {
  const Node& n = nodes_[node];
  if (n.witness) return names.count(n.name) > 0;
  const auto met = std::count_if(n.members.begin(), n.members.end(),
                                 [&](int m) { return NodeMet(m, names); });
  return static_cast<size_t>(met) >= n.threshold;
}

bool TlogPolicy::Met(const std::set<std::string>& names) const {
  return none() || NodeMet(quorum_, names);
}

bool TlogPolicy::MetByOne() const {
  if (none()) return false;
  return std::any_of(witnesses_.begin(), witnesses_.end(),
                     [&](const Witness& w) { return Met({w.name}); });
}

std::optional<int64_t> TlogPolicy::QuorumTime(
    const std::map<std::string, int64_t>& cosigned_at) const {
  std::vector<std::pair<int64_t, std::string>> latest_first;
  for (const auto& [name, time] : cosigned_at)
    if (Find(name) != nullptr) latest_first.emplace_back(time, name);
  std::sort(latest_first.rbegin(), latest_first.rend());
  // A quorum needs more than nobody unless it is none: then it has no time.
  std::set<std::string> names;
  for (const auto& [time, name] : latest_first) {
    names.insert(name);
    if (!none() && Met(names)) return time;
  }
  return std::nullopt;
}

}  // namespace kinstile::audit
