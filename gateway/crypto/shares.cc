// SPDX-License-Identifier: Apache-2.0
// Shamir sharing of the matching key and Lagrange in the exponent.
#include "gateway/crypto/shares.h"

#include <set>
#include <utility>

#include "gateway/base/status_macros.h"

namespace kinstile::crypto {
namespace {

// f(x) by Horner; coefficients[0] is the key.
absl::StatusOr<Scalar> PolynomialAt(const std::vector<Scalar>& coefficients,
                                    uint8_t x) {
  const Scalar at = Scalar::FromUint(x);
  Scalar value = coefficients.back().Clone();
  for (size_t i = coefficients.size() - 1; i-- > 0;) {
    KS_ASSIGN_OR_RETURN(value, value.Times(at).Plus(coefficients[i]));
  }
  return value;
}

absl::Status CheckIndices(const std::vector<uint8_t>& indices) {
  if (indices.empty()) return absl::InvalidArgumentError("shares: none");
  if (std::set<uint8_t>(indices.begin(), indices.end()).size() !=
      indices.size())
    return absl::InvalidArgumentError("shares: an index is repeated");
  for (uint8_t i : indices)
    if (i == 0) return absl::InvalidArgumentError("shares: index is zero");
  return absl::OkStatus();
}

// The weight of share `i` for f(0): the product of j / (j - i) over the other
// indices j. Public values.
absl::StatusOr<Scalar> LagrangeAtZero(const std::vector<uint8_t>& indices,
                                      uint8_t i) {
  Scalar numerator = Scalar::FromUint(1);
  Scalar denominator = Scalar::FromUint(1);
  for (uint8_t j : indices) {
    if (j == i) continue;
    const Scalar at = Scalar::FromUint(j);
    KS_ASSIGN_OR_RETURN(const Scalar gap, at.Minus(Scalar::FromUint(i)));
    numerator = numerator.Times(at);
    denominator = denominator.Times(gap);
  }
  return numerator.Times(denominator.Invert());
}

absl::StatusOr<std::vector<Scalar>> LagrangeWeights(
    const std::vector<uint8_t>& indices) {
  KS_RETURN_IF_ERROR(CheckIndices(indices));
  std::vector<Scalar> weights;
  for (uint8_t i : indices) {
    KS_ASSIGN_OR_RETURN(Scalar w, LagrangeAtZero(indices, i));
    weights.push_back(std::move(w));
  }
  return weights;
}

// The sum of weights[k] * elements(k). The identity is an error: an honest
// set of holders cannot sum to it.
template <class ElementAt>
absl::StatusOr<Element> WeightedSum(const std::vector<Scalar>& weights,
                                    ElementAt element_at) {
  std::vector<Element> terms;
  terms.reserve(weights.size());
  for (size_t k = 0; k < weights.size(); ++k)
    terms.push_back(weights[k].Times(element_at(k)));
  return Sum(terms);
}

}  // namespace

absl::StatusOr<std::vector<KeyShare>> DealShares(const OprfKey& key, int t,
                                                 int n) {
  if (t < 1 || t > n || n > kMaxShares)
    return absl::InvalidArgumentError(
        "shares: need 1 <= threshold <= shares <= 16");
  std::vector<Scalar> coefficients;
  coefficients.push_back(key.scalar().Clone());
  for (int i = 1; i < t; ++i) coefficients.push_back(Scalar::Random());
  std::vector<KeyShare> shares;
  for (int x = 1; x <= n; ++x) {
    const uint8_t index = static_cast<uint8_t>(x);
    KS_ASSIGN_OR_RETURN(Scalar value, PolynomialAt(coefficients, index));
    shares.push_back({index, OprfKey::FromScalar(std::move(value))});
  }
  return shares;
}

absl::StatusOr<std::vector<EvaluatedPoint>> CombineEvaluations(
    absl::Span<const ShareEvaluations> shares) {
  std::vector<uint8_t> indices;
  for (const ShareEvaluations& s : shares) indices.push_back(s.index);
  KS_ASSIGN_OR_RETURN(const std::vector<Scalar> weights,
                      LagrangeWeights(indices));
  for (const ShareEvaluations& s : shares)
    if (s.points.size() != shares[0].points.size())
      return absl::InvalidArgumentError("shares: batch sizes differ");
  if (shares.size() == 1) return shares[0].points;
  std::vector<EvaluatedPoint> combined;
  combined.reserve(shares[0].points.size());
  for (size_t i = 0; i < shares[0].points.size(); ++i) {
    KS_ASSIGN_OR_RETURN(Element sum, WeightedSum(weights, [&](size_t k) {
                          return shares[k].points[i].element();
                        }));
    combined.emplace_back(std::move(sum));
  }
  return combined;
}

absl::StatusOr<OprfPublicKey> CombinePublicKeys(
    absl::Span<const std::pair<uint8_t, OprfPublicKey>> shares) {
  std::vector<uint8_t> indices;
  for (const auto& s : shares) indices.push_back(s.first);
  KS_ASSIGN_OR_RETURN(const std::vector<Scalar> weights,
                      LagrangeWeights(indices));
  return WeightedSum(weights, [&](size_t k) { return shares[k].second; });
}

}  // namespace kinstile::crypto
