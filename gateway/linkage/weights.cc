// SPDX-License-Identifier: Apache-2.0
// Checks and logarithms of the weights.
#include "gateway/linkage/weights.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"

namespace kinstile::linkage {
namespace {

constexpr double kRounding = 1e-4;  // of a sum that should be 1

absl::Status CheckTable(absl::string_view part, const LevelTable& table) {
  for (size_t c = 0; c < kComparators; ++c) {
    const Comparator comparator = static_cast<Comparator>(c);
    double sum = 0;
    for (size_t l = 0; l < LevelNames(comparator).size(); ++l) {
      if (!(table[c][l] > 0 && table[c][l] <= 1))
        return absl::InvalidArgumentError(
            absl::StrCat(part, ".", ComparatorName(comparator), ".",
                         LevelNames(comparator)[l], ": is no probability"));
      sum += table[c][l];
    }
    if (std::abs(sum - 1) > kRounding)
      return absl::InvalidArgumentError(absl::StrCat(
          part, ".", ComparatorName(comparator), ": does not sum to 1"));
  }
  return absl::OkStatus();
}

absl::Status CheckRate(absl::string_view name, double rate) {
  if (rate > 0 && rate <= 100) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, ": is no rate"));
}

LevelTable Log2(const LevelTable& table) {
  LevelTable out{};
  for (size_t c = 0; c < kComparators; ++c)
    for (size_t l = 0; l < LevelNames(static_cast<Comparator>(c)).size(); ++l)
      out[c][l] = std::log2(table[c][l]);
  return out;
}

}  // namespace

absl::Status CheckWeights(const Weights& w) {
  if (w.spec_version != kIdentitySpecVersion)
    return absl::InvalidArgumentError(
        "identity_spec_version: is not the one in use");
  if (w.version.empty() || w.origin.empty())
    return absl::InvalidArgumentError("version, origin: must be given");
  KS_RETURN_IF_ERROR(CheckTable("m", w.m));
  KS_RETURN_IF_ERROR(CheckTable("u", w.u));
  KS_RETURN_IF_ERROR(CheckTable("within", w.within));
  double sum = 0;
  for (double share : w.presence) {
    if (!(share >= 0 && share <= 1))
      return absl::InvalidArgumentError("presence: has no probability");
    sum += share;
  }
  if (std::abs(sum - 1) > kRounding)
    return absl::InvalidArgumentError("presence: does not sum to 1");
  KS_RETURN_IF_ERROR(CheckRate("match_rate", w.match_rate));
  KS_RETURN_IF_ERROR(CheckRate("household_rate", w.household_rate));
  KS_RETURN_IF_ERROR(CheckRate("reach", w.reach));
  // Two candidates cannot both be above one half: a MATCH is unique.
  if (!(w.match_at > .5 && w.match_at < 1))
    return absl::InvalidArgumentError("match_at: must be above .5, below 1");
  if (!(w.possible_at > 0 && w.possible_at <= w.match_at))
    return absl::InvalidArgumentError(
        "possible_at: must be above 0, at most match_at");
  return absl::OkStatus();
}

LevelTable HouseholdTable(const LevelTable& within, const LevelTable& m) {
  LevelTable h{};
  for (size_t c = 0; c < kComparators; ++c) {
    const Comparator comparator = static_cast<Comparator>(c);
    if (comparator == Comparator::kAddress) {
      h[c] = m[c];
      continue;
    }
    const size_t levels = LevelNames(comparator).size();
    double exact = 0;
    for (size_t l = 0; l < levels; ++l)
      if (IsExact(comparator, l)) exact += within[c][l];
    double sum = 0;
    for (size_t l = 0; l < levels; ++l) {
      h[c][l] = (IsExact(comparator, l) ? 0 : within[c][l]) + exact * m[c][l];
      sum += h[c][l];
    }
    for (size_t l = 0; l < levels; ++l) h[c][l] /= sum;
  }
  return h;
}

Model::Model(const Weights& weights)
    : weights_(weights),
      log_m_(Log2(weights.m)),
      log_h_(Log2(HouseholdTable(weights.within, weights.m))),
      log_u_(Log2(weights.u)) {}

double Model::Sum(const LevelTable& log, const Levels& v) {
  double sum = 0;
  for (size_t c = 0; c < kComparators; ++c)
    if (v.level[c] != kNotCompared) sum += log[c][v.level[c]];
  return sum;
}

double Model::Shared(const Levels& v) const {
  double sum = 0;
  for (Comparator c : {Comparator::kSurname, Comparator::kAddress})
    if (v[c] != kNotCompared)
      sum += log_h_[Index(c)][v[c]] - log_u_[Index(c)][v[c]];
  return sum;
}

}  // namespace kinstile::linkage
