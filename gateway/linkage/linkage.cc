// SPDX-License-Identifier: Apache-2.0
// From compared pairs to grades.
#include "gateway/linkage/linkage.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/match_keys.h"
#include "gateway/linkage/assignment.h"

namespace kinstile::linkage {
namespace {

// Levels of the comparators, as LevelNames counts them.
constexpr int8_t kBirthSwapped = 8;     // day and month exchanged
constexpr int8_t kBirthJanFirst = 9;    // exact, and 1 January
constexpr int8_t kAddressDistrict = 1;  // a district or street in common
constexpr int8_t kForenameInitial = 1;  // a first letter at most

// A hit below this (log2 of its prior odds times m/u) opens no family.
constexpr double kPlausible = -12;
constexpr double kMaxLogOdds = 200;

using PairKey = std::pair<uint32_t, uint32_t>;  // member, candidate
using Members = std::map<FamilyHandle, std::vector<uint32_t>>;

Members MembersOf(const Problem& p) {
  Members out;
  for (uint32_t c = 0; c < p.candidates.size(); ++c)
    out[p.candidates[c].family].push_back(c);
  return out;
}

// Nobody on either side is in a family: then only the pair itself speaks.
bool WithoutFamilies(const Problem& p) {
  return p.members.size() == 1 && p.register_families == p.register_records;
}

double LogPairPrior(const Problem& p, const Model& model) {
  return std::log2(model.weights().match_rate /
                   static_cast<double>(p.register_records));
}

bool Strong(const Levels& v) {
  return v[Comparator::kNhsNumber] == 1 || v[Comparator::kNino] == 1 ||
         v[Comparator::kIdentifier] == 2;
}

bool Vetoed(const Levels& v) {
  return v[Comparator::kNhsNumber] == 0 || v[Comparator::kNino] == 0;
}

bool IsAnotherForename(const Levels& v) {
  return (v[Comparator::kForename] == 0 ||
          v[Comparator::kForename] == kForenameInitial) &&
         v[Comparator::kSurname] != 0 && v[Comparator::kMiddle] != 2;
}

// Why a pair may not be graded MATCH whatever its score, or nothing.
absl::string_view Cap(const Levels& v, bool without_families, bool strict) {
  const int8_t birth = v[Comparator::kBirth];
  if (Strong(v)) {
    const bool against = v[Comparator::kForename] <= 0 &&
                         v[Comparator::kSurname] == 0 && birth >= 0 &&
                         birth <= kBirthDayOrMonth;
    return against ? "capped: an identifier against names and birth date" : "";
  }
  if (birth >= kBirthNone && birth <= kBirthYear && !without_families)
    return "capped: birth dates have at most one part in common";
  if (birth < kBirthSwapped && v[Comparator::kForename] <= kForenameInitial &&
      v[Comparator::kSurname] == 0)
    return "capped: neither name nor birth date in common";
  if (birth < kBirthJanFirst &&
      (v[Comparator::kSex] == 0 || v[Comparator::kSexNamed] == 0))
    return "capped: sex and birth date differ";
  if (birth == kBirthJanFirst && v[Comparator::kAddress] <= kAddressDistrict)
    return "capped: 1 January and no address in common";
  if (strict && birth >= kBirthJanFirst && IsAnotherForename(v))
    return "capped: forenames differ, perhaps twins";
  return "";
}

// P(one person) of a pair on its own.
double PairPosterior(const Model& model, const Levels& v, double log_prior) {
  const Weights& w = model.weights();
  const double m = model.LogMatch(v);
  const double against_u = m - model.LogUnrelated(v) + log_prior;
  const double against_h =
      m - model.LogHousehold(v) + std::log2(w.match_rate / w.household_rate);
  auto clip = [](double x) { return std::clamp(x, -kMaxLogOdds, kMaxLogOdds); };
  return 1 / (1 + std::exp2(-clip(against_u)) + std::exp2(-clip(against_h)));
}

// One member-candidate pair on its way to a grade.
struct Scored {
  const ComparedPair* pair = nullptr;
  FamilyHandle family;
  double score = 0;
  bool vetoed = false;
  absl::string_view cap;
  std::optional<bool> ruled;  // by a reviewer: the same, or not
};

// The compared pairs, and those that only a reviewer knows.
std::vector<ComparedPair> WithRulings(std::vector<ComparedPair> pairs,
                                      const Problem& problem) {
  std::set<PairKey> known;
  for (const ComparedPair& p : pairs) known.emplace(p.member, p.candidate);
  for (const Ruling& r : problem.rulings)
    if (r.same && known.emplace(r.member, r.candidate).second)
      pairs.push_back({r.member, r.candidate, nullptr, {}});
  return pairs;
}

class Linker {
 public:
  Linker(const Problem& problem, const Model& model,
         std::vector<ComparedPair> pairs)
      : p_(problem),
        model_(model),
        without_families_(WithoutFamilies(problem)),
        pairs_(WithRulings(std::move(pairs), problem)) {
    for (const Ruling& r : problem.rulings)
      rulings_[{r.member, r.candidate}] = r.same;
  }

  FamilyLink Run() {
    Score();
    CountRivals();
    Overrule();
    std::vector<Grade> grades = GradePairs();
    FamilyLink out;
    std::set<FamilyHandle> families;
    for (uint32_t i = 0; i < p_.members.size(); ++i) {
      MemberLink link = Conclude(i, grades);
      if (link.grade == Grade::kMatch) families.insert(*link.family);
      out.members.push_back(std::move(link));
    }
    out.families.assign(families.begin(), families.end());
    return out;
  }

 private:
  void Score() {
    std::map<FamilyHandle, std::vector<size_t>> by_family;
    for (const ComparedPair& pair : pairs_) {
      Scored s;
      s.pair = &pair;
      s.family = p_.candidates[pair.candidate].family;
      if (auto r = rulings_.find({pair.member, pair.candidate});
          r != rulings_.end())
        s.ruled = r->second;
      s.vetoed = Vetoed(pair.levels) || s.ruled == false;
      s.cap =
          Cap(pair.levels, without_families_, model_.weights().strict_names);
      by_family[s.family].push_back(scored_.size());
      scored_.push_back(s);
    }
    const double log_prior = LogPairPrior(p_, model_);
    if (without_families_) {
      for (Scored& s : scored_)
        if (!s.vetoed)
          s.score = PairPosterior(model_, s.pair->levels, log_prior);
      return;
    }
    for (const auto& [family, places] : by_family) ScoreFamily(places);
  }

  // `places` are the pairs of one of the register's families.
  void ScoreFamily(const std::vector<size_t>& places) {
    std::vector<ScoredPair> pairs;
    for (size_t place : places) {
      const Scored& s = scored_[place];
      const Levels& v = s.pair->levels;
      const double m = model_.LogMatch(v);
      pairs.push_back({s.pair->member, s.pair->candidate,
                       m - model_.LogUnrelated(v), m - model_.LogHousehold(v),
                       model_.Shared(v), s.vetoed});
    }
    const FamilyEvidence evidence =
        Weigh(pairs, static_cast<uint32_t>(p_.members.size()),
              p_.candidates[pairs[0].right].family_size);
    const double log_prior = std::log2(
        model_.weights().reach / static_cast<double>(p_.register_families));
    const FamilyPosterior posterior =
        Judge(evidence, log_prior, model_.weights().presence);
    for (size_t k = 0; k < evidence.pairs.size(); ++k)
      scored_[places[evidence.pairs[k]]].score = posterior.match[k];
  }

  // A person has one record at an agency: the odds of pairs in other families
  // count against a pair.
  void CountRivals() {
    auto odds = [](double p) { return p / std::max(1 - p, 1e-12); };
    std::map<uint32_t, double> all;
    std::map<std::pair<uint32_t, FamilyHandle>, double> own;
    for (const Scored& s : scored_) {
      all[s.pair->member] += odds(s.score);
      own[{s.pair->member, s.family}] += odds(s.score);
    }
    for (Scored& s : scored_) {
      const double rivals =
          std::max(all[s.pair->member] - own[{s.pair->member, s.family}], 0.0);
      s.score = odds(s.score) / (1 + odds(s.score) + rivals);
    }
  }

  // A reviewer saw what no comparison sees.
  void Overrule() {
    for (Scored& s : scored_) {
      if (!s.ruled) continue;
      s.score = *s.ruled ? 1 : 0;
      if (*s.ruled) s.cap = "";
    }
  }

  std::vector<Grade> GradePairs() const {
    std::vector<size_t> order(scored_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return scored_[a].score > scored_[b].score;
    });
    const Weights& w = model_.weights();
    std::vector<Grade> grades(scored_.size(), Grade::kNoMatch);
    std::set<uint32_t> members, candidates;
    auto settled = [&](const ComparedPair& pair) {
      return members.contains(pair.member) ||
             candidates.contains(pair.candidate);
    };
    for (size_t i : order) {
      const Scored& s = scored_[i];
      if (s.score < w.possible_at) break;
      if (settled(*s.pair)) continue;
      if (s.score >= w.match_at && s.cap.empty()) {
        grades[i] = Grade::kMatch;
        members.insert(s.pair->member);
        candidates.insert(s.pair->candidate);
      } else {
        grades[i] = Grade::kPossible;
      }
    }
    // Who is matched is nobody else's possibility.
    for (size_t i = 0; i < grades.size(); ++i)
      if (grades[i] == Grade::kPossible && settled(*scored_[i].pair))
        grades[i] = Grade::kNoMatch;
    return grades;
  }

  MemberLink Conclude(uint32_t member, const std::vector<Grade>& grades) const {
    MemberLink link;
    const Scored* best = nullptr;
    size_t possible = 0, vetoed = 0, refused = 0;
    for (size_t i = 0; i < scored_.size(); ++i) {
      const Scored& s = scored_[i];
      if (s.pair->member != member) continue;
      refused += s.ruled == false;
      vetoed += s.vetoed && !s.ruled && s.pair->hit != nullptr;
      if (grades[i] == Grade::kNoMatch) continue;
      possible += grades[i] == Grade::kPossible;
      if (best == nullptr || s.score > best->score) {
        best = &s;
        link.grade = grades[i];
      }
    }
    if (best != nullptr) Report(*best, link);
    // A tie names nobody.
    if (link.grade == Grade::kPossible && Tied(member, *best, grades)) {
      link.handle.reset();
      link.family.reset();
    }
    if (possible > 1)
      link.why.push_back(absl::StrCat("ambiguous: ", possible, " candidates"));
    if (refused > 0) link.why.push_back("refused by a reviewer");
    if (vetoed > 0) link.why.push_back("vetoed: verified identifiers differ");
    ExplainTooMany(member, link);
    return link;
  }

  bool Tied(uint32_t member, const Scored& best,
            const std::vector<Grade>& grades) const {
    for (size_t i = 0; i < scored_.size(); ++i)
      if (&scored_[i] != &best && scored_[i].pair->member == member &&
          grades[i] != Grade::kNoMatch &&
          scored_[i].score >= best.score * (1 - 1e-9))
        return true;
    return false;
  }

  void Report(const Scored& s, MemberLink& link) const {
    link.handle = p_.candidates[s.pair->candidate].handle;
    link.family = s.family;
    if (s.ruled == true) link.why.push_back("confirmed by a reviewer");
    if (s.pair->hit == nullptr) {
      if (!s.ruled) link.why.push_back("found by family");
    } else {
      for (KeyId key : s.pair->hit->keys)
        if (const MatchKeyInfo* info = FindMatchKey(key); info != nullptr)
          link.why.push_back(absl::StrCat("key ", info->name));
    }
    for (std::string& reason : Explain(s.pair->levels))
      link.why.push_back(std::move(reason));
    if (!s.cap.empty()) link.why.push_back(std::string(s.cap));
  }

  void ExplainTooMany(uint32_t member, MemberLink& link) const {
    const auto hits =
        std::count_if(p_.hits.begin(), p_.hits.end(),
                      [&](const Hit& h) { return h.member == member; });
    if (static_cast<size_t>(hits) > kMaxCandidates)
      link.why.push_back("too many candidates");
    if (member >= p_.too_many.size()) return;
    for (KeyId key : p_.too_many[member])
      if (const MatchKeyInfo* info = FindMatchKey(key); info != nullptr)
        link.why.push_back(absl::StrCat("too many: ", info->name));
  }

  const Problem& p_;
  const Model& model_;
  const bool without_families_;
  const std::vector<ComparedPair> pairs_;
  std::map<PairKey, bool> rulings_;
  std::vector<Scored> scored_;
};

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

std::vector<ComparedPair> ComparePairs(const Problem& p, const Model& model) {
  return ComparePairs(p, model, [&](uint32_t member, uint32_t candidate) {
    return Compare(p.members[member], p.candidates[candidate].tokens);
  });
}

std::vector<ComparedPair> ComparePairs(const Problem& p, const Model& model,
                                       Comparison comparison) {
  std::map<uint32_t, size_t> hits_of;
  for (const Hit& hit : p.hits) ++hits_of[hit.member];
  const double log_prior = LogPairPrior(p, model);
  std::map<PairKey, ComparedPair> pairs;
  std::set<FamilyHandle> plausible;
  auto compare = [&](uint32_t member, uint32_t candidate, const Hit* hit) {
    return ComparedPair{member, candidate, hit, comparison(member, candidate)};
  };
  for (const Hit& hit : p.hits) {
    if (hits_of[hit.member] > kMaxCandidates) continue;
    ComparedPair pair = compare(hit.member, hit.candidate, &hit);
    if (model.LogMatch(pair.levels) - model.LogUnrelated(pair.levels) +
            log_prior >
        kPlausible)
      plausible.insert(p.candidates[hit.candidate].family);
    pairs.emplace(PairKey(hit.member, hit.candidate), std::move(pair));
  }
  if (p.members.size() <= kMaxHousehold) {
    const Members families = MembersOf(p);
    for (const FamilyHandle& family : plausible) {
      const std::vector<uint32_t>& candidates = families.at(family);
      if (p.candidates[candidates[0]].family_size > kMaxHousehold) continue;
      for (uint32_t i = 0; i < p.members.size(); ++i)
        for (uint32_t c : candidates)
          if (!pairs.contains({i, c}) && hits_of[i] <= kMaxCandidates)
            pairs.emplace(PairKey(i, c), compare(i, c, nullptr));
    }
  }
  std::vector<ComparedPair> out;
  for (auto& [key, pair] : pairs) out.push_back(std::move(pair));
  return out;
}

FamilyLink Link(const Problem& problem, const Model& model) {
  return Link(problem, model, ComparePairs(problem, model));
}

FamilyLink Link(const Problem& problem, const Model& model,
                std::vector<ComparedPair> pairs) {
  return Linker(problem, model, std::move(pairs)).Run();
}

}  // namespace kinstile::linkage
