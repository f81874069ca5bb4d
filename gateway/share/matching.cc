// SPDX-License-Identifier: Apache-2.0
// Candidates to questions, and answers to grades.
#include "gateway/share/matching.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kinstile::share {
namespace {

using Families = std::set<FamilyHandle>;

bool TooMany(const index::MemberResult& member) {
  return member.candidates.size() > linkage::kMaxCandidates;
}

// Someone who shares a family with a shielded person is withheld with them:
// the family's address is the shielded person's address.
Families ClosedFamilies(const OpenMatch& open) {
  Families closed;
  for (const index::MemberResult& m : open.found.members)
    for (const index::Candidate& c : m.candidates)
      if (c.family_shielded) closed.insert(c.family);
  for (const KnownVerdict& v : open.verdicts)
    if (v.record.family_shielded) closed.insert(v.record.family);
  return closed;
}

std::optional<uint32_t> TokenOf(const QueryMember& member, KeyId key) {
  for (uint32_t t = 0; t < member.tokens.size(); ++t)
    if (member.tokens[t].key == key) return t;
  return std::nullopt;
}

// Builds the problem of linkage from one ask, without the families in
// `without`.
class Problems {
 public:
  Problems(const OpenMatch& open, const std::vector<ComparedFamily>& compared)
      : open_(open), compared_(compared) {
    for (const index::MemberResult& m : open.found.members)
      for (const index::Candidate& c : m.candidates)
        families_.emplace(c.handle, c.family);
    for (const auto& [handle, family] : families_) asked_.insert(family);
  }

  linkage::Problem Without(const Families& without) const {
    linkage::Problem p;
    p.members = open_.offer.members;
    p.register_records = std::max<uint64_t>(open_.found.records, 1);
    p.register_families = std::max<uint64_t>(open_.found.families, 1);
    std::map<Handle, uint32_t> places;
    for (const ComparedFamily& f : compared_)
      if (asked_.contains(f.family) && !without.contains(f.family))
        AddFamily(f, p, places);
    for (uint32_t i = 0; i < open_.found.members.size(); ++i)
      AddHits(i, places, p);
    for (const KnownVerdict& v : open_.verdicts)
      if (!without.contains(v.record.family)) AddRuling(v, places, p);
    return p;
  }

 private:
  void AddFamily(const ComparedFamily& f, linkage::Problem& p,
                 std::map<Handle, uint32_t>& places) const {
    for (const ComparedFamily::Record& r : f.records) {
      // What the index says of a record stands against what the source says.
      auto known = families_.find(r.handle);
      if (known != families_.end() && known->second != f.family) continue;
      const auto place = static_cast<uint32_t>(p.candidates.size());
      if (!places.emplace(r.handle, place).second) continue;
      p.candidates.push_back(
          {r.handle, f.family, std::max<uint32_t>(f.size, 1), r.tokens});
    }
  }

  void AddHits(uint32_t member, const std::map<Handle, uint32_t>& places,
               linkage::Problem& p) const {
    const index::MemberResult& m = open_.found.members[member];
    p.too_many.push_back(m.too_many);
    for (const index::Candidate& c : m.candidates) {
      auto place = places.find(c.handle);
      if (place != places.end())
        p.hits.push_back({member, place->second, c.agreed});
    }
  }

  // Whom a reviewer confirmed needs no comparison.
  static void AddRuling(const KnownVerdict& v,
                        std::map<Handle, uint32_t>& places,
                        linkage::Problem& p) {
    const bool same = v.verdict == Verdict::kSame;
    auto place = places.find(v.handle);
    if (place == places.end()) {
      if (!same) return;
      place =
          places.emplace(v.handle, static_cast<uint32_t>(p.candidates.size()))
              .first;
      p.candidates.push_back({v.handle, v.record.family, 1, {}});
    }
    p.rulings.push_back({v.member, place->second, same});
  }

  const OpenMatch& open_;
  const std::vector<ComparedFamily>& compared_;
  std::map<Handle, FamilyHandle> families_;
  Families asked_;
};

// What may be said of a member: what the whole register says, if it would say
// so without the closed families too. Otherwise nothing, not even POSSIBLE: a
// withheld person leaves no trace, and nobody is taken for them.
linkage::MemberLink Agreed(const linkage::MemberLink& whole,
                           const linkage::MemberLink& open) {
  linkage::MemberLink out;
  out.why = whole.why;
  if (whole.handle != open.handle) return out;
  out.grade = std::min(whole.grade, open.grade);
  out.handle = open.handle;
  out.family = open.family;
  return out;
}

}  // namespace

CompareQuestion ToQuestion(const ShareRequest& request, const OpenMatch& open) {
  CompareQuestion question{open.ask->agency, {}};
  std::set<Handle> asked;
  for (uint32_t i = 0; i < open.found.members.size(); ++i) {
    const index::MemberResult& member = open.found.members[i];
    if (TooMany(member) || i >= open.offer.wraps.size()) continue;
    for (const index::Candidate& c : member.candidates) {
      const auto token = TokenOf(request.members[i], c.agreed.front());
      if (!token || !asked.insert(c.handle).second) continue;
      question.hits.push_back(
          {c.handle, i, *token, open.offer.wraps[i][*token]});
    }
  }
  if (question.hits.size() > kMaxHits) question.hits.clear();
  return question;
}

Matching Conclude(const OpenMatch& open,
                  const std::vector<ComparedFamily>& compared,
                  const linkage::Model& model) {
  const Families closed = ClosedFamilies(open);
  const Problems problems(open, compared);
  const linkage::Problem problem = problems.Without({});
  std::vector<linkage::ComparedPair> pairs =
      linkage::ComparePairs(problem, model);
  Matching matching;
  matching.patterns.Add(pairs);
  matching.patterns.people = problem.members.size();
  matching.patterns.space = problem.members.size() * problem.register_records;
  const linkage::FamilyLink whole =
      linkage::Link(problem, model, std::move(pairs));
  const linkage::FamilyLink without =
      closed.empty() ? whole : linkage::Link(problems.Without(closed), model);
  matching.weights =
      absl::StrCat("weights ", model.weights().version, " ",
                   absl::string_view(model.weights().digest).substr(0, 16));
  Families families;
  for (size_t i = 0; i < whole.members.size(); ++i) {
    const linkage::MemberLink& m = whole.members[i];
    const index::MemberResult& found = open.found.members[i];
    matching.candidates += static_cast<uint32_t>(found.candidates.size());
    matching.link.members.push_back(Agreed(m, without.members[i]));
    linkage::MemberLink& said = matching.link.members.back();
    if (TooMany(found)) said.why.push_back("too many candidates");
    if (m.grade != linkage::Grade::kMatch) continue;
    const MatchedMember match{static_cast<uint32_t>(i), *m.handle};
    if (closed.contains(*m.family)) {
      matching.shielded.push_back(match);
    } else if (said.grade == linkage::Grade::kMatch) {
      matching.matched.push_back(match);
      families.insert(*m.family);
    }
  }
  matching.link.families.assign(families.begin(), families.end());
  return matching;
}

}  // namespace kinstile::share
