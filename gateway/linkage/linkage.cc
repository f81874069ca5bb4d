// SPDX-License-Identifier: Apache-2.0
// The first scoring: tiers of agreeing keys, vetoes, ties and one to one.
#include "gateway/linkage/linkage.h"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/match_keys.h"

namespace kinstile::linkage {
namespace {

// Agreeing keys of one pair, counted by tier.
struct Strength {
  int identifiers = 0;
  int strong = 0;
  int weak = 0;

  Grade Level() const {
    if (strong > 0 || (identifiers > 0 && weak > 0)) return Grade::kMatch;
    if (identifiers + weak > 0) return Grade::kPossible;
    return Grade::kNoMatch;
  }
  absl::string_view LevelReason() const {
    return identifiers > 0 ? "identifier alone" : "weak keys alone";
  }
};

struct Pair {
  FamilyHandle family;
  std::set<KeyId> agreed;
  std::set<KeyId> vetoes;

  Strength Measure() const {
    Strength s;
    for (KeyId key : agreed) {
      switch (FindMatchKey(key)->tier) {
        case KeyTier::kIdentifier:
          ++s.identifiers;
          break;
        case KeyTier::kStrong:
          ++s.strong;
          break;
        case KeyTier::kWeak:
          ++s.weak;
          break;
      }
    }
    return s;
  }
  Grade Level() const {
    return vetoes.empty() ? Measure().Level() : Grade::kNoMatch;
  }
};

// Ordered by handle, so that nothing depends on the order of the input. A
// record that is listed twice is one record.
using Pairs = std::map<Handle, Pair>;
using Claim = Pairs::const_pointer;

bool IsIdentifier(KeyId key) {
  const MatchKeyInfo* info = FindMatchKey(key);
  return info != nullptr && info->tier == KeyTier::kIdentifier;
}

Pairs Collect(const MemberCandidates& member) {
  Pairs pairs;
  for (const CandidateEvidence& c : member.candidates) {
    Pair& pair = pairs[c.handle];
    pair.family = c.family;
    for (KeyId key : c.agreed)
      if (FindMatchKey(key) != nullptr) pair.agreed.insert(key);
    for (KeyId key : c.conflicting)
      if (IsIdentifier(key)) pair.vetoes.insert(key);
  }
  return pairs;
}

struct Best {
  Grade level = Grade::kNoMatch;
  size_t tied = 0;        // candidates at that level
  Claim claim = nullptr;  // the one that wins, if one does
};

// Rule 3. `taken` are records that other members matched.
Best FindBest(const Pairs& pairs, const std::set<Handle>& taken) {
  Best best;
  int most = -1;
  for (const auto& entry : pairs) {
    const Grade level = entry.second.Level();
    if (level == Grade::kNoMatch || level < best.level) continue;
    if (taken.contains(entry.first)) continue;
    if (level > best.level) best = {level, 0, nullptr}, most = -1;
    ++best.tied;
    const int identifiers = entry.second.Measure().identifiers;
    if (identifiers > most) {
      most = identifiers;
      best.claim = &entry;
    } else if (identifiers == most) {
      best.claim = nullptr;
    }
  }
  return best;
}

void ExplainRefusals(const MemberCandidates& member, const Pairs& pairs,
                     MemberLink& link) {
  std::set<KeyId> vetoes;
  for (const auto& [handle, pair] : pairs)
    vetoes.insert(pair.vetoes.begin(), pair.vetoes.end());
  for (KeyId key : vetoes)
    link.why.push_back(absl::StrCat("vetoed by ", FindMatchKey(key)->name));
  const std::set<KeyId> common(member.too_many.begin(), member.too_many.end());
  for (KeyId key : common)
    if (const MatchKeyInfo* info = FindMatchKey(key); info != nullptr)
      link.why.push_back(absl::StrCat("too many: ", info->name));
}

// Writes what `best` means for a member that nobody else contests.
void Report(const Best& best, MemberLink& link) {
  link.grade =
      best.claim == nullptr && best.tied > 0 ? Grade::kPossible : best.level;
  if (best.claim == nullptr) {
    if (best.tied > 0)
      link.why.push_back(absl::StrCat("ambiguous: ", best.tied, " candidates"));
    return;
  }
  const Pair& pair = best.claim->second;
  link.handle = best.claim->first;
  link.family = pair.family;
  for (KeyId key : pair.agreed)
    link.why.push_back(std::string(FindMatchKey(key)->name));
  if (link.grade == Grade::kPossible)
    link.why.push_back(std::string(pair.Measure().LevelReason()));
}

// One member between the rules.
struct Member {
  Pairs pairs;
  Best best;
  bool too_many = false;
  size_t claimants = 1;  // members that would be the same record at MATCH level
  bool keeps = true;     // and this one may be it
};

// Rule 4 for one record: `claims` are (member, agreeing identifiers).
void Settle(const std::vector<std::pair<size_t, int>>& claims,
            std::vector<Member>& members) {
  int most = 0;
  for (const auto& [index, identifiers] : claims)
    most = std::max(most, identifiers);
  const auto leaders =
      std::count_if(claims.begin(), claims.end(),
                    [most](const auto& c) { return c.second == most; });
  for (const auto& [index, identifiers] : claims) {
    members[index].claimants = claims.size();
    members[index].keeps =
        claims.size() == 1 || (leaders == 1 && identifiers == most);
  }
}

// Rule 4. Returns the records that are matched.
std::set<Handle> SettleClaims(std::vector<Member>& members) {
  std::map<Handle, std::vector<std::pair<size_t, int>>> claims;
  for (size_t i = 0; i < members.size(); ++i) {
    const Best& best = members[i].best;
    if (best.level != Grade::kMatch || best.claim == nullptr) continue;
    claims[best.claim->first].emplace_back(
        i, best.claim->second.Measure().identifiers);
  }
  std::set<Handle> taken;
  for (const auto& [handle, list] : claims) {
    Settle(list, members);
    for (const auto& [index, identifiers] : list)
      if (members[index].keeps) taken.insert(handle);
  }
  return taken;
}

MemberLink Conclude(const Member& member, const std::set<Handle>& taken) {
  MemberLink link;
  if (member.too_many) {
    link.why.push_back("too many candidates");
    return link;
  }
  if (!member.keeps) {
    link.grade = Grade::kPossible;
    link.why.push_back(
        absl::StrCat("claimed by ", member.claimants, " members"));
    return link;
  }
  if (member.best.level != Grade::kPossible) {
    Report(member.best, link);
    return link;
  }
  // Who is matched already is nobody else's possibility.
  const Best rest = FindBest(member.pairs, taken);
  if (rest.tied == 0) link.why.push_back("matched to another member");
  Report(rest, link);
  return link;
}

}  // namespace

absl::string_view GradeName(Grade grade) {
  switch (grade) {
    case Grade::kNoMatch:
      return "NO_MATCH";
    case Grade::kPossible:
      return "POSSIBLE";
    case Grade::kMatch:
      return "MATCH";
  }
  return "NO_MATCH";
}

FamilyLink Link(absl::Span<const MemberCandidates> input) {
  std::vector<Member> members(input.size());
  for (size_t i = 0; i < input.size(); ++i) {
    Member& member = members[i];
    member.pairs = Collect(input[i]);
    member.too_many = member.pairs.size() > kMaxCandidates;
    if (!member.too_many) member.best = FindBest(member.pairs, {});
  }
  const std::set<Handle> taken = SettleClaims(members);

  FamilyLink out;
  std::set<FamilyHandle> families;
  for (size_t i = 0; i < members.size(); ++i) {
    MemberLink link = Conclude(members[i], taken);
    ExplainRefusals(input[i], members[i].pairs, link);
    if (link.grade == Grade::kMatch) families.insert(*link.family);
    out.members.push_back(std::move(link));
  }
  out.families.assign(families.begin(), families.end());
  return out;
}

}  // namespace kinstile::linkage
