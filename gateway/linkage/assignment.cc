// SPDX-License-Identifier: Apache-2.0
// Sums over assignments.
#include "gateway/linkage/assignment.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace kinstile::linkage {
namespace {

// Pairs with log2 m/h below this are never assigned.
constexpr double kPrune = -8;
// Exponents beyond these change nothing but the range of a double.
constexpr double kMaxPairLogOdds = 80;
constexpr double kMaxLogLink = 500;

// A left member's pairs, best first.
struct Row {
  std::vector<size_t> pairs;
};

using Rows = std::map<uint32_t, Row>;

double Assignments(const Rows& rows) {
  double product = 1;
  for (const auto& [left, row] : rows)
    product *= static_cast<double>(1 + row.pairs.size());
  return product;
}

// INVARIANT: ends, for every drop shortens a row.
void DropWeakest(absl::Span<const ScoredPair> pairs, Rows& rows) {
  while (Assignments(rows) > static_cast<double>(kMaxAssignments)) {
    auto weaker = [&](const auto& a, const auto& b) {
      const auto& x = a.second.pairs;
      const auto& y = b.second.pairs;
      if (x.size() != y.size()) return x.size() < y.size();
      return !x.empty() &&
             -pairs[x.back()].household < -pairs[y.back()].household;
    };
    auto worst = std::max_element(rows.begin(), rows.end(), weaker);
    worst->second.pairs.pop_back();
  }
}

// Walks over all partial one-to-one assignments of the rows.
class Walk {
 public:
  Walk(const std::vector<std::vector<size_t>>& rows,
       const std::vector<uint32_t>& column, const std::vector<double>& odds,
       FamilyEvidence& out)
      : rows_(rows), column_(column), odds_(odds), out_(out) {}

  void From(size_t row, double product) {
    if (row == rows_.size()) {
      const size_t k = chosen_.size();
      out_.total[k] += product;
      for (size_t p : chosen_) out_.with[p][k] += product;
      return;
    }
    From(row + 1, product);
    for (size_t p : rows_[row]) {
      if (Used(column_[p])) continue;
      chosen_.push_back(p);
      From(row + 1, product * odds_[p]);
      chosen_.pop_back();
    }
  }

 private:
  bool Used(uint32_t column) const {
    return std::any_of(chosen_.begin(), chosen_.end(),
                       [&](size_t p) { return column_[p] == column; });
  }

  const std::vector<std::vector<size_t>>& rows_;
  const std::vector<uint32_t>& column_;
  const std::vector<double>& odds_;
  FamilyEvidence& out_;
  std::vector<size_t> chosen_;
};

}  // namespace

FamilyEvidence Weigh(absl::Span<const ScoredPair> pairs, uint32_t left_size,
                     uint32_t right_size) {
  FamilyEvidence out;
  out.left_size = left_size;
  out.right_size = right_size;
  // What "another member of this household" explains of each left member: a
  // member who stays unmatched is credited with the best of it.
  std::map<uint32_t, double> other;
  double shared = pairs.empty() ? 0 : pairs[0].shared;
  Rows rows;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const ScoredPair& p = pairs[i];
    const double personal = p.random - p.shared;
    double& best = other.emplace(p.left, 0).first->second;
    best = std::max(best, personal - p.household);
    shared = std::max(shared, p.shared);
    if (p.household > kPrune && !p.vetoed) rows[p.left].pairs.push_back(i);
  }
  out.log_base = shared;
  for (const auto& [left, best] : other) out.log_base += best;
  for (auto& [left, row] : rows)
    std::stable_sort(row.pairs.begin(), row.pairs.end(),
                     [&](size_t a, size_t b) {
                       return pairs[a].household > pairs[b].household;
                     });
  DropWeakest(pairs, rows);

  std::vector<std::vector<size_t>> places;
  std::vector<uint32_t> column;
  std::vector<double> odds;
  for (const auto& [left, row] : rows) {
    places.emplace_back();
    for (size_t i : row.pairs) {
      const ScoredPair& p = pairs[i];
      places.back().push_back(out.pairs.size());
      out.pairs.push_back(i);
      column.push_back(p.right);
      odds.push_back(std::exp2(std::min(p.random - p.shared - other[left],
                                        kMaxPairLogOdds)) /
                     right_size);
    }
  }
  out.total.assign(places.size() + 1, 0);
  out.with.assign(out.pairs.size(), std::vector<double>(places.size() + 1, 0));
  Walk(places, column, odds, out).From(0, 1);
  return out;
}

FamilyPosterior Judge(const FamilyEvidence& e, double log_prior,
                      const std::array<double, kPresence.size()>& presence) {
  FamilyPosterior out;
  out.match.assign(e.pairs.size(), 0);
  const double link = std::exp2(std::min(log_prior + e.log_base, kMaxLogLink));
  // Weight of every number of matches, over the presence classes.
  std::vector<double> weight(e.total.size(), 0);
  double sum = 1;  // of the families being strangers
  for (size_t c = 0; c < kPresence.size(); ++c) {
    const double lead =
        presence[c] * std::pow(1 - kPresence[c], e.left_size) * link;
    const double ratio = kPresence[c] / (1 - kPresence[c]);
    double power = lead;
    for (size_t k = 0; k < e.total.size(); ++k, power *= ratio) {
      weight[k] += power;
      out.mass[c] += power * e.total[k];
    }
    sum += out.mass[c];
  }
  out.linked = (sum - 1) / sum;
  for (double& m : out.mass) m /= sum;
  for (size_t p = 0; p < e.pairs.size(); ++p) {
    for (size_t k = 0; k < weight.size(); ++k)
      out.match[p] += weight[k] * e.with[p][k];
    out.match[p] /= sum;
  }
  return out;
}

}  // namespace kinstile::linkage
