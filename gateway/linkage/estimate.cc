// SPDX-License-Identifier: Apache-2.0
// Counting, smoothing, and expectation maximisation.
#include "gateway/linkage/estimate.h"

#include <algorithm>
#include <cmath>

#include "gateway/base/match_keys.h"
#include "gateway/linkage/assignment.h"

namespace kinstile::linkage {
namespace {

// Pseudo-pairs that hold an estimate to its prior.
constexpr double kUnrelatedStrength = 20;
constexpr double kWithinStrength = 300;
constexpr double kMatchStrength = 100;
constexpr double kBirthStrength = 1000;
constexpr double kLeastCounted = 1000;
constexpr int kMatchRounds = 40;
constexpr int kFamilyRounds = 15;

bool TooRareToMeasure(Comparator c) {
  return c == Comparator::kIdentifier || c == Comparator::kNhsNumber ||
         c == Comparator::kNino;
}

double Total(const LevelTable& counts, size_t c) {
  double total = 0;
  for (double n : counts[c]) total += n;
  return total;
}

// Relative frequencies after `strength` pseudo-pairs spread like the prior.
void Blend(const LevelTable& counts, const LevelTable& prior, size_t c,
           double strength, double floor, LevelTable& out) {
  const size_t levels = LevelNames(static_cast<Comparator>(c)).size();
  double total = 0;
  for (size_t l = 0; l < levels; ++l)
    total += counts[c][l] + strength * prior[c][l];
  double sum = 0;
  for (size_t l = 0; l < levels; ++l) {
    out[c][l] =
        std::max((counts[c][l] + strength * prior[c][l]) / total, floor);
    sum += out[c][l];
  }
  for (size_t l = 0; l < levels; ++l) out[c][l] /= sum;
}

double Log2Sum(const LevelTable& p, const Levels& v) {
  double sum = 0;
  for (size_t c = 0; c < kComparators; ++c)
    if (v.level[c] != kNotCompared) sum += std::log2(p[c][v.level[c]]);
  return sum;
}

}  // namespace

void LevelCounts::Add(const Levels& levels, double weight) {
  for (size_t c = 0; c < kComparators; ++c)
    if (levels.level[c] != kNotCompared) count[c][levels.level[c]] += weight;
}

void LevelCounts::Add(const LevelCounts& other) {
  for (size_t c = 0; c < kComparators; ++c)
    for (size_t l = 0; l < kMaxLevels; ++l) count[c][l] += other.count[c][l];
}

LevelTable EstimateUnrelated(const LevelCounts& counts, double same_address,
                             const LevelTable& prior) {
  LevelTable u = prior;
  for (size_t c = 0; c < kComparators; ++c) {
    const double n = Total(counts.count, c);
    if (n < kLeastCounted || TooRareToMeasure(static_cast<Comparator>(c)))
      continue;
    Blend(counts.count, prior, c, kUnrelatedStrength, .5 / n, u);
  }
  if (same_address > 0) {
    auto& address = u[Index(Comparator::kAddress)];
    address[LevelNames(Comparator::kAddress).size() - 1] = same_address;
    double sum = 0;
    for (double p : address) sum += p;
    for (double& p : address) p /= sum;
  }
  return u;
}

LevelTable EstimateWithin(const LevelCounts& counts, const LevelTable& prior) {
  LevelTable within = prior;
  for (size_t c = 0; c < kComparators; ++c)
    if (!TooRareToMeasure(static_cast<Comparator>(c)))
      Blend(counts.count, prior, c, kWithinStrength, 1e-6, within);
  return within;
}

Estimator::Estimator(const Weights& start, uint64_t asked_records,
                     uint64_t asked_families, uint64_t register_records,
                     uint64_t register_families)
    : start_(start),
      asked_records_(static_cast<double>(asked_records)),
      asked_families_(static_cast<double>(asked_families)),
      register_records_(static_cast<double>(register_records)),
      register_families_(static_cast<double>(register_families)) {}

void Estimator::Add(const Problem& problem,
                    absl::Span<const ComparedPair> pairs) {
  std::map<FamilyHandle, Families> families;
  for (const ComparedPair& p : pairs) {
    auto [number, fresh] = numbers_.emplace(
        p.levels.level, static_cast<uint32_t>(patterns_.size()));
    if (fresh) {
      patterns_.push_back(p.levels);
      counts_.push_back(0);
    }
    ++counts_[number->second];
    const CandidateRecord& candidate = problem.candidates[p.candidate];
    Families& f = families[candidate.family];
    f.left_size = static_cast<uint32_t>(problem.members.size());
    f.right_size = candidate.family_size;
    f.pairs.push_back({p.member, p.candidate, number->second});
  }
  for (auto& [family, f] : families) families_.push_back(std::move(f));
}

void Estimator::EstimateMatch(Weights& w) const {
  const double log_space = std::log2(asked_records_ * register_records_);
  const double smaller = std::min(asked_records_, register_records_);
  double n_match = .5 * smaller, n_house = smaller;
  for (int round = 0; round < kMatchRounds; ++round) {
    const LevelTable h = HouseholdTable(w.within, w.m);
    LevelCounts matches;
    double match = 0, house = 0;
    for (size_t i = 0; i < patterns_.size(); ++i) {
      const double a = Log2Sum(w.m, patterns_[i]) + std::log2(n_match);
      const double b = Log2Sum(h, patterns_[i]) + std::log2(n_house);
      const double c = Log2Sum(w.u, patterns_[i]) + log_space;
      const double top = std::max({a, b, c});
      const double ea = std::exp2(a - top), eb = std::exp2(b - top),
                   ec = std::exp2(c - top);
      const double share = ea / (ea + eb + ec);
      match += counts_[i] * share;
      house += counts_[i] * eb / (ea + eb + ec);
      matches.Add(patterns_[i], counts_[i] * share);
    }
    n_match = std::max(1.0, match);
    n_house = std::max(1.0, house);
    for (size_t c = 0; c < kComparators; ++c)
      Blend(matches.count, start_.m, c,
            static_cast<Comparator>(c) == Comparator::kBirth ? kBirthStrength
                                                             : kMatchStrength,
            1e-5, w.m);
  }
  w.match_rate = n_match / asked_records_;
  w.household_rate = n_house / asked_records_;
}

void Estimator::LearnFamilyPrior(Weights& w) const {
  const Model model(w);
  std::vector<FamilyEvidence> evidence;
  evidence.reserve(families_.size());
  for (const Families& f : families_) {
    std::vector<ScoredPair> pairs;
    for (const Pair& p : f.pairs) {
      const Levels& v = patterns_[p.pattern];
      const double m = model.LogMatch(v);
      pairs.push_back(
          {p.left, p.right, m - model.LogUnrelated(v),
           m - model.LogHousehold(v), model.Shared(v),
           v[Comparator::kNhsNumber] == 0 || v[Comparator::kNino] == 0});
    }
    evidence.push_back(Weigh(pairs, f.left_size, f.right_size));
  }
  double links = .3 * std::min(asked_families_, register_families_);
  w.presence.fill(1.0 / kPresence.size());
  for (int round = 0; round < kFamilyRounds; ++round) {
    const double log_prior =
        std::log2(links / (asked_families_ * register_families_));
    double linked = 0, sum = kPresence.size();
    std::array<double, kPresence.size()> mass;
    mass.fill(1);
    for (const FamilyEvidence& e : evidence) {
      const FamilyPosterior p = Judge(e, log_prior, w.presence);
      linked += p.linked;
      for (size_t c = 0; c < mass.size(); ++c) {
        mass[c] += p.mass[c];
        sum += p.mass[c];
      }
    }
    for (size_t c = 0; c < mass.size(); ++c) w.presence[c] = mass[c] / sum;
    links = std::max(1.0, linked);
  }
  w.reach = links / asked_families_;
}

void PatternCounts::Add(absl::Span<const ComparedPair> compared) {
  for (const ComparedPair& p : compared) ++pairs[p.levels.level];
}

absl::StatusOr<Weights> EstimateFromPatterns(const Weights& start,
                                             const PatternCounts& counts) {
  uint64_t pairs = 0;
  for (const auto& [pattern, n] : counts.pairs) pairs += n;
  if (pairs < kLeastPairs || counts.people == 0 || counts.space < counts.people)
    return absl::FailedPreconditionError(
        "patterns: too few pairs were compared to estimate weights from");
  Estimator estimator(start, counts.people, 0, counts.space / counts.people, 0);
  for (const auto& [pattern, n] : counts.pairs) {
    Levels levels;
    levels.level = pattern;
    estimator.patterns_.push_back(levels);
    estimator.counts_.push_back(static_cast<double>(n));
  }
  Weights w = start;
  w.spec_version = kIdentitySpecVersion;
  estimator.EstimateMatch(w);
  return w;
}

Weights Estimator::Estimate() const {
  Weights w = start_;
  w.spec_version = kIdentitySpecVersion;
  EstimateMatch(w);
  LearnFamilyPrior(w);
  return w;
}

}  // namespace kinstile::linkage
